from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ringback.attempts import (
    BY_HANDLER,
    COUNTED,
    Outcome,
    Promise,
    attempt_of,
    channel_id,
    outside,
    retry_at,
)
from ringback.queues import Rules
from tests.ringback.a_company import a_company

COMPANY = a_company()  # weekdays 9-12, 13-17
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)  # a Friday, 10:30 in Stockholm
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("tries", "minutes"), [(1, 15), (2, 30), (3, 60), (4, 120), (8, 24 * 60), (500, 24 * 60)]
)
def test_delay_grows_with_every_try_up_to_a_day(tries: int, minutes: int) -> None:
    assert retry_at(Rules(retry_min=15), tries, NOW) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("promise", "at", "words"),
    [
        (Promise(None, None), NOW, None),
        (Promise(NOW, NOW + HOUR), NOW, None),
        (Promise(NOW, NOW + HOUR), NOW - timedelta(seconds=1), "has not begun"),
        (Promise(NOW, NOW + HOUR), NOW + HOUR, "is over"),
        (Promise(NOW, None), NOW + HOUR, None),
        (Promise(None, NOW), NOW, "is over"),
        (Promise(None, None), NOW + 2 * HOUR, "closed"),  # lunch
        (Promise(None, None), NOW + timedelta(days=1), "closed"),
        (Promise(NOW - HOUR, NOW + 9 * HOUR), NOW + 8 * HOUR, "closed"),
        (Promise(None, None, NOW + HOUR), NOW, None),  # a handler need not wait
        (Promise(None, None, is_spent=True), NOW, "tried as often"),
    ],
)
def test_customer_is_rung_within_the_promise_and_the_hours(
    promise: Promise, at: datetime, words: str | None
) -> None:
    found = outside(promise, COMPANY, at)
    assert found is None if words is None else words in (found or "")


def test_channel_names_its_try() -> None:
    attempt = uuid4()
    assert attempt_of(channel_id(attempt)) == attempt


@pytest.mark.parametrize("uniqueid", ["", "1763629200.17", "rb-", "rb-1763629200.17", "rb-zz" * 8])
def test_other_channels_are_no_try(uniqueid: str) -> None:
    assert attempt_of(uniqueid) is None


def test_handler_tells_of_the_customer_and_only_rung_phones_count() -> None:
    assert set(BY_HANDLER) == COUNTED | {Outcome.REACHED}
    assert {Outcome.HANDLER_AWAY, Outcome.NOT_DONE, Outcome.LOST}.isdisjoint(COUNTED)
