"""What a calendar's events block. Pure.

In: events as a calendar server gives them, each an iCalendar text. Out: the times when the resource is
busy, those of recurring events one by one, and which events could not be read. Free time is what is
marked so (TRANSP:TRANSPARENT) or cancelled. An all-day event lasts from midnight to midnight, and a
time without a zone means what the clock on the wall shows; both in the company's zone (RFC 5545, 3.3.5).
What an event is called is not kept: it is the employee's own, and the time is all that is needed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from threading import Lock
from zoneinfo import ZoneInfo

import recurring_ical_events  # type: ignore[import-untyped]
from icalendar import Calendar, Event
from icalendar.timezone import tzp

from ringback.calendars import Wrong
from ringback.errors import Refused

_AROUND = timedelta(days=1)  # all zones' days that touch the span
_MOST_BLOCKS = 5000
_MOST_A_DAY = 24
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


def read(texts: Iterable[str], zone: ZoneInfo, start: datetime, end: datetime) -> Read:
    """The busy times that touch the span (aware).

    Args:
        texts: Each with one event, its exceptions and its time zones.
        zone: The company's.
        start: First moment.
        end: The moment after the last.

    Raises:
        Refused: There are more than any calendar can mean.
    """
    blocks: dict[str, Block] = {}
    unreadable = 0
    for text in texts:
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
        _refuse_endless(event)
    first, last = start.astimezone(UTC) - _AROUND, end.astimezone(UTC) + _AROUND
    for event in recurring_ical_events.of(calendar).between(first, last):
        starts_at, ends_at = _moment(event.start, zone), _moment(event.end, zone)
        if _is_busy(event) and starts_at < ends_at and starts_at < end and ends_at > start:
            yield Block(str(event.get("UID", "")), starts_at, ends_at)


def _refuse_endless(event: Event) -> None:
    """ValueError for what comes again within hours: no appointment does, and it would keep us busy."""
    for rule in event.rrules:
        parts = (len(rule.get(part, [0])) for part in ("BYHOUR", "BYMINUTE", "BYSECOND"))
        hours, minutes, seconds = parts
        if rule["FREQ"][0] not in _FREQUENCIES or hours * minutes * seconds > _MOST_A_DAY:
            raise ValueError("the event recurs too often")


def _is_busy(event: Event) -> bool:
    transparent = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    return not transparent and str(event.get("STATUS", "")).upper() != "CANCELLED"


def _moment(at: date, zone: ZoneInfo) -> datetime:
    if not isinstance(at, datetime):
        at = datetime.combine(at, time(), tzinfo=zone)
    elif at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    return at.astimezone(UTC)
