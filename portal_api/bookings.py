"""The week's appointments: the page, its live days, and the same as JSON; absences put in and out.

In: `booking` rows and the company's hours; what staff type (`portal_api.absences`). Out:
`views.BookingsView`, Monday first; `busy` rows and a line in the audit trail.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.absences import absences, read_form
from portal_api.booking_pages import YEARS, after_of, check_span, place
from portal_api.frame import shell
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.views import BookingDay, BookingEntry, BookingsView, ResourceChoice
from portal_api.visitors import Visitor, portal_of, remote_of
from portal_api.wording import N_
from ringback import audit
from ringback.business import Business
from ringback.clock import Clock
from ringback.errors import BadInput
from ringback.hours import openings_on, special_day
from ringback.phone import readable
from ringback.store.bookings import bookings_between
from ringback.store.busy import add_absence, remove_absence
from ringback.store.calendars import blocked_bookings
from ringback.store.changes import Change, Kind, latest_position
from ringback.store.companies import business
from ringback.tables import BookingRow

router = APIRouter()
MaySee = Annotated[Visitor, needs(Permission.SEE_BOOKINGS)]
_WEEK = timedelta(days=7)
_DAY_ROWS = 200  # of one day of the page
Typed = Annotated[str, Form(max_length=400)]


@router.get("/bookings", include_in_schema=False)
async def page(
    request: Request, visitor: MaySee, week: str = "", resource: str = ""
) -> HTMLResponse:
    """One week; `week` is any of its days, the present week when empty."""
    return await _page(request, visitor, week, resource)


@router.post("/bookings/absences", include_in_schema=False)
async def add(
    request: Request,
    visitor: MaySee,
    who: Typed = "",
    starts: Typed = "",
    ends: Typed = "",
    note: Typed = "",
) -> Response:
    """Block a time of somebody who is away."""
    portal, now = portal_of(request), portal_of(request).clock()
    typed = {"who": who, "starts": starts, "ends": ends, "note": note}
    async with portal.db.begin(visitor.company_id) as session:
        absence, faults = read_form(typed, await business(session), visitor.zone, now)
        if absence is not None:
            span = absence.starts_at, absence.ends_at
            row = await add_absence(session, absence.resource, *span, now, absence.note)
            await _recorded(session, request, visitor, "add", row.id)
            booked = await blocked_bookings(session, absence.resource, [span], now)
    if absence is None:
        return await _page(request, visitor, typed=typed, faults=faults, status=400)
    week = max(absence.starts_at, now).astimezone(visitor.zone).date()
    return _back("absent_booked" if booked else "absent", week)


@router.post("/bookings/absences/{absence_id}/remove", include_in_schema=False)
async def remove(request: Request, visitor: MaySee, absence_id: UUID) -> Response:
    """Free a time that was blocked; one that is free already is no fault."""
    portal = portal_of(request)
    async with portal.db.begin(visitor.company_id) as session:
        if await remove_absence(session, absence_id, portal.clock()):
            await _recorded(session, request, visitor, "remove", absence_id)
    return _back("present")


async def _page(
    request: Request,
    visitor: Visitor,
    week: str = "",
    resource: str = "",
    *,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    portal, done = portal_of(request), request.query_params.get("done", "")
    monday = monday_of(week, visitor, portal.clock)
    async with portal.db.read(visitor.company_id) as session:
        position = await latest_position(session)
        company = await business(session)
        days = await _days(session, visitor, portal.clock, monday, resource, company)
        away = await absences(session, visitor.language, portal.clock(), done, typed, faults)
    view = BookingsView(
        days=days,
        resources=tuple(
            ResourceChoice(name, _address(monday, name), name == resource)
            for name in ("", *company.resources)
        ),
        previous=_address(monday - _WEEK, resource),
        following=_address(monday + _WEEK, resource),
        current=_address(None, resource),
        absences=away,
    )
    topic = {"topic": "bookings", "week": monday, "resource": resource, "after": position}
    frame = shell(request, visitor, "bookings", f"/events?{urlencode(topic)}")
    return HTMLResponse(
        render("bookings.html", visitor.language, visitor.zone, shell=frame, bookings=view), status
    )


@router.get("/api/v1/bookings")
async def as_json(
    request: Request,
    visitor: MaySee,
    start: Annotated[datetime, Query(alias="from", description="With an offset")],
    end: Annotated[datetime, Query(alias="to", description="With an offset")],
    resource: str = "",
    after: Annotated[str, Query(max_length=100, description="`next` of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> dict[str, Any]:
    """Bookings that begin in the span of at most 366 days, soonest first; `next` where more follow."""
    check_span(start, end)
    async with portal_of(request).db.read(visitor.company_id) as session:
        rows = await bookings_between(session, start, end, resource, place(after), limit + 1)
        shown = rows[:limit]
        more = after_of(shown[-1]) if len(rows) > limit else None
        return {"items": entries(shown, await business(session)), "next": more}


def entries(rows: Sequence[BookingRow], company: Business) -> tuple[BookingEntry, ...]:
    """Rows as the pages show them."""
    return tuple(
        BookingEntry(
            id=str(row.id),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            service=company.name_of(row.service),
            resource=row.resource,
            caller=readable(row.number),
            state=row.state,
            source=row.source,
            conversation_id=str(row.conversation_id) if row.conversation_id else None,
        )
        for row in rows
    )


async def _days(
    session: AsyncSession,
    visitor: Visitor,
    clock: Clock,
    monday: date,
    resource: str,
    company: Business,
) -> tuple[BookingDay, ...]:
    today = clock().astimezone(visitor.zone).date()
    days = []
    for number in range(7):
        day = monday + timedelta(days=number)
        start, end = (
            datetime.combine(one, time(), visitor.zone) for one in (day, day + timedelta(days=1))
        )
        rows = await bookings_between(session, start, end, resource, limit=_DAY_ROWS + 1)
        on_day = sorted(rows[:_DAY_ROWS], key=lambda row: (row.starts_at, row.resource))
        special = special_day(company, day, visitor.language)
        reason = special.reason if special else ""
        closed = None if openings_on(company, day) else reason
        more = len(rows) > _DAY_ROWS
        days.append(BookingDay(day, entries(on_day, company), closed, day == today, more))
    return tuple(days)


def monday_of(week: str, visitor: Visitor, clock: Clock) -> date:
    """The Monday of the week that has this day; of the present week when empty.

    Raises:
        BadInput: It is no day, or one that is too far off.
    """
    try:
        day = date.fromisoformat(week) if week else clock().astimezone(visitor.zone).date()
    except ValueError:
        day = date.min
    if day.year not in YEARS:
        raise BadInput(
            N_("Write the week as one of its days, like 2027-03-01, in the years 2000 to 2099."),
            "week",
        )
    return day - timedelta(days=day.weekday())


async def _recorded(
    session: AsyncSession, request: Request, visitor: Visitor, action: str, absence_id: UUID
) -> None:
    now, remote = portal_of(request).clock(), remote_of(request)
    await audit.record(session, now, visitor.actor, action, "absence", absence_id, remote)


def _back(done: str, week: date | None = None) -> RedirectResponse:
    query = urlencode({"done": done} | ({"week": week.isoformat()} if week else {}))
    return RedirectResponse(f"/bookings?{query}#absences", 303)


def _address(monday: date | None, resource: str) -> str:
    query = {"week": monday.isoformat() if monday else "", "resource": resource}
    chosen = {name: value for name, value in query.items() if value}
    return "/bookings" + (f"?{urlencode(chosen)}" if chosen else "")


async def fragments(
    session: AsyncSession,
    visitor: Visitor,
    clock: Clock,
    week: str,
    resource: str,
    change: Change,
) -> AsyncIterator[str]:
    """The week's days, when a booking changed: it may have left one day for another."""
    if change.kind is not Kind.BOOKING:
        return
    company, monday = await business(session), monday_of(week, visitor, clock)
    for day in await _days(session, visitor, clock, monday, resource, company):
        yield render("live/bookings.html", visitor.language, visitor.zone, day=day)
