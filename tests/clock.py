"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

FRIDAY_AT_TEN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # 10:00 in Stockholm


class HandClock:
    """Pass `clock.now` where the product wants a clock."""

    def __init__(self, start: datetime = FRIDAY_AT_TEN) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float = 0, **more: float) -> None:
        self._now += timedelta(seconds=seconds, **more)
