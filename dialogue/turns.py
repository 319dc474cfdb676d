"""What an engine is given and what it gives back, for one message of a caller. Pure values.

In: a `Situation` (the company, the clock, what is taken, what the conversation knows).
Out: a `Turn`: the reply, the new memory, and the effects that must be carried out with it.
Shared by the built-in engine and the model engine. Whoever calls an engine performs the effects and
queues the reply in one transaction; when a slot has been taken meanwhile, nothing is sent and the
engine is asked again with the fresh `taken`.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ringback.bookings import Slot, Taken
from ringback.business import Business

MEMORY_VERSION = 1


class Pending(StrEnum):
    """Which question of ours is open, and so what a bare yes or number means."""

    NOTHING = "nothing"
    SERVICE = "service"  # which of the services?
    DAY = "day"  # which day, what time?
    PICK = "pick"  # which one of the offered times?
    CONFIRM = "confirm"  # book (or move to) all that is offered?
    CANCEL = "cancel"  # really cancel the booking?
    GIVE_UP = "give_up"  # cancel the booking, or move it to another time?
    CANCEL_ALL = "cancel_all"  # really cancel all of the caller's bookings?
    WHICH_CANCEL = "which_cancel"  # which of the own bookings shall be cancelled?
    WHICH_MOVE = "which_move"  # which of the own bookings shall be moved?
    CALL_BACK = "call_back"  # shall somebody ring?
    CALL_WHEN = "call_when"  # when shall we ring? (which of the offered intervals)
    CALL_CANCEL = "call_cancel"  # really not ring?


@dataclass(frozen=True, slots=True)
class OwnBooking:
    """A coming booking of the caller. UTC."""

    id: str
    service: str
    resource: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class OwnCall:
    """A promise to ring the caller, which stands in the callback list. UTC.

    `choices` are the intervals that may be chosen instead, as `ringback.queues` writes them; those
    of `full` are taken by others.
    """

    id: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    choices: tuple[str, ...] = ()
    full: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class When:
    """A wish for a time: local dates and wall-clock times of the company's zone.

    `exact` holds the readings of one clock time ("at three": 03:00 and 15:00); `not_before` and
    `not_after` bound the start, both included. What was refused (`not_on`, `not_at`) is not offered.
    """

    days: tuple[date, ...] = ()
    exact: tuple[time, ...] = ()
    not_before: time | None = None
    not_after: time | None = None
    soonest: bool = False
    not_on: tuple[date, ...] = ()  # days that don't suit
    not_at: tuple[time, ...] = ()  # readings of clock times that don't suit

    @property
    def has_clock(self) -> bool:
        """Whether it says anything about the time of day."""
        return bool(self.exact) or self.not_before is not None or self.not_after is not None


@dataclass(frozen=True, slots=True)
class Beside:
    """A new time that counts from the booking that it is for: "en timme senare", "dagen efter"."""

    minutes: int = 0
    days: int = 0  # at the same time of day
    days_on: int = 0
    weeks_on: int = 0
    same_time: bool = False
    same_day: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """What the conversation knows so far."""

    version: int = MEMORY_VERSION
    language: str = ""
    services: tuple[str, ...] = ()  # one each for people who come at the same time; mostly one
    unsure_services: tuple[str, ...] = ()  # those between which we have asked the caller to choose
    service_name: str = ""  # the document's name that the caller used, when not the first
    resource: str = ""
    avoided: str = ""  # a resource that the caller doesn't want
    when: When = When()
    offered: tuple[Slot, ...] = ()
    pending: Pending = Pending.NOTHING
    booking_id: str = ""  # the own booking that is being moved or cancelled
    misses: int = 0  # messages in a row that were not understood
    booked: Slot | None = None  # the latest booking made here, which "no, I meant" is about
    beside: Beside = Beside()  # where to a booking is moved, until it is known which
    cancelled: bool = (
        False  # the latest that was done here, so that "what does it cost?" is about that
    )
    asked: tuple[str, ...] = ()  # what the latest message asked: price, duration, hours
    call_choices: tuple[str, ...] = ()  # when we may ring, in the order in which that was told

    def to_json(self) -> dict[str, Any]:
        """A dict that `json.dumps` takes."""
        written: dict[str, Any] = _MEMORY.dump_python(self, mode="json")
        return written

    @staticmethod
    def from_json(written: dict[str, Any] | None) -> "Memory":
        """The memory as written; an empty one when it is of another version or damaged."""
        if not written or written.get("version") != MEMORY_VERSION:
            return Memory()
        try:
            return _MEMORY.validate_python(written)
        except ValidationError:
            return Memory()


_MEMORY: TypeAdapter[Memory] = TypeAdapter(Memory)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the company's information that an answer may rest on.

    Attributes:
        id: Told in the AI log.
        title: The question or heading; may be empty.
        text: The answer, or some sentences of a text.
    """

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Situation:
    """All that an engine may know when it answers."""

    business: Business
    now: datetime  # aware
    taken: tuple[Taken, ...] = ()  # all busy times, the caller's own bookings included
    own: tuple[OwnBooking, ...] = ()
    memory: Memory = Memory()
    language: str = ""  # of the texts sent so far; "" before the first
    opted_out: bool = False
    opted_in: bool = False  # the text that is answered took back a stop
    passages: tuple[Passage, ...] = ()  # the company's own, besides its document
    calls: tuple[OwnCall, ...] = ()  # in the callback list, the one first in line first
    about_call: bool = False  # the latest text of ours is about such a call
    reminded_of: str = ""  # the id of the own booking that the latest text of ours reminded of


@dataclass(frozen=True, slots=True)
class Book:
    """Book this slot for the caller."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class Move:
    """Put the caller's booking at this slot instead."""

    booking_id: str
    slot: Slot


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel the caller's booking."""

    booking_id: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """A person must take over; `reason` is a constant word for the staff."""

    reason: str


@dataclass(frozen=True, slots=True)
class CallBack:
    """The caller wants to be rung, within these moments (UTC) where they are given."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChangeCallBack:
    """Ring the caller in this interval instead (UTC); `choice` names it when it is an offered one."""

    callback_id: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    choice: str = ""


@dataclass(frozen=True, slots=True)
class CancelCallBack:
    """The caller need not be rung any more."""

    callback_id: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """No more texts to the caller; the reply of this turn is the last."""


@dataclass(frozen=True, slots=True)
class OptIn:
    """The caller takes texts again."""


Effect = (
    Book | Move | Cancel | HandOver | CallBack | ChangeCallBack | CancelCallBack | OptOut | OptIn
)


@dataclass(frozen=True, slots=True)
class Turn:
    """The answer to one message. A reply that says booked comes with its effect, never alone."""

    reply: str | None
    memory: Memory
    effects: tuple[Effect, ...] = ()
    offered: tuple[Slot, ...] = ()
    understood: dict[str, object] | None = None
    language: str = "sv"
    used: tuple[str, ...] = ()  # ids of the answers and passages that the reply rests on
    unanswered: bool = False  # it was asked what the company's information does not answer
