"""The breaker as a table: how an account is, what a text met, and how it is then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.messages import Accepted, AccountFault, NotAccepted, Outcome, Rejected, Unknown
from ringback.sms_account import AccountState
from sms_gateway.breaker import (
    OPENS_AFTER,
    SILENT_FOR,
    SILENT_TEXTS,
    Health,
    Lets,
    Met,
    after,
    goes_first,
    lets,
    probing,
)

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TAKEN = Accepted("p1", 1, None)
NO_CREDIT = AccountFault("no credit")
FOREIGN = AccountFault("not your number", of_sender=True)
AWAY = NotAccepted("out of reach", 5.0)
BUSY = NotAccepted("slow down", 7.0, busy=True)
LOST = Unknown("no answer")
REFUSED = Rejected("400", "no such number")
UP = Health(NOW)
LONG = [240, 480, 900, 900, 900, 900]


def met(health: Health, *outcomes: Outcome, now: datetime = NOW, reports: bool = False) -> Health:
    for outcome in outcomes:
        health = after(health, Met(outcome, now), now, reports=reports)
    return health


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([NO_CREDIT], AccountState.DOWN),
        ([AWAY, AWAY], AccountState.UP),
        ([AWAY, LOST, AWAY], AccountState.DOWN),
        ([AWAY, AWAY, TAKEN, AWAY, AWAY], AccountState.UP),
        ([AWAY, AWAY, REFUSED, AWAY, AWAY], AccountState.UP),
        ([LOST, LOST, BUSY, LOST, LOST], AccountState.UP),
        ([BUSY] * 9, AccountState.UP),
        ([REFUSED] * 9, AccountState.UP),
        ([FOREIGN] * 9, AccountState.UP),
        ([AWAY, AWAY, FOREIGN, AWAY, AWAY], AccountState.UP),
        ([NO_CREDIT, TAKEN], AccountState.DOWN),  # which was under way when it was stopped
    ],
)
def test_account_is_stopped_by_failures_in_a_row_or_by_one_that_is_about_us(
    outcomes: list[Outcome], state: AccountState
) -> None:
    assert met(UP, *outcomes).state is state


def test_stopped_account_tells_why_and_lets_one_text_through_after_half_a_minute() -> None:
    down = met(UP, NO_CREDIT)
    assert (down.text, down.since, down.retry_at) == (
        "no credit",
        NOW,
        NOW + timedelta(seconds=30),
    )
    assert lets(down, NOW + timedelta(seconds=29.9)) is Lets.NONE
    assert lets(down, NOW + timedelta(seconds=30)) is Lets.ONE
    tried = probing(down, NOW + timedelta(seconds=30))
    assert lets(tried, NOW + timedelta(seconds=31)) is Lets.NONE


@pytest.mark.parametrize("answer", [TAKEN, REFUSED, BUSY, FOREIGN])
def test_text_that_is_tried_and_answered_starts_the_account_again(answer: Outcome) -> None:
    later = NOW + timedelta(minutes=1)
    up = met(probing(met(UP, NO_CREDIT), NOW), answer, now=later)
    assert (up.state, up.text, up.retry_at, up.failures) == (AccountState.UP, "", None, 0)
    assert (up.since, lets(up, later)) == (later, Lets.ALL)


@pytest.mark.parametrize(
    ("failure", "longest"), [(AWAY, [120] * 6), (LOST, LONG), (NO_CREDIT, LONG)]
)
def test_pause_doubles_while_trying_fails_least_far_where_trying_costs_nothing(
    failure: Outcome, longest: list[float]
) -> None:
    health, pauses = met(UP, failure, failure, failure), []
    for _ in range(8):
        assert health.retry_at is not None
        health = met(probing(health, NOW), failure)
        assert health.retry_at is not None
        pauses.append((health.retry_at - NOW).total_seconds())
    assert pauses == [60, 120, *longest]
    assert health.since == NOW


def test_many_failures_of_one_batch_count_as_the_one_that_stopped_it() -> None:
    assert met(UP, *[AWAY] * 64) == met(UP, *[AWAY] * OPENS_AFTER)


def test_text_that_was_tried_and_lost_in_a_crash_is_followed_by_another() -> None:
    tried = probing(met(UP, NO_CREDIT), NOW)
    assert lets(tried, NOW + timedelta(seconds=59)) is Lets.NONE
    assert lets(tried, NOW + timedelta(seconds=60)) is Lets.ONE


AGAIN = Met(AWAY, NOW, again=True)


def test_text_that_is_put_off_again_and_again_stops_nothing() -> None:
    health = met(UP, AWAY)
    for _ in range(50):
        health = after(health, AGAIN, NOW, reports=False)
    assert (health.state, health.failures) == (AccountState.UP, 1)
    assert met(health, AWAY, AWAY).state is AccountState.DOWN


def test_pause_does_not_grow_by_a_text_that_was_put_off_before() -> None:
    health = met(UP, AWAY, AWAY, AWAY)
    for _ in range(5):
        health = after(probing(health, NOW), AGAIN, NOW, reports=False)
        assert (health.state, health.retry_at) == (
            AccountState.DOWN,
            NOW + timedelta(seconds=30),
        )


@pytest.mark.parametrize("stale", [LOST, NO_CREDIT, TAKEN, REFUSED])
def test_answer_to_what_was_sent_before_the_stop_is_not_the_one_that_is_tried(
    stale: Outcome,
) -> None:
    tried = probing(met(UP, LOST, LOST, LOST), NOW + timedelta(seconds=31))
    later = NOW + timedelta(seconds=32)
    assert after(tried, Met(stale, NOW + timedelta(seconds=1)), later, reports=False) == tried
    answered = after(tried, Met(TAKEN, NOW + timedelta(seconds=31)), later, reports=False)
    assert answered.state is AccountState.UP


def test_text_that_began_after_the_stop_and_was_taken_starts_the_account_again() -> None:
    down = met(UP, LOST, LOST, LOST)
    later = NOW + timedelta(seconds=5)
    assert after(down, Met(TAKEN, NOW), later, reports=False) == down
    begun = NOW + timedelta(seconds=1)
    assert after(down, Met(TAKEN, begun), later, reports=False).state is AccountState.UP


def test_late_failures_of_texts_begun_before_the_account_came_up_do_not_stop_it_again() -> None:
    second = timedelta(seconds=1)
    up = met(probing(met(UP, NO_CREDIT), NOW + 30 * second), TAKEN, now=NOW + 31 * second)
    later = NOW + 40 * second
    for _ in range(9):
        up = after(up, Met(LOST, NOW), later, reports=True)
    assert (up.state, up.failures) == (AccountState.UP, 0)
    for _ in range(OPENS_AFTER):
        up = after(up, Met(LOST, NOW + 32 * second), later, reports=True)
    assert up.state is AccountState.DOWN


@pytest.mark.parametrize("failure", [LOST, NO_CREDIT])
def test_stop_that_a_clock_hours_ahead_wrote_keeps_nobody_waiting_once_it_is_right(
    failure: Outcome,
) -> None:
    ahead = NOW + timedelta(hours=2)
    down = met(Health(ahead), *[failure] * OPENS_AFTER, now=ahead)
    assert lets(down, ahead) is Lets.NONE
    assert lets(down, NOW) is Lets.ONE
    assert lets(probing(down, ahead), NOW) is Lets.ONE
    assert lets(probing(down, NOW), NOW) is Lets.NONE
    up = met(probing(down, ahead), TAKEN, now=ahead)
    assert met(up, *[failure] * OPENS_AFTER, now=NOW).state is AccountState.DOWN


def test_pause_that_another_worker_s_clock_began_a_moment_ahead_counts() -> None:
    down = met(UP, NO_CREDIT)
    assert lets(down, NOW - timedelta(seconds=30)) is Lets.NONE


def taken(times: int, over: timedelta) -> Health:
    health = met(UP, TAKEN, reports=True)
    for number in range(1, times):
        health = met(health, TAKEN, now=NOW + over * number / (times - 1), reports=True)
    return health


@pytest.mark.parametrize(
    ("times", "over", "state"),
    [
        (SILENT_TEXTS, SILENT_FOR, AccountState.SILENT),
        (SILENT_TEXTS - 1, SILENT_FOR, AccountState.UP),
        (SILENT_TEXTS, SILENT_FOR - timedelta(seconds=1), AccountState.UP),
        (10 * SILENT_TEXTS, SILENT_FOR - timedelta(seconds=1), AccountState.UP),
    ],
)
def test_account_is_silent_after_many_texts_and_half_an_hour_without_a_receipt(
    times: int, over: timedelta, state: AccountState
) -> None:
    assert taken(times, over).state is state


def test_account_that_never_reports_is_never_silent() -> None:
    health = met(UP, *[TAKEN] * 100)
    assert met(health, TAKEN, now=NOW + timedelta(days=1)).state is AccountState.UP


def test_silent_account_sends_on_but_comes_last_and_is_tried_once_an_hour() -> None:
    silent = taken(SILENT_TEXTS, SILENT_FOR)
    at = silent.since
    assert (lets(silent, at), goes_first(silent, at)) == (Lets.ALL, False)
    hour = at + timedelta(hours=1)
    assert goes_first(silent, hour)
    assert not goes_first(probing(silent, hour), hour)
    assert "receipts" in silent.text
    assert met(silent, NO_CREDIT, now=at).state is AccountState.DOWN


OUTCOMES = st.sampled_from([TAKEN, NO_CREDIT, AWAY, BUSY, LOST, REFUSED])


@given(st.lists(st.tuples(OUTCOMES, st.integers(0, 4000), st.booleans()), max_size=60))
def test_account_never_stays_stopped_without_a_time_at_which_it_is_tried(
    story: list[tuple[Outcome, int, bool]],
) -> None:
    health, now = UP, NOW
    for outcome, pause_s, tries in story:
        now += timedelta(seconds=pause_s)
        if tries and lets(health, now) is Lets.ONE:
            health = probing(health, now)
        health = after(health, Met(outcome, now), now, reports=True)
        stopped = health.state in (AccountState.DOWN, AccountState.PROBING)
        assert not stopped or health.retry_at is not None
        assert lets(health, now + timedelta(minutes=15)) is not Lets.NONE
        assert (health.text == "") == (health.state is AccountState.UP)
    assert replace(health, since=NOW).failures >= 0
