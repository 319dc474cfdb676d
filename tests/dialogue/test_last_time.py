"""Fifty callers want the last free time at once: one gets it, the others are offered the next.

Their turns run side by side, on PostgreSQL in as many transactions as there are connections.
"""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest

from dialogue.turn import Turns
from dialogue.turns import Memory, Pending
from ringback.db import Database
from ringback.store.busy import add_absence
from ringback.store.companies import locked_company
from ringback.tables import BookingRow, CallbackRow, ConversationRow, MessageRow
from ringback.worker import side_by_side
from tests.clock import HandClock
from tests.dialogue.test_turn import write
from tests.flow import jobs_of, rows, run_due

CALLERS = [f"+467017406{number:02d}" for number in range(5, 55)]
LAST = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # Tuesday at 10:00 in Stockholm
NEXT_DAYS = datetime(2026, 11, 25, tzinfo=UTC)
_TRIES = 8


async def one_time_left(db: Database, company: UUID, clock: HandClock) -> None:
    """On Tuesday only Mira works, and only from 10:00 to 10:30."""
    half_past = LAST.replace(minute=30)
    opens, closes = LAST.replace(hour=8), LAST.replace(hour=17)
    absences = [
        ("Ellen", opens, closes),
        ("Jonas", opens, closes),
        ("Mira", opens, LAST),
        ("Mira", half_past, closes),
    ]
    async with db.begin(company) as session:
        for who, start, end in absences:
            await add_absence(session, who, start, end, clock.now())


async def keep_nothing(db: Database, company: UUID) -> None:
    async with db.begin(company) as session:
        row = await locked_company(session)
        rules = row.business["booking_rules"] | {"hold_min": 0}
        row.business = row.business | {"booking_rules": rules}


async def all_write(db: Database, company: UUID, clock: HandClock, text: str) -> None:
    """Each caller's text is answered, all of them at once."""
    for caller in CALLERS:
        await write(db, company, clock, text, number=caller)
    step = side_by_side(Turns(db, clock.now).turn, len(CALLERS))
    for _ in range(_TRIES):
        await run_due(db, clock, {"turn": step})
        if all(job.state == "done" for job in await jobs_of(db, "turn")):
            return
        clock.advance(seconds=2)
    pytest.fail("some callers have no answer")


async def memories(db: Database, company: UUID) -> dict[str, Memory]:
    talks = await rows(db, company, ConversationRow)
    return {talk.number: Memory.from_json(json.loads(talk.memory)) for talk in talks}


async def winner(db: Database, company: UUID) -> str:
    (booking,) = await rows(db, company, BookingRow)
    assert (booking.state, booking.starts_at, booking.resource) == ("confirmed", LAST, "Mira")
    return booking.number


async def last_replies(db: Database, company: UUID) -> dict[str, str]:
    talks = {talk.id: talk.number for talk in await rows(db, company, ConversationRow)}
    texts: Sequence[MessageRow] = sorted(
        await rows(db, company, MessageRow), key=lambda text: text.number
    )
    return {talks[text.conversation_id]: text.text for text in texts if text.direction == "out"}


async def assert_one_won_and_the_others_have_the_next(db: Database, company: UUID) -> None:
    won = await winner(db, company)
    said, known = await last_replies(db, company), await memories(db, company)
    assert [caller for caller in CALLERS if said[caller].startswith("Bokat")] == [won]
    for caller in set(CALLERS) - {won}:
        assert known[caller].offered, said[caller]
        assert min(slot.starts_at for slot in known[caller].offered) > NEXT_DAYS
        assert "25 november" in said[caller]
    assert await rows(db, company, CallbackRow) == []


async def test_booked_in_one_message(db: Database, company: UUID, clock: HandClock) -> None:
    await one_time_left(db, company, clock)
    await all_write(db, company, clock, "Boka herrklippning på tisdag kl 10, tack")
    await assert_one_won_and_the_others_have_the_next(db, company)


async def test_proposed_to_one_and_kept_for_the_yes(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await one_time_left(db, company, clock)
    await all_write(db, company, clock, "Har ni någon tid för herrklippning på tisdag?")
    known = await memories(db, company)
    asked = Counter(known[caller].pending for caller in CALLERS)
    assert asked == {Pending.CONFIRM: 1, Pending.PICK: len(CALLERS) - 1}
    clock.advance(minutes=5)
    await all_write(db, company, clock, "Ja tack")
    won = await winner(db, company)
    assert known[won].pending is Pending.CONFIRM
    await assert_one_won_and_the_others_have_the_next(db, company)


async def test_proposed_to_all_because_nothing_is_kept(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await one_time_left(db, company, clock)
    await keep_nothing(db, company)
    await all_write(db, company, clock, "Har ni någon tid för herrklippning på tisdag?")
    proposed = (await memories(db, company)).values()
    assert {slot.starts_at for memory in proposed for slot in memory.offered} == {LAST}
    await all_write(db, company, clock, "Ja tack")
    await assert_one_won_and_the_others_have_the_next(db, company)
