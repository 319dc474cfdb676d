"""Bookings as an iCalendar that any calendar program reads. Pure.

In: a resource's bookings. Out: a calendar to subscribe to, or one event as it is written to a calendar
server, both as text. What is wrong with a calendar outside is named here too, for the step that finds
it and the page that tells it.

An event shows the service and the last digits of the caller's number: calendars are synchronised to
telephones and shared with others, so what names the caller stays in the portal. Its UID is the
booking's and its SEQUENCE the booking's version, so programs know a later one. Times stand in the
company's zone, with its rules (VTIMEZONE). Sources: RFC 5545; RFC 7986 for the calendar's own name.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import (
    Calendar,
    Component,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vDuration,
    vText,
)

from ringback.bookings import BookingState

PAST_DAYS = 30
"""How long a feed shows what is over."""
MAKER = "-//Ringback//Bookings//EN"
_HOST = "ringback"  # what follows the @ of our UIDs
_REFRESH = timedelta(minutes=15)
_SHOWN_DIGITS = 3
_STATUS = {BookingState.REQUESTED: "TENTATIVE", BookingState.CANCELLED: "CANCELLED"}


class Wrong(StrEnum):
    """What is wrong with a calendar outside; sentences for people are the portal's."""

    ADDRESS = "address"  # no address of a calendar, or one that may not be reached from here
    AWAY = "away"  # nothing answers, or it answers with a fault of its own
    CERTIFICATE = "certificate"  # it does not prove that it is the server of that name
    PASSWORD = "password"  # noqa: S105 - the name of a fault
    NOT_ALLOWED = "not_allowed"  # it may be read but not written, or neither
    NO_CALENDAR = "no_calendar"  # something answers, but there is no calendar at the address
    MOVED = "moved"  # it sends us on to another host, which gets no password
    TOO_MUCH = "too_much"  # the answer is longer than we read
    UNREADABLE = "unreadable"  # the answer is no calendar data
    OVERLAP = "overlap"  # all works; an event there lies over a booking


@dataclass(frozen=True, slots=True)
class Place:
    """A calendar on a CalDAV server: the address of its collection, and who we are there."""

    url: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booking as a calendar shows it.

    Attributes:
        booking_id: Names the event over all its versions.
        summary: One line.
        starts_at: Aware.
        ends_at: Not included.
        zone: Of the company, IANA.
        state: Never held: a time that is only kept for a moment is nobody's appointment.
        version: Counts its changes.
        made_at: When it was booked.
        url: Of its conversation in the portal, or "".
    """

    booking_id: UUID
    summary: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    state: str
    version: int
    made_at: datetime
    url: str = ""


def summary(service: str, e164: str) -> str:
    """What an event is called: `Herrklippning ···605`."""
    return f"{service} ···{e164[-_SHOWN_DIGITS:]}" if e164 else service


def feed(name: str, appointments: Iterable[Appointment]) -> bytes:
    """A calendar to subscribe to; the same bytes as long as nothing has changed.

    Args:
        name: What programs call it.
        appointments: Its events, in any order.
    """
    calendar = _calendar()
    for word in ("NAME", "X-WR-CALNAME"):  # the second for older programs
        calendar.add(word, vText(name))
    # The library leaves out what kind of value it is, which RFC 7986 demands here.
    calendar.add("REFRESH-INTERVAL", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vDuration(_REFRESH))  # the same in Outlook's words
    for one in sorted(appointments, key=lambda one: (one.starts_at, str(one.booking_id))):
        calendar.add_component(_event(one, one.made_at))
    return _written(calendar)


def event_file(appointment: Appointment, now: datetime) -> bytes:
    """One event as it is stored on a calendar server (RFC 4791, 4.1: no METHOD)."""
    calendar = _calendar()
    calendar.add_component(_event(appointment, now))
    return _written(calendar)


def uid(booking_id: UUID) -> str:
    """The UID of a booking's events."""
    return f"{booking_id}@{_HOST}"


def booking_of(event_uid: str) -> UUID | None:
    """The booking that an event with this UID may be of, ours or another installation's."""
    written, _, host = event_uid.partition("@")
    try:
        return UUID(written) if host == _HOST else None
    except ValueError:
        return None


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", MAKER)
    calendar.add("VERSION", "2.0")
    return calendar


def _event(one: Appointment, stamp: datetime) -> Event:
    starts_at, ends_at = _local(one)
    event = Event()
    event.add("UID", uid(one.booking_id))
    event.add("SEQUENCE", one.version)
    event.add("DTSTAMP", stamp)
    event.add("DTSTART", starts_at)
    event.add("DTEND", ends_at)
    event.add("SUMMARY", one.summary)
    event.add("STATUS", _STATUS.get(BookingState(one.state), "CONFIRMED"))
    event.add("CLASS", "PRIVATE")
    if one.url:
        event.add("URL", one.url)
    return event


def _local(one: Appointment) -> tuple[datetime, datetime]:
    """Start and end in the company's zone; in UTC where the clock shows the same time once more.

    A local time that comes twice is the first of them to every reader (RFC 5545, 3.3.5).
    """
    times = one.starts_at.astimezone(zone := ZoneInfo(one.zone)), one.ends_at.astimezone(zone)
    if any(time.fold for time in times):
        return one.starts_at.astimezone(UTC), one.ends_at.astimezone(UTC)
    return times


def _written(calendar: Calendar) -> bytes:
    starts = [start for event in calendar.events if isinstance(start := event.start, datetime)]
    zones = {start.tzinfo for start in starts if isinstance(start.tzinfo, ZoneInfo)}
    years = [start.year for start in starts]
    for zone in zones:
        rules = zone_rules(zone.key, min(years) - 1, max(years) + 1)
        calendar.subcomponents.insert(0, rules)
    return bytes(calendar.to_ical())


@lru_cache(maxsize=64)
def zone_rules(zone: str, first_year: int, last_year: int) -> Timezone:
    """When the clock changes in these years, and how (RFC 5545, 3.6.5).

    An onset is told in the time that the clock showed before it. icalendar's own writer tells that of
    summer in the new time, so the clock would change an hour late.
    """
    rules = Timezone()
    rules.add("TZID", zone)
    day, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    local = ZoneInfo(zone)
    rules.add_component(_observance(day, day, local))
    while day < end:
        after = day + timedelta(days=1)
        if day.astimezone(local).utcoffset() != after.astimezone(local).utcoffset():
            rules.add_component(_observance(*_around_change(day, after, local), local))
        day = after
    return rules


def _around_change(before: datetime, after: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The last second of the old time, and the first of the new one; UTC."""
    old = before.astimezone(zone).utcoffset()
    while (between := (after - before) // 2) >= timedelta(seconds=1):
        middle = before + timedelta(seconds=int(between.total_seconds()))
        before, after = (
            (middle, after) if middle.astimezone(zone).utcoffset() == old else (before, middle)
        )
    return before, after


def _observance(before: datetime, onset: datetime, zone: ZoneInfo) -> Component:
    new, old = onset.astimezone(zone), before.astimezone(zone)
    rule = TimezoneDaylight() if new.dst() else TimezoneStandard()
    rule.add("DTSTART", (onset + (old.utcoffset() or timedelta())).replace(tzinfo=None))
    rule.add("TZOFFSETFROM", old.utcoffset())
    rule.add("TZOFFSETTO", new.utcoffset())
    rule.add("TZNAME", new.tzname())
    return rule
