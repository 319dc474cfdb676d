"""Receipts on real rows: late, doubled, out of order, per part, and before the answer to their text."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from structlog.testing import capture_logs

from ringback.db import Database
from ringback.messages import MessageState, Receipt
from ringback.policy import Situation
from ringback.sample import salon
from ringback.store.changes import changes_since
from ringback.store.companies import add_company
from ringback.store.conversations import open_conversation, open_conversation_with, queue_text
from ringback.tables import (
    CallbackRow,
    MessagePartRow,
    MessageRow,
    OptOutRow,
    ParkedReceiptRow,
    SmsAccountRow,
    SpentRow,
)
from sms_gateway.receipts import PARKED_FOR, Receipts, settle_parked
from sms_gateway.settling import of_parts
from tests.clock import HandClock
from tests.flow import CALLER, US, rows, text_from

ACCEPTED, DELIVERED, FAILED = MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.FAILED
ACCOUNT = "smpp"


@pytest.fixture
def receipts(db: Database, clock: HandClock) -> Receipts:
    return Receipts(db, clock.now)


def told(
    state: MessageState,
    provider_id: str | None = "p1",
    token: str | None = None,
    other_ids: Sequence[str] = (),
    cost_e4: int | None = None,
    provider: str = ACCOUNT,
) -> Receipt:
    at = HandClock().now()
    return Receipt(provider, token, provider_id, state, str(state), at, tuple(other_ids), cost_e4)


async def sent(
    db: Database,
    company: UUID,
    clock: HandClock,
    provider_id: str | None = None,
    parts: Sequence[str] = (),
    state: MessageState = ACCEPTED,
) -> UUID:
    """A text that the provider was asked to send; with an id, its answer is stored."""
    async with db.begin(company) as session:
        talk = await open_conversation_with(session, CALLER)
        if talk is None:
            talk = await open_conversation(session, CALLER, US, "sv", clock.now())
        row = await queue_text(session, talk, f"test:{uuid4()}", "Hej!", clock.now())
        assert row is not None
        text = row.id
        row.state, row.provider = MessageState.SUBMITTING, ACCOUNT
        row.submitted_at, row.reserved_e4 = clock.now(), 640
    if provider_id:
        await answered(db, company, text, provider_id, parts, state)
    return text


async def answered(
    db: Database,
    company: UUID,
    text: UUID,
    provider_id: str,
    parts: Sequence[str] = (),
    state: MessageState = ACCEPTED,
) -> None:
    """The outbox records the provider's ids."""
    async with db.begin(company) as session:
        row = await session.get_one(MessageRow, text, with_for_update={"key_share": True})
        row.state, row.provider_id = state, provider_id
        for number, part in enumerate(parts, 1):
            session.add(
                MessagePartRow(
                    message_id=text,
                    number=number,
                    provider=ACCOUNT,
                    provider_id=part,
                    state=ACCEPTED,
                )
            )


async def parked(db: Database) -> int:
    async with db.read_across() as session:
        return await session.scalar(select(func.count()).select_from(ParkedReceiptRow)) or 0


async def state_of(db: Database, company: UUID, text: UUID) -> str:
    return (await text_from(db, company, text)).state


@pytest.mark.parametrize("first", [DELIVERED, FAILED])
async def test_receipts_in_any_order_and_doubled_never_take_a_final_state_back(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts, first: MessageState
) -> None:
    text = await sent(db, company, clock, "p1")
    for state in (ACCEPTED, first, ACCEPTED, DELIVERED, FAILED, first):
        await receipts.settle(told(state))
    row = await text_from(db, company, text)
    assert (row.state, row.settled_at) == (first, HandClock().now())
    assert row.why == ("failed" if first is FAILED else None)


async def test_receipt_after_a_week_still_settles_a_text_of_unknown_outcome(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    text = await sent(db, company, clock)
    async with db.begin(company) as session:
        row = await session.get_one(MessageRow, text)
        row.state, token = MessageState.UNKNOWN, row.token
    clock.advance(days=7)
    await receipts.settle(told(DELIVERED, "p1", token))
    row = await text_from(db, company, text)
    assert (row.state, row.provider_id) == ("delivered", "p1")


async def test_change_is_told_to_the_live_pages_once(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    text = await sent(db, company, clock, "p1")
    async with db.read(company) as session:
        before = len(await changes_since(session, 0))
    await receipts.settle(told(DELIVERED))
    await receipts.settle(told(DELIVERED))
    async with db.read(company) as session:
        changes = (await changes_since(session, 0))[before:]
    assert [change.part for change in changes] == [text]


async def test_id_of_another_account_is_another_text(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    text = await sent(db, company, clock, "p1")
    await receipts.settle(told(DELIVERED, provider="smpp-2"))
    assert await state_of(db, company, text) == "accepted"


async def test_text_is_found_by_another_reading_of_its_id_when_the_first_names_none(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    hexadecimal = await sent(db, company, clock, "1F")
    decimal = await sent(db, company, clock, "10")
    await receipts.settle(told(DELIVERED, "31", other_ids=("1F",)))
    assert await state_of(db, company, hexadecimal) == "delivered"
    await receipts.settle(told(FAILED, "10", other_ids=("1F", "A")))
    assert await state_of(db, company, decimal) == "failed"


async def test_provider_s_id_that_another_text_has_is_not_taken_with_a_token(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    await sent(db, company, clock, "p1")
    text = await sent(db, company, clock)
    token = (await text_from(db, company, text)).token
    await receipts.settle(told(DELIVERED, "p1", token))
    row = await text_from(db, company, text)
    assert (row.state, row.provider_id) == ("delivered", None)


PARTS = ("p1", "p2", "p3")


async def test_text_is_delivered_when_all_its_parts_are(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    text = await sent(db, company, clock, "p1", PARTS)
    for part in ("p3", "p1", "p3"):
        for state in (DELIVERED, ACCEPTED, DELIVERED, ACCEPTED):
            await receipts.settle(told(state, part))
            assert await state_of(db, company, text) == "accepted"
    await receipts.settle(told(DELIVERED, "p2"))
    assert await state_of(db, company, text) == "delivered"


@pytest.mark.parametrize("order", list(permutations(PARTS)))
async def test_text_with_a_failed_part_stays_failed_whatever_the_others_come_to(
    db: Database,
    company: UUID,
    clock: HandClock,
    receipts: Receipts,
    order: Sequence[str],
) -> None:
    text = await sent(db, company, clock, "p1", PARTS)
    for part in order:
        await receipts.settle(told(FAILED if part == "p2" else DELIVERED, part))
    await receipts.settle(told(DELIVERED, "p2"))
    row = await text_from(db, company, text)
    assert (row.state, row.why) == ("failed", "failed")


async def test_part_that_is_named_beside_our_token_counts_as_that_part(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    text = await sent(db, company, clock, "p1", PARTS)
    token = (await text_from(db, company, text)).token
    await receipts.settle(told(DELIVERED, "p1", token))
    assert await state_of(db, company, text) == "accepted"
    await receipts.settle(told(DELIVERED, None, token))  # of the whole
    assert await state_of(db, company, text) == "delivered"


@given(st.lists(st.sampled_from([ACCEPTED, DELIVERED, FAILED]), min_size=1, max_size=6))
def test_parts_come_to_the_worst_of_them(states: list[MessageState]) -> None:
    whole = of_parts(states)
    assert (whole is FAILED) == (FAILED in states)
    assert (whole is DELIVERED) == (set(states) == {DELIVERED})
    assert of_parts(states[::-1]) is whole


async def test_receipt_before_the_answer_waits_for_it(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    text = await sent(db, company, clock)
    await receipts.settle(told(ACCEPTED))
    await receipts.settle(told(DELIVERED))
    assert (await state_of(db, company, text), await parked(db)) == ("submitting", 2)
    await answered(db, company, text, "p1")
    await settle_parked(db, ACCOUNT, ["p1"], clock.now)
    assert (await state_of(db, company, text), await parked(db)) == ("delivered", 0)
    await settle_parked(db, ACCOUNT, ["p1"], clock.now)  # nothing is left to do


async def test_parts_receipts_before_the_answer_wait_for_it(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    text = await sent(db, company, clock)
    await asyncio.gather(*(receipts.settle(told(DELIVERED, part)) for part in PARTS))
    await answered(db, company, text, "p1", PARTS)
    await settle_parked(db, ACCOUNT, PARTS, clock.now)
    assert (await state_of(db, company, text), await parked(db)) == ("delivered", 0)


async def test_answer_that_is_stored_while_its_receipt_is_parked_is_found_by_the_receipt(
    db: Database, company: UUID, clock: HandClock
) -> None:
    """The outbox looked for parked receipts before this one was committed."""
    text = await sent(db, company, clock)
    ticks: list[int] = []

    class LateAnswer(Receipts):
        async def _park(self, receipts: Sequence[Receipt]) -> list[None]:
            ticks.append(1)  # the text was looked for in vain; now the outbox is faster
            await answered(db, company, text, "p1")
            await settle_parked(db, ACCOUNT, ["p1"], clock.now)
            return await super()._park(receipts)

    await LateAnswer(db, clock.now).settle(told(DELIVERED))
    assert ticks
    assert (await state_of(db, company, text), await parked(db)) == ("delivered", 0)


async def test_race_of_receipts_and_answers_settles_every_text(
    db: Database, company: UUID, clock: HandClock
) -> None:
    rounds = 12 if db.is_sqlite else 24
    both = [Receipts(db, clock.now) for _ in range(2)]  # as in two processes
    texts = [await sent(db, company, clock) for _ in range(rounds)]

    async def answer(number: int) -> None:
        await answered(db, company, texts[number], f"p{number}")
        await settle_parked(db, ACCOUNT, [f"p{number}"], clock.now)

    async with asyncio.timeout(60):
        await asyncio.gather(
            *(answer(number) for number in range(rounds)),
            *(both[number % 2].settle(told(DELIVERED, f"p{number}")) for number in range(rounds)),
        )
    states = {await state_of(db, company, text) for text in texts}
    assert (states, await parked(db)) == ({"delivered"}, 0)


async def test_early_receipt_is_kept_under_every_reading_and_settles_one_text(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    text = await sent(db, company, clock)
    await receipts.settle(told(DELIVERED, "10", other_ids=("16", "A")))
    assert await parked(db) == 3
    await answered(db, company, text, "A")
    await settle_parked(db, ACCOUNT, ["A"], clock.now)
    assert (await state_of(db, company, text), await parked(db)) == ("delivered", 0)
    other = await sent(db, company, clock, "16")
    await settle_parked(db, ACCOUNT, ["16"], clock.now)
    assert await state_of(db, company, other) == "accepted"


async def test_early_receipt_prefers_the_first_reading_when_several_name_a_text(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    first, other = await sent(db, company, clock), await sent(db, company, clock)
    await receipts.settle(told(DELIVERED, "10", other_ids=("16",)))
    await answered(db, company, other, "16")
    await answered(db, company, first, "10")
    await settle_parked(db, ACCOUNT, ["16", "10"], clock.now)
    states = [await state_of(db, company, text) for text in (first, other)]
    assert (states, await parked(db)) == (["delivered", "accepted"], 0)


async def test_parked_receipt_is_forgotten_after_an_hour(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    text = await sent(db, company, clock)
    await receipts.settle(told(DELIVERED))
    clock.advance(PARKED_FOR.total_seconds())
    await answered(db, company, text, "p1")
    await settle_parked(db, ACCOUNT, ["p1"], clock.now)
    assert await state_of(db, company, text) == "accepted"  # the id may be another's by now
    await receipts.settle(told(DELIVERED, "p2"))
    assert await parked(db) == 1


async def test_no_more_than_so_many_receipts_are_parked_and_the_newest_stay(
    db: Database, company: UUID, clock: HandClock
) -> None:
    receipts = Receipts(db, clock.now, most_parked=5)
    for number in range(8):
        await receipts.settle(told(DELIVERED, f"p{number}"))
    async with db.read_across() as session:
        ids = set(await session.scalars(select(ParkedReceiptRow.provider_id)))
    assert ids == {"p3", "p4", "p5", "p6", "p7"}


@pytest.mark.parametrize(
    "token",
    ["no-such-token", "t" * 5000, "\x00", "\ud800"],
    ids=["plain", "long", "nul", "half a character"],
)
async def test_receipt_with_a_token_of_nobody_is_not_parked(
    db: Database, company: UUID, receipts: Receipts, token: str
) -> None:
    with capture_logs() as logs:
        await receipts.settle(told(DELIVERED, "p1", token))
    assert [entry["event"] for entry in logs] == ["receipt_for_unknown_text"]
    assert await parked(db) == 0


@pytest.mark.parametrize(
    "provider_id",
    ["i" * 5000, "a\x00b", "\ud83d", "🙏"],
    ids=["long", "nul", "half a character", "emoji"],
)
async def test_strange_ids_are_kept_and_found_again(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts, provider_id: str
) -> None:
    text = await sent(db, company, clock)
    token = (await text_from(db, company, text)).token
    await receipts.settle(told(ACCEPTED, provider_id, token))
    await receipts.settle(told(DELIVERED, provider_id))
    assert await state_of(db, company, text) == "delivered"


async def test_receipt_without_token_and_id_is_logged(
    db: Database, company: UUID, receipts: Receipts
) -> None:
    with capture_logs() as logs:
        await receipts.settle(told(DELIVERED, None))
    assert [entry["event"] for entry in logs] == ["receipt_for_unknown_text"]


async def test_cost_that_comes_late_is_settled_even_when_the_state_stays(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    text = await sent(db, company, clock, "p1")
    await receipts.settle(told(DELIVERED))
    for _ in range(2):
        await receipts.settle(told(DELIVERED, cost_e4=1000))
    assert (await text_from(db, company, text)).cost_e4 == 1000
    async with db.read(company) as session:
        sums = {row.cost_e4 for row in await session.scalars(select(SpentRow))}
    assert sums == {360}  # beyond the 640 that were reserved; counted once


async def test_receipt_shows_that_its_account_reports_again(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    await sent(db, company, clock, "p1")
    async with db.begin_across() as session:
        session.add(
            SmsAccountRow(
                name=ACCOUNT,
                state="silent",
                since=clock.now(),
                unreported=25,
                silent_since=clock.now(),
            )
        )
    await receipts.settle(told(DELIVERED))
    async with db.read_across() as session:
        row = await session.get_one(SmsAccountRow, ACCOUNT)
        assert (row.state, row.unreported, row.silent_since) == ("up", 0, None)


async def test_many_receipts_of_two_companies_at_once_settle_all_and_a_bad_one_harms_nobody(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    other = await add_company(db, salon(), clock.now())
    texts = [
        (owner, await sent(db, owner, clock, f"{owner}:{n}"))
        for owner in (company, other)
        for n in range(6)
    ]
    async with db.begin(company) as session:  # a row that can't be read breaks its batch
        row = await session.get_one(MessageRow, texts[0][1])
        row.state = "garbled"
    ids = [f"{owner}:{n}" for owner in (company, other) for n in range(6)]
    results = await asyncio.gather(
        *(receipts.settle(told(DELIVERED, one)) for one in ids), return_exceptions=True
    )
    assert [type(result) for result in results[:1]] == [ValueError]
    assert results[1:] == [None] * 11
    states = [await state_of(db, owner, text) for owner, text in texts]
    assert states == ["garbled", *["delivered"] * 11]


async def of_situation(db: Database, company: UUID, text: UUID, situation: Situation) -> None:
    async with db.begin(company) as session:
        (await session.get_one(MessageRow, text)).situation = situation


@pytest.mark.parametrize(
    ("situation", "listed"),
    [
        (Situation.MISSED, ["text_not_delivered"]),
        (Situation.REPLY, ["text_not_delivered"]),
        (Situation.PROGRAM, []),
    ],
)
async def test_text_that_did_not_arrive_is_shown_to_a_person_once(
    db: Database,
    company: UUID,
    clock: HandClock,
    receipts: Receipts,
    situation: Situation,
    listed: list[str],
) -> None:
    text = await sent(db, company, clock, "p1")
    await of_situation(db, company, text, situation)
    for _ in range(2):
        await receipts.settle(told(FAILED))
    found = await rows(db, company, CallbackRow)
    assert [row.why for row in found] == listed
    conversation = (await text_from(db, company, text)).conversation_id
    assert {row.conversation_id for row in found} <= {conversation}


@pytest.mark.parametrize("is_early", [False, True])
async def test_receipt_that_tells_of_a_stop_counts_as_one(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts, is_early: bool
) -> None:
    text = await sent(db, company, clock, None if is_early else "p1")
    await receipts.settle(replace(told(FAILED), opted_out=True))
    if is_early:
        await answered(db, company, text, "p1")
        await settle_parked(db, ACCOUNT, ["p1"], clock.now)
    assert await state_of(db, company, text) == "failed"
    assert [row.told_by for row in await rows(db, company, OptOutRow)] == ["provider"]
    assert await rows(db, company, CallbackRow) == []  # who said stop waits for no answer


async def test_stop_that_is_told_once_more_changes_nothing(
    db: Database, company: UUID, clock: HandClock, receipts: Receipts
) -> None:
    await sent(db, company, clock, "p1")
    stop = replace(told(FAILED), opted_out=True)
    await receipts.settle(stop)
    async with db.begin(company) as session:
        for row in await session.scalars(select(OptOutRow)):
            await session.delete(row)  # the caller has written START
    await receipts.settle(stop)
    assert await rows(db, company, OptOutRow) == []
