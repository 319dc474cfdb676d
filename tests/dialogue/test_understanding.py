"""What a customer takes back, puts right, shifts or says two of, over some texts. Tuesday 10 March 2026, 09:00."""

import pytest

from dialogue.builtin.slots import near
from dialogue.turns import Book, Cancel, HandOver
from tests.dialogue.conversing import ZONE, Talk, at


def times(talk: Talk, *texts: str) -> list[str]:
    """The offered starts after these texts, as `12 07:30`."""
    offered = talk.say(*texts).offered
    return [f"{slot.starts_at.astimezone(ZONE):%d %H:%M}" for slot in offered]


def test_another_service_named_after_a_booking_takes_its_place() -> None:
    talk = Talk()
    talk.say("boka däckbyte torsdag kl 10")
    asked = talk.say("nej jag menade oljebyte")
    assert talk.booked == ["tyres 2026-03-12 10:00"]
    assert not asked.effects
    done = talk.say("ja")
    assert [type(effect) for effect in done.effects] == [Cancel, Book]
    assert talk.booked == ["oil 2026-03-12 10:00"]


@pytest.mark.parametrize(
    "protest", ["nej fel", "nej", "vänta, det blev fel dag", "no, that's wrong"]
)
def test_a_protest_after_a_booking_is_asked_about_and_changes_nothing(protest: str) -> None:
    talk = Talk()
    turn = talk.say("boka däckbyte torsdag kl 10", protest)
    assert turn.reply
    assert talk.booked == ["tyres 2026-03-12 10:00"]


@pytest.mark.parametrize(
    "busy", ["kl 10 har jag möte", "inte kl 10", "undvik 10", "I have a meeting at 10"]
)
def test_a_refused_clock_time_is_not_offered_again(busy: str) -> None:
    talk = Talk()
    talk.say("oljebyte torsdag förmiddag")
    turn = talk.say(busy)
    assert turn.offered
    assert not any(near(slot, (at(12, 10).time(),), ZONE) for slot in turn.offered)


def test_a_refused_day_stays_refused_in_the_texts_to_come() -> None:
    talk = Talk()
    offered = times(talk, "oljebyte nästa vecka", "på tisdag jobbar jag", "andra tider?")
    assert offered
    assert not any(one.startswith("17") for one in offered)


def test_the_last_one_avoided_is_not_taken_for_chosen() -> None:
    talk = Talk()
    before = times(talk, "däckbyte torsdag")
    after = times(talk, "undvik den sista")
    assert after
    assert before[-1] not in after
    assert not talk.booked


def test_no_morning_means_the_rest_of_the_day() -> None:
    offered = times(Talk(), "däckbyte torsdag", "inte förmiddag")
    assert offered
    assert all(one >= "12 12:00" for one in offered)


def test_either_of_two_wishes_is_offered_with_its_own_clock() -> None:
    offered = times(Talk(), "oljebyte tors 14.30 el fre fm")
    assert "12 14:30" in offered
    assert all(one == "12 14:30" or "13 07:30" <= one < "13 12:00" for one in offered)


def test_half_an_hour_later_moves_by_half_an_hour() -> None:
    talk = Talk(("oil", at(12, 10)))
    talk.say("kan jag komma en halvtimme senare?", "ja")
    assert talk.booked == ["oil 2026-03-12 10:30"]


def test_who_does_not_do_it_is_told_and_nothing_is_booked_unasked() -> None:
    talk = Talk()
    turn = talk.say("boka oljebyte torsdag 10 hos plats 2")
    assert "Plats 1" in (turn.reply or "")
    assert not talk.booked


@pytest.mark.parametrize("number", ["2 däckbyten torsdag 15", "däckbyte på torsdag 15, två bilar"])
def test_how_many_is_no_clock_time(number: str) -> None:
    assert set(times(Talk(), number)) <= {"12 15:00"}


def test_two_things_in_one_text_are_asked_about_not_halved() -> None:
    talk = Talk()
    reply = talk.say("oljebyte och däckbyte på torsdag kl 10").reply or ""
    assert "oljebyte" in reply
    assert "däckbyte" in reply
    assert not talk.booked


def test_too_far_ahead_offers_the_last_days_that_can_be_had() -> None:
    turn = Talk().say("däckbyte måndag kl 10 nästa år")
    assert turn.offered
    assert not any(isinstance(effect, (Book, HandOver)) for effect in turn.effects)


def test_a_day_that_is_put_right_in_the_same_text_counts() -> None:
    talk = Talk()
    talk.say("boka däckbyte onsdag, nej vänta torsdag kl 10", "ja")
    assert talk.booked == ["tyres 2026-03-12 10:00"]


def test_a_question_in_the_midst_of_a_booking_does_not_change_what_is_booked() -> None:
    talk = Talk()
    talk.say("oljebyte torsdag", "vad kostar däckbyte?", "kl 10", "ja")
    assert talk.booked == ["oil 2026-03-12 10:00"]
