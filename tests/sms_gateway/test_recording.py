"""Answers written down on real rows, whatever a provider puts in them; and who is told of refusals."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from ringback.db import Database
from ringback.messages import Accepted, MessageState, Outcome, Receipt, Rejected
from ringback.policy import Situation
from ringback.tables import CallbackRow, MessagePartRow, OptOutRow
from sms_gateway.receipts import Receipts
from tests.clock import HandClock
from tests.flow import queued, rows, run_due, text_from
from tests.sms_gateway.outgoing import states_in, steps_of
from tests.sms_gateway.scripted import Scripted


async def sent(
    db: Database,
    company: UUID,
    clock: HandClock,
    *answers: Outcome,
    situation: Situation = Situation.REPLY,
) -> Sequence[UUID]:
    """Texts with these answers, each asked for when the one before was answered."""
    account = Scripted(lookup=False, receipts_by_id=True)
    account.answers.extend(answers)
    texts = []
    for number in range(len(answers)):
        texts.append(await queued(db, company, clock, f"Hej {number}", situation=situation))
        await run_due(db, clock, steps_of(db, clock, account))
        clock.advance(1)
    assert len(account.asked) == len(answers)
    return texts


async def whys(db: Database, company: UUID) -> list[str]:
    return [row.why for row in await rows(db, company, CallbackRow)]


async def test_provider_that_counts_anew_has_both_texts_and_its_receipts_mean_the_newest(
    db: Database, company: UUID, clock: HandClock
) -> None:
    answers = [Accepted("1", 1, None), Accepted("1", 1, None)]
    answers += [Accepted("2", 2, None, ("2", "3")), Accepted("4", 2, None, ("4", "3"))]
    old, new, old_long, new_long = await sent(db, company, clock, *answers)
    assert await states_in(db, company) == ["accepted"] * 4
    receipts = Receipts(db, clock.now)
    for provider_id in ("1", "3", "4"):
        delivered = MessageState.DELIVERED
        await receipts.settle(
            Receipt("46elks", None, provider_id, delivered, "DELIVRD", clock.now())
        )
    states = [(await text_from(db, company, text)).state for text in (old, new, old_long, new_long)]
    assert states == ["accepted", "delivered", "accepted", "delivered"]


@pytest.mark.parametrize(
    ("long_first", "settled"), [(True, ["accepted", "delivered"]), (False, ["accepted"] * 2)]
)
async def test_id_of_a_part_that_comes_again_for_a_whole_text_means_the_newest(
    db: Database, company: UUID, clock: HandClock, long_first: bool, settled: list[str]
) -> None:
    answers = [Accepted("1", 2, None, ("1", "2")), Accepted("2", 1, None)]
    texts = await sent(db, company, clock, *(answers if long_first else reversed(answers)))
    delivered = MessageState.DELIVERED
    receipt = Receipt("46elks", None, "2", delivered, "DELIVRD", clock.now())
    await Receipts(db, clock.now).settle(receipt)
    assert [(await text_from(db, company, text)).state for text in texts] == settled
    parts = await rows(db, company, MessagePartRow)
    assert [part.state for part in parts].count("delivered") == (0 if long_first else 1)


async def test_answer_with_odd_signs_and_numbers_is_kept(
    db: Database, company: UUID, clock: HandClock
) -> None:
    odd_id = "a\0b"
    refused, named, dear = await sent(
        db,
        company,
        clock,
        Rejected("x", "bad \ud800 \0"),
        Accepted(odd_id, 1, None),
        Accepted("dear", 1, 3_000_000_000),
    )
    row = await text_from(db, company, refused)
    assert (row.state, row.why) == ("rejected", "bad \ufffd \ufffd")
    row = await text_from(db, company, dear)
    assert (row.state, row.provider_id, row.cost_e4) == ("accepted", "dear", None)
    assert row.reserved_e4
    delivered = MessageState.DELIVERED
    receipt = Receipt("46elks", None, odd_id, delivered, "DELIVRD", clock.now())
    await Receipts(db, clock.now).settle(receipt)
    assert (await text_from(db, company, named)).state == "delivered"


async def test_sender_that_was_used_stays_with_the_text(
    db: Database, company: UUID, clock: HandClock
) -> None:
    (text,) = await sent(db, company, clock, Accepted("1", 1, None))
    assert (await text_from(db, company, text)).sender == "+46701740690"


@pytest.mark.parametrize(
    ("situation", "told"),
    [
        (Situation.MISSED, ["text_not_sent"]),
        (Situation.REPLY, ["text_not_sent"]),
        (Situation.STAFF, ["text_not_sent"]),
        (Situation.PROGRAM, []),
    ],
)
async def test_text_that_the_provider_refuses_is_shown_to_a_person(
    db: Database, company: UUID, clock: HandClock, situation: Situation, told: list[str]
) -> None:
    refused = Rejected("21614", "it is no mobile number")
    await sent(db, company, clock, refused, situation=situation)
    assert await whys(db, company) == told


@pytest.mark.parametrize(
    ("situation", "told"), [(Situation.MISSED, ["text_not_sent"]), (Situation.REPLY, [])]
)
async def test_answer_to_who_told_the_provider_stop_is_missed_by_nobody(
    db: Database, company: UUID, clock: HandClock, situation: Situation, told: list[str]
) -> None:
    await sent(db, company, clock, Rejected("21610", "stop", opted_out=True), situation=situation)
    assert await whys(db, company) == told
    assert [row.told_by for row in await rows(db, company, OptOutRow)] == ["provider"]
