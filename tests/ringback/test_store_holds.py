"""Held times: kept for one caller, free to himself, free to all when they have run out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from ringback.bookings import BookingState, Slot, Taken, kept
from ringback.db import Database
from ringback.store.bookings import (
    SlotTaken,
    book,
    bookings_between,
    coming_bookings_of,
    hold,
    move,
    release,
    taken_between,
)
from ringback.store.changes import latest_position
from ringback.tables import BookingRow
from tests.clock import HandClock
from tests.flow import jobs_of, rows
from tests.ringback.flow import ANNA, ERIK, ZONE, slot

MINUTES = 10


class Holder:
    def __init__(self, db: Database, company: UUID, clock: HandClock) -> None:
        self.db = db
        self.company = company
        self.clock = clock

    async def hold(self, *slots: Slot, caller: str = ANNA) -> None:
        now = self.clock.now()
        until = now + timedelta(minutes=MINUTES)
        async with self.db.begin(self.company) as session:
            await hold(session, slots, caller, f"hold:{uuid4()}", ZONE, now, until)

    async def book(self, wanted: Slot, caller: str = ANNA, key: str = "") -> UUID:
        async with self.db.begin(self.company) as session:
            now = self.clock.now()
            row = await book(session, wanted, caller, key or str(uuid4()), ZONE, now)
            assert row is not None
            return row.id

    async def move(self, booking_id: UUID, wanted: Slot) -> None:
        async with self.db.begin(self.company) as session:
            row = await session.get_one(BookingRow, booking_id)
            await move(session, row, wanted, self.clock.now())

    async def taken(self, caller: str = "") -> list[Taken]:
        async with self.db.read(self.company) as session:
            start, end = slot(0).starts_at, slot(100).starts_at
            there = await taken_between(session, start, end, self.clock.now(), caller)
            return [one for one in there if one.kept_since is None]

    async def kept(self, caller: str) -> list[Taken]:
        async with self.db.read(self.company) as session:
            start, end = slot(0).starts_at, slot(100).starts_at
            return kept(await taken_between(session, start, end, self.clock.now(), caller))

    async def rows(self) -> Sequence[BookingRow]:
        found = await rows(self.db, self.company, BookingRow)
        return sorted(found, key=lambda row: row.starts_at)


@pytest.fixture
def holder(db: Database, company: UUID, clock: HandClock) -> Holder:
    return Holder(db, company, clock)


def span(one: Slot) -> Taken:
    return Taken(one.resource, one.starts_at, one.ends_at)


async def test_held_time_is_taken_for_all_but_the_one_it_is_held_for(holder: Holder) -> None:
    await holder.hold(slot())
    assert await holder.taken() == [span(slot())]
    assert await holder.taken(ERIK) == [span(slot())]
    assert await holder.taken(ANNA) == []


async def test_caller_s_own_held_time_tells_since_when_until_it_runs_out(holder: Holder) -> None:
    asked_at = holder.clock.now()
    await holder.hold(slot(4), caller=ANNA)
    holder.clock.advance(minutes=MINUTES - 1)
    (own,) = await holder.kept(ANNA)
    assert own == replace(span(slot(4)), kept_since=asked_at)
    assert await holder.kept(ERIK) == []
    holder.clock.advance(minutes=1)
    assert await holder.kept(ANNA) == []


async def test_booking_of_the_caller_himself_is_taken_for_him_too(holder: Holder) -> None:
    await holder.book(slot())
    assert await holder.taken(ANNA) == [span(slot())]


@pytest.mark.parametrize("wanted", [slot(), slot(24.5)])
async def test_nobody_else_books_moves_to_or_holds_a_held_time(
    holder: Holder, wanted: Slot
) -> None:
    await holder.hold(slot())
    elsewhere = await holder.book(slot(48), ERIK)
    for attempt in (
        holder.book(wanted, ERIK),
        holder.hold(wanted, caller=ERIK),
        holder.move(elsewhere, wanted),
    ):
        with pytest.raises(SlotTaken):
            await attempt
    assert [row.state for row in await holder.rows()] == ["held", "confirmed"]


async def test_booking_a_held_time_makes_the_hold_the_booking(holder: Holder) -> None:
    await holder.hold(slot())
    (held,) = await holder.rows()
    holder.clock.advance(minutes=3)
    assert await holder.book(slot(), key="turn:1:0") == held.id
    (row,) = await holder.rows()
    assert (row.state, row.held_until, row.version, row.key) == ("confirmed", None, 1, "turn:1:0")
    assert row.created_at == holder.clock.now()


async def test_booking_that_only_overlaps_the_own_held_time_takes_its_place(holder: Holder) -> None:
    await holder.hold(slot(24))
    await holder.book(slot(24.5))
    assert [(row.state, row.starts_at) for row in await holder.rows()] == [
        ("confirmed", slot(24.5).starts_at)
    ]


async def test_new_proposal_gives_back_what_was_held_before(holder: Holder) -> None:
    await holder.hold(slot(24))
    await holder.hold(slot(48))
    assert await holder.taken() == [span(slot(48))]
    await holder.hold()
    assert await holder.rows() == []


async def test_proposal_of_two_times_holds_both_and_each_is_booked(holder: Holder) -> None:
    both = (slot(24, "Anna"), slot(24, "Bo"))
    await holder.hold(*both)
    held = {row.id for row in await holder.rows()}
    assert {await holder.book(one) for one in both} == held


async def test_same_time_proposed_once_more_is_held_longer_by_one_row(holder: Holder) -> None:
    await holder.hold(slot())
    (first,) = await holder.rows()
    holder.clock.advance(minutes=MINUTES - 1)
    await holder.hold(slot())
    holder.clock.advance(minutes=2)
    assert await holder.taken() == [span(slot())]
    assert [row.id for row in await holder.rows()] == [first.id]


@pytest.mark.parametrize("how", ["book", "hold", "move"])
async def test_time_whose_hold_ran_out_is_free_though_nobody_has_cleaned_up(
    holder: Holder, how: str
) -> None:
    await holder.hold(slot())
    theirs = await holder.book(slot(48), ERIK)
    holder.clock.advance(minutes=MINUTES)
    assert await holder.taken() == [span(slot(48))]
    if how == "book":
        await holder.book(slot(), ERIK)
    elif how == "hold":
        await holder.hold(slot(), caller=ERIK)
    else:
        await holder.move(theirs, slot())
    first = (await holder.rows())[0]
    assert (first.number, first.starts_at) == (ERIK, slot().starts_at)


async def test_late_yes_still_books_while_nobody_else_wanted_the_time(holder: Holder) -> None:
    await holder.hold(slot())
    holder.clock.advance(minutes=5 * MINUTES)
    await holder.book(slot())
    assert [row.state for row in await holder.rows()] == ["confirmed"]


async def test_hold_is_released_at_its_end_and_not_before(
    holder: Holder, db: Database, company: UUID, clock: HandClock
) -> None:
    await holder.hold(slot())
    (row,) = await holder.rows()
    (job,) = await jobs_of(db, "release_hold")
    assert (job.subject, job.run_at) == (row.id, row.held_until)
    async with db.begin(company) as session:
        assert await release(session, row.id, clock.now()) == row.held_until
    clock.advance(minutes=MINUTES)
    async with db.begin(company) as session:
        assert await release(session, row.id, clock.now()) is None
    assert await holder.rows() == []


async def test_release_leaves_a_booking_alone(
    holder: Holder, db: Database, company: UUID, clock: HandClock
) -> None:
    await holder.hold(slot())
    booking_id = await holder.book(slot())
    clock.advance(minutes=MINUTES)
    async with db.begin(company) as session:
        assert await release(session, booking_id, clock.now()) is None
    assert [row.state for row in await holder.rows()] == ["confirmed"]


async def test_hold_for_a_move_by_less_than_its_length_keeps_only_the_new_part(
    holder: Holder,
) -> None:
    own = await holder.book(slot(24))
    await holder.hold(slot(24.5))
    held = [row for row in await holder.rows() if row.state == BookingState.HELD]
    assert [(row.starts_at, row.ends_at) for row in held] == [
        (slot(25).starts_at, slot(24.5).ends_at)
    ]
    with pytest.raises(SlotTaken):
        await holder.book(slot(25), ERIK)
    await holder.move(own, slot(24.5))
    assert await holder.taken() == [span(slot(24.5))]


async def test_held_times_are_no_bookings_in_lists_and_on_pages(
    holder: Holder, db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.read(company) as session:
        before = await latest_position(session)
    await holder.hold(slot())
    async with db.read(company) as session:
        assert await bookings_between(session, slot(0).starts_at, slot(48).starts_at) == []
        assert await coming_bookings_of(session, ANNA, clock.now()) == []
        assert await latest_position(session) == before


async def test_another_companys_hold_blocks_nobody_here(holder: Holder, neighbour: UUID) -> None:
    await Holder(holder.db, neighbour, holder.clock).hold(slot())
    assert await holder.taken() == []
    await holder.book(slot(), ERIK)
