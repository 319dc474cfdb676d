"""One try to ring somebody back: its phases, its outcomes, and when it may be made. Pure.

In: what the PBX told of the call, what the handler wrote. Out: frozen values and verdicts.

The handler's own phone rings first, then the customer's. A try is over when its note is written;
only `REACHED` ends the wish, everything else puts it back in line.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from ringback.business import Business
from ringback.errors import Refused
from ringback.hours import is_open
from ringback.queues import Rules

LEAST_NOTE = 3
"""Signs of a note that says something."""
RING_LEASE = timedelta(minutes=2)
"""How long a try stands when nothing is heard of it; while the call is up it is renewed."""
NOTE_LEASE = timedelta(minutes=30)
"""How long a handler has for the note; then others may write it, and a try that did not reach the
customer is put back in line without one."""
_LONGEST_DELAY = timedelta(hours=24)
_PREFIX = "rb-"


class Phase(StrEnum):
    """Where the call is."""

    ASKED = "asked"  # the PBX is about to be told
    RINGS_HANDLER = "rings_handler"
    RINGS_CUSTOMER = "rings_customer"
    TALKING = "talking"
    ENDED = "ended"
    UNKNOWN = "unknown"  # no contact with the PBX; it may be anything


class Outcome(StrEnum):
    """What a try came to; the first six are the handler's to tell."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong_number"
    WRONG_PERSON = "wrong_person"
    HANDLER_AWAY = "handler_away"  # the handler's own phone was not answered, or he hung up first
    NOT_DONE = "not_done"  # the PBX refused, or could not be asked
    LOST = "lost"  # nobody knows what became of it


BY_HANDLER = tuple(Outcome)[:6]
COUNTED = frozenset(
    {Outcome.NO_ANSWER, Outcome.BUSY, Outcome.VOICEMAIL, Outcome.WRONG_NUMBER, Outcome.WRONG_PERSON}
)
"""Tries that count against `Rules.most_tries`: those in which the customer's phone was rung."""
MOST_SHORT = 3
"""Handlers who hang up while the customer's phone rings were away; so often running, it is a try."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What the PBX told of a try's call.

    Attributes:
        channel_id: Of the handler's channel.
        phase: Now.
        at_s: Epoch second.
        cause: With `ENDED`, why the customer was not reached, as far as the PBX knows: `NO_ANSWER`,
            `BUSY`, `HANDLER_AWAY`, `NOT_DONE`; None when he was, or it does not.
    """

    channel_id: str
    phase: Phase
    at_s: float
    cause: Outcome | None = None


class OutsideBounds(Refused):
    """The customer must not be rung now unless the handler says why."""


class Taken(Refused):
    """Somebody has the wish, or another one of the same number, in hand.

    Attributes:
        who: That person's name; "" when it is not known any more.
        since: From when.
    """

    def __init__(self, who: str, since: datetime):
        super().__init__(f"{who or 'Somebody else'} has this callback in hand; take another one.")
        self.who = who
        self.since = since


class NoteMissing(Refused):
    """The handler's last try has no note yet, which comes before the next call.

    Attributes:
        callback_id: The wish that was tried.
        attempt_id: The try.
    """

    def __init__(self, callback_id: UUID, attempt_id: UUID):
        super().__init__("Write the note about your last call first.")
        self.callback_id = callback_id
        self.attempt_id = attempt_id


class IsOver(Refused):
    """The wish has ended, or the try has its note: there is nothing left to do."""


def channel_id(attempt_id: UUID) -> str:
    """The Uniqueid that the handler's channel gets."""
    return f"{_PREFIX}{attempt_id.hex}"


def attempt_of(uniqueid: str) -> UUID | None:
    """The try that a channel belongs to; None for all other channels."""
    if not uniqueid.startswith(_PREFIX):
        return None
    try:
        return UUID(hex=uniqueid.removeprefix(_PREFIX))
    except ValueError:
        return None


def retry_at(rules: Rules, tries: int, now: datetime) -> datetime:
    """The earliest next try after so many that failed (from 1)."""
    delay = timedelta(minutes=rules.retry_min) * int(2 ** min(tries - 1, 20))
    return now + min(delay, _LONGEST_DELAY)


@dataclass(frozen=True, slots=True)
class Promise:
    """When somebody may be rung.

    Attributes:
        from_at: Where the chosen interval begins; None for no bound.
        to_at: Where it ends.
        not_before: The next try after one that failed; a bound for the automatic mode alone.
        is_spent: It was tried as often as the rules allow.
    """

    from_at: datetime | None
    to_at: datetime | None
    not_before: datetime | None = None
    is_spent: bool = False


def outside(promise: Promise, company: Business, now: datetime) -> str | None:
    """Why the customer may not be rung now, in words for the handler (gettext); None when he may."""
    if promise.from_at is not None and now < promise.from_at:
        return "The interval that the customer chose has not begun."
    if promise.to_at is not None and now >= promise.to_at:
        return "The interval that the customer chose is over."
    if not is_open(company, now):
        return "The company is closed."
    if promise.is_spent:
        return "It was tried as often as the rules of the queue allow."
    return None
