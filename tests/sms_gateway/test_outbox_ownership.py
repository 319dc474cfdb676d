"""An answer of the assistant's that waits when a person takes over is not sent."""

import json
from uuid import UUID, uuid4

import pytest

from ringback.db import Database
from ringback.messages import Accepted, NotAccepted
from ringback.policy import Situation
from ringback.store.conversations import add_received, queue_text
from ringback.store.ownership import hand_back, take_over, write_as
from ringback.tables import ConversationRow, TurnRow
from tests.clock import HandClock
from tests.flow import queued, rows, run_due, text_from
from tests.sms_gateway.outgoing import steps_of
from tests.sms_gateway.scripted import Scripted

ERIK = uuid4()


async def talk_of(db: Database, company: UUID) -> UUID:
    (talk,) = await rows(db, company, ConversationRow)
    return talk.id


async def taken(db: Database, company: UUID, clock: HandClock, *, back: bool = False) -> None:
    """A second later Erik takes the conversation over, and perhaps hands it back in a minute."""
    talk = await talk_of(db, company)
    clock.advance(seconds=1)
    async with db.begin(company) as session:
        await take_over(session, talk, ERIK, clock.now())
    if back:
        clock.advance(minutes=1)
        async with db.begin(company) as session:
            await hand_back(session, talk, ERIK, clock.now())


@pytest.mark.parametrize("back", [False, True])
async def test_answer_in_line_is_not_sent_when_a_person_takes_over_even_if_handed_back_since(
    db: Database, company: UUID, clock: HandClock, back: bool
) -> None:
    account = Scripted()
    text = await queued(db, company, clock, "Välkommen tisdag!")
    await taken(db, company, clock, back=back)
    await run_due(db, clock, steps_of(db, clock, account))
    row = await text_from(db, company, text)
    assert (row.state, row.why) == ("rejected", "taken_over")
    assert account.asked == []


@pytest.mark.parametrize(
    ("decided", "state"),
    [
        (["Book"], "accepted"),
        (["Move"], "accepted"),
        (["Cancel"], "accepted"),
        (["CallBack"], "accepted"),
        (["HandOver"], "rejected"),
        ([], "rejected"),
    ],
)
async def test_answer_that_tells_of_a_deed_is_sent_though_a_person_took_over_for_the_deed_stands(
    db: Database, company: UUID, clock: HandClock, decided: list[str], state: str
) -> None:
    account = Scripted()
    await queued(db, company, clock, "Först", situation=Situation.REMINDER)
    async with db.begin(company) as session:
        talk = await session.get_one(ConversationRow, await talk_of(db, company))
        text = await add_received(session, talk, "46elks", "s1", "Boka kl 10", clock.now())
        session.add(
            TurnRow(
                message_id=text.id,
                engine="builtin",
                decided=json.dumps(decided),
                took_ms=1,
                created_at=clock.now(),
            )
        )
        answer = await queue_text(session, talk, f"reply:{text.id}", "Bokat!", clock.now())
        assert answer is not None
    await taken(db, company, clock)
    await run_due(db, clock, steps_of(db, clock, account))
    assert (await text_from(db, company, answer.id)).state == state


async def test_answer_that_the_provider_did_not_take_is_not_tried_again_after_a_take_over(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    account.answers += [NotAccepted("busy", 5.0), Accepted("1", 1, None)]
    text = await queued(db, company, clock)
    await run_due(db, clock, steps_of(db, clock, account))
    assert (await text_from(db, company, text)).state == "queued"
    await taken(db, company, clock)
    clock.advance(minutes=2)
    await run_due(db, clock, steps_of(db, clock, account))
    assert (await text_from(db, company, text)).why == "taken_over"
    assert len(account.asked) == 1


async def test_what_the_person_writes_and_what_is_no_answer_goes_out(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    await queued(db, company, clock, "Påminnelse", situation=Situation.REMINDER)
    await queued(db, company, clock, "Inga fler sms.", despite_opt_out=True)
    await taken(db, company, clock)
    async with db.begin(company) as session:
        await write_as(session, await talk_of(db, company), ERIK, "1", "Hej!", clock.now())
    await run_due(db, clock, steps_of(db, clock, account))
    assert {sent.text for sent in account.asked} == {"Påminnelse", "Inga fler sms.", "Hej!"}


async def test_assistant_s_answers_after_the_hand_back_go_out(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    await queued(db, company, clock, "Först", situation=Situation.REMINDER)
    await taken(db, company, clock, back=True)
    clock.advance(seconds=1)
    await queued(db, company, clock, "Svar")
    await run_due(db, clock, steps_of(db, clock, account))
    assert "Svar" in [sent.text for sent in account.asked]
