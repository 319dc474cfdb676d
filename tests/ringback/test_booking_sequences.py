"""Whatever is held, booked, moved, cancelled or left to run out, and in whatever order: no two standing
bookings of a resource overlap, and nobody is refused a time that nobody else has.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from uuid import UUID, uuid4

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from ringback.bookings import BookingState, Slot
from ringback.db import Database
from ringback.store.bookings import (
    BookingGone,
    SlotTaken,
    book,
    cancel,
    hold,
    move,
    release,
    taken_between,
)
from ringback.store.busy import add_absence
from ringback.tables import BookingRow, BusyRow
from tests.clock import FRIDAY_AT_TEN, HandClock
from tests.flow import rows
from tests.ringback.flow import ANNA, ERIK, ZONE

HOLD_MIN = 10
CALLERS = (ANNA, ERIK)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Act:
    """One thing that somebody does; `which` of the caller's bookings where it is about one."""

    kind: str
    caller: str
    slot: Slot
    which: int


def _slots() -> st.SearchStrategy[Slot]:
    def slot(quarter: int, quarters: int, resource: str) -> Slot:
        starts_at = FRIDAY_AT_TEN + DAY + timedelta(minutes=15 * quarter)
        ends_at = starts_at + timedelta(minutes=15 * quarters)
        return Slot("klippning", resource, starts_at, ends_at)

    resources = st.sampled_from(["Anna", "Anna", "Bo"])  # close together, or little overlaps
    return st.builds(slot, st.integers(0, 5), st.integers(1, 4), resources)


def _acts(*kinds: str) -> st.SearchStrategy[Act]:
    return st.builds(
        Act, st.sampled_from(kinds), st.sampled_from(CALLERS), _slots(), st.integers(0, 3)
    )


_ONE = _acts(
    *("book", "book", "book", "hold", "hold", "hold", "wait", "wait"),
    *("move", "cancel", "give_back", "tidy", "absence"),
)
_AT_ONCE = st.lists(_acts("book", "hold", "move", "cancel", "tidy"), min_size=2, max_size=4)


class Diary:
    """The calendar of a company, emptied."""

    def __init__(self, db: Database, company: UUID) -> None:
        self.db, self.company, self.clock = db, company, HandClock()

    async def empty(self) -> None:
        async with self.db.begin(self.company) as session:
            for table in (BookingRow, BusyRow):
                await session.execute(delete(table))

    async def own(self, act: Act) -> UUID | None:
        found = [
            row
            for row in await self.standing()
            if (row.number, row.state) == (act.caller, BookingState.CONFIRMED)
        ]
        return found[act.which % len(found)].id if found else None

    async def standing(self) -> Sequence[BookingRow]:
        """Confirmed bookings, and times that are held at this moment."""
        now = self.clock.now()
        found = await rows(self.db, self.company, BookingRow)
        return [
            row
            for row in sorted(found, key=lambda row: (row.starts_at, str(row.id)))
            if row.state == "confirmed"
            or (row.state == "held" and row.held_until and row.held_until > now)
        ]

    async def do(self, act: Act) -> bool:
        """Whether it was done; not where somebody has the time."""
        now = self.clock.now()
        try:
            match act.kind:
                case "wait":
                    self.clock.advance(minutes=HOLD_MIN)
                case "book" | "hold" | "give_back" | "absence":
                    await self._put(act, now)
                case "move" | "cancel":
                    await self._change(act, now)
                case "tidy":
                    await self._tidy(now)
        except (SlotTaken, BookingGone):
            return False
        return True

    async def _put(self, act: Act, now: datetime) -> None:
        slot, key, until = act.slot, str(uuid4()), now + timedelta(minutes=HOLD_MIN)
        async with self.db.begin(self.company) as session:
            if act.kind == "book":
                await book(session, slot, act.caller, key, ZONE, now)
            elif act.kind == "absence":
                await add_absence(session, slot.resource, slot.starts_at, slot.ends_at, now)
            else:
                slots = [slot] if act.kind == "hold" else []
                await hold(session, slots, act.caller, key, ZONE, now, until)

    async def _change(self, act: Act, now: datetime) -> None:
        booking_id = await self.own(act)
        async with self.db.begin(self.company) as session:
            row = await session.get(BookingRow, booking_id) if booking_id else None
            if row is None or row.state != BookingState.CONFIRMED:
                return
            if act.kind == "cancel":
                await cancel(session, row, now)
            else:
                await move(session, row, act.slot, now)

    async def _tidy(self, now: datetime) -> None:
        for row in await rows(self.db, self.company, BookingRow):
            async with self.db.begin(self.company) as session:
                await release(session, row.id, now)

    async def in_the_way(self, act: Act) -> bool:
        """Whether somebody else, an absence or another booking of the caller has the time."""
        async with self.db.read(self.company) as session:
            now = self.clock.now()
            taken = await taken_between(
                session, act.slot.starts_at, act.slot.ends_at, now, act.caller
            )
        booking_id = await self.own(act) if act.kind == "move" else None
        moved = [row for row in await self.standing() if row.id == booking_id]
        spans = [(row.resource, row.starts_at, row.ends_at) for row in moved]
        there = [(one.resource, one.starts_at, one.ends_at) for one in taken if not one.kept_since]
        return any(one[0] == act.slot.resource and one not in spans for one in there)


def overlaps(standing: Sequence[BookingRow]) -> Iterator[tuple[BookingRow, BookingRow]]:
    for one, other in combinations(standing, 2):
        touching = one.starts_at < other.ends_at and other.starts_at < one.ends_at
        if one.resource == other.resource and touching:
            yield one, other


_SETTINGS = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _first(caller: str, kind: str, quarter: int = 0) -> Act:
    starts_at = FRIDAY_AT_TEN + DAY + timedelta(minutes=15 * quarter)
    return Act(
        kind, caller, Slot("klippning", "Anna", starts_at, starts_at + timedelta(hours=1)), 0
    )


@_SETTINGS
@example(acts=[_first(ERIK, "hold"), _first(ERIK, "wait"), _first(ANNA, "book", 1)])
@example(acts=[_first(ERIK, "hold"), _first(ANNA, "book"), _first(ERIK, "book", 1)])
@example(acts=[_first(ERIK, "book"), _first(ERIK, "move", 1), _first(ANNA, "book", 4)])
@given(acts=st.lists(_ONE, min_size=6, max_size=12))
async def test_one_after_the_other_nothing_overlaps_and_only_what_is_taken_is_refused(
    db: Database, company: UUID, acts: list[Act]
) -> None:
    diary = Diary(db, company)
    await diary.empty()
    for act in acts:
        expected = act.kind not in ("book", "move") or not await diary.in_the_way(act)
        if act.kind == "move" and await diary.own(act) is None:
            expected = True
        done = await diary.do(act)
        if act.kind in ("book", "move"):
            assert done is expected, act
        assert not list(overlaps(await diary.standing())), act


@_SETTINGS
@given(rounds=st.lists(st.tuples(_AT_ONCE, st.booleans()), min_size=1, max_size=4))
async def test_many_at_once_nothing_overlaps_and_nobody_waits_for_ever(
    db: Database, company: UUID, rounds: list[tuple[list[Act], bool]]
) -> None:
    diary = Diary(db, company)
    await diary.empty()
    for acts, waits in rounds:
        async with asyncio.timeout(20):
            await asyncio.gather(*map(diary.do, acts))
        assert not list(overlaps(await diary.standing())), acts
        if waits:
            diary.clock.advance(minutes=HOLD_MIN)
