"""When to stop asking an account with an SMS provider, and when to try it again. Pure.

In: how the account was, and what became of a text. Out: how it is. Three texts in a row that fail,
or one answer that refuses us rather than the text or its sender, stop it. After a pause one text is
tried; the pause doubles while that fails, to two minutes where the text was certainly not taken:
trying costs nothing then, and one company's bad texts keep no other's waiting for long. An account that takes texts and reports on none is silent:
it still works, but another one that has the same number is asked first.

A text that failed before says nothing new: neither does it stop an account, nor does the pause grow
by it. Nor does an answer to what was sent before the account was stopped, tried or came up again.

Source: the breaker of M. Nygard, Release It! (closed, open, half-open).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ringback.messages import Accepted, AccountFault, NotAccepted, Outcome, Rejected, Unknown
from ringback.sms_account import AccountState

OPENS_AFTER = 3
_MOST_PUT_OFF = OPENS_AFTER + 2  # the pause is two minutes then
SILENT_TEXTS = 20
SILENT_FOR = timedelta(minutes=30)
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=15)
_PROBE_TAKES = timedelta(seconds=60)  # then it was lost in a crash, and another text is tried
_SILENT_PROBE_EVERY = timedelta(hours=1)
_CLOCKS_DIFFER = timedelta(minutes=1)


class Lets(StrEnum):
    """How many texts go through an account."""

    ALL = "all"
    ONE = "one"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Health:
    """How an account is; the fields of `sms_account`.

    Attributes:
        since: When the state began; aware.
        state: See there.
        text: What is wrong, in plain English.
        retry_at: When one text is tried; None when all go through.
        failures: In a row.
        unreported: Texts taken since the last receipt.
        silent_since: When the first of those was taken.
    """

    since: datetime
    state: AccountState = AccountState.UP
    text: str = ""
    retry_at: datetime | None = None
    failures: int = 0
    unreported: int = 0
    silent_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Met:
    """What a text met at an account.

    Attributes:
        outcome: What became of it.
        begun_at: When it was marked to be sent; aware.
        again: It had been sent before, and was not taken then.
        was_well: The account was when it was marked, see `is_well`.
    """

    outcome: Outcome
    begun_at: datetime
    again: bool = False
    was_well: bool = False

    @property
    def is_usual(self) -> bool:
        """An account that was well has taken a text: nothing new, but for the count of them."""
        return self.was_well and isinstance(self.outcome, Accepted)


class _Failure(StrEnum):
    ABOUT_US = "about us"
    PUT_OFF = "put off"
    LOST = "lost"
    AGAIN = "again"


def is_well(health: Health) -> bool:
    """Whether it is up and has taken the last text."""
    return health.state is AccountState.UP and not health.failures


def lets(health: Health, now: datetime) -> Lets:
    """How many texts go through; `ONE` only until `probing` is kept."""
    match health.state:
        case AccountState.UP | AccountState.SILENT:
            return Lets.ALL
        case _:
            return Lets.ONE if is_due(health, now) else Lets.NONE


def goes_first(health: Health, now: datetime) -> bool:
    """Whether it is asked in its turn, before those that are silent.

    A silent one gets a text now and then, else no receipt could ever clear it.
    """
    return health.state is not AccountState.SILENT or is_due(health, now)


def is_due(health: Health, now: datetime) -> bool:
    """Whether one text is to be tried.

    A time further ahead than any pause was written by a clock that was ahead, and counts for nothing.
    """
    if health.retry_at is None:
        return False
    return not timedelta() < health.retry_at - now <= _waits(health) + _CLOCKS_DIFFER


def probing(health: Health, now: datetime) -> Health:
    """One text is tried."""
    if health.state is AccountState.SILENT:
        return replace(health, retry_at=now + _SILENT_PROBE_EVERY)
    return replace(health, state=AccountState.PROBING, retry_at=now + _PROBE_TAKES)


def after(health: Health, met: Met, now: datetime, *, reports: bool) -> Health:
    """How the account is after one more text.

    Args:
        health: Before.
        met: What became of the text.
        now: Aware.
        reports: The provider tells later whether texts were delivered.
    """
    known = _changed_at(health, now)
    is_old = known is not None and met.begun_at < known
    match met.outcome:
        case Accepted():
            well = health if is_old else _well(health, now)
            return _silence(_unreported(well, now) if reports else well, now)
        case _ if is_old:
            return health
        case Rejected() | NotAccepted(busy=True) | AccountFault(of_sender=True):
            return _well(health, now)
        case AccountFault(reason):
            return _failed(health, reason, now, _Failure.ABOUT_US)
        case NotAccepted(reason):
            return _failed(health, reason, now, _Failure.AGAIN if met.again else _Failure.PUT_OFF)
        case Unknown(reason):
            return _failed(health, reason, now, _Failure.AGAIN if met.again else _Failure.LOST)


def reported(health: Health) -> Health:
    """A receipt came, so that it is not silent."""
    silent = health.state is AccountState.SILENT
    still = replace(health, unreported=0, silent_since=None)
    return replace(still, state=AccountState.UP, text="", retry_at=None) if silent else still


def _changed_at(health: Health, now: datetime) -> datetime | None:
    """Since when texts tell of the account as it is; those sent before met it as it was."""
    if health.state is AccountState.UP:
        return health.since if health.since <= now else None  # by a clock that was ahead
    if health.state is AccountState.SILENT or health.retry_at is None:
        return None
    begun = health.retry_at - _waits(health)
    # What came back at the very moment of the stop was sent before.
    return begun + timedelta.resolution if health.state is AccountState.DOWN else begun


def _waits(health: Health) -> timedelta:
    """How long after its beginning a pause, or the wait for what was tried, ends at `retry_at`."""
    match health.state:
        case AccountState.PROBING:
            return _PROBE_TAKES
        case AccountState.SILENT:
            return _SILENT_PROBE_EVERY
        case _:
            return _pause(health.failures)


def _well(health: Health, now: datetime) -> Health:
    """It answers."""
    if health.state in (AccountState.PROBING, AccountState.DOWN):
        return replace(health, state=AccountState.UP, text="", since=now, retry_at=None, failures=0)
    return replace(health, failures=0)


def _failed(health: Health, reason: str, now: datetime, failure: _Failure) -> Health:
    if health.state is AccountState.DOWN:
        return health
    was_stopped = health.state is AccountState.PROBING
    failures = _counted(health.failures, failure)
    if failure is _Failure.ABOUT_US or was_stopped:
        failures = max(failures, OPENS_AFTER)
    if failures < OPENS_AFTER:
        return replace(health, failures=failures)
    return replace(
        health,
        state=AccountState.DOWN,
        text=reason,
        since=health.since if was_stopped else now,
        retry_at=now + _pause(failures),
        failures=failures,
    )


def _counted(failures: int, failure: _Failure) -> int:
    match failure:
        case _Failure.AGAIN:
            return failures
        case _Failure.PUT_OFF:
            return max(failures, min(failures + 1, _MOST_PUT_OFF))
        case _:
            return failures + 1


def _pause(failures: int) -> timedelta:
    doubled = 1 << min(failures - OPENS_AFTER, 10)
    return min(_FIRST_PAUSE * doubled, _LONGEST_PAUSE)


def _unreported(health: Health, now: datetime) -> Health:
    return replace(
        health, unreported=health.unreported + 1, silent_since=health.silent_since or now
    )


def _silence(health: Health, now: datetime) -> Health:
    begun = health.silent_since
    long = begun is not None and now - begun >= SILENT_FOR
    if health.state is not AccountState.UP or health.unreported < SILENT_TEXTS or not long:
        return health
    return replace(
        health,
        state=AccountState.SILENT,
        text=f"It takes texts but has reported on none of the last {health.unreported}. Check that "
        "its receipts reach Ringback: the webhook address, the firewall, the provider's own log.",
        since=now,
        retry_at=now + _SILENT_PROBE_EVERY,
    )
