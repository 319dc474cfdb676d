"""What a finished call was: the value that the PBX side hands over and everyone else reads.

In: nothing. Out: frozen values. Stands between the call tracker and the `call` row.
"""

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Who called whom, seen from the company."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Outcome(StrEnum):
    """Whether a person of the company spoke with the caller."""

    ANSWERED = "answered"
    MISSED = "missed"


class Reason(StrEnum):
    """Why a call was missed."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"  # also declined on the phone
    UNAVAILABLE = "unavailable"  # no phone was registered
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    QUEUE_TIMEOUT = "queue_timeout"
    QUEUE_EMPTY = "queue_empty"
    ABANDONED_IN_IVR = "abandoned_in_ivr"
    VOICEMAIL = "voicemail"
    AFTER_HOURS = "after_hours"
    CALLBACK_REQUESTED = "callback_requested"


class EndedBy(StrEnum):
    """Who hung up first."""

    CALLER = "caller"
    CALLEE = "callee"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Call:
    """One finished call.

    Attributes:
        uniqueid: Asterisk's Uniqueid of the call's first channel; unique on one PBX.
        direction: Seen from the company.
        caller: The number as delivered; `""` or `"anonymous"` when there was none.
        caller_e164: The same in E.164, or None when it is no number or is withheld.
        withheld: The caller hid the number.
        did: Inbound: the dialled number as delivered, else None.
        did_e164: The same in E.164, or None.
        callee: Outbound and internal: the number dialled, else None.
        outcome: None when it can't be known (the link was cut in the middle).
        reason: When missed, else None.
        queues: Every queue visit, in order.
        rang: The phones that rang, in order, each once.
        answered_by: The phone (`101`), or the number of a person on an outside line.
        ended_by: Who hung up first, or None when it can't be known.
        wait_s: Seconds until a person answered; the whole call when missed.
        talk_s: Seconds with a person, until the first person's part ended.
        start: When the first channel appeared, in seconds on the clock of the source
            (epoch seconds on a live link, seconds since connecting in a replayed trace).
        end: When the caller's channel was gone, on the same clock.
        presentation_known: Whether the source tells if the number was hidden; who may have hidden
            it is not texted.
    """

    uniqueid: str
    direction: Direction
    caller: str
    caller_e164: str | None
    withheld: bool
    did: str | None
    did_e164: str | None
    callee: str | None
    outcome: Outcome | None
    reason: Reason | None
    queues: tuple[str, ...]
    rang: tuple[str, ...]
    answered_by: str | None
    ended_by: EndedBy | None
    wait_s: float
    talk_s: float
    start: float
    end: float
    presentation_known: bool = True
