"""Are callers of a queue offered to be rung back now? Pure.

In: the queue's rules, the company's hours, what the queue looks like. Out: an `Offer`: on or off,
why, and what may be chosen. The PBX is told it as one line (`told`), with its age.

The wait that counts is the larger of the mean wait of the last minutes and the longest present wait:
Asterisk's own `Holdtime` moves only when a call is answered, so it stands still while nobody answers.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ringback.business import Business
from ringback.hours import intervals_on, is_open
from ringback.queues import Rules, Taken, choices


class Why(StrEnum):
    """Why it is on or off."""

    ALWAYS = "always"  # on
    LONG_WAIT = "long_wait"  # on
    SWITCHED_OFF = "switched_off"
    SHORT_WAIT = "short_wait"
    OUTSIDE_WINDOW = "outside_window"  # of the clock, or a day on which the company is closed
    NO_STAFF = "no_staff"
    NOTHING_LEFT = "nothing_left"  # every interval is over or full


@dataclass(frozen=True, slots=True)
class Waits:
    """What a queue looks like.

    Attributes:
        waiting: Callers on the line.
        longest_s: How long the one who has waited longest has; 0 when there is none.
        mean_s: Of those whose wait ended in the last minutes, answered or not; 0 when there are none.
        staff: People who could ring: members logged in to the queue, handlers who staff its list.
    """

    waiting: int
    longest_s: float
    mean_s: float
    staff: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered, and why."""

    on: bool
    why: Why
    choices: tuple[str, ...] = ()


def offer(rules: Rules, company: Business, waits: Waits, taken: Taken, now: datetime) -> Offer:
    """Whether callers are offered a callback at this moment.

    Args:
        rules: The queue's.
        company: Its hours and zone.
        waits: The queue as it is.
        taken: Callbacks that wait.
        now: Aware.
    """
    if rules.offer == "off":
        return Offer(on=False, why=Why.SWITCHED_OFF)
    if not (rules.in_window(now.astimezone(company.zone).time()) and _is_open_day(company, now)):
        return Offer(on=False, why=Why.OUTSIDE_WINDOW)
    if rules.needs_staff and not waits.staff:
        return Offer(on=False, why=Why.NO_STAFF)
    wait_s = max(waits.mean_s, waits.longest_s)
    if rules.offer == "when_long" and not (waits.waiting and wait_s > rules.wait_over_min * 60):
        return Offer(on=False, why=Why.SHORT_WAIT)
    left = choices(rules, company, now, taken)
    if not left:
        return Offer(on=False, why=Why.NOTHING_LEFT)
    why = Why.LONG_WAIT if rules.offer == "when_long" else Why.ALWAYS
    return Offer(on=True, why=why, choices=left)


def _is_open_day(company: Business, now: datetime) -> bool:
    """Open at some time of the local day, or still open since yesterday."""
    today = now.astimezone(company.zone).date()
    return bool(intervals_on(company, today)) or is_open(company, now)


def told(offer: Offer, at_s: float) -> str:
    """What the dialplan reads: `EPOCH|1|s,1300-1500@261122`, or `EPOCH|0|`; the PBX's own second."""
    return f"{at_s:.0f}|{int(offer.on)}|{','.join(offer.choices)}"
