"""What is asked of a calendar server and what it answers, in XML. Pure.

In: a span of time; the body of a 207 answer. Out: the bodies of requests; the calendar's own facts;
the events, as iCalendar texts. Source: RFC 4918, 9.1 and 13; RFC 4791, 7.8 and 9.9; RFC 3744, 5.4.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

from ringback.calendars import Wrong
from ringback.errors import Refused, TryAgain

_DAV, _CALDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_UTC_FORM = "%Y%m%dT%H%M%SZ"
_WRITING = {f"{_DAV}{name}" for name in ("all", "write", "write-content", "bind")}

ABOUT = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<propfind xmlns="DAV:"><prop><resourcetype/><current-user-privilege-set/></prop></propfind>'
)
"""PROPFIND: what is there, and what we may do with it."""


@dataclass(frozen=True, slots=True)
class About:
    """Whether it is a calendar; whether we may write, True when the server does not say."""

    is_calendar: bool
    writable: bool


def events_query(start: datetime, end: datetime) -> bytes:
    """REPORT: all events that touch the span, whole, recurring ones too."""
    span = f'start="{start.astimezone(UTC):{_UTC_FORM}}" end="{end.astimezone(UTC):{_UTC_FORM}}"'
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
        "<prop><C:calendar-data/></prop>"
        '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
        f"<C:time-range {span}/>"
        "</C:comp-filter></C:comp-filter></C:filter>"
        "</C:calendar-query>"
    ).encode()


def about_in(body: bytes) -> About:
    """The answer to `ABOUT`."""
    tree = _tree(body)
    rights = tree.find(f".//{_DAV}current-user-privilege-set")
    told = {right.tag for privilege in rights for right in privilege} if rights is not None else ()
    return About(
        is_calendar=tree.find(f".//{_DAV}resourcetype/{_CALDAV}calendar") is not None,
        writable=not told or not _WRITING.isdisjoint(told),
    )


def events_in(body: bytes) -> list[str]:
    """The iCalendar texts in the answer to `events_query`.

    Raises:
        Refused: It is none.
        TryAgain: A part failed (RFC 4918, 13): what it would have told blocks all the same.
    """
    tree = _tree(body)
    failed = [text for node in tree.iter(f"{_DAV}status") if _failed(text := node.text or "")]
    if failed:
        raise TryAgain(f"The calendar server gave only a part of the events ({failed[0]}).")
    texts = [node.text or "" for node in tree.iter(f"{_CALDAV}calendar-data")]
    return [text for text in texts if text.strip()]


def _failed(status: str) -> bool:
    """Whether a status line is of a fault; an event that is gone by now (404) is none."""
    code = status.split()[1:2]
    return not code or not (code[0].startswith("2") or code[0] == "404")


def _tree(body: bytes) -> ElementTree.Element:
    # No answer of WebDAV has a document type; without one there are no entities to blow up.
    try:
        if b"<!DOCTYPE" in body.replace(b"\x00", b""):
            raise ElementTree.ParseError
        tree = ElementTree.fromstring(body)  # noqa: S314 - see above
    except (ElementTree.ParseError, ValueError, LookupError) as odd:
        raise Refused("The answer is none of a calendar server.", Wrong.NO_CALENDAR) from odd
    if tree.tag != f"{_DAV}multistatus":
        raise Refused("The answer is none of a calendar server.", Wrong.NO_CALENDAR)
    return tree
