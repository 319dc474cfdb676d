"""A queue's rules for callbacks, and the intervals that a caller may choose from. Pure.

In: the JSON of `queue.rules` (empty for a queue that offers none yet), the company's hours, the clock.
Out: one frozen value; the choices of now, as the words that the voice menu and the rows share.

A choice is `s` (as soon as possible) or wall-clock times with their day, in the company's zone:
`1300-1500@261122`. It says all by itself, so that a menu entry which reaches us late, or after the
rules were changed, still means what the caller heard.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import chain
from typing import Annotated, Any, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from ringback.business import Business
from ringback.errors import BadInput
from ringback.hours import openings_on

SOONEST = "s"
_CHOICE = re.compile(
    r"([0-2][0-9])([0-5][0-9])-([0-2][0-9])([0-5][0-9])@([0-9]{2})([01][0-9])([0-3][0-9])"
)
_LEAST_LEFT = timedelta(minutes=15)
"""An interval of which less is left is not offered any more."""
_LOOK_AHEAD_DAYS = 14
MOST_DAYS = 60
"""So far ahead callers are promised to be rung."""
MOST_INTERVALS = 6
"""A day; with as soon as possible and two days, a caller has no more than nine digits to press."""

WallInterval = tuple[time, time]
Taken = Mapping[tuple[datetime, datetime] | None, int]
"""How many callbacks wait, by what `interval_of` says of their choice: wall-clock times of a night in
which the clock changes can't be told from the moments."""
Digit = Annotated[str, StringConstraints(pattern=r"^[0-9]$")]
E164 = Annotated[str, StringConstraints(pattern=r"^(\+[1-9][0-9]{6,14})?$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Input(StrEnum):
    """What a caller is asked to key, besides the number to ring."""

    NOTHING = ""
    CUSTOMER_NUMBER = "customer_number"
    PERSONAL_NUMBER = "personal_number"


class Rules(BaseModel):
    """How one queue offers and keeps callbacks.

    Attributes:
        offer: `off`; `always`; `when_long`: while the wait is longer than `wait_over_min`.
        wait_over_min: Minutes; the larger of the mean wait and the longest present wait counts.
        mean_over_min: The mean is that of the last so many minutes.
        offer_from: Local wall-clock time from which the offer is made, and
        offer_to: until which; the same for the whole day.
        soonest: Whether callers may choose as soon as possible.
        intervals: Wall-clock times of a day that callers may choose; the end is not included.
        next_day: Whether the intervals of the next open day are offered, too.
        most_each: So many callbacks are taken for one interval; 0 for no bound.
        needs_staff: Offer only while somebody staffs the queue's list or is logged in to the queue.
        asks: What callers are asked to key.
        digit: What callers press while they wait.
        announce_every_s: How often waiting callers are told of it.
        when_silent: What the PBX offers when nothing was heard from us lately: nothing (`off`), or
            what was told `last`.
        most_tries: After so many tries that did not reach the caller, he is texted.
        retry_min: Minutes until the second try; twice as many after each further one.
        alert_min: Staff are told so many minutes before an interval ends.
        automatic: Ring by itself when a handler is free and it is the caller's turn.
        language: What the menu speaks.
        countries: Numbers of these countries may be rung.
        shown_number: What a customer's phone shows, E.164; empty for the PBX's own choice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    offer: Literal["off", "always", "when_long"] = "off"
    wait_over_min: float = Field(default=5, ge=0, le=240)
    mean_over_min: int = Field(default=15, ge=1, le=240)
    offer_from: time = time(0)
    offer_to: time = time(0)
    soonest: bool = True
    intervals: tuple[WallInterval, ...] = Field(
        default=(
            (time(8), time(10)),
            (time(10), time(12)),
            (time(13), time(15)),
            (time(15), time(17)),
        ),
        max_length=MOST_INTERVALS,
    )
    next_day: bool = True
    most_each: int = Field(default=0, ge=0, le=10_000)
    needs_staff: bool = True
    asks: Input = Input.NOTHING
    digit: Digit = "1"
    announce_every_s: int = Field(default=45, ge=15, le=600)
    when_silent: Literal["off", "last"] = "off"
    most_tries: int = Field(default=3, ge=1, le=20)
    retry_min: int = Field(default=15, ge=1, le=24 * 60)
    alert_min: int = Field(default=15, ge=0, le=240)
    automatic: bool = False
    language: Literal["sv", "en"] = "sv"
    countries: tuple[CountryCode, ...] = ("SE",)
    shown_number: E164 = ""

    @model_validator(mode="after")
    def _intervals_make_sense(self) -> Self:
        for wall in (self.offer_from, self.offer_to, *chain(*self.intervals)):
            if wall.tzinfo or wall.second or wall.microsecond:
                raise ValueError("write times in whole minutes of your own clock, like 13:00")
        for begins, ends in self.intervals:
            if not begins < ends:
                raise ValueError(f"the interval {begins:%H:%M}-{ends:%H:%M} ends before it begins")
        if list(self.intervals) != sorted(set(self.intervals)):
            raise ValueError("write the intervals in order, each once")
        if self.offer != "off" and not (self.intervals or self.soonest):
            raise ValueError("give callers something to choose: intervals, or as soon as possible")
        return self

    @classmethod
    def from_document(cls, document: object) -> Self:
        """The value of a JSON document.

        Raises:
            BadInput: A line for every fault, with where it stands.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as wrong:
            raise BadInput("\n".join(_fault(fault) for fault in wrong.errors())) from wrong

    @classmethod
    def kept(cls, document: object) -> Self:
        """The rules as a row holds them; what can't be read any more offers nothing."""
        try:
            return cls.model_validate(document)
        except ValidationError:
            return cls()

    def in_window(self, wall: time) -> bool:
        """Whether the offer may be made at this local wall-clock time."""
        if self.offer_from == self.offer_to:
            return True
        if self.offer_from < self.offer_to:
            return self.offer_from <= wall < self.offer_to
        return wall >= self.offer_from or wall < self.offer_to


def choices(
    rules: Rules, company: Business, now: datetime, taken: Taken | None = None
) -> tuple[str, ...]:
    """What a caller may choose now, in the order in which it is told.

    As soon as possible while the company is open; what is left of today's intervals; those of the
    next open day. An interval that lies outside the opening hours is not offered, nor one that is full.

    Args:
        rules: The queue's.
        company: Its hours.
        now: Aware.
        taken: Callbacks that wait.
    """
    taken = taken or {}
    found = [SOONEST] if rules.soonest and _left_today(company, now) else []
    for choice in _intervals(rules, company, now):
        if not rules.most_each or taken.get(interval_of(choice, company), 0) < rules.most_each:
            found.append(choice)
    return tuple(found[:9])


def interval_of(choice: str, company: Business) -> tuple[datetime, datetime] | None:
    """From and to of a choice, UTC; None for as soon as possible.

    Raises:
        BadInput: It is no choice.
    """
    if choice == SOONEST:
        return None
    found = _CHOICE.fullmatch(choice)
    try:
        if found is None:
            raise ValueError
        h1, m1, h2, m2, year, month, day = map(int, found.groups())
        on = date(2000 + year, month, day)
        from_at = _moment(company.zone, on, time(h1, m1))
        to_at = _moment(company.zone, on, time(h2, m2))
        if from_at >= to_at:
            raise ValueError
        return from_at, to_at
    except ValueError as wrong:
        raise BadInput(f"{choice!r} is no interval; write one like 1300-1500@261122.") from wrong


def offer_key(queue_id: UUID) -> str:
    """What the PBX knows a queue's offer by, and its menu: 12 hexadecimal digits."""
    return queue_id.hex[:12]


def choice_of(begins: time, ends: time, day: date) -> str:
    """The choice that means this interval of this local day."""
    return f"{begins:%H%M}-{ends:%H%M}@{day:%y%m%d}"


def _intervals(rules: Rules, company: Business, now: datetime) -> Iterator[str]:
    """Those of today that are not over, then those of the next day that has any."""
    today = now.astimezone(company.zone).date()
    for ahead in range(_LOOK_AHEAD_DAYS):
        day = today + timedelta(days=ahead)
        of_day = [
            choice_of(begins, ends, day)
            for begins, ends in rules.intervals
            if _fits(company, day, begins, ends, now)
        ]
        yield from of_day
        if (ahead and of_day) or not rules.next_day:
            return


def _fits(company: Business, day: date, begins: time, ends: time, now: datetime) -> bool:
    """Whether enough of the interval is left, within the opening hours of the day."""
    starts_at, ends_at = _moment(company.zone, day, begins), _moment(company.zone, day, ends)
    return any(
        min(ends_at, opening.closes_at) - max(starts_at, opening.opens_at, now) >= _LEAST_LEFT
        for one in (day - timedelta(days=1), day)  # one that began yesterday may last past midnight
        for opening in openings_on(company, one)
    )


def can_be_kept(interval: tuple[datetime, datetime], company: Business, now: datetime) -> bool:
    """Whether any of an interval is left in which the company is open; it ends in 60 days at most."""
    from_at, to_at = max(interval[0], now), interval[1]
    if to_at > now + timedelta(days=MOST_DAYS):
        return False
    first = from_at.astimezone(company.zone).date() - timedelta(days=1)
    days = (to_at - from_at).days + 3
    return from_at < to_at and any(
        opening.opens_at < to_at and opening.closes_at > from_at
        for ahead in range(days)
        for opening in openings_on(company, first + timedelta(days=ahead))
    )


def _left_today(company: Business, now: datetime) -> bool:
    """Whether the company is open now, and for long enough to ring somebody."""
    today = now.astimezone(company.zone).date()
    return any(
        opening.opens_at <= now and opening.closes_at - now >= _LEAST_LEFT
        for day in (today - timedelta(days=1), today)
        for opening in openings_on(company, day)
    )


def _moment(zone: ZoneInfo, day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def _fault(fault: Any) -> str:
    where = ", ".join(map(str, fault["loc"])) or "rules"
    return f"{where}: {fault['msg'].removeprefix('Value error, ')}."
