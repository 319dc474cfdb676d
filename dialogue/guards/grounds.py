"""The times, dates and amounts that a turn may name, and where each comes from. Pure.

In: the situation and the turn. Out: `Grounds`. A time is one of the company's hours, of a slot that
is offered or booked, of a booking of the caller's own, of a call-back, or the one that was wished
for; nothing else. What an engine says of how it understood the text counts for the built-in engine
alone: the model's own account of itself is no ground.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from dialogue.builtin.words import words
from dialogue.guards.quoting import company_texts
from dialogue.turns import Book, CallBack, ChangeCallBack, Move, Situation, Turn, When
from ringback.bookings import Slot, last_bookable_day
from ringback.business import WEEKDAYS
from ringback.hours import intervals_on
from ringback.queues import SOONEST, interval_of

CLOCK = re.compile(r"(?<![\d.:])(\d{1,2})[:.](\d{2})(?!\d|[:.]\d)")
_AMOUNT = re.compile(r"(\d[\d ]*) ?(?:kr|kronor|sek|:-)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What may be named. Local dates and wall-clock times of the company's zone."""

    first: date  # any date from here
    last: date  # to here may be spoken of
    dates: frozenset[date]  # and these
    times: frozenset[time]
    moments: frozenset[datetime]  # without zone
    prices: frozenset[int]
    numbers: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Figures:
    """What stands in figures in a company's own words."""

    clocks: frozenset[time]
    amounts: frozenset[int]
    numbers: frozenset[int]


def slots_of(turn: Turn) -> tuple[Slot, ...]:
    """The slots that the turn books or moves to."""
    return tuple(one.slot for one in turn.effects if isinstance(one, Book | Move))


def grounds(situation: Situation, turn: Turn) -> Grounds:
    """All that this turn may name."""
    business, zone = situation.business, situation.business.zone
    moments = {one.astimezone(zone).replace(tzinfo=None) for one in _moments(situation, turn)}
    wishes = [situation.memory.when, turn.memory.when, _understood(turn)]
    wished = {datetime.combine(d, t) for w in wishes for d in w.days for t in _clocks(w)}
    told = _figures(company_texts(situation))
    specials = {one.date for one in business.exceptions}
    return Grounds(
        first=situation.now.astimezone(zone).date(),
        last=last_bookable_day(business, situation.now),
        dates=frozenset({*(d for w in wishes for d in w.days), *specials, *_days(moments)}),
        times=frozenset(
            {*(one.time() for one in moments), *(t for w in wishes for t in _clocks(w)),
             *_hours(situation), *told.clocks}
        ),
        moments=frozenset(moments | wished),
        prices=told.amounts.union(_prices(situation)),
        numbers=told.numbers.union(_numbers(situation)),
    )  # fmt: skip


def clocks_in(text: str) -> Iterator[time]:
    """The clock times written in figures: `14:30`, `14.30`."""
    for match in CLOCK.finditer(text):
        hour, minute = int(match.group(1)), int(match.group(2))
        if hour < 24 and minute < 60:
            yield time(hour, minute)


def amounts_in(text: str) -> Iterator[int]:
    """The amounts of money written in figures."""
    for match in _AMOUNT.finditer(text):
        yield int(match.group(1).replace(" ", ""))


def _moments(situation: Situation, turn: Turn) -> Iterator[datetime]:
    shown = [*turn.offered, *turn.memory.offered, *situation.memory.offered, *slots_of(turn)]
    shown += [one for one in (turn.memory.booked, situation.memory.booked) if one]
    yield from (slot.starts_at for slot in shown)
    yield from (own.starts_at for own in situation.own)
    for effect in turn.effects:
        if isinstance(effect, CallBack | ChangeCallBack):
            yield from (one for one in (effect.starts_at, effect.ends_at) if one)
    zone = situation.business.zone
    yield from (one.replace(tzinfo=zone) for one in call_moments(situation))
    yield from _choices(situation)


def call_moments(situation: Situation) -> set[datetime]:
    """Between when the caller is to be rung, local and without zone."""
    zone = situation.business.zone
    ends = (end for call in situation.calls for end in (call.starts_at, call.ends_at) if end)
    return {one.astimezone(zone).replace(tzinfo=None) for one in ends}


def _choices(situation: Situation) -> Iterator[datetime]:
    """Of the intervals in which we may ring instead."""
    for call in situation.calls:
        for choice in call.choices:
            if choice != SOONEST:
                yield from interval_of(choice, situation.business) or ()


def _days(moments: Iterable[datetime]) -> set[date]:
    return {one.date() for one in moments}


def _understood(turn: Turn) -> When:
    """The wish as the built-in engine heard it, which its reply may repeat."""
    heard = turn.understood or {}
    if heard.get("engine") != "builtin":
        return When()
    days, exact = (heard.get(key) for key in ("days", "exact"))
    return When(
        tuple(date.fromisoformat(str(one)) for one in days) if isinstance(days, list) else (),
        tuple(time.fromisoformat(str(one)) for one in exact) if isinstance(exact, list) else (),
    )


def _clocks(when: When) -> list[time]:
    return [*when.exact, *(one for one in (when.not_before, when.not_after) if one)]


def _hours(situation: Situation) -> Iterator[time]:
    business = situation.business
    today = situation.now.astimezone(business.zone).date()
    weekly = [one for day in WEEKDAYS for one in business.opening_hours.get(day, ())]
    special = [one for day in business.exceptions for one in day.hours]
    for interval in (*weekly, *special, *intervals_on(business, today)):
        yield from interval


@lru_cache(maxsize=256)  # companies
def _figures(texts: tuple[str, ...]) -> _Figures:
    """What is read out of texts that stay the same for thousands of turns."""
    found = (word for text in texts for word in words(text))
    return _Figures(
        frozenset(clock for text in texts for clock in clocks_in(text)),
        frozenset(amount for text in texts for amount in amounts_in(text)),
        frozenset(int(word) for word in found if word.isdecimal() and len(word) < 7),
    )


def _prices(situation: Situation) -> Iterator[int]:
    for service in situation.business.services:
        if service.price_sek is not None:
            yield service.price_sek


def _numbers(situation: Situation) -> Iterator[int]:
    """Lengths and rules, in the words of `duration_text`: 150 minutes are 2 hours and 30."""
    rules = situation.business.booking_rules
    yield rules.horizon_days
    minutes = [one.duration_min for one in situation.business.services]
    for length in (*minutes, rules.min_notice_min, rules.slot_step_min):
        yield from {length, *divmod(length, 60)}
