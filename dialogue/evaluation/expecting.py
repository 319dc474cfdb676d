"""What a turn of a scripted conversation may be expected to lead to. Pure values.

In: the mapping under `expect` of a turn. Out: its alternatives, one of which must hold. Read by
`scenarios`, asked by `judging`. A key that is not here is refused, for a misspelt one would pass
unseen. Times are local minutes of the company's zone, as they are written.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Language = Literal["sv", "en"]


def _plain(value: Any) -> Any:
    """YAML makes dates of what looks like one."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value


def _is_minute(value: str) -> str:
    if len(value) != len("2026-03-12T14:00") or datetime.fromisoformat(value).tzinfo:
        raise ValueError("write a local minute like 2026-03-12T14:00")
    return value


def _is_day_or_minute(value: str) -> str:
    if len(value) == len("2026-03-12"):
        date.fromisoformat(value)
        return value
    return _is_minute(value)


Minute = Annotated[str, BeforeValidator(_plain), AfterValidator(_is_minute)]
"""A local minute, `2026-03-12T14:00`."""
_Day = Annotated[str, BeforeValidator(_plain), Field(pattern=r"^\d{4}-\d\d-\d\d$")]
_Bound = Annotated[str, BeforeValidator(_plain), AfterValidator(_is_day_or_minute)]
_Clock = Annotated[str, Field(pattern=r"^\d\d:\d\d$")]


class Value(BaseModel):
    """What all values of a set have in common: they stand still, and know all their keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class WantedBooking(Value):
    """A booking at this start, or at the n-th of the times that were offered last."""

    service: str
    start: Minute | None = None
    offer: int | None = None  # 1 is the first, -1 the last
    resource: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.start is None) == (self.offer is None) or self.offer == 0:
            raise ValueError("write either start or offer (1 is the first, -1 the last)")
        return self


class WantedMove(Value):
    """A booking of the caller's is at this start instead."""

    to: Minute
    resource: str | None = None


class WantedOffers(Value):
    """Free times were proposed, all of them inside these bounds (both ends included)."""

    service: str | None = None
    resource: str | None = None
    date: _Day | None = None
    not_before: _Bound | None = Field(None, alias="from")
    not_after: _Bound | None = Field(None, alias="to")
    time_from: _Clock | None = None
    time_to: _Clock | None = None
    includes: Minute | None = None
    min: int = Field(1, ge=1)

    def holds(self, start: str) -> bool:
        """Whether a local minute lies inside all bounds."""
        day, clock = start[:10], start[11:]
        last = self.not_after or start
        return (
            day == (self.date or day)
            and start >= (self.not_before or start)
            and (day <= last if len(last) == len(day) else start <= last)
            and (self.time_from or clock) <= clock <= (self.time_to or clock)
        )


class WantedCallback(Value):
    """Somebody is to ring; bounds that are stated are met to the minute."""

    starts_at: Minute | None = Field(None, alias="from")
    ends_at: Minute | None = Field(None, alias="to")


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple | None) else [value]


def _of_lists(value: Any) -> Any:
    return [_listed(one) for one in value] if isinstance(value, list) else value


_Words = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
_Yes = Literal[True]


class Alternative(Value):
    """All of this must hold; what is None is not asked for."""

    booking: Annotated[tuple[WantedBooking, ...] | None, BeforeValidator(_listed)] = None
    booking_moved: WantedMove | None = None
    booking_cancelled: _Yes | None = None
    no_booking: _Yes | None = None
    bookings_after: tuple[WantedBooking, ...] | None = None
    offers_slots: WantedOffers | None = None
    callback_requested: WantedCallback | None = None
    handoff: _Yes | None = None
    opted_out: _Yes | None = None
    opted_in: _Yes | None = None
    no_reply: _Yes | None = None
    reply_optional: _Yes | None = None
    faq: str | None = None  # where the facts stand; what is checked are the words beside it
    must_contain_any: _Words | None = None
    must_contain_all: Annotated[tuple[_Words, ...] | None, BeforeValidator(_of_lists)] = None
    must_not_contain: _Words | None = None
    reply_lang: Language | tuple[Language, ...] | None = None
    max_segments: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _no_offer_afterwards(self) -> Self:
        if any(one.start is None for one in self.bookings_after or ()):
            raise ValueError("bookings_after needs a start in every entry; offer is for booking")
        return self

    @property
    def asks_of_calendar(self) -> bool:
        """Whether it says what may happen in the calendar; if not, nothing may."""
        said = (self.booking, self.booking_moved, self.booking_cancelled, self.bookings_after)
        return any(one is not None for one in said)

    @property
    def may_be_silent(self) -> bool:
        """Whether a turn without a reply is right."""
        return bool(self.no_reply or self.reply_optional or self.opted_out or self.opted_in)

    @property
    def bookings(self) -> tuple[WantedBooking, ...]:
        """All bookings it names."""
        return (*(self.booking or ()), *(self.bookings_after or ()))


class Expectation(Alternative):
    """What holds in any case, and alternatives of which one must hold in addition."""

    any_of: Annotated[tuple[Alternative, ...], Field(min_length=1)] | None = None

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """The alternatives, each with what holds in any case."""
        always = {name: getattr(self, name) for name in self.model_fields_set - {"any_of"}}
        return tuple(
            Alternative.model_construct(
                **{**always, **{name: getattr(one, name) for name in one.model_fields_set}}
            )
            for one in self.any_of or (Alternative(),)
        )
