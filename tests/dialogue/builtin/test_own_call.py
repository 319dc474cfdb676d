"""Who waits to be rung writes when it suits, or that it need not be: done, asked, or left to others."""

from dataclasses import replace
from datetime import datetime

import pytest

from dialogue.turns import (
    CallBack,
    CancelCallBack,
    ChangeCallBack,
    HandOver,
    Memory,
    OwnCall,
    Pending,
    Turn,
)
from ringback.queues import Rules, choices
from tests.dialogue.conversing import GARAGE, NOW, Talk, at

CHOICES = tuple(
    one
    for one in choices(Rules(), GARAGE, NOW)
    if one != "0800-1000@260310"  # which has begun
)
TODAY = OwnCall("c1", at(10, 13), at(10, 15), CHOICES)
LATE, TOMORROW = (at(10, 15), at(10, 17)), (at(11, 8), at(11, 10))
Interval = tuple[datetime | None, datetime | None]


def waits(call: OwnCall = TODAY, asked: bool = True, *, english: bool = False) -> Talk:
    """A caller who was told, and perhaps asked, when he is rung."""
    talk = Talk(calls=(call,), about_call=asked)
    talk.memory = Memory(language="en" if english else "sv")
    talk.language = talk.memory.language
    return talk


def chooses(english: bool = False) -> Talk:
    """One who was asked for another time, with a list to choose from."""
    talk = waits(english=english)
    talk.memory = replace(talk.memory, pending=Pending.CALL_WHEN, call_choices=CHOICES[:4])
    return talk


def moved_to(turn: Turn) -> Interval | None:
    found = [one for one in turn.effects if isinstance(one, ChangeCallBack)]
    return (found[0].starts_at, found[0].ends_at) if found else None


def test_choices_of_this_file_are_as_listed() -> None:
    assert CHOICES[:5] == (
        "s",
        "1000-1200@260310",
        "1300-1500@260310",
        "1500-1700@260310",
        CHOICES[4],
    )


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("2", (at(10, 10), at(10, 12))),
        ("4", LATE),
        ("Nr 4 tack", LATE),
        ("den sista", LATE),
        ("Den fjärde tack", LATE),
        ("nu", (None, None)),
        ("4 passar bra", LATE),
        ("1", (None, None)),
        ("15-17", LATE),
        ("kl 15-17", LATE),
        ("mellan 15 och 17", LATE),
        ("Idag mellan 15 och 17 går fint", LATE),
        ("Kl 15.30 vore bäst", LATE),
        ("Kan ni ta det 15-17 istället?", LATE),
        ("Jag är hemma efter 15 idag, går det bra?", LATE),
        ("imorgon 8-10", TOMORROW),
        ("I morgon mellan 8 och 10", TOMORROW),
        ("imorgon förmiddag", (at(11, 7, 30), at(11, 12))),
        ("efter 16", (at(10, 16), at(10, 17))),
        ("helst efter kl 16 imorgon", (at(11, 16), at(11, 17))),
        ("torsdag eftermiddag", (at(12, 12), at(12, 17))),
        ("på fredag", (at(13, 7, 30), at(13, 15))),
        ("så snart som möjligt", (None, None)),
        ("spelar ingen roll när", (None, None)),
    ],
)
def test_answer_to_when_is_taken_and_told(text: str, interval: Interval) -> None:
    turn = chooses().say(text)
    assert moved_to(turn) == interval
    assert turn.reply is not None
    assert turn.reply.startswith("Okej, vi ringer dig")
    assert turn.memory.pending is Pending.NOTHING


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("4 please", LATE),
        ("between 3 and 5", LATE),
        ("the last one please", LATE),
        ("any time after 4 pm", (at(10, 16), at(10, 17))),
        ("after 4 pm", (at(10, 16), at(10, 17))),
        ("tomorrow morning", (at(11, 7, 30), at(11, 12))),
        ("tomorrow between 8 and 10", TOMORROW),
        ("as soon as possible", (None, None)),
    ],
)
def test_answer_in_english_is_taken_and_told(text: str, interval: Interval) -> None:
    turn = chooses(english=True).say(text)
    assert moved_to(turn) == interval
    assert turn.reply is not None
    assert turn.reply.startswith("All right, we will call you")


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("Ändra till 15-17", LATE),
        ("Kan ni ändra till imorgon 8-10?", TOMORROW),
        ("Byt till efter 16 tack", (at(10, 16), at(10, 17))),
        ("Jag vill flytta samtalet till imorgon mellan 8 och 10", TOMORROW),
        ("Hellre imorgon 8-10", TOMORROW),
    ],
)
def test_call_is_moved_as_the_caller_writes(text: str, interval: Interval, asked: bool) -> None:
    assert moved_to(waits(asked=asked).say(text)) == interval


def test_offered_interval_is_named_as_offered_so_that_it_counts_there() -> None:
    (effect,) = chooses().say("15-17").effects
    assert effect == ChangeCallBack("c1", *LATE, choice="1500-1700@260310")


@pytest.mark.parametrize("text", ["15-17", "Kl 16"])
def test_full_interval_is_refused_and_others_are_asked_between(text: str) -> None:
    full = replace(TODAY, choices=CHOICES[:3], full=CHOICES[3:4])
    turn = waits(full).say(text)
    assert turn.effects == ()
    assert "går tyvärr inte längre" in (turn.reply or "")
    assert turn.memory.pending is Pending.CALL_WHEN


@pytest.mark.parametrize("text", ["Ikväll kl 20", "Lördag kl 10", "imorgon efter 18"])
def test_time_at_which_the_company_is_closed_is_asked_about(text: str) -> None:
    turn = waits().say(text)
    assert turn.effects == ()
    assert (turn.reply or "").startswith("Vi har stängt då. När ska vi ringa dig? 1) så snart")
    assert turn.memory.call_choices == CHOICES[:4]


@pytest.mark.parametrize(
    "text",
    [
        "Avboka",
        "AVBOKA!",
        "Avboka samtalet tack",
        "Ring inte",
        "Ni behöver inte ringa",
        "Behövs inte längre, tack ändå",
        "Det behövs inte",
        "Det har löst sig",
        "cancel",
        "Please cancel the call",
        "No need to call me back",
        "Not needed anymore, thanks",
        "Skippa samtalet",
        "Jag löste det själv",
        "I no longer need a call",
    ],
)
def test_plain_no_ends_the_promise(text: str) -> None:
    turn = waits().say(text)
    assert turn.effects == (CancelCallBack("c1"),), turn.understood
    assert turn.reply in ("Okej, vi ringer inte.", "All right, we will not call you.")


def test_who_wants_never_to_be_rung_again_is_read_by_a_person_too() -> None:
    effects = waits(asked=False).say("Sluta ringa mig!").effects
    assert effects == (CancelCallBack("c1"), HandOver("wants_no_call"))


@pytest.mark.parametrize(
    "text", ["Kan man avboka?", "Nej tack", "Hur avbokar jag?", "nej", "Jag kanske avbokar"]
)
def test_what_is_no_plain_no_is_asked_about(text: str) -> None:
    talk = waits()
    turn = talk.say(text)
    assert turn.effects == (), text
    assert turn.reply == "Vill du avboka samtalet? Svara JA."
    assert talk.say("Ja").effects == (CancelCallBack("c1"),)


@pytest.mark.parametrize("text", ["Nej", "nej tack", "Nej, ring"])
def test_no_to_the_question_keeps_the_promise(text: str) -> None:
    talk = waits()
    talk.say("Kan man avboka?")
    turn = talk.say(text)
    assert CancelCallBack("c1") not in turn.effects
    assert "vi ringer dig" in (turn.reply or "").casefold()


@pytest.mark.parametrize(
    "text", ["När ringer ni?", "Vilken tid ringer ni mig?", "hur dags blir jag uppringd"]
)
@pytest.mark.parametrize("asked", [True, False])
def test_caller_is_told_when_he_is_rung(text: str, asked: bool) -> None:
    turn = waits(asked=asked).say(text)
    assert turn.effects == ()
    assert (turn.reply or "").startswith("Vi ringer dig tisdag 10 mars mellan 13:00 och 15:00.")


def test_caller_is_told_when_in_english() -> None:
    turn = waits(english=True).say("When will you call me?")
    assert (turn.reply or "").startswith("We will call you Tuesday 10 March between 13:00 and")


@pytest.mark.parametrize(
    ("interval", "when"),
    [
        ((None, None), "så snart vi kan"),
        ((at(9, 13), at(9, 15)), "så snart vi kan"),
        ((at(10, 8), at(10, 10)), "tisdag 10 mars före 10:00"),
        ((at(11, 9), None), "onsdag 11 mars efter 09:00"),
    ],
)
def test_bounds_that_have_passed_are_not_told(interval: Interval, when: str) -> None:
    turn = waits(OwnCall("c1", *interval, CHOICES)).say("När ringer ni?")
    assert f"Vi ringer dig {when}." in (turn.reply or "")


@pytest.mark.parametrize("text", ["Ok", "Ja", "Ok tack!", "👍", "Tack, vi hörs då"])
def test_courtesy_to_the_promise_needs_no_answer(text: str) -> None:
    turn = waits().say(text)
    assert (turn.reply, turn.effects) == (None, ())


def test_yes_to_the_question_when_says_nothing() -> None:
    assert "När ska vi ringa dig? 1)" in (chooses().say("Ja").reply or "")


@pytest.mark.parametrize("text", ["Kan inte då", "Passar inte", "Det passar tyvärr inte"])
def test_time_that_does_not_suit_is_asked_about(text: str) -> None:
    turn = waits().say(text)
    assert turn.effects == ()
    assert "När ska vi ringa dig? 1)" in (turn.reply or "")


def test_question_that_is_not_understood_twice_goes_to_a_person() -> None:
    talk = waits()
    talk.say("Passar inte")
    assert talk.say("Passar inte", "Passar inte").effects == (HandOver("not_understood"),)


@pytest.mark.parametrize(
    "text",
    [
        "Jag väntade hela torsdagen mellan 13 och 15 på er",
        "Osäker på om kl 15 funkar",
        "5",
    ],
)
def test_time_that_may_be_no_wish_is_asked_about(text: str) -> None:
    turn = waits().say(text)
    assert turn.effects == ()
    assert "När ska vi ringa dig? 1)" in (turn.reply or "")


@pytest.mark.parametrize("text", ["2", "Jag kommer förbi er på fredag kl 10 med papperen"])
def test_time_that_nobody_asked_for_is_not_taken_for_the_call_s(text: str) -> None:
    assert moved_to(waits(asked=False).say(text)) is None


BOOKS = [
    "Kan jag boka oljebyte på torsdag kl 10?",
    "Vad kostar däckbyte?",
    "Har ni öppet imorgon?",
    "Har ni någon ledig tid för däckbyte imorgon?",
    "Tack!",
    "Jag blir 10 min sen",
]


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("text", BOOKS)
def test_text_about_something_else_is_no_answer_to_when(text: str, asked: bool) -> None:
    kinds = {type(one) for one in waits(asked=asked).say(text).effects}
    assert not kinds & {ChangeCallBack, CancelCallBack}


@pytest.mark.parametrize("text", ["torsdag kl 10", "efter 16", "15-17", "Avboka"])
def test_time_in_the_midst_of_a_booking_belongs_to_the_booking(text: str) -> None:
    talk = waits(asked=False)
    talk.say("Jag vill boka oljebyte")
    kinds = {type(one) for one in talk.say(text).effects}
    assert not kinds & {ChangeCallBack, CancelCallBack}


@pytest.mark.parametrize(
    "text", ["Avboka", "Kan jag flytta min tid till fredag kl 10?", "efter 16"]
)
def test_own_booking_comes_first_unless_the_call_was_spoken_of(text: str) -> None:
    talk = Talk(("oil", at(12, 10)), calls=(TODAY,))
    kinds = {type(one) for one in talk.say(text).effects}
    assert not kinds & {ChangeCallBack, CancelCallBack}
    talk = Talk(("oil", at(12, 10)), calls=(TODAY,), about_call=True)
    assert talk.say("Avboka").effects == (CancelCallBack("c1"),)


def test_who_asks_to_be_rung_elsewhere_is_heard_as_ever() -> None:
    assert [type(one) for one in waits().say("Ring på 070-174 06 11 istället").effects] == [
        HandOver
    ]


@pytest.mark.parametrize("text", ["Ring mig efter 16", "Kan ni ringa imorgon mellan 8 och 10?"])
@pytest.mark.parametrize("asked", [True, False])
def test_wish_to_be_rung_at_a_time_is_one_wish(text: str, asked: bool) -> None:
    (effect,) = waits(asked=asked).say(text).effects
    assert isinstance(effect, ChangeCallBack | CallBack)


@pytest.mark.parametrize("text", ["2", "15-17", "Avboka", "När ringer ni?", "Behövs inte"])
def test_who_waits_for_no_call_changes_none(text: str) -> None:
    kinds = {type(one) for one in Talk().say(text).effects}
    assert not kinds & {ChangeCallBack, CancelCallBack}
