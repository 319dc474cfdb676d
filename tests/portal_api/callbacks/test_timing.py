"""How a wish stands to the clock."""

from datetime import UTC, datetime, timedelta

import pytest

from portal_api.callbacks.timing import Span, Timing, timing

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(minutes: int | None) -> datetime | None:
    return None if minutes is None else NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("begins", "ends", "retry", "said"),
    [
        (None, None, None, Timing("soonest", 40)),
        (None, None, 15, Timing("retry", 15)),
        (None, None, -1, Timing("soonest", 40)),
        (25, 145, None, Timing("later", 25)),
        (-60, 60, None, Timing("open", 60)),
        (0, 120, None, Timing("open", 120)),
        (-60, 60, 10, Timing("retry", 10)),
        (30, 60, 10, Timing("later", 30)),
        (-60, 15, None, Timing("closing", 15)),
        (-60, 16, None, Timing("open", 16)),
        (-120, 0, None, Timing("overdue", 0)),
        (-120, -8, None, Timing("overdue", 8)),
        (-120, -8, 10, Timing("overdue", 8)),
    ],
)
def test_it_is_said_what_comes_first(
    begins: int | None, ends: int | None, retry: int | None, said: Timing
) -> None:
    soon = None if ends is None else ends - 15
    span = Span(NOON - timedelta(minutes=40), at(begins), at(ends), at(soon), at(retry))
    assert timing(span, NOON) == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h"), (125, "2 h 5 min"), (1440, "1 d"), (4000, "2 d")],
)
def test_minutes_are_said_as_people_do(minutes: int, said: str) -> None:
    assert Timing("open", minutes).span == said


def test_a_minute_that_has_begun_is_still_left() -> None:
    span = Span(NOON, NOON, NOON + timedelta(seconds=20), NOON, None)
    assert timing(span, NOON) == Timing("closing", 1)
