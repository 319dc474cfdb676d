"""When a company is open. Pure.

In: the company's document and a date or moment. Out: opening intervals, the next opening.
Used by the first text (open now?), the answers about hours and the booking rules.
A date in `exceptions` replaces that weekday's hours whole; on a public holiday that no exception
names, a company with `closed_holidays` is closed. Intervals are wall-clock times of the
company's zone; what is compared is the moments in UTC, so nights when the clock changes count right.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ringback.business import WEEKDAYS, Business, Interval, SpecialDay
from ringback.public_holidays import public_holidays

_LOOK_AHEAD_DAYS = 370  # a company closed for longer has no next opening worth telling


@dataclass(frozen=True, slots=True)
class Opening:
    """One stretch of open hours, in UTC; the end is not included."""

    opens_at: datetime
    closes_at: datetime


def special_day(business: Business, day: date, language: str = "") -> SpecialDay | None:
    """What replaces the weekday's hours on this date, if anything does: an exception, or a holiday.

    Args:
        business: The company.
        day: A local date.
        language: `sv`, `en` for a holiday's name; the company's own when empty.
    """
    for special in business.exceptions:
        if special.date == day:
            return special
    if not business.closed_holidays:
        return None
    names = public_holidays(business.closed_holidays, day.year, language or business.locale[:2])
    return SpecialDay(date=day, hours=(), reason=names[day]) if day in names else None


def intervals_on(business: Business, day: date) -> tuple[Interval, ...]:
    """The wall-clock intervals of a local date, in order; empty when closed."""
    special = special_day(business, day)
    if special is not None:
        return tuple(sorted(special.hours))
    return tuple(sorted(business.opening_hours.get(WEEKDAYS[day.weekday()], ())))


def openings_on(business: Business, day: date) -> tuple[Opening, ...]:
    """The openings that begin on a local date; one that ends at or before its start ends next day."""
    return tuple(
        Opening(
            _moment(business, day, opens),
            _moment(business, day if closes > opens else day + timedelta(days=1), closes),
        )
        for opens, closes in intervals_on(business, day)
    )


def is_open(business: Business, now: datetime) -> bool:
    """Whether the company is open at this moment (aware, any zone)."""
    today = now.astimezone(business.zone).date()
    openings = (*openings_on(business, today - timedelta(days=1)), *openings_on(business, today))
    return any(opening.opens_at <= now < opening.closes_at for opening in openings)


def next_opening(business: Business, now: datetime) -> Opening | None:
    """The first opening that begins after this moment; None when there is none within a year."""
    today = now.astimezone(business.zone).date()
    for ahead in range(_LOOK_AHEAD_DAYS):
        for opening in openings_on(business, today + timedelta(days=ahead)):
            if opening.opens_at > now:
                return opening
    return None


def _moment(business: Business, day: date, wall: time) -> datetime:
    """A wall time as a moment; one that the clock skips in spring lands an hour later (PEP 495)."""
    return datetime.combine(day, wall, tzinfo=business.zone).astimezone(UTC)
