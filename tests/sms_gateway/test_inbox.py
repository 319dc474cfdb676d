"""Callers' texts on real rows: each kept once, in order, with the turn that answers it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import create_async_engine
from structlog.testing import capture_logs

from ringback.db import Database, database_url
from ringback.errors import TryAgain
from ringback.messages import Inbound, MessageState, Receipt
from ringback.settings import Settings
from ringback.tables import AuditRow, ConversationRow, MessageRow, OptOutRow, SmsAccountRow
from sms_gateway.inbox import SAME_WITHIN, Inbox
from tests.clock import HandClock
from tests.flow import CALLER, OTHER_CALLER, US, add_number, jobs_of, queued, rows, text_from

SECOND, THIRD = "+46701740691", "+46701740692"


@pytest.fixture
async def inbox(db: Database, company: UUID, clock: HandClock) -> Inbox:
    await add_number(db, company)
    return Inbox(db, clock.now)


def text_in(
    provider_id: str = "s1", sender: str = CALLER, recipient: str = US, text: str = "Hej!"
) -> Inbound:
    at = HandClock().now()
    return Inbound("46elks", provider_id, sender, recipient, text, at)


async def test_text_opens_a_conversation_with_a_turn_and_an_end(
    db: Database, company: UUID, inbox: Inbox
) -> None:
    await inbox.receive(text_in())
    (talk,) = await rows(db, company, ConversationRow)
    (text,) = await rows(db, company, MessageRow)
    assert (talk.number, talk.our_number, talk.owner) == (CALLER, US, "assistant")
    assert (text.conversation_id, text.text, text.state) == (talk.id, "Hej!", "received")
    assert [job.subject for job in await jobs_of(db, "turn")] == [text.id]
    assert [job.subject for job in await jobs_of(db, "close")] == [talk.id]


async def test_answer_joins_the_conversation_that_is_open(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    first = await queued(db, company, clock)
    await inbox.receive(text_in())
    assert len(await rows(db, company, ConversationRow)) == 1
    texts = await rows(db, company, MessageRow)
    assert {(text.id == first, text.number) for text in texts} == {(True, 1), (False, 2)}


async def test_text_after_the_end_of_a_conversation_opens_another(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    await inbox.receive(text_in("s1"))
    async with db.begin(company) as session:
        await session.execute(update(ConversationRow).values(closed_at=clock.now()))
    await inbox.receive(text_in("s2"))
    talks = await rows(db, company, ConversationRow)
    assert sorted(talk.closed_at is None for talk in talks) == [False, True]


async def test_text_that_is_delivered_twice_is_kept_once(
    db: Database, company: UUID, inbox: Inbox
) -> None:
    await inbox.receive(text_in())
    await inbox.receive(text_in())
    assert len(await rows(db, company, MessageRow)) == 1
    assert len(await jobs_of(db, "turn")) == 1


async def test_text_that_is_delivered_many_times_at_once_is_kept_once(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    both = [inbox, Inbox(db, clock.now)]  # as in two processes
    async with asyncio.timeout(20):
        await asyncio.gather(*(both[number % 2].receive(text_in()) for number in range(8)))
    assert len(await rows(db, company, MessageRow)) == 1
    assert len(await rows(db, company, ConversationRow)) == 1
    assert len(await jobs_of(db, "turn")) == 1


async def test_many_callers_at_once_by_two_processes_are_all_kept(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    both = [inbox, Inbox(db, clock.now)]
    callers = [f"+467017406{number}" for number in range(10, 30)]
    async with asyncio.timeout(30):
        await asyncio.gather(
            *(
                both[number % 2].receive(text_in(f"{caller}:{number}", caller))
                for caller in callers
                for number in range(4)
            )
        )
    talks = {talk.id: talk.number for talk in await rows(db, company, ConversationRow)}
    assert sorted(talks.values()) == callers
    places = [
        (talks[text.conversation_id], text.number) for text in await rows(db, company, MessageRow)
    ]
    assert sorted(places) == [(caller, number) for caller in callers for number in (1, 2, 3, 4)]


@pytest.fixture
async def second_account(db: Database, company: UUID, inbox: Inbox) -> str:
    """Our number is registered at another account too; its name."""
    await add_number(db, company, "kannel")
    return "kannel"


async def test_number_at_two_accounts_is_one_number_to_the_caller(
    db: Database, company: UUID, inbox: Inbox, second_account: str
) -> None:
    await inbox.receive(text_in("s1", text="Hej"))
    await inbox.receive(replace(text_in("s1", text="Har ni tid?"), provider=second_account))
    (talk,) = await rows(db, company, ConversationRow)
    texts = sorted(await rows(db, company, MessageRow), key=lambda text: text.number)
    assert [(text.provider, text.text) for text in texts] == [
        ("46elks", "Hej"),
        ("kannel", "Har ni tid?"),
    ]
    assert {text.conversation_id for text in texts} == {talk.id}


@pytest.mark.parametrize("at_once", [True, False])
async def test_same_text_by_two_accounts_is_kept_once(
    db: Database, company: UUID, inbox: Inbox, second_account: str, at_once: bool
) -> None:
    one, other = text_in("s1", text="Ja tack"), text_in("k1", text="Ja tack")
    both = [inbox.receive(one), inbox.receive(replace(other, provider=second_account))]
    if at_once:
        await asyncio.gather(*both)
    else:
        for receiving in both:
            await receiving
    assert [text.text for text in await rows(db, company, MessageRow)] == ["Ja tack"]


async def test_same_words_again_are_another_text(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox, second_account: str
) -> None:
    await inbox.receive(text_in("s1", text="Ja"))
    await inbox.receive(text_in("s2", text="Ja"))  # by the same account
    clock.advance(SAME_WITHIN.total_seconds())
    await inbox.receive(replace(text_in("k1", text="Ja"), provider=second_account))
    assert len(await rows(db, company, MessageRow)) == 3


async def test_text_by_an_account_where_the_number_is_not_registered_is_taken_by_who_has_it(
    db: Database, company: UUID, inbox: Inbox
) -> None:
    await inbox.receive(replace(text_in(), provider="kannel"))
    assert [text.text for text in await rows(db, company, MessageRow)] == ["Hej!"]
    assert len(await jobs_of(db, "turn")) == 1


async def test_number_of_two_companies_is_whose_account_the_text_came_by_and_else_nobody_s(
    db: Database, company: UUID, neighbour: UUID, inbox: Inbox
) -> None:
    await add_number(db, neighbour, "kannel")
    await inbox.receive(replace(text_in(text="ett"), provider="kannel"))
    await inbox.receive(replace(text_in(text="två"), provider="twilio"))
    await inbox.receive(text_in(text="tre"))
    assert [text.text for text in await rows(db, company, MessageRow)] == ["tre"]
    assert [text.text for text in await rows(db, neighbour, MessageRow)] == ["ett"]
    assert US in await told(db, "twilio")


async def told(db: Database, account: str) -> str:
    """What the operator reads of an account."""
    async with db.read_across() as session:
        row = await session.get(SmsAccountRow, account)
        return row.text if row else ""


async def test_texts_to_a_number_that_nobody_has_are_told_at_the_account_once_an_hour(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    await inbox.receive(text_in("s1", recipient=SECOND))
    first = await told(db, "46elks")
    assert SECOND in first
    assert "was dropped: no company has that number" in first
    clock.advance(3599)
    await inbox.receive(text_in("s2", recipient=THIRD))
    assert await told(db, "46elks") == first
    clock.advance(1)
    await inbox.receive(text_in("s3", recipient=THIRD))
    assert THIRD in await told(db, "46elks")
    assert not await rows(db, company, MessageRow)


async def test_account_that_is_down_keeps_its_own_words(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    async with db.begin_across() as session:
        session.add(
            SmsAccountRow(name="46elks", state="down", text="No credit.", since=clock.now())
        )
    await inbox.receive(text_in(recipient=SECOND))
    assert await told(db, "46elks") == "No credit."


STRANGE = {
    "empty": ("", ""),
    "long": ("å" * 5000, "å" * 5000),
    "nul": ("a\0b", "a\ufffdb"),
    "half a character": ("Hej \ud83d", "Hej \ufffd"),
    "control": ("\x1b[31m\r\n\tHej\x7f\u202e", "\x1b[31m\r\n\tHej\x7f\u202e"),
    "emoji": ("👩🏽‍🔧🇸🇪", "👩🏽‍🔧🇸🇪"),
}


@pytest.mark.parametrize("kind", STRANGE)
async def test_strange_text_is_kept(db: Database, company: UUID, inbox: Inbox, kind: str) -> None:
    came, kept = STRANGE[kind]
    await inbox.receive(text_in(text=came))
    await inbox.receive(text_in(text=came))
    assert [text.text for text in await rows(db, company, MessageRow)] == [kept]


@pytest.mark.parametrize("kind", STRANGE)
async def test_strange_ids_and_numbers_harm_nothing(
    db: Database, company: UUID, inbox: Inbox, kind: str
) -> None:
    strange, _ = STRANGE[kind]
    await inbox.receive(text_in(strange or "s1"))
    await inbox.receive(text_in(strange or "s1"))
    await inbox.receive(text_in("s2", sender=strange))
    await inbox.receive(text_in("s3", recipient=strange))
    assert len(await rows(db, company, MessageRow)) == 1


async def test_stop_counts_before_anything_has_understood_it(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    await inbox.receive(text_in("s1", text="Stopp!"))
    (out,) = await rows(db, company, OptOutRow)
    assert (out.told_by, out.created_at) == ("caller", clock.now())
    (talk,) = await rows(db, company, ConversationRow)
    (entry,) = await rows(db, company, AuditRow)
    assert (entry.actor, entry.action, entry.object_kind, entry.object_id) == (
        "caller",
        "opt_out",
        "conversation",
        str(talk.id),
    )
    assert len(await jobs_of(db, "turn")) == 1  # it is confirmed there


@pytest.mark.parametrize(
    ("texts", "is_out"),
    [
        (["STOPP", "STOPP"], True),
        (["STOPP", "START"], False),
        (["STOPP", "START", "STOPP"], True),
        (["START", "STOPP"], True),
        (["STOPP", "Kan jag boka?"], True),
        (["stoppa inte"], False),
    ],
)
async def test_last_stop_or_start_counts(
    db: Database, company: UUID, inbox: Inbox, texts: list[str], is_out: bool
) -> None:
    for number, text in enumerate(texts):
        await inbox.receive(text_in(f"s{number}", text=text))
    assert len(await rows(db, company, OptOutRow)) == is_out


async def test_stop_of_one_caller_leaves_the_others(
    db: Database, company: UUID, inbox: Inbox
) -> None:
    await asyncio.gather(
        inbox.receive(text_in("s1", CALLER, text="STOPP")),
        inbox.receive(text_in("s2", OTHER_CALLER, text="Hej")),
    )
    (out,) = await rows(db, company, OptOutRow)
    talks = {talk.number_index: talk.number for talk in await rows(db, company, ConversationRow)}
    assert talks[out.number_index] == CALLER


async def test_text_is_told_to_be_delivered_again_while_the_database_is_away(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    gone = Settings(var=Path("/nonexistent"), database_url="postgresql://ringback@127.0.0.1:1/none")
    engine = create_async_engine(database_url(gone), connect_args={"connect_timeout": 2})
    away = Database(engine, db.master)
    try:
        lost = Inbox(away, clock.now)
        results = await asyncio.gather(
            lost.receive(text_in("s1")),
            lost.receive(text_in("s2")),
            lost.settle(Receipt("46elks", None, "s9", MessageState.FAILED, "failed", clock.now())),
            return_exceptions=True,
        )
    finally:
        await away.close()
    assert [type(result) for result in results] == [TryAgain] * 3


async def test_texts_at_once_get_places_and_turns_in_one_order(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    await queued(db, company, clock)
    await asyncio.gather(*(inbox.receive(text_in(f"s{number}")) for number in range(6)))
    places = {text.id: text.number for text in await rows(db, company, MessageRow)}
    turns = sorted(await jobs_of(db, "turn"), key=lambda job: job.id)
    assert sorted(places.values()) == [1, 2, 3, 4, 5, 6, 7]
    assert [places[job.subject] for job in turns] == [2, 3, 4, 5, 6, 7]


async def test_text_to_a_number_of_nobody_is_logged_without_the_number(
    db: Database, company: UUID, inbox: Inbox
) -> None:
    with capture_logs() as logs:
        await inbox.receive(text_in(recipient="+46701740688"))
    assert [entry["event"] for entry in logs] == ["text_to_unknown_number"]
    assert "1740688" not in str(logs)
    assert not await rows(db, company, MessageRow)


@pytest.mark.parametrize("sender", ["Telia", "46elks", "1-800-FLOWERS", "71000", "", US])
async def test_text_from_a_name_a_short_code_or_ourselves_is_not_answered(
    db: Database, company: UUID, inbox: Inbox, sender: str
) -> None:
    with capture_logs() as logs:
        await inbox.receive(text_in(sender=sender))
    assert [entry["event"] for entry in logs] == ["text_from_unanswerable_sender"]
    assert not await rows(db, company, MessageRow)
    assert not await jobs_of(db, "turn")


async def test_two_callers_have_two_conversations(
    db: Database, company: UUID, inbox: Inbox
) -> None:
    await inbox.receive(text_in("s1", CALLER))
    await inbox.receive(text_in("s2", OTHER_CALLER))
    talks = await rows(db, company, ConversationRow)
    assert {talk.number for talk in talks} == {CALLER, OTHER_CALLER}


async def submitted(db: Database, company: UUID, clock: HandClock, provider_id: str | None) -> UUID:
    text = await queued(db, company, clock)
    async with db.begin(company) as session:
        row = await session.get_one(MessageRow, text)
        row.state, row.provider, row.provider_id = "unknown", "46elks", provider_id
    return text


async def test_receipt_finds_its_text_by_token_and_brings_the_provider_s_id(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    text = await submitted(db, company, clock, None)
    token = (await text_from(db, company, text)).token
    at = clock.now() + timedelta(seconds=3)
    await inbox.settle(Receipt("46elks", token, "s9", MessageState.ACCEPTED, "sent", at))
    row = await text_from(db, company, text)
    assert (row.state, row.provider_id, row.settled_at) == ("accepted", "s9", None)
    await inbox.settle(Receipt("46elks", token, "s9", MessageState.DELIVERED, "delivered", at))
    row = await text_from(db, company, text)
    assert (row.state, row.settled_at, row.why) == ("delivered", at, None)


async def test_receipt_without_a_token_finds_its_text_by_the_provider_s_id(
    db: Database, company: UUID, clock: HandClock, inbox: Inbox
) -> None:
    text = await submitted(db, company, clock, "s9")
    await inbox.settle(Receipt("46elks", None, "s9", MessageState.FAILED, "failed", clock.now()))
    row = await text_from(db, company, text)
    assert (row.state, row.why) == ("failed", "failed")


@pytest.mark.parametrize(("token", "provider_id"), [("no-such-token", "s9"), (None, "s8")])
async def test_receipt_for_a_text_of_nobody_changes_nothing(
    db: Database,
    company: UUID,
    clock: HandClock,
    inbox: Inbox,
    token: str | None,
    provider_id: str,
) -> None:
    text = await submitted(db, company, clock, "s9")
    await inbox.settle(
        Receipt("46elks", token, provider_id, MessageState.DELIVERED, "delivered", clock.now())
    )
    assert (await text_from(db, company, text)).state == "unknown"
