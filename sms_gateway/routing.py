"""Which account a text goes out through, or how long it waits for one. Pure.

In: the accounts that have the sender's number, in order of rank, and how they are. Out: a name and
those that could be asked next, or a wait. The sender never changes, so that the answer reaches the
same company; an account that has not the number is never asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ringback.policy import URGENCIES
from sms_gateway.breaker import Health, Lets, goes_first, lets

_LOOK_AGAIN = timedelta(seconds=60)  # for a number that was added to an account
_AFTER_PROBE = timedelta(seconds=3)  # when the text that is tried has probably come back
_AFTER_OTHERS = timedelta(seconds=1)
"""A stopped account is tried with the most urgent text that wants to be, and with one that was not
taken before only when there is no other: it may be the text that is wrong, and not the account."""


@dataclass(frozen=True, slots=True)
class Route:
    """Ask `account`; `next_ones` have the number too, should it certainly not take the text."""

    account: str
    next_ones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """No account can be asked now; `why` is for the staff."""

    until: datetime
    why: str


def route(
    names: Sequence[str],
    healths: Mapping[str, Health],
    asked: str | None,
    now: datetime,
    *,
    urgency: int = 0,
    again: bool = False,
) -> Route | Wait:
    """The account to ask.

    Args:
        names: The accounts that have the number, lowest rank first.
        healths: How they are.
        asked: Who was asked last and did not take the text; only those after it come now.
        now: Aware.
        urgency: The text's, as in `ringback.policy.urgency`.
        again: The text was not taken before, by whomever.
    """
    in_order = sorted(names, key=lambda name: not goes_first(healths[name], now))
    rest = in_order[in_order.index(asked) + 1 :] if asked in in_order else []
    behind = _AFTER_OTHERS * (urgency + (len(URGENCIES) if again else 0))
    able = [name for name in rest or in_order if lets(healths[name], now - behind) is not Lets.NONE]
    if able:
        return Route(able[0], tuple(able[1:]))
    if not names:
        return Wait(now + _LOOK_AGAIN, "No SMS account here has the number it is sent from.")
    tried = [healths[name].retry_at or now for name in names]
    probed = now + _AFTER_PROBE
    until = min(min(tried), probed) if _is_probed(names, healths) else min(tried)
    return Wait(max(until + behind, now + timedelta(seconds=1)), healths[in_order[0]].text)


def _is_probed(names: Sequence[str], healths: Mapping[str, Health]) -> bool:
    return any(healths[name].state == "probing" for name in names)
