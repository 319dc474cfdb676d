"""Which texts with the same words are one text, delivered again."""

import itertools
from datetime import timedelta

import pytest

from sms_gateway.providers.smpp.repeats import Repeats
from tests.clock import FRIDAY_AT_TEN, HandClock

YES = ("+46701740605", "+46846500400", "Ja")
FIRST_LINE, SECOND_LINE = object(), object()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def repeats() -> Repeats:
    return Repeats(map(str, itertools.count(1)).__next__)


def take(repeats, clock, line=FIRST_LINE, *, order=1, taken=True, after_s=0.0, words=YES) -> str:
    delivery = repeats.begin(words, line, clock.now())
    clock.advance(after_s)
    repeats.answered(delivery, order, taken, clock.now())
    return delivery.id


def test_the_same_words_twice_on_a_healthy_line_are_two_texts(repeats, clock):
    assert take(repeats, clock) != take(repeats, clock, order=2)


def test_words_whose_answer_was_proven_are_a_new_text_on_the_next_line(repeats, clock):
    first = take(repeats, clock)
    repeats.proven(FIRST_LINE, 1)
    repeats.ended(FIRST_LINE, clock.now())
    assert take(repeats, clock, SECOND_LINE) != first


def test_words_whose_answer_may_be_lost_are_the_same_text_once(repeats, clock):
    take(repeats, clock, order=1, words=("+46701740606", *YES[1:]))
    first = take(repeats, clock, order=2)
    repeats.proven(FIRST_LINE, 1)
    repeats.ended(FIRST_LINE, clock.now())
    assert take(repeats, clock, SECOND_LINE) == first
    assert take(repeats, clock, SECOND_LINE, order=2) != first


def test_words_that_could_not_be_stored_keep_their_id(repeats, clock):
    first = take(repeats, clock, taken=False)
    assert take(repeats, clock, order=2) == first


def test_words_whose_line_ended_before_the_answer_keep_their_id(repeats, clock):
    delivery = repeats.begin(YES, FIRST_LINE, clock.now())
    repeats.ended(FIRST_LINE, clock.now())
    repeats.answered(delivery, 0, True, clock.now())
    assert take(repeats, clock, SECOND_LINE) == delivery.id


def test_words_that_come_again_while_we_are_slow_are_the_same_text(repeats, clock):
    delivery = repeats.begin(YES, FIRST_LINE, clock.now())
    assert repeats.begin(YES, FIRST_LINE, clock.now()).id != delivery.id
    assert repeats.begin(YES, SECOND_LINE, clock.now()).id == delivery.id
    clock.advance(6)
    assert repeats.begin(YES, FIRST_LINE, clock.now()).id == delivery.id


def test_words_that_were_answered_late_are_the_same_text(repeats, clock):
    first = take(repeats, clock, after_s=6)
    assert take(repeats, clock, order=2) == first


def test_after_a_quarter_of_an_hour_nothing_is_a_repeat(repeats, clock):
    first = take(repeats, clock, taken=False)
    clock.advance(15 * 60)
    assert take(repeats, clock, order=2) != first


def test_what_is_owed_is_bounded(repeats, clock):
    for number in range(10_050):
        take(repeats, clock, taken=False, words=("", "", str(number)))
    assert take(repeats, clock, words=("", "", "0")) == "10051"
    assert clock.now() - FRIDAY_AT_TEN < timedelta(minutes=1)
