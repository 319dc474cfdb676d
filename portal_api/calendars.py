"""The feed that a calendar program subscribes to: a resource's bookings as iCalendar, without sign-in.

In: `/calendar/<secret>.ics`, the secret being all that its owner has to know. Out: the bookings from a
month back on (RFC 5545), or 404. Programs ask every few minutes, so what they have already is answered
with 304 (RFC 9110, 13.1.2), and nothing between us may keep a copy for others.
"""

from hashlib import sha256

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from portal_api.permissions import Permission, needs
from portal_api.visitors import address_of, portal_of
from ringback.calendars import feed
from ringback.store.calendars import feed_of, shown
from ringback.store.companies import business
from ringback.tables import CalendarRow

router = APIRouter(include_in_schema=False)
_KEPT_S = 300
_MOST_SIGNS = 100  # of a secret, which has 43


@router.get("/calendar/{secret}.ics", dependencies=[needs(Permission.PUBLIC)])
async def subscribed(request: Request, secret: str) -> Response:
    """The resource's calendar, if it has changed since the program last asked."""
    portal = portal_of(request)
    async with portal.db.read_across() as session:
        found = await feed_of(session, secret[:_MOST_SIGNS])
    if found is None:
        raise HTTPException(404)
    async with portal.db.read(found.company_id) as session:
        row = await session.get_one(CalendarRow, found.calendar_id)
        company = await business(session)
        now = portal.clock()
        coming = await shown(session, row.resource, company, now, address_of(request))
    body = feed(f"{company.name} – {row.resource}", coming)
    headers = {
        "ETag": f'"{sha256(body).hexdigest()[:32]}"',
        "Cache-Control": f"private, max-age={_KEPT_S}",
        "Content-Disposition": 'inline; filename="ringback.ics"',
    }
    if _has_it(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


def _has_it(told: str, tag: str) -> bool:
    """Whether one of the tags that the program told is this; a proxy may have made it a weak one."""
    tags = (one.strip().removeprefix("W/") for one in told.split(","))
    return any(one in (tag, "*") for one in tags)
