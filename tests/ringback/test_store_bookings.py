import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, NoResultFound

from ringback.bookings import BookingState, Slot
from ringback.db import Database
from ringback.errors import TryAgain
from ringback.store.bookings import (
    BookingGone,
    SlotTaken,
    book,
    bookings_between,
    cancel,
    coming_bookings_of,
    move,
    taken_between,
)
from ringback.tables import BookingRow
from tests.clock import HandClock
from tests.ringback.flow import ANNA, ERIK, ZONE, converse, slot

DAY = timedelta(days=1)


class Calendar:
    def __init__(self, db: Database, company: UUID, clock: HandClock) -> None:
        self.db = db
        self.company = company
        self.clock = clock

    async def book(self, wanted: Slot, key: str = "", caller: str = ANNA) -> UUID | None:
        async with self.db.begin(self.company) as session:
            now = self.clock.now()
            row = await book(session, wanted, caller, key or str(uuid4()), ZONE, now)
            return row.id if row else None

    async def booked(self, wanted: Slot) -> UUID:
        booking_id = await self.book(wanted)
        assert booking_id is not None
        return booking_id

    async def move(self, booking_id: UUID, wanted: Slot) -> None:
        async with self.db.begin(self.company) as session:
            row = await session.get_one(BookingRow, booking_id)
            await move(session, row, wanted, self.clock.now())

    async def cancel(self, booking_id: UUID) -> None:
        async with self.db.begin(self.company) as session:
            row = await session.get_one(BookingRow, booking_id)
            await cancel(session, row, self.clock.now())

    async def row(self, booking_id: UUID) -> BookingRow:
        async with self.db.read(self.company) as session:
            return await session.get_one(BookingRow, booking_id)

    async def count(self) -> int | None:
        async with self.db.read(self.company) as session:
            return await session.scalar(select(func.count()).select_from(BookingRow))


@pytest.fixture
def calendar(db: Database, company: UUID, clock: HandClock) -> Calendar:
    return Calendar(db, company, clock)


async def test_booking_says_what_was_agreed(calendar: Calendar) -> None:
    wanted = slot()
    row = await calendar.row(await calendar.booked(wanted))
    assert (row.service, row.resource) == (wanted.service, wanted.resource)
    assert (row.starts_at, row.ends_at) == (wanted.starts_at, wanted.ends_at)
    assert (row.number, row.zone, row.version) == (ANNA, ZONE, 1)
    assert row.state == BookingState.CONFIRMED


async def test_same_cause_books_once(calendar: Calendar) -> None:
    assert await calendar.book(slot(), key="turn:1:0") is not None
    assert await calendar.book(slot(), key="turn:1:0") is None
    assert await calendar.book(slot(48), key="turn:1:0") is None
    assert await calendar.count() == 1


@pytest.mark.parametrize(
    ("after_h", "minutes"),
    [(24, 60), (23.5, 60), (24.5, 60), (24.25, 15), (23, 180), (24, 15), (24.75, 15)],
)
async def test_overlap_is_refused(calendar: Calendar, after_h: float, minutes: int) -> None:
    await calendar.book(slot(24, minutes=60))
    with pytest.raises(SlotTaken):
        await calendar.book(slot(after_h, minutes=minutes))
    assert await calendar.count() == 1


@pytest.mark.parametrize("after_h", [23, 25])
async def test_times_that_touch_do_not_overlap(calendar: Calendar, after_h: float) -> None:
    await calendar.book(slot(24))
    assert await calendar.book(slot(after_h)) is not None


async def test_another_resource_is_free(calendar: Calendar) -> None:
    await calendar.book(slot(resource="Anna"))
    assert await calendar.book(slot(resource="Bo")) is not None


async def test_another_companys_calendar_is_free(calendar: Calendar, neighbour: UUID) -> None:
    await calendar.book(slot())
    theirs = Calendar(calendar.db, neighbour, calendar.clock)
    assert await theirs.book(slot()) is not None


async def test_of_twenty_at_once_exactly_one_books(calendar: Calendar) -> None:
    async def attempt(number: int) -> bool:
        try:
            await calendar.book(slot(24 + number % 4 / 10), caller=ERIK)
        except SlotTaken:
            return False
        return True

    async with asyncio.timeout(20):
        won = await asyncio.gather(*(attempt(number) for number in range(20)))
    assert sum(won) == 1
    assert await calendar.count() == 1


async def test_cancelled_booking_frees_its_time(calendar: Calendar) -> None:
    booking_id = await calendar.booked(slot())
    await calendar.cancel(booking_id)
    row = await calendar.row(booking_id)
    assert (row.state, row.version) == (BookingState.CANCELLED, 2)
    assert await calendar.book(slot()) is not None


async def test_cancelled_booking_can_not_come_back_onto_a_taken_time(calendar: Calendar) -> None:
    booking_id = await calendar.booked(slot())
    await calendar.cancel(booking_id)
    await calendar.book(slot())

    async def revive() -> None:
        async with calendar.db.begin(calendar.company) as session:
            row = await session.get_one(BookingRow, booking_id)
            row.state = BookingState.CONFIRMED

    with pytest.raises(DBAPIError, match="ex_booking_overlap"):
        await revive()


async def test_moved_booking_takes_the_new_time_and_frees_the_old(calendar: Calendar) -> None:
    booking_id = await calendar.booked(slot(24))
    await calendar.move(booking_id, slot(48, resource="Bo"))
    row = await calendar.row(booking_id)
    assert (row.starts_at, row.resource, row.version) == (slot(48).starts_at, "Bo", 2)
    assert await calendar.book(slot(24)) is not None
    with pytest.raises(SlotTaken):
        await calendar.book(slot(48, resource="Bo"))


async def test_booking_can_be_moved_by_less_than_its_length(calendar: Calendar) -> None:
    booking_id = await calendar.booked(slot(24))
    await calendar.move(booking_id, slot(24.5))
    assert (await calendar.row(booking_id)).starts_at == slot(24.5).starts_at


async def test_moving_onto_a_taken_time_is_refused_and_changes_nothing(calendar: Calendar) -> None:
    await calendar.book(slot(48))
    booking_id = await calendar.booked(slot(24))
    with pytest.raises(SlotTaken):
        await calendar.move(booking_id, slot(48.5))
    row = await calendar.row(booking_id)
    assert (row.starts_at, row.version) == (slot(24).starts_at, 1)


@pytest.mark.parametrize("how", ["book", "move"])
async def test_two_that_want_two_times_in_opposite_order_do_not_block_each_other(
    calendar: Calendar, how: str
) -> None:
    """Without an order of the company's bookings, PostgreSQL ends one of them as a deadlock."""
    now, first, second = calendar.clock.now(), slot(72), slot(96)
    ids = iter([await calendar.booked(slot(24 * number, "Bo")) for number in range(4)])
    both_have_one = asyncio.Barrier(2)

    async def attempt(*wanted: Slot) -> bool:
        try:
            async with calendar.db.begin(calendar.company) as session:
                for one in wanted:
                    if how == "book":
                        await book(session, one, ANNA, str(uuid4()), ZONE, now)
                    else:
                        await move(session, await session.get_one(BookingRow, next(ids)), one, now)
                    with suppress(TimeoutError, asyncio.BrokenBarrierError):
                        await asyncio.wait_for(both_have_one.wait(), 0.3)
        except SlotTaken:
            return False
        return True

    won = await asyncio.gather(attempt(first, second), attempt(second, first))
    assert sorted(won) == [False, True]


async def test_two_that_change_places_at_once_do_not_both_win(calendar: Calendar) -> None:
    ids = [await calendar.booked(slot(24 * number)) for number in (1, 2)]

    async def attempt(booking_id: UUID) -> bool:
        try:
            await calendar.move(booking_id, slot(72))
        except (SlotTaken, TryAgain):
            return False
        return True

    async with asyncio.timeout(20):
        won = await asyncio.gather(*map(attempt, ids))
    assert sum(won) == 1


async def test_two_that_move_one_booking_at_once_make_two_versions_of_it(
    calendar: Calendar,
) -> None:
    booking_id = await calendar.booked(slot(24))
    async with asyncio.timeout(20):
        await asyncio.gather(*(calendar.move(booking_id, slot(hours)) for hours in (48, 72)))
    assert (await calendar.row(booking_id)).version == 3


async def test_booking_that_is_cancelled_and_moved_at_once_stays_cancelled(
    calendar: Calendar,
) -> None:
    booking_id = await calendar.booked(slot(24))

    async def move_it() -> None:
        with suppress(BookingGone):
            await calendar.move(booking_id, slot(48))

    async with asyncio.timeout(20):
        await asyncio.gather(move_it(), calendar.cancel(booking_id), calendar.cancel(booking_id))
    assert (await calendar.row(booking_id)).state == BookingState.CANCELLED
    with pytest.raises(BookingGone):
        await calendar.move(booking_id, slot(48))


async def test_booking_of_another_company_is_not_found(calendar: Calendar, neighbour: UUID) -> None:
    booking_id = await calendar.booked(slot())
    with pytest.raises(NoResultFound):
        await Calendar(calendar.db, neighbour, calendar.clock).row(booking_id)


async def test_busy_times_are_those_that_touch_the_span_and_stand(calendar: Calendar) -> None:
    await calendar.book(slot(24))
    await calendar.cancel(await calendar.booked(slot(26)))
    await calendar.book(slot(28, resource="Bo"))
    start = slot(24.5).starts_at
    async with calendar.db.read(calendar.company) as session:
        now = calendar.clock.now()
        taken = await taken_between(session, start, slot(28).starts_at, now)
        assert [(one.resource, one.starts_at) for one in taken] == [("Anna", slot(24).starts_at)]
        assert await taken_between(session, slot(25).starts_at, slot(28).starts_at, now) == []
        assert len(await taken_between(session, start, slot(28.1).starts_at, now)) == 2


async def test_callers_coming_bookings_are_their_own_that_have_not_ended_soonest_first(
    calendar: Calendar,
) -> None:
    for after_h in (48, 24):
        await calendar.book(slot(after_h))
    await calendar.book(slot(30), caller=ERIK)
    await calendar.cancel(await calendar.booked(slot(36)))
    now = slot(24.5).starts_at
    async with calendar.db.read(calendar.company) as session:
        rows = await coming_bookings_of(session, ANNA, now)
        assert [row.starts_at for row in rows] == [slot(24).starts_at, slot(48).starts_at]
        rows = await coming_bookings_of(session, ANNA, slot(25).starts_at)
        assert [row.starts_at for row in rows] == [slot(48).starts_at]


async def test_week_shows_bookings_of_every_state_that_begin_in_it(calendar: Calendar) -> None:
    await calendar.book(slot(23.5))
    cancelled = await calendar.booked(slot(30))
    await calendar.cancel(cancelled)
    first = await calendar.booked(slot(24.5))
    async with calendar.db.read(calendar.company) as session:
        start = slot(24).starts_at
        rows = await bookings_between(session, start, start + DAY)
        assert [row.id for row in rows] == [first, cancelled]


async def test_page_of_bookings_goes_on_after_its_last_one_and_is_of_one_resource_when_asked(
    calendar: Calendar,
) -> None:
    made = [await calendar.booked(slot(after_h)) for after_h in (24, 25, 26)]
    start, end = slot(24).starts_at, slot(24).starts_at + DAY
    async with calendar.db.read(calendar.company) as session:
        first = await bookings_between(session, start, end, limit=2)
        assert [row.id for row in first] == made[:2]
        last = first[-1].starts_at, first[-1].id
        rest = await bookings_between(session, start, end, after=last)
        assert [row.id for row in rest] == made[2:]
        whose = slot(24).resource
        assert len(await bookings_between(session, start, end, whose)) == 3
        assert await bookings_between(session, start, end, "Nobody") == []


async def test_booking_knows_its_conversation(calendar: Calendar) -> None:
    async with calendar.db.begin(calendar.company) as session:
        talk = await converse(session)
        row = await book(session, slot(), ANNA, "turn:1:0", ZONE, calendar.clock.now(), talk.id)
        assert row is not None
        assert row.conversation_id == talk.id
