"""How a wish to be rung stands to the clock: not begun, due, overdue. Pure.

In: the interval that the caller chose, the time of the next try, the clock. Out: a `Timing`, for the
row; `static/js/callbacks.js` counts on with the same rules while the page is open.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Code = Literal["soonest", "later", "open", "closing", "overdue", "retry"]
_HOUR, _DAY = 60, 24 * 60


@dataclass(frozen=True, slots=True)
class Timing:
    """A code of `words.TIMING`, and the minutes it speaks of."""

    code: Code
    minutes: int

    @property
    def span(self) -> str:
        """The minutes as people say them: `12 min`, `2 h 5 min`, `3 d`; the same in both languages."""
        if self.minutes < _HOUR:
            return f"{self.minutes} min"
        if self.minutes < _DAY:
            hours, rest = divmod(self.minutes, _HOUR)
            return f"{hours} h {rest} min" if rest else f"{hours} h"
        return f"{self.minutes // _DAY} d"


@dataclass(frozen=True, slots=True)
class Span:
    """What a wish's clock depends on.

    Attributes:
        arrived_at: When the call came.
        from_at: The beginning of the interval, or None.
        to_at: Its end, or None.
        soon_at: From when its end is near; None without an end.
        not_before: The next try, after one that reached nobody.
    """

    arrived_at: datetime
    from_at: datetime | None
    to_at: datetime | None
    soon_at: datetime | None
    not_before: datetime | None


def timing(span: Span, now: datetime) -> Timing:
    """How it stands now; what keeps a handler from ringing is said before what hurries."""
    if span.to_at is not None and now >= span.to_at:
        return Timing("overdue", _minutes(now - span.to_at))
    waits_for = max((at for at in (span.from_at, span.not_before) if at), default=None)
    if waits_for is not None and now < waits_for:
        retries = waits_for == span.not_before
        return Timing("retry" if retries else "later", _minutes_up(waits_for - now))
    if span.to_at is None:
        return Timing("soonest", _minutes(now - span.arrived_at))
    closing = span.soon_at is not None and now >= span.soon_at
    return Timing("closing" if closing else "open", _minutes_up(span.to_at - now))


def _minutes(length: timedelta) -> int:
    """Whole minutes that have passed."""
    return max(0, int(length.total_seconds() // 60))


def _minutes_up(length: timedelta) -> int:
    """Minutes to come, a begun one counted: never `0 min left`."""
    return max(1, -int(-length.total_seconds() // 60))
