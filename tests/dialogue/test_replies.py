"""The texts themselves: plain SMS alphabet, both languages alike, dates written by code."""

import string
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dialogue.builtin.replies import (
    GSM7,
    day_text,
    duration_text,
    fitted,
    moment_text,
    say,
)
from dialogue.builtin.texts import TEXTS
from dialogue.evaluation.reading import segments
from dialogue.turns import Memory, Pending, When
from ringback.bookings import NotFree, Slot


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_take_the_same_values_in_plain_signs(key: str) -> None:
    named = [
        {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in TEXTS[key]
    ]
    assert named[0] == named[1]
    assert all(set(text) - set("{}") <= GSM7 for text in TEXTS[key])


def test_there_is_a_text_for_every_reason_why_a_time_is_not_free() -> None:
    assert {str(reason) for reason in NotFree} <= set(TEXTS)


def test_weekday_date_and_time_are_those_of_the_companys_zone() -> None:
    moment, zone = datetime(2027, 3, 28, 22, 30, tzinfo=UTC), ZoneInfo("Europe/Stockholm")
    assert moment_text("sv", moment, zone) == "måndag 29 mars kl 00:30"
    assert moment_text("en", moment, zone) == "Monday 29 March at 00:30"
    assert day_text("sv", date(2026, 5, 14)) == "torsdag 14 maj"


@pytest.mark.parametrize(
    ("minutes", "swedish", "english"),
    [
        (15, "15 minuter", "15 minutes"),
        (60, "1 timme", "1 hour"),
        (150, "2 timmar och 30 minuter", "2 hours and 30 minutes"),
    ],
)
def test_a_length_is_said_in_words(minutes: int, swedish: str, english: str) -> None:
    assert (duration_text("sv", minutes), duration_text("en", minutes)) == (swedish, english)


def test_signs_that_cost_double_are_replaced() -> None:
    assert fitted("9–18 ”ja” … 2½ ž 🙂") == '9-18 "ja" ... 2,5 z'


def test_a_long_text_is_cut_after_a_sentence_and_fits_four_parts() -> None:
    text = fitted("Detta är en mening. " * 60)
    assert segments(text) == 4
    assert text.endswith("mening.")


def test_a_text_begins_with_a_capital_letter() -> None:
    values = {"service": "herrklippning", "when": "x", "who": "Kim"}
    assert say("sv", "propose", **values).startswith("Herrklippning")


def test_a_memory_survives_json_and_another_version_is_forgotten() -> None:
    slot = Slot(
        "cut", "Anna", datetime(2027, 3, 28, 8, tzinfo=UTC), datetime(2027, 3, 28, 9, tzinfo=UTC)
    )
    memory = Memory(
        language="sv",
        services=("cut",),
        when=When((date(2027, 3, 28),)),
        offered=(slot,),
        pending=Pending.PICK,
        booked=slot,
    )
    assert Memory.from_json(memory.to_json()) == memory
    assert Memory.from_json({**memory.to_json(), "version": 99}) == Memory()
    assert Memory.from_json({"version": 1, "offered": "?"}) == Memory()
    assert Memory.from_json(None) == Memory()
