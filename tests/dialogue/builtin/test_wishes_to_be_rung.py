"""When to ring, whom, and when not: wishes to be rung, to be left alone, and to meet a person."""

from datetime import datetime

import pytest

from dialogue.turns import CallBack, HandOver, Turn
from tests.dialogue.conversing import ZONE, Talk, at


def window(turn: Turn) -> tuple[str, str]:
    """When we promised to ring: `12 16:00`, day and time, "" for an open end."""
    (effect,) = turn.effects
    assert isinstance(effect, CallBack)
    return told(effect.starts_at), told(effect.ends_at)


def told(moment: datetime | None) -> str:
    return f"{moment.astimezone(ZONE):%d %H:%M}" if moment else ""


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("ring mig på torsdag efter 14 men före 16", ("12 14:00", "12 16:00")),
        ("ring mig imorgon efter 9 men innan 11", ("11 09:00", "11 11:00")),
        ("ring mig imorgon, tidigast 10 och senast 12", ("11 10:00", "11 12:00")),
        ("call me tomorrow after 2pm but before 4pm", ("11 14:00", "11 16:00")),
        ("ring mig inte före 10 imorgon", ("11 10:00", "")),
        ("ring inte innan 10 på torsdag", ("12 10:00", "")),
        ("ring mig inte efter 15 men gärna innan", ("", "10 15:00")),
        ("ni får gärna ringa men inte före 9 imorgon", ("11 09:00", "")),
        ("ni når mig efter 15", ("10 15:00", "")),
        ("jag är anträffbar mellan 13 och 15", ("10 13:00", "10 15:00")),
        ("jag går att nå efter 15", ("10 15:00", "")),
        ("ge mig en pling efter 15", ("10 15:00", "")),
        ("hör av er efter 15", ("10 15:00", "")),
        ("you can reach me after 3pm", ("10 15:00", "")),
        ("slå mig en signal", ("", "")),
        ("ring mig imorgon mellan 9 å 10", ("11 09:00", "11 10:00")),
    ],
)
def test_the_stated_bounds_are_those_of_the_call(text: str, when: tuple[str, str]) -> None:
    assert window(Talk().say(text)) == when


def test_a_bound_that_has_just_passed_means_from_now_on() -> None:
    assert window(Talk(now=at(10, 10, 2)).say("call me any time today but not before 10")) == (
        "",
        "",
    )


@pytest.mark.parametrize(
    "text",
    [
        "sluta ringa mig!", "sluta att ringa hela tiden", "ni ringer för mycket, sluta", "ring inte",
        "ring mig aldrig igen", "ni behöver inte ringa tillbaka, det löste sig", "stop calling me",
        "please don't call me", "inga fler samtal tack",
    ],
)  # fmt: skip
def test_who_wants_no_call_is_promised_none(text: str) -> None:
    turn = Talk().say(text)
    assert not any(isinstance(effect, CallBack) for effect in turn.effects)
    assert turn.reply in ("Okej, vi ringer inte.", "All right, we will not call you.")


def test_calls_that_should_end_are_told_to_the_staff() -> None:
    assert Talk().say("sluta ringa mig!").effects == (HandOver("wants_no_call"),)


@pytest.mark.parametrize(
    "text",
    [
        "ring mamma på 070-174 06 50 efter 15", "ring 0701740650 istället", "ring min man efter 15",
        "kan ni ringa henne imorgon", "call my wife on 0701740651",
    ],
)  # fmt: skip
def test_another_number_or_person_to_ring_is_read_by_a_person(text: str) -> None:
    assert Talk().say(text).effects == (HandOver("wants_person"),)


@pytest.mark.parametrize(
    "text",
    [
        "kontakta mig", "hör av er", "kan någon höra av sig till mig?", "jag vill bli kontaktad av en säljare",
        "personal tack", "människa, snälla", "låt mig prata med en riktig snubbe", "kan jag få snacka med Per?",
        "får jag tala med en levande varelse", "vill ha hjälp av en person inte dig", "kan ni återkomma",
        "please get back to me", "can I talk to Linda",
    ],
)  # fmt: skip
def test_a_wish_for_a_person_is_heard(text: str) -> None:
    assert Talk().say(text).effects == (HandOver("wants_person"),)


@pytest.mark.parametrize(
    "text",
    ["jag måste prata med min fru först", "jag ringer er efter 16", "I need to talk to my husband"],
)
def test_who_talks_with_somebody_else_or_rings_us_wants_no_person(text: str) -> None:
    turn = Talk().say(text)
    assert not {CallBack, HandOver} & {type(effect) for effect in turn.effects}


def test_a_bare_name_is_not_met_with_silence() -> None:
    assert Talk().say("Plats 1 tack").reply


@pytest.mark.parametrize(
    "text",
    ["Ring inte mellan 12 och 13", "ring mig inte mellan 12 och 13", "don't call between 12 and 1"],
)
def test_hours_when_not_to_ring_are_for_a_person_to_read(text: str) -> None:
    assert Talk().say(text).effects == (HandOver("not_understood"),)
