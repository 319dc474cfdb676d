"""When a caller wants to be rung, kept inside the opening hours. Pure.

In: a reading of a wish to be rung. Out: the window, in UTC. A stated window inside the hours stays
exactly as stated; one that lies outside gives way to the next opening, and the caller is told.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from dialogue.builtin.reading import Reading
from dialogue.builtin.replies import clock_text, day_text
from dialogue.builtin.slots import start_on
from dialogue.turns import When
from ringback.hours import intervals_on, is_open

_DAYS_AHEAD = 30  # how far the next opening is looked for


@dataclass(frozen=True, slots=True)
class Window:
    """When to ring; `None` is an open end. UTC."""

    starts_at: datetime | None
    ends_at: datetime | None
    shifted: bool = False  # not what was asked for, since the company is closed then
    exact: bool = False


def asked_window(reading: Reading) -> Window | None:
    """The window that a message asks for; None when it says nothing about when.

    A bound that has passed today means tomorrow when no day was named.
    """
    when, now = reading.heard.when, reading.situation.now
    if not when.has_clock and not when.days:
        return None
    today = now.astimezone(reading.business.zone).date()
    day = when.days[0] if when.days else today
    window = _stated(reading, day, when)
    if not when.days and (window.ends_at or window.starts_at or now) <= now:
        day = today + timedelta(days=1)
        window = _stated(reading, day, when)
    window = _inside_hours(reading, day, window)
    if window.starts_at and window.starts_at <= now:
        window = replace(window, starts_at=None)
    if window == Window(None, None) and is_open(reading.business, now):
        return None  # the bound has passed: any time from now on
    if window.starts_at is None and (window.ends_at is None or window.ends_at <= now):
        return _next_opening(reading, today, now)
    return window


def window_text(reading: Reading, window: Window) -> str:
    """The window in words: "måndag 23 november mellan 09:00 och 12:00"."""
    english = reading.language == "en"
    local = [
        one.astimezone(reading.business.zone) for one in (window.starts_at, window.ends_at) if one
    ]
    day = day_text(reading.language, local[0].date())
    if len(local) == 2:
        words = ("between", "and") if english else ("mellan", "och")
        return f"{day} {words[0]} {clock_text(local[0])} {words[1]} {clock_text(local[1])}"
    word = (
        ("after" if english else "efter") if window.starts_at else "before" if english else "före"
    )
    if window.exact:
        word = "at" if english else "kl"
    return f"{day} {word} {clock_text(local[0])}"


def _stated(reading: Reading, day: date, when: When) -> Window:
    """The window as stated, on this day; the whole day when no clock time is named."""
    if when.exact:
        return Window(start_on(reading.situation, day, when.exact), None, exact=True)
    if not when.has_clock:
        return Window(_at(reading, day, time(0)), _at(reading, day, time(23, 59)))
    starts_at = _at(reading, day, when.not_before) if when.not_before else None
    if when.not_after is None:
        return Window(starts_at, None)
    exclusive = when.not_after.minute == 59  # "före lunch" is 11:59 of a start
    return Window(
        starts_at, _at(reading, day, when.not_after) + timedelta(minutes=1 if exclusive else 0)
    )


def _inside_hours(reading: Reading, day: date, window: Window) -> Window:
    """The part of the window in which the company is open, else the next opening after it."""
    hours = intervals_on(reading.business, day)
    if hours:
        opens, closes = _at(reading, day, hours[0][0]), _at(reading, day, hours[-1][1])
        starts_at, ends_at = window.starts_at, window.ends_at
        if (starts_at is None or starts_at < closes) and (ends_at is None or ends_at > opens):
            if starts_at and window.exact and not is_open(reading.business, starts_at):
                return _next_opening(reading, day, starts_at)
            return replace(
                window,
                starts_at=max(starts_at, opens) if starts_at else None,
                ends_at=min(ends_at, closes) if ends_at else None,
            )
    moment = window.starts_at or window.ends_at or _at(reading, day, time(0))
    return _next_opening(reading, day, max(moment, reading.situation.now))


def _next_opening(reading: Reading, day: date, after: datetime) -> Window:
    """The first opening that is not over at a moment; without end when there is none."""
    for n in range(_DAYS_AHEAD):
        ahead = day + timedelta(days=n)
        for opens, closes in intervals_on(reading.business, ahead):
            starts_at, ends_at = _at(reading, ahead, opens), _at(reading, ahead, closes)
            if starts_at > after:
                return Window(starts_at, ends_at, shifted=True)
    return Window(after, None, shifted=True)


def _at(reading: Reading, day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, tzinfo=reading.business.zone).astimezone(UTC)
