"""What a calendar's events block. Pure.

In: events as a calendar server gives them, each an iCalendar text. Out: the times when the resource is
busy, those of recurring events one by one, and which events could not be read. Free time is what is
marked so (TRANSP:TRANSPARENT) or cancelled. An all-day event lasts from midnight to midnight, and a
time without a zone means what the clock on the wall shows; both in the company's zone (RFC 5545, 3.3.5).
What an event is called is not kept: it is the employee's own, and the time is all that is needed.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from hashlib import sha256
from threading import Lock
from zoneinfo import ZoneInfo

import recurring_ical_events  # type: ignore[import-untyped]
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from icalendar import Calendar, Event, vRecur
from icalendar.timezone import tzp

from ringback.calendars import Wrong
from ringback.errors import Refused

_AROUND = timedelta(days=1)  # all zones' days that touch the span
_MOST_BLOCKS = 5000
_MOST_A_DAY = 24
_MOST_BEFORE = 200_000  # days and times from an event's first to the span: 550 years of a daily one
_CALENDAR_CYCLE = 400  # years, after which dates and weekdays are the same again
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_OWN_ZONES = Lock()
"""icalendar keeps the zones that a calendar defines, by name, for all that it reads later; another
company's "Customized Time Zone" is not ours, so they are forgotten before each event."""


@dataclass(frozen=True, slots=True)
class Block:
    """A time that an event takes. UTC; the end is not included."""

    uid: str
    starts_at: datetime
    ends_at: datetime

    @property
    def key(self) -> str:
        """Tells it from the calendar's others, and is the same at the next reading."""
        return sha256(f"{self.uid} {self.starts_at.isoformat()}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Read:
    """What a calendar holds in a span, and how many of its events could not be read."""

    blocks: tuple[Block, ...]
    unreadable: int


def read(
    texts: Iterable[str],
    zone: ZoneInfo,
    start: datetime,
    end: datetime,
    in_time: Callable[[], bool] = lambda: True,
) -> Read:
    """The busy times that touch the span (aware).

    Args:
        texts: Each with one event, its exceptions and its time zones.
        zone: The company's.
        start: First moment.
        end: The moment after the last.
        in_time: Whether there is time left; asked before each event. A thread can't be stopped.

    Raises:
        Refused: There are more than any calendar can mean, or they take too long.
    """
    blocks: dict[str, Block] = {}
    unreadable = 0
    for text in texts:
        if not in_time():
            raise Refused("The calendar's events take too long to read.", Wrong.TOO_MUCH)
        try:
            with _OWN_ZONES:
                tzp.use_default()
                found = list(_blocks(text, zone, start, end))
        except Exception:  # whatever two libraries make of what anybody may have written
            unreadable += 1
            continue
        blocks |= {block.key: block for block in found}
        if len(blocks) > _MOST_BLOCKS:
            raise Refused("The calendar holds too many events.", Wrong.TOO_MUCH)
    return Read(tuple(blocks.values()), unreadable)


def _blocks(text: str, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Block]:
    calendar = Calendar.from_ical(text)
    for event in calendar.events:
        _refuse_endless(event, end)
    first, last = start.astimezone(UTC) - _AROUND, end.astimezone(UTC) + _AROUND
    for event in recurring_ical_events.of(calendar).between(first, last):
        starts_at, ends_at = _moment(event.start, zone), _moment(event.end, zone)
        if _is_busy(event) and starts_at < ends_at and starts_at < end and ends_at > start:
            yield Block(str(event.get("UID", "")), starts_at, ends_at)


def _refuse_endless(event: Event, end: datetime) -> None:
    """ValueError for what would keep us busy: no appointment comes within hours again, or never."""
    first = datetime.combine(event.start, time())
    days = (end.date() - first.date()).days
    for rule in event.rrules:
        parts = (len(rule.get(part, [0])) for part in ("BYHOUR", "BYMINUTE", "BYSECOND"))
        hours, minutes, seconds = parts
        a_day = hours * minutes * seconds
        if (
            rule["FREQ"][0] not in _FREQUENCIES
            or a_day > _MOST_A_DAY
            or days * a_day > _MOST_BEFORE
        ):
            raise ValueError("the event recurs too often")
        if not _comes_at_all(rule, first):
            raise ValueError("the event recurs never")


def _comes_at_all(rule: vRecur, first: datetime) -> bool:
    """Whether a rule gives any day. One like 30 February is sought up to the year 9999.

    That takes seconds, so it is done near that end, as many whole cycles of the calendar later.
    """
    bare = vRecur({part: given for part, given in rule.items() if part not in ("UNTIL", "COUNT")})
    cycles = (MAXYEAR - first.year) // _CALENDAR_CYCLE
    late = first.replace(year=first.year + cycles * _CALENDAR_CYCLE)
    written = bare.to_ical().decode()  # type: ignore[no-untyped-call]
    return next(iter(rrulestr(written, dtstart=late)), None) is not None


def _is_busy(event: Event) -> bool:
    transparent = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    return not transparent and str(event.get("STATUS", "")).upper() != "CANCELLED"


def _moment(at: date, zone: ZoneInfo) -> datetime:
    if not isinstance(at, datetime):
        at = datetime.combine(at, time(), tzinfo=zone)
    elif at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    return at.astimezone(UTC)
