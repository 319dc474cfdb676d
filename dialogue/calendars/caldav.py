"""One calendar on a CalDAV server: look at it, read its events, write and delete ours.

In: a place and the HTTP to reach it. Out: iCalendar texts, changes there; `TryAgain` when the server
is away or busy, `Refused` with one of `ringback.calendars.Wrong` when it will be no better next time.
Source: RFC 4791, 5.3 and 7.8; RFC 9110, 13.1 for If-Match and If-None-Match.
"""

from datetime import datetime
from http import HTTPStatus as Status

from dialogue.calendars.dav import ABOUT, about_in, events_in, events_query
from dialogue.calendars.http import Answer, Http
from ringback.calendars import Place, Wrong
from ringback.errors import Refused, TryAgain

_XML = {"Content-Type": "application/xml; charset=utf-8"}
_EVENT = {"Content-Type": "text/calendar; charset=utf-8"}
_DONE = (Status.OK, Status.CREATED, Status.NO_CONTENT)
_GONE = (Status.NOT_FOUND, Status.GONE)
_BUSY = (
    Status.REQUEST_TIMEOUT,
    Status.LOCKED,
    Status.TOO_EARLY,
    Status.TOO_MANY_REQUESTS,
)
_WRITES = 3  # somebody else may change an event as often while we write it


class CalDav:
    """A calendar; nothing is held between calls."""

    def __init__(self, http: Http, place: Place) -> None:
        self._http = http
        self._place = place
        self._url = place.url.rstrip("/") + "/"

    async def check(self) -> None:
        """Refused or TryAgain unless this is a calendar that we may read and write."""
        answer = await self._ask("PROPFIND", "", {**_XML, "Depth": "0"}, ABOUT)
        _expect(answer, Status.MULTI_STATUS)
        about = about_in(answer.body)
        if not about.is_calendar:
            raise Refused("There is no calendar at that address.", Wrong.NO_CALENDAR)
        if not about.writable:
            raise Refused("The calendar may not be written.", Wrong.NOT_ALLOWED)

    async def events(self, start: datetime, end: datetime) -> list[str]:
        """The calendar's events that touch the span (aware), as iCalendar texts."""
        query = events_query(start, end)
        answer = await self._ask("REPORT", "", {**_XML, "Depth": "1"}, query)
        _expect(answer, Status.MULTI_STATUS)
        return events_in(answer.body)

    async def put(self, name: str, event: bytes) -> None:
        """Write an event under this name, new or over the one that is there."""
        condition = {"If-None-Match": "*"}
        for _ in range(_WRITES):
            answer = await self._ask("PUT", name, {**_EVENT, **condition}, event)
            if answer.status != Status.PRECONDITION_FAILED:
                _expect(answer, *_DONE)
                return
            condition = await self._as_it_stands(name)
        raise TryAgain("Somebody else changes the event at the same time.")

    async def delete(self, name: str) -> None:
        """Delete the event of this name; one that is gone already is no fault."""
        answer = await self._ask("DELETE", name, {})
        _expect(answer, *_DONE, *_GONE)

    async def _as_it_stands(self, name: str) -> dict[str, str]:
        """The condition under which the event that is there may be written over."""
        answer = await self._ask("HEAD", name, {})
        if answer.status in _GONE:
            return {"If-None-Match": "*"}
        _expect(answer, *_DONE)
        tag = answer.headers.get("etag", "")
        return {"If-Match": tag if tag.startswith('"') else "*"}  # a weak one never matches

    async def _ask(
        self, method: str, name: str, headers: dict[str, str], body: bytes = b""
    ) -> Answer:
        return await self._http.ask(self._place, method, self._url + name, headers, body)


def _expect(answer: Answer, *statuses: Status) -> None:
    """Says plainly what any other answer means."""
    status = answer.status
    if status in statuses:
        return
    if status in _BUSY or (status >= 500 and status != Status.NOT_IMPLEMENTED):
        raise TryAgain(f"The calendar server is not ready ({status}).")
    if status == Status.UNAUTHORIZED:
        raise Refused("The calendar server does not take the user and password.", Wrong.PASSWORD)
    if status == Status.FORBIDDEN and b"supported-report" not in answer.body:
        raise Refused("The calendar server does not allow that.", Wrong.NOT_ALLOWED)
    raise Refused(f"There is no calendar at that address ({status}).", Wrong.NO_CALENDAR)
