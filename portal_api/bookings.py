"""The week's appointments: the page, its live days, and the same as JSON.

In: `booking` rows and the company's hours. Out: `views.BookingsView`, Monday first.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.frame import shell
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.views import BookingDay, BookingEntry, BookingsView, ResourceChoice
from portal_api.visitors import Visitor, portal_of
from portal_api.wording import N_
from ringback.business import Business
from ringback.clock import Clock
from ringback.errors import BadInput
from ringback.hours import openings_on, special_day
from ringback.phone import readable
from ringback.store.bookings import bookings_between
from ringback.store.changes import Change, Kind, latest_position
from ringback.store.companies import business
from ringback.tables import BookingRow

router = APIRouter()
MaySee = Annotated[Visitor, needs(Permission.SEE_BOOKINGS)]
_WEEK = timedelta(days=7)
_YEARS = range(2000, 2100)  # further off, weeks and zones leave what a date can hold
_LONGEST_SPAN = timedelta(days=366)


@router.get("/bookings", include_in_schema=False)
async def page(
    request: Request, visitor: MaySee, week: str = "", resource: str = ""
) -> HTMLResponse:
    """One week; `week` is any of its days, the present week when empty."""
    portal = portal_of(request)
    monday = monday_of(week, visitor, portal.clock)
    async with portal.db.read(visitor.company_id) as session:
        position = await latest_position(session)
        company = await business(session)
        days = await _days(session, visitor, portal.clock, monday, resource, company)
    view = BookingsView(
        days=days,
        resources=tuple(
            ResourceChoice(name, _address(monday, name), name == resource)
            for name in ("", *company.resources)
        ),
        previous=_address(monday - _WEEK, resource),
        following=_address(monday + _WEEK, resource),
        current=_address(None, resource),
    )
    topic = {"topic": "bookings", "week": monday, "resource": resource, "after": position}
    frame = shell(request, visitor, "bookings", f"/events?{urlencode(topic)}")
    return HTMLResponse(
        render("bookings.html", visitor.language, visitor.zone, shell=frame, bookings=view)
    )


@router.get("/api/v1/bookings")
async def as_json(
    request: Request,
    visitor: MaySee,
    start: Annotated[datetime, Query(alias="from", description="With an offset")],
    end: Annotated[datetime, Query(alias="to", description="With an offset")],
) -> dict[str, Any]:
    """Bookings that begin in the span of at most 366 days, soonest first; at most 500."""
    _check_span(start, end)
    async with portal_of(request).db.read(visitor.company_id) as session:
        rows = await bookings_between(session, start, end)
        return {"items": entries(rows, await business(session))}


def entries(rows: Sequence[BookingRow], company: Business) -> tuple[BookingEntry, ...]:
    """Rows as the pages show them."""
    names = {service.id: service.names[0] for service in company.services}
    return tuple(
        BookingEntry(
            id=str(row.id),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            service=names.get(row.service, row.service),
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
    start = datetime.combine(monday, time(), visitor.zone)
    end = datetime.combine(monday + _WEEK, time(), visitor.zone)
    rows = [
        row for row in await bookings_between(session, start, end) if resource in ("", row.resource)
    ]
    today = clock().astimezone(visitor.zone).date()
    days = []
    for number in range(7):
        day = monday + timedelta(days=number)
        on_day = [row for row in rows if row.starts_at.astimezone(visitor.zone).date() == day]
        special = special_day(company, day, visitor.language)
        reason = special.reason if special else ""
        closed = None if openings_on(company, day) else reason
        days.append(BookingDay(day, entries(on_day, company), closed, day == today))
    return tuple(days)


def _check_span(start: datetime, end: datetime) -> None:
    if start.tzinfo is None or end.tzinfo is None:
        raise BadInput("Write the times with an offset, like 2027-03-01T09:00:00+01:00.", "from")
    if start.year not in _YEARS or end.year not in _YEARS:
        raise BadInput("Write times between the years 2000 and 2099.", "from")
    if not start < end <= start + _LONGEST_SPAN:
        raise BadInput("Let `to` come after `from`, by 366 days at most.", "to")


def monday_of(week: str, visitor: Visitor, clock: Clock) -> date:
    """The Monday of the week that has this day; of the present week when empty.

    Raises:
        BadInput: It is no day, or one that is too far off.
    """
    try:
        day = date.fromisoformat(week) if week else clock().astimezone(visitor.zone).date()
    except ValueError:
        day = date.min
    if day.year not in _YEARS:
        raise BadInput(
            N_("Write the week as one of its days, like 2027-03-01, in the years 2000 to 2099."),
            "week",
        )
    return day - timedelta(days=day.weekday())


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
