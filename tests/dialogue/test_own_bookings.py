"""The caller's own bookings: which one is meant, cancelling several, moving, changing one's mind."""

from datetime import datetime

import pytest

from dialogue.turns import HandOver, Pending
from tests.dialogue.conversing import ZONE, Talk, salon

DAM = ("dam", datetime(2026, 11, 25, 15, 0, tzinfo=ZONE))
HERR = ("herr", datetime(2026, 12, 4, 10, 0, tzinfo=ZONE))
FIRST, SECOND = "dam 2026-11-25 15:00", "herr 2026-12-04 10:00"


def two() -> Talk:
    return salon(DAM, HERR)


ONE_OF_TWO = [
    ("den 25", FIRST), ("onsdagen", FIRST), ("den första", FIRST), ("1", FIRST), ("damklippningen", FIRST),
    ("den på onsdag", FIRST), ("kl 15", FIRST), ("the first one", FIRST), ("den 25 november", FIRST),
    ("den 4", SECOND), ("den andra", SECOND), ("2", SECOND), ("den sista", SECOND), ("herr", SECOND),
    ("den 4:e", SECOND), ("4/12", SECOND), ("nummer 2", SECOND), ("herrklippningen tack", SECOND),
    ("the second one", SECOND), ("kl 10", SECOND),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meant"), ONE_OF_TWO)
def test_the_named_one_of_two_bookings_is_cancelled_after_a_yes(text: str, meant: str) -> None:
    talk = two()
    talk.say("avboka", text)
    assert talk.booked == [FIRST, SECOND]
    talk.say("ja")
    assert talk.booked == [one for one in (FIRST, SECOND) if one != meant]


@pytest.mark.parametrize(("text", "meant"), ONE_OF_TWO)
def test_the_named_one_of_two_bookings_is_moved(text: str, meant: str) -> None:
    talk = two()
    talk.say("flytta min tid", text, "tisdag den 1 december kl 14", "ja")
    service = meant.split()[0]
    assert f"{service} 2026-12-01 14:00" in talk.booked
    assert meant not in talk.booked
    assert len(talk.booked) == 2


def test_a_new_time_said_before_the_booking_is_kept() -> None:
    talk = two()
    talk.say("flytta min tid till tisdag den 1 december kl 14", "den andra", "ja")
    assert talk.booked == [FIRST, "herr 2026-12-01 14:00"]


@pytest.mark.parametrize("first", ["avboka", "flytta min tid"])
@pytest.mark.parametrize(
    "text",
    ["inte den första", "jag vet inte", "hmm", "den tredje", "7", "xyz", "kanske den andra?"],
)
def test_an_unclear_answer_to_which_booking_changes_nothing(first: str, text: str) -> None:
    talk = two()
    talk.say(first, text)
    assert talk.booked == [FIRST, SECOND]


@pytest.mark.parametrize("first", ["avboka", "flytta min tid"])
def test_the_question_which_booking_is_asked_twice_and_then_a_person_takes_over(first: str) -> None:
    turn = two().say(first, "hmm", "xyz")
    assert turn.effects == (HandOver("not_understood"),)


@pytest.mark.parametrize("first", ["avboka", "flytta min tid"])
@pytest.mark.parametrize(
    "text", ["tack för idag!", "tack", "nej", "nej tack", "strunta i det", "thanks"]
)
def test_thanks_or_a_no_closes_the_question_which_booking(first: str, text: str) -> None:
    talk = two()
    turn = talk.say(first, text)
    assert talk.memory.pending is Pending.NOTHING
    assert "Vilken bokning" not in (turn.reply or "")
    assert talk.booked == [FIRST, SECOND]


@pytest.mark.parametrize("first", ["avboka", "flytta min tid"])
@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("öppet juldagen?", "25 december"),
        ("vad kostar färgning", "1490"),
        ("var ligger ni", "Ågatan"),
    ],
)
def test_a_question_is_answered_and_which_booking_asked_again(
    first: str, text: str, fact: str
) -> None:
    turn = two().say(first, text)
    assert fact in (turn.reply or "")
    assert "Vilken bokning" in (turn.reply or "")


@pytest.mark.parametrize("first", ["avboka", "flytta min tid"])
def test_another_wish_is_followed_while_which_booking_is_open(first: str) -> None:
    talk = two()
    talk.say(first, "boka herr på måndag den 30 november kl 10", "ja")
    assert talk.booked == [FIRST, "herr 2026-11-30 10:00", SECOND]


@pytest.mark.parametrize(
    "text",
    [
        "Cancel all my bookings", "ta bort alla mina tider", "avboka alla mina bokningar", "avboka båda",
        "avboka allt", "cancel both my appointments", "cancel all of my bookings please", "delete all my bookings",
    ],
)  # fmt: skip
def test_all_own_bookings_are_cancelled_after_a_yes(text: str) -> None:
    talk = two()
    turn = talk.say(text)
    assert turn.effects == ()
    talk.say("ja")
    assert talk.booked == []


@pytest.mark.parametrize(
    "text", ["nej", "jag vet inte", "ja eller vänta", "ja?", "perfekt", "bara den första"]
)
def test_all_own_bookings_stand_without_a_plain_yes(text: str) -> None:
    talk = two()
    talk.say("avboka allt", text)
    assert talk.booked == [FIRST, SECOND]


@pytest.mark.parametrize("text", ["båda", "alla", "båda två", "both", "all of them"])
def test_both_is_an_answer_to_which_booking(text: str) -> None:
    talk = two()
    talk.say("avboka", text, "ja")
    assert talk.booked == []


@pytest.mark.parametrize(
    "text",
    [
        "avboka alla kunders tider",
        "cancel all bookings of your customers",
        "ta bort alla bokningar",
    ],
)
def test_bookings_of_others_stay_out_of_reach(text: str) -> None:
    talk = two()
    talk.say(text)
    assert talk.booked == [FIRST, SECOND]


@pytest.mark.parametrize(
    "text",
    ["Jag vill stoppa bokningen", "stryk min tid", "ta bort min bokning", "ångrar mig, vill inte ha tiden", "nej jag sa inte boka!",
     "jag ville inte boka", "I didn't want to book"],
)  # fmt: skip
def test_a_regret_after_a_booking_asks_whether_to_cancel(text: str) -> None:
    talk = salon()
    talk.say("boka herr på onsdag kl 15", text)
    assert talk.memory.pending is Pending.CANCEL
    talk.say("ja")
    assert talk.booked == []


@pytest.mark.parametrize(
    "text", ["jag e sen 10 min", "blir 10 min sen", "jag är försenad", "I'm running late"]
)
def test_a_booked_caller_who_is_late_is_passed_on(text: str) -> None:
    assert salon(DAM).say(text).effects == (HandOver("late"),)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("kan ja komma lite senare samma dag ist?", "15:30"),
        ("går det lite senare?", "15:30"),
        ("can I come a bit later the same day?", "15:30"),
        ("kl 16 passar bättre", "16:00"),
        ("hellre kl 16", "16:00"),
        ("16:00 would be better", "16:00"),
    ],
)
def test_a_better_time_after_a_booking_is_about_moving_it(text: str, times: str) -> None:
    talk = salon()
    turn = talk.say("boka herr på onsdag kl 15", text)
    assert turn.effects == ()
    assert times in (turn.reply or "")
    assert talk.memory.booking_id


def test_another_service_while_moving_is_a_booking_of_its_own() -> None:
    talk = salon(DAM)
    talk.say("flytta min tid", "jag vill boka skäggtrimning på måndag kl 10", "ja")
    assert talk.booked == ["skagg 2026-11-23 10:00", FIRST]


@pytest.mark.parametrize(
    "text",
    [
        "jag kan inte komma kl 15 på onsdag, kan jag komma kl 16?",
        "kan inte komma kl 15 på onsdag men kl 16 går bra",
        "I can't come at 15:00 on Wednesday, can I come at 16:00?",
    ],
)
def test_a_time_that_does_not_suit_and_one_that_does_are_a_move(text: str) -> None:
    talk = salon(DAM)
    talk.say(text, "ja")
    assert talk.booked == ["dam 2026-11-25 16:00"]


@pytest.mark.parametrize(
    "text", ["ja jag kan inte komma", "ja jag är sjuk", "nej jag kan inte komma"]
)
def test_a_reason_in_place_of_a_yes_keeps_the_question_open(text: str) -> None:
    talk = salon(DAM)
    talk.say("avboka", text)
    assert talk.booked == [FIRST]
    talk.say("ja")
    assert talk.booked == []


@pytest.mark.parametrize(
    "text",
    [
        "vi flyttar till ny lägenhet på torsdag kl 11",
        "flyttar på torsdag kl 11 så jag är trött",
        "vi ska flytta till ny lägenhet på torsdag kl 11",
        "jag flyttar till Malmö på torsdag kl 11",
        "we move to a new flat on Thursday at 11:00",
    ],
)
def test_a_move_of_something_else_leaves_the_booking(text: str) -> None:
    talk = salon(DAM)
    talk.say(text)
    assert talk.booked == [FIRST]


@pytest.mark.parametrize(
    "text",
    [
        "flytta till torsdag kl 11",
        "flytta min tid till torsdag kl 11",
        "hej, boka om till torsdag kl 11",
        "jag vill flytta bokningen på onsdag till torsdag kl 11, har fått förhinder",
        "move my appointment to Thursday at 11:00",
    ],
)
def test_an_order_to_move_the_booking_moves_it_at_once(text: str) -> None:
    talk = salon(DAM)
    talk.say(text)
    assert talk.booked == ["dam 2026-11-26 11:00"]
