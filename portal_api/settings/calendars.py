"""Calendars outside: the address that a resource's bookings are subscribed to, and its CalDAV calendar.

In: `calendar` rows, what an administrator types. Out: `views.CalendarLine`s, `views.CalendarView`, rows
changed and a line in the audit trail. The password is taken and never shown again; whoever points the
calendar at another server or user has to know it, so nobody has it sent to a server of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.frame import shell
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.settings.faults import said
from portal_api.settings.menu import SETTINGS_PAGES, done
from portal_api.settings.views import CalendarLine, CalendarView
from portal_api.visitors import Visitor, address_of, portal_of
from ringback import audit
from ringback.calendars import Place
from ringback.store.calendars import (
    calendar_of,
    calendars,
    connect,
    disconnect,
    place_of,
    renew_feed,
)
from ringback.store.companies import business
from ringback.tables import CalendarRow

router = APIRouter(prefix="/settings/calendars", include_in_schema=False)
MayChange = Annotated[Visitor, needs(Permission.CHANGE_SETTINGS)]
Typed = Annotated[str, Form(max_length=1000)]
_NO_ADDRESS = "Write an address that begins with https://, without a user name in it."
_NO_USER = "Write the user name at the calendar server."
_NO_PASSWORD = "Write the password; it has to be given again for another server or user."  # noqa: S105


@dataclass(frozen=True, slots=True)
class _Form:
    """What stands in the form beside what holds."""

    url: str
    user: str
    faults: Mapping[str, str]


@router.get("")
async def page(request: Request, visitor: MayChange) -> HTMLResponse:
    """All resources, and how their calendars are."""
    async with portal_of(request).db.read(visitor.company_id) as session:
        rows = {row.resource: row for row in await calendars(session)}
        names = await _resources(session)
    lines = tuple(_line(name, rows.get(name)) for name in names)
    html = render(
        "settings_calendars.html",
        visitor.language,
        visitor.zone,
        shell=shell(request, visitor, "settings"),
        pages=SETTINGS_PAGES,
        done=done(request),
        lines=lines,
    )
    return HTMLResponse(html)


@router.get("/edit")
async def edit(request: Request, visitor: MayChange, resource: str) -> HTMLResponse:
    """One resource's calendars."""
    return await _page(request, visitor, resource)


@router.post("/feed")
async def renew(request: Request, visitor: MayChange, resource: Typed) -> Response:
    """Make the address to subscribe to, or a new one in place of it."""
    now = portal_of(request).clock()
    async with portal_of(request).db.begin(visitor.company_id) as session:
        await _known(session, resource)
        row = await renew_feed(session, resource, now)
        await _recorded(session, request, visitor, "renew", row, now)
    return _back(resource, "feed")


@router.post("/caldav")
async def change(
    request: Request,
    visitor: MayChange,
    resource: Typed,
    url: Typed = "",
    user: Typed = "",
    password: Typed = "",
    act: Annotated[Literal["save", "try", "stop"], Form()] = "save",
) -> Response:
    """Keep where the bookings are written and try it, try it again, or write there no more."""
    if act == "stop":
        return await _stop(request, visitor, resource)
    if act == "save":
        form = await _save(request, visitor, resource, Place(url.strip(), user.strip(), password))
        if form.faults:
            return await _page(request, visitor, resource, form=form, status=400)
    return await _tried(request, visitor, resource)


async def _save(request: Request, visitor: Visitor, resource: str, typed: Place) -> _Form:
    now = portal_of(request).clock()
    async with portal_of(request).db.begin(visitor.company_id) as session:
        await _known(session, resource)
        place = _with_password(typed, place_of(await calendar_of(session, resource)))
        wrong = _faults(place)
        if not wrong:
            row = await connect(session, resource, place, now)
            await _recorded(session, request, visitor, "change", row, now)
    faults = {name: said(text, visitor.language) for name, text in wrong.items()}
    return _Form(typed.url, typed.user, faults)


def _with_password(typed: Place, before: Place | None) -> Place:
    """What was typed, with the password that is kept where it goes to the same server and user."""
    same = before and _server(before.url) == _server(typed.url) and before.user == typed.user
    if typed.password or before is None or not same:
        return typed
    return replace(typed, password=before.password)


def _server(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", url
    return parts.scheme, parts.netloc


def _faults(place: Place) -> dict[str, str]:
    """What is wrong with what was typed, by field; whether the server may be asked, the trial says."""
    faults = {}
    try:
        parts = urlsplit(place.url)
        known = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
    except ValueError:  # the port is no number
        known = False
    if not known or "@" in parts.netloc or not place.url.isprintable():
        faults["url"] = _NO_ADDRESS
    if not place.user or not place.user.isprintable():
        faults["user"] = _NO_USER
    if not place.password:
        faults["password"] = _NO_PASSWORD
    return faults


async def _tried(request: Request, visitor: Visitor, resource: str) -> Response:
    """The page with the server's answer; no unit of work is open while it is asked."""
    portal = portal_of(request)
    async with portal.db.read(visitor.company_id) as session:
        place = place_of(await calendar_of(session, resource))
    if place is None or portal.try_calendar is None:
        return _back(resource, "calendar")
    wrong = await portal.try_calendar(place)
    return await _page(request, visitor, resource, tried=wrong or "")


async def _stop(request: Request, visitor: Visitor, resource: str) -> Response:
    now = portal_of(request).clock()
    async with portal_of(request).db.begin(visitor.company_id) as session:
        row = await calendar_of(session, resource)
        if row is not None and place_of(row):
            await disconnect(session, row, now)
            await _recorded(session, request, visitor, "disconnect", row, now)
    return _back(resource, "calendar_off")


async def _page(
    request: Request,
    visitor: Visitor,
    resource: str,
    *,
    form: _Form | None = None,
    tried: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    async with portal_of(request).db.read(visitor.company_id) as session:
        await _known(session, resource)
        row = await calendar_of(session, resource)
    form = form or _Form(row.caldav_url if row else "", row.caldav_user if row else "", {})
    view = CalendarView(
        line=_line(resource, row),
        feed=f"{address_of(request)}/calendar/{row.feed_secret}.ics" if row else "",
        url=form.url,
        user=form.user,
        tried=tried,
        faults=form.faults,
    )
    html = render(
        "settings_calendar.html",
        visitor.language,
        visitor.zone,
        shell=shell(request, visitor, "settings", path=router.prefix),
        pages=SETTINGS_PAGES,
        done=done(request),
        calendar=view,
    )
    return HTMLResponse(html, status)


def _line(resource: str, row: CalendarRow | None) -> CalendarLine:
    wrong, _, at = row.text.partition(" ") if row else ("", "", "")
    return CalendarLine(
        resource=resource,
        address=f"{router.prefix}/edit?{urlencode({'resource': resource})}",
        has_feed=row is not None,
        connected=place_of(row) is not None,
        state=row.state if row else "new",
        wrong=wrong,
        over=datetime.fromisoformat(at) if at else None,
        read_at=row.read_at if row else None,
    )


async def _resources(session: AsyncSession) -> list[str]:
    """The company's, and those that are gone but have a calendar still."""
    kept = [row.resource for row in await calendars(session)]
    return list(dict.fromkeys([*(await business(session)).resources, *kept]))


async def _known(session: AsyncSession, resource: str) -> None:
    if resource not in await _resources(session):
        raise HTTPException(404)


async def _recorded(
    session: AsyncSession,
    request: Request,
    visitor: Visitor,
    action: str,
    row: CalendarRow,
    now: datetime,
) -> None:
    remote = request.client.host if request.client else ""
    await audit.record(session, now, visitor.actor, action, "calendar", row.id, remote)


def _back(resource: str, done_code: str) -> RedirectResponse:
    query = urlencode({"resource": resource, "done": done_code})
    return RedirectResponse(f"{router.prefix}/edit?{query}", 303)
