"""Writes one booking to its resource's calendar, or deletes it there.

In: jobs `calendar`, each about a booking as it is by now. Out: `<booking id>.ics` on the CalDAV server,
`booking.calendar_version`, the calendar's state. A server that is away is asked again with growing
delays, one that refuses us each hour, until the booking is over: so nothing is lost however long it
takes, and no account is locked by us. A booking that was moved to somebody else is deleted from the
others' calendars first where they answer; what is left there is found by the reading. Only then is it
written: two addresses may mean one calendar, and nothing but writing last leaves the event there.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.calendars.caldav import CalDav
from dialogue.calendars.http import Http, canonical
from ringback import jobs
from ringback.calendars import Appointment, Place, Wrong, event_file
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import Refused, TryAgain
from ringback.store.calendars import (
    WRITTEN,
    appointment,
    calendar_of,
    calendars,
    note_well,
    note_wrong,
    place_of,
)
from ringback.store.companies import business, locked_company
from ringback.tables import BookingRow

REFUSED_AGAIN = timedelta(hours=1)
_KEEP_TRYING = timedelta(days=1)  # after a booking is over
_WRITE_S = 40.0  # the others' calendars, too
_ELSEWHERE_S = 10.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be done with a booking: written to `place` unless `deleted`; gone from `elsewhere`."""

    what: Appointment
    resource: str
    place: Place | None
    deleted: bool
    elsewhere: tuple[Place, ...]


def file_of(booking_id: UUID) -> str:
    """The name of a booking's event on the server."""
    return f"{booking_id}.ics"


class Writing:
    """The step `calendar`, for all companies.

    Args:
        db: The database.
        clock: Says what time it is.
        http: Reaches calendar servers.
        address: Of the portal, for the link in an event.
    """

    def __init__(self, db: Database, clock: Clock, http: Http, address: str) -> None:
        self._db = db
        self._clock = clock
        self._http = http
        self._address = address

    async def write(self, job: jobs.Job) -> None:
        """Bring the calendars up to the booking as it stands."""
        async with self._db.read(job.company_id) as session:
            task = await self._task(session, job.subject)
        if task is None:
            async with self._db.begin(job.company_id) as session:
                await jobs.finish(session, job, self._clock())
            return
        try:
            async with asyncio.timeout(_WRITE_S):
                await self._delete_elsewhere(task)
                await self._carry_out(task)
        except (TryAgain, Refused, TimeoutError) as fault:
            await self._put_off(job, task, fault)
        else:
            await self._record(job, task)

    async def give_up(self, job: jobs.Job, fault: str) -> None:
        """After faults that nobody foresaw it is tried again in an hour, for nothing may be lost."""
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            await jobs.postpone(session, job, now + REFUSED_AGAIN, None)

    async def _task(self, session: AsyncSession, booking_id: UUID) -> _Task | None:
        """None when nothing is to be done, or not any more."""
        row = await session.get(BookingRow, booking_id)
        if row is None or row.calendar_version >= row.version:
            return None
        if row.ends_at + _KEEP_TRYING < self._clock():
            return None
        own = place_of(await calendar_of(session, row.resource))
        moved = row.version > 1
        others = [place_of(one) for one in await calendars(session) if moved]
        here = own and canonical(own.url)
        elsewhere = tuple(one for one in others if one and canonical(one.url) != here)
        if own is None and not elsewhere:
            return None
        what = appointment(row, await business(session), self._address)
        return _Task(what, row.resource, own, row.state not in WRITTEN, elsewhere)

    async def _carry_out(self, task: _Task) -> None:
        if task.place is None:
            return
        calendar, name = CalDav(self._http, task.place), file_of(task.what.booking_id)
        if task.deleted:
            await calendar.delete(name)
        else:
            await calendar.put(name, event_file(task.what, self._clock()))

    async def _record(self, job: jobs.Job, task: _Task) -> None:
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            await locked_company(session)  # as whoever connects another calendar does
            row = await session.get(BookingRow, task.what.booking_id)
            calendar = await calendar_of(session, task.resource)
            if row is None or place_of(calendar) != task.place:  # connected anew meanwhile
                await jobs.postpone(session, job, now, None)
                return
            row.calendar_version = task.what.version
            await session.flush()
            if calendar and task.place:
                await note_well(session, calendar, now)
            await jobs.finish(session, job, now)

    async def _put_off(self, job: jobs.Job, task: _Task, fault: Exception) -> None:
        now = self._clock()
        wrong = wrong_of(fault)
        log.warning("calendar_not_written", job=job.key, wrong=wrong)
        async with self._db.begin(job.company_id) as session:
            await locked_company(session)
            calendar = await calendar_of(session, task.resource)
            if calendar and place_of(calendar) == task.place:
                note_wrong(calendar, wrong)
            at, told = again(job, fault, now)
            await jobs.postpone(session, job, at, told)

    async def _delete_elsewhere(self, task: _Task) -> None:
        name = file_of(task.what.booking_id)
        gone = [CalDav(self._http, place).delete(name) for place in task.elsewhere]
        try:
            async with asyncio.timeout(_ELSEWHERE_S):
                await asyncio.gather(*gone)
        except (TryAgain, Refused, TimeoutError) as fault:
            log.info("calendar_not_cleared", file=name, wrong=wrong_of(fault))


def wrong_of(fault: Exception) -> Wrong:
    """What a fault of the client means for the calendar."""
    return Wrong(fault.code) if isinstance(fault, Refused) and fault.code else Wrong.AWAY


def again(job: jobs.Job, fault: Exception, now: datetime) -> tuple[datetime, str | None]:
    """When to try again, and what the job's row keeps: nothing lets its attempts count from 0."""
    if isinstance(fault, Refused):
        return now + REFUSED_AGAIN, None
    at = now + timedelta(seconds=jobs.delay_s(job.attempts))
    return at, (str(fault) or "away") if job.attempts < jobs.MAX_ATTEMPTS - 1 else None
