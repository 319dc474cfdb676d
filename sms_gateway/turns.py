"""Whose turn it is at an account that takes only so many texts a second, or asked us to slow down.

In: a text that may go out, the turns of its account and sender (`ringback.store.pace`). Out: that it
may go now, or when it is looked at again and why. Asked by `marking`.

What somebody waits for gets turns a minute ahead, other texts to callers half of that, and those of
programs a few seconds: however long the line of one kind, a more urgent text soon passes it. A line
that is worked off meanwhile loses no turn.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ringback import jobs
from ringback.policy import Situation, urgency
from ringback.store.pace import MOST_AHEAD, Pace
from sms_gateway.facts import Text, turns_of
from sms_gateway.provider import Account

IN_LINE = "The account takes only so many texts a second; this one waits for its turn."
BEHIND_OTHERS = "Many texts are in line at the account; this one has no turn yet."
_AHEAD = (MOST_AHEAD, timedelta(seconds=30), timedelta(seconds=10))  # by urgency
_ASKS_AGAIN_AFTER, _AT_LAST_AFTER = timedelta(seconds=10), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Later:
    """It is not the text's turn; `why` is for the staff, and tells whether it has one."""

    at: datetime
    why: str


def turn_of(
    job: jobs.Job, text: Text, name: str, account: Account, pace: Pace, now: datetime
) -> Later | None:
    """None when the text may go now, through the account of this name."""
    message, conversation = text
    of_account, of_sender = turns_of(name, conversation.our_number)
    rates = {of_account: account.per_second, of_sender: account.sender_per_second}
    has_turn = message.why == IN_LINE and message.turn_from == name
    if has_turn and any(rates.values()) and pace.holds(job.due_at, rates, now):
        return None
    urgent = urgency(Situation(message.situation))
    ahead = _AHEAD[urgent]
    turn = pace.turn(rates, now, ahead)
    if turn is not None:
        return Later(turn, IN_LINE) if turn > now else None
    if message.why != BEHIND_OTHERS or message.turn_from != name:
        return Later(pace.place(of_sender, urgent, rates, now), BEHIND_OTHERS)
    # Passed by others at its place. The longer it has waited, the more rarely it is looked at.
    pause = min(max((now - message.created_at) / 16, _ASKS_AGAIN_AFTER), _AT_LAST_AFTER)
    return Later(max(pace.free(rates, now) - ahead, now + pause), BEHIND_OTHERS)
