"""Where a conversation stands: the one visible outcome, or what is going on. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """What staff see of a conversation at a glance."""

    AWAITING_REPLY = "awaiting_reply"
    ASSISTANT = "assistant"
    NEEDS_PERSON = "needs_person"
    PERSON = "person"
    BOOKED = "booked"
    CALLBACK = "callback"
    HANDLED = "handled"
    ANSWERED = "answered"
    OPTED_OUT = "opted_out"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a conversation.

    Attributes:
        owner: `assistant`, `person` or `nobody`.
        closed: Nothing more is expected.
        opted_out: The caller wants no texts.
        replied: The caller has written at least once.
        booked: A booking that came of it stands.
        callback: Why somebody is to ring the caller, or None: `call_back` when the caller asked.
        handled: Staff have dealt with what the caller wanted of a person.
        unanswered: The caller's last text has had no answer for too long.
    """

    owner: str
    closed: bool
    opted_out: bool
    replied: bool
    booked: bool
    callback: str | None
    handled: bool = False
    unanswered: bool = False


def standing(facts: Facts) -> Standing:
    """The one outcome to show; what asks for a person comes first, then what was reached.

    Whoever has taken over sees to what was asked for, so nobody else need look; unless he lets the
    caller wait.
    """
    answered = facts.replied and not facts.unanswered
    rules = (
        (facts.unanswered and not facts.closed, Standing.NEEDS_PERSON),
        (facts.owner == "person" and not facts.closed, Standing.PERSON),
        (facts.callback not in (None, "call_back"), Standing.NEEDS_PERSON),
        (facts.callback is not None, Standing.CALLBACK),
        (facts.booked, Standing.BOOKED),
        (facts.opted_out, Standing.OPTED_OUT),
        (facts.handled, Standing.HANDLED),
        (facts.closed, Standing.ANSWERED if answered else Standing.LOST),
        (facts.replied, Standing.ASSISTANT),
    )
    return next((shown for holds, shown in rules if holds), Standing.AWAITING_REPLY)
