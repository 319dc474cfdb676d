"""Absence: counted as taken, never booked into, and replaced as a whole by what a calendar says."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from ringback.bookings import Slot
from ringback.db import Database
from ringback.errors import BadInput
from ringback.store.bookings import SlotTaken, book, hold, move, taken_between
from ringback.store.busy import (
    Busy,
    add_absence,
    busy_between,
    forget_old,
    remove_absence,
    replace_busy,
)
from ringback.store.changes import latest_position
from ringback.tables import BookingRow
from tests.clock import FRIDAY_AT_TEN, HandClock
from tests.ringback.flow import ANNA, ZONE, slot

DAY = timedelta(days=1)
WEEK = (FRIDAY_AT_TEN, FRIDAY_AT_TEN + 7 * DAY)


def busy(key: str, after_h: float, note: str = "") -> Busy:
    time = slot(after_h)
    return Busy(key, time.starts_at, time.ends_at, note)


async def absent(db: Database, company: UUID, after_h: float, resource: str = "Anna") -> UUID:
    time = slot(after_h)
    async with db.begin(company) as session:
        row = await add_absence(
            session, resource, time.starts_at, time.ends_at, FRIDAY_AT_TEN, "semester"
        )
        return row.id


async def read(
    db: Database, company: UUID, *found: Busy, span: tuple[datetime, datetime] = WEEK
) -> int:
    async with db.begin(company) as session:
        return await replace_busy(session, "Anna", "caldav", span, found, FRIDAY_AT_TEN)


async def shown(db: Database, company: UUID, resource: str = "") -> list[tuple[str, float, str]]:
    """Of the week: whose, how many hours from now, and the note."""
    async with db.read(company) as session:
        rows = await busy_between(session, *WEEK, resource)
        return [
            (row.resource, (row.starts_at - FRIDAY_AT_TEN) / timedelta(hours=1), row.note)
            for row in rows
        ]


async def test_absence_is_taken_until_it_is_removed(db: Database, company: UUID) -> None:
    busy_id = await absent(db, company, 24)
    async with db.begin(company) as session:
        taken = await taken_between(session, *WEEK, FRIDAY_AT_TEN, ANNA)
        assert [(one.resource, one.starts_at) for one in taken] == [("Anna", slot(24).starts_at)]
        assert await remove_absence(session, busy_id, FRIDAY_AT_TEN)
        assert await taken_between(session, *WEEK, FRIDAY_AT_TEN) == []
        assert not await remove_absence(session, busy_id, FRIDAY_AT_TEN)


async def test_absences_are_listed_soonest_first_with_their_notes(
    db: Database, company: UUID
) -> None:
    await absent(db, company, 48, "Bo")
    await absent(db, company, 24)
    assert await shown(db, company) == [("Anna", 24, "semester"), ("Bo", 48, "semester")]
    assert await shown(db, company, "Bo") == [("Bo", 48, "semester")]


@pytest.mark.parametrize("how", ["book", "move", "hold"])
async def test_nobody_books_moves_or_holds_into_an_absence_that_was_entered_meanwhile(
    db: Database, company: UUID, clock: HandClock, how: str
) -> None:
    now = clock.now()
    async with db.begin(company) as session:
        there = await book(session, slot(48), ANNA, "there before", ZONE, now)
        assert there is not None
        booking_id = there.id

    async def attempt(wanted: Slot) -> None:
        async with db.begin(company) as session:
            if how == "book":
                await book(session, wanted, ANNA, str(uuid4()), ZONE, now)
            elif how == "move":
                await move(session, await session.get_one(BookingRow, booking_id), wanted, now)
            else:
                await hold(session, [wanted], ANNA, str(uuid4()), ZONE, now, now + DAY)

    await absent(db, company, 24)
    with pytest.raises(SlotTaken):
        await attempt(slot(24.5))
    await attempt(slot(25))
    await attempt(slot(24, "Bo"))


async def test_absence_over_a_booking_leaves_the_booking_to_the_staff(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        row = await book(session, slot(24), ANNA, "before", ZONE, clock.now())
        assert row is not None
    await absent(db, company, 24)
    async with db.read(company) as session:
        assert (await session.get_one(BookingRow, row.id)).state == "confirmed"


async def test_what_a_calendar_says_replaces_what_it_said_before(
    db: Database, company: UUID
) -> None:
    assert await read(db, company, busy("a", 24, "möte"), busy("b", 48)) == 2
    assert await read(db, company, busy("a", 30, "möte"), busy("c", 72)) == 3
    assert await shown(db, company) == [("Anna", 30, "möte"), ("Anna", 72, "")]
    assert await read(db, company) == 2
    assert await shown(db, company) == []


async def test_reading_the_same_again_changes_nothing_and_wakes_no_page(
    db: Database, company: UUID
) -> None:
    await read(db, company, busy("a", 24, "möte"))
    async with db.read(company) as session:
        before = await latest_position(session)
    assert await read(db, company, busy("a", 24, "möte")) == 0
    async with db.read(company) as session:
        assert await latest_position(session) == before


async def test_calendar_leaves_alone_what_staff_entered_and_what_it_was_not_asked_about(
    db: Database, company: UUID
) -> None:
    await absent(db, company, 24)
    await absent(db, company, 24, "Bo")
    await read(db, company, busy("late", 100))
    await read(db, company, busy("early", 30), span=(WEEK[0], WEEK[0] + 2 * DAY))
    assert [(who, at) for who, at, _ in await shown(db, company)] == [
        ("Anna", 24),
        ("Bo", 24),
        ("Anna", 30),
        ("Anna", 100),
    ]


async def test_entry_that_was_moved_into_the_span_is_one_entry(db: Database, company: UUID) -> None:
    await read(db, company, busy("a", 100))
    await read(db, company, busy("a", 24), span=(WEEK[0], WEEK[0] + 2 * DAY))
    assert [at for _, at, _ in await shown(db, company)] == [24]


async def test_times_that_end_before_they_begin_are_refused(db: Database, company: UUID) -> None:
    time = slot(24)
    backwards = Busy("a", time.ends_at, time.starts_at)
    with pytest.raises(BadInput, match="end after it begins"):
        await read(db, company, backwards)
    with pytest.raises(BadInput, match="end after it begins"):
        async with db.begin(company) as session:
            await add_absence(session, "Anna", time.ends_at, time.ends_at, FRIDAY_AT_TEN)
    with pytest.raises(BadInput, match="key of its own"):
        await read(db, company, busy("a", 24), busy("a", 48))


async def test_neighbours_absence_is_not_ours(db: Database, company: UUID, neighbour: UUID) -> None:
    await absent(db, neighbour, 24)
    assert await shown(db, company) == []


async def test_what_is_past_is_forgotten_a_day_later(db: Database, company: UUID) -> None:
    await absent(db, company, 24)
    await absent(db, company, 48)
    for after_h, left in ((48, [24, 48]), (49, [48])):
        async with db.begin_across() as session:
            await forget_old(session, slot(after_h).starts_at + timedelta(minutes=1))
        assert [at for _, at, _ in await shown(db, company)] == left
