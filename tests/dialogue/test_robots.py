"""When a machine answers: which rule ends the loop, and what people do that is none."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.robots import (
    LOOKED_BACK,
    MOST_A_DAY,
    MOST_SHORTLY,
    SHORTLY,
    Loop,
    Past,
    looped,
)
from tests.clock import FRIDAY_AT_TEN as NOW

AWAY = "Jag är på semester till den 3 augusti."
REPLY = "Vilken dag passar dig? Skriv till exempel tisdag kl 10."
MINUTE = timedelta(minutes=1)


def theirs(text: str, at: datetime) -> Past:
    return Past(text, at, ours=False)


def replies(number: int, step: timedelta, until: datetime = NOW) -> list[Past]:
    return [Past(f"{REPLY} {n}", until - n * step, ours=True, reply=True) for n in range(number)]


def verdict(text: str, *past: Past, at: datetime = NOW) -> Loop | None:
    return looped(text, at, past, NOW)


@pytest.mark.parametrize("echo", [REPLY, f" {REPLY.upper()}\n", REPLY.replace(".", "")])
def test_what_we_said_comes_back(echo: str) -> None:
    said = Past(REPLY, NOW - 5 * MINUTE, ours=True, reply=True)
    assert verdict(echo, said) is Loop.ECHO
    assert verdict(f"Vidarebefordrat: {echo}", said) is None


def test_echo_of_the_first_text_counts_and_one_of_last_week_does_not() -> None:
    assert verdict(REPLY, Past(REPLY, NOW - MINUTE, ours=True)) is Loop.ECHO
    assert verdict(REPLY, Past(REPLY, NOW - LOOKED_BACK, ours=True)) is None


def test_same_sentence_is_answered_twice_and_not_a_third_time() -> None:
    before = [theirs(AWAY, NOW - 9 * MINUTE), theirs(AWAY.lower(), NOW - MINUTE)]
    assert verdict(AWAY, before[0]) is None
    assert verdict(AWAY, *before) is Loop.REPEATED
    slower = [theirs(AWAY, NOW - SHORTLY), theirs(AWAY, NOW - MINUTE)]
    assert verdict(AWAY, *slower) is None


def test_repeats_are_counted_from_when_the_text_came_not_from_when_it_is_answered() -> None:
    came = NOW - timedelta(hours=2)
    before = [theirs(AWAY, came - 2 * MINUTE), theirs(AWAY, came - MINUTE)]
    assert verdict(AWAY, *before, at=came) is Loop.REPEATED


@pytest.mark.parametrize("text", ["ja", "Ja tack!", "ok", "1", "👍", "Okej, det går"])
def test_person_may_say_yes_as_often_as_asked(text: str) -> None:
    assert verdict(text, *[theirs(text, NOW - n * MINUTE) for n in range(1, 8)]) is None


def test_signs_alone_are_no_echo_of_signs() -> None:
    assert verdict("👍", Past("🙂", NOW - MINUTE, ours=True)) is None


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (replies(MOST_SHORTLY - 1, MINUTE / 2), None),
        (replies(MOST_SHORTLY, MINUTE / 2), Loop.TOO_FAST),
        (replies(MOST_SHORTLY, SHORTLY / 4), None),
        (replies(MOST_A_DAY - 1, timedelta(minutes=30)), None),
        (replies(MOST_A_DAY, timedelta(minutes=30)), Loop.TOO_MANY),
        (replies(MOST_A_DAY, timedelta(minutes=30), NOW - timedelta(hours=6)), None),
    ],
    ids=["fast", "too fast", "slow", "many", "too many", "many yesterday"],
)
def test_replies_are_bounded_in_ten_minutes_and_in_a_day(
    past: Sequence[Past], expected: Loop | None
) -> None:
    assert looped("Har ni tid?", NOW, past, NOW) is expected


def test_texts_that_are_no_replies_are_not_counted_as_such() -> None:
    reminders = [Past(f"Påminnelse {n}", NOW - MINUTE, ours=True) for n in range(60)]
    assert verdict("Tack!", *reminders) is None


@given(st.integers(0, 60), st.integers(1, 120))
def test_no_pace_gets_more_replies_than_the_bounds(number: int, step_s: int) -> None:
    """A machine that answers each reply after so many seconds, for ever."""
    sent: list[Past] = []
    now = NOW
    for n in range(number + 60):
        now = NOW + n * timedelta(seconds=step_s)
        if looped(f"Svar {n}: {AWAY}", now, sent, now) is None:
            sent.append(Past(f"{REPLY} {n}", now, ours=True, reply=True))
    assert sum(one.at > now - SHORTLY for one in sent) <= MOST_SHORTLY
    assert len(sent) <= MOST_A_DAY
