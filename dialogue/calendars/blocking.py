"""Reads what staff have put in a resource's calendar, and blocks that time.

In: jobs `calendar_read`, one per calendar, that come again every few minutes. Out: the `busy` rows of source `caldav`, the calendar's state. Our own events block nothing: the
booking does. One of ours that should not be there (cancelled, or somebody else's by now) is deleted.
While a calendar can't be read, what was read last goes on blocking. A booking that stands under a new
block stands; staff are told.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.calendars.caldav import CalDav
from dialogue.calendars.http import Http, canonical
from dialogue.calendars.reading import Block, Read, read
from dialogue.calendars.writing import REFUSED_AGAIN, wrong_of
from ringback import jobs
from ringback.bookings import last_bookable_day
from ringback.business import Business
from ringback.calendars import Place, Wrong, booking_of
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import Refused, TryAgain
from ringback.store.busy import Busy, replace_busy
from ringback.store.calendars import (
    WRITTEN,
    blocked_bookings,
    bookings_by_id,
    calendars,
    note_well,
    note_wrong,
    place_of,
    want_swept,
)
from ringback.store.companies import business, locked_company
from ringback.tables import BookingRow, CalendarRow

EVERY = timedelta(minutes=3)
_NOTHING_TO_READ = timedelta(hours=1)
_READ_S = 40.0  # the answer and its events; less than a worker's lease
_SELDOM = (Wrong.PASSWORD, Wrong.TOO_MUCH)  # asked often, it locks the account or keeps us busy
_TRY_S = 15.0  # somebody waits
_FORGET_AFTER = timedelta(days=400)
_DAY = timedelta(days=1)
log = structlog.get_logger()

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class _Found:
    """What a reading gave: times that block, and bookings of ours whose events should go."""

    read: Read
    blocks: Sequence[Block]
    stale: Sequence[BookingRow]


class Blocking:
    """The step `calendar_read`, for all companies, and the portal's question whether one works.

    Args:
        db: The database.
        clock: Says what time it is.
        http: Reaches calendar servers.
    """

    def __init__(self, db: Database, clock: Clock, http: Http) -> None:
        self._db = db
        self._clock = clock
        self._http = http

    async def try_it(self, place: Place) -> Wrong | None:
        """Whether a calendar can be read and written; what is wrong, or None."""
        try:
            async with asyncio.timeout(_TRY_S):
                await CalDav(self._http, place).check()
        except (TryAgain, Refused, TimeoutError) as fault:
            return wrong_of(fault)
        return None

    async def read(self, job: jobs.Job) -> None:
        """Let the calendar's events of the horizon be what blocks the resource from there."""
        async with self._db.read(job.company_id) as session:
            row = await session.get(CalendarRow, job.subject)
            place = place_of(row)
            company = await business(session)
        if row is None:
            await self._finish(job)
            return
        if place is None:
            await self._again(job, self._clock() + _NOTHING_TO_READ)
            return
        span, loop = _span(company, self._clock()), asyncio.get_running_loop()
        until = loop.time() + _READ_S
        try:
            async with asyncio.timeout_at(until):
                texts = await CalDav(self._http, place).events(span[0] - _DAY, span[1] + _DAY)
            in_time = lambda: loop.time() < until  # noqa: E731
            events = await asyncio.to_thread(read, texts, company.zone, *span, in_time)
        except (TryAgain, Refused, TimeoutError) as fault:
            await self._failed(job, place, fault)
            return
        await self._keep(job, place, events, span)

    async def give_up(self, job: jobs.Job, fault: str) -> None:
        """After faults that nobody foresaw the calendar is read again in an hour."""
        await self._again(job, self._clock() + REFUSED_AGAIN)

    async def _finish(self, job: jobs.Job) -> None:
        """Its resource has left the company."""
        async with self._db.begin(job.company_id) as session:
            await jobs.finish(session, job, self._clock())

    async def _again(self, job: jobs.Job, at: datetime) -> None:
        async with self._db.begin(job.company_id) as session:
            await jobs.postpone(session, job, at, None)

    async def _keep(self, job: jobs.Job, place: Place, events: Read, span: Span) -> None:
        """Write down what was read."""
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            await locked_company(session)  # as whoever connects another calendar does
            row = await session.get(CalendarRow, job.subject)
            if row is None or place_of(row) != place:  # connected anew meanwhile
                await jobs.postpone(session, job, now, None)
                return
            found = await _told_apart(session, row.resource, events)
            busy = [Busy(one.key, one.starts_at, one.ends_at) for one in found.blocks]
            past = (now - _FORGET_AFTER, span[1])  # what is over is dropped on the way
            await replace_busy(session, row.resource, "caldav", past, busy, now)
            for booking in found.stale:
                await want_swept(session, booking, now)
            row.read_at = now
            await note_well(session, row, now)
            await _tell(session, row, found, now)
            await jobs.postpone(session, job, now + EVERY, None)

    async def _failed(self, job: jobs.Job, place: Place, fault: Exception) -> None:
        now, wrong = self._clock(), wrong_of(fault)
        log.warning("calendar_not_read", wrong=wrong, job=job.key)
        async with self._db.begin(job.company_id) as session:
            await locked_company(session)  # as whoever connects another calendar does
            row = await session.get(CalendarRow, job.subject)
            if row is None or place_of(row) != place:  # connected anew meanwhile
                await jobs.postpone(session, job, now, None)
                return
            note_wrong(row, wrong)
            after = REFUSED_AGAIN if wrong in _SELDOM else EVERY
            await jobs.postpone(session, job, now + after, None)


def _span(company: Business, now: datetime) -> Span:
    """From a day ago to the end of the last day that can be booked."""
    beyond = last_bookable_day(company, now) + _DAY
    return now - _DAY, datetime.combine(beyond, time(), tzinfo=company.zone)


async def _told_apart(session: AsyncSession, resource: str, events: Read) -> _Found:
    """Our events are known by the booking: another installation's in the same calendar do block."""
    ids = {block: booking_of(block.uid) for block in events.blocks}
    ours = await bookings_by_id(session, [one for one in dict.fromkeys(ids.values()) if one])
    blocks = [block for block, booking_id in ids.items() if booking_id not in ours]
    places = {row.resource: row.caldav_url for row in await calendars(session)}  # may be shared
    stale = [
        row
        for row in ours.values()
        if row.state not in WRITTEN
        or canonical(places.get(row.resource, "")) != canonical(places[resource])
    ]
    return _Found(events, blocks, stale)


async def _tell(session: AsyncSession, row: CalendarRow, found: _Found, now: datetime) -> None:
    """Say on the calendar's row what its owner has to look at; a fault of the writing comes first."""
    spans = [(block.starts_at, block.ends_at) for block in found.blocks]
    under = await blocked_bookings(session, row.resource, spans, now)
    if under:
        log.warning("calendar_blocks_bookings", calendar=str(row.id), bookings=len(under))
    if found.read.unreadable:
        log.warning("calendar_events_unreadable", calendar=str(row.id), count=found.read.unreadable)
    if row.state != "ok":
        return
    row.text = Wrong.UNREADABLE if found.read.unreadable else ""
    if under:
        row.text = f"{Wrong.OVERLAP} {under[0].starts_at.isoformat()}"
