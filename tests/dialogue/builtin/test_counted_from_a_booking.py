"""Times that count from a booking, bookings given up together, and what cancelling costs."""

import pytest

from dialogue.turns import Cancel
from tests.dialogue.builtin.test_answers_to_a_reminder import HAIR, MEN
from tests.dialogue.conversing import salon


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("samma tid dagen efter", "herr 2026-11-27 13:00"),
        ("Kan vi ta det en dag senare?", "herr 2026-11-27 13:00"),
        ("två timmar senare tack", "herr 2026-11-26 15:00"),
        ("flytta min tid en vecka fram", "herr 2026-12-03 13:00"),
        ("byt till fredag kl 10", "herr 2026-11-27 10:00"),
    ],
)
def test_of_several_bookings_it_is_asked_which_and_the_new_time_is_kept(
    text: str, moved: str
) -> None:
    talk = salon(HAIR, MEN)
    assert "Vilken bokning" in (talk.say(text).reply or "")
    talk.say("den andra", "ja")
    assert talk.booked == ["dam 2026-11-24 10:00", moved]


def test_dagen_efter_is_that_of_the_booking_that_is_named_then() -> None:
    turn = salon(HAIR, MEN).say("Byt till dagen efter", "den andra")
    assert {f"{one.starts_at:%a}" for one in turn.offered} == {"Fri"}


@pytest.mark.parametrize(
    ("text", "booked"),
    [
        ("kan vi skjuta på tiden en halvtimme", "10:30"),
        ("skulle behöva skjuta på min tid på tisdag en timme, går det?", "11:00"),
        ("senarelägga min tid på tisdag med 30 min", "10:30"),
        ("vill tidigarelägga tisdagens tid en timme", "09:00"),
        ("can we push back my appointment by an hour?", "11:00"),
    ],
)
def test_put_off_by_so_much_counts_from_the_booking(text: str, booked: str) -> None:
    talk = salon(HAIR)
    talk.say(text, "ja")
    assert talk.booked == [f"dam 2026-11-24 {booked}"]


def test_an_answer_to_where_to_counts_from_the_booking_too() -> None:
    talk = salon(HAIR, MEN)
    talk.say("flytta min tid", "den andra", "två timmar senare", "ja")
    assert talk.booked == ["dam 2026-11-24 10:00", "herr 2026-11-26 15:00"]


@pytest.mark.parametrize(
    "text",
    [
        "behöver flytta min tid på tisdag, har ni nåt på fredag fm?",
        "har ni nåt ledigt på fredag fm? måste flytta min tid på tisdag",
        "I have to reschedule my appointment on Tuesday, is there anything on Friday morning?",
    ],
)
def test_the_day_of_the_booking_in_a_clause_of_its_own_is_not_the_new_one(text: str) -> None:
    turn = salon(HAIR).say(text)
    assert {f"{one.starts_at:%a}" for one in turn.offered} == {"Fri"}


def test_a_wish_beside_cancelling_all_is_gone_on_with_after_the_yes() -> None:
    talk = salon(HAIR, MEN)
    assert talk.say("avboka båda och boka herrklippning fredag kl 10").effects == ()
    turn = talk.say("ja")
    assert [type(one) for one in turn.effects] == [Cancel, Cancel]
    assert "fredag 27 november kl 10:00" in (turn.reply or "")
    talk.say("ja")
    assert talk.booked == ["herr 2026-11-27 10:00"]


def test_of_different_services_it_is_asked_which_the_wish_is_for() -> None:
    talk = salon(HAIR, MEN)
    assert "Vilket menar du" in (talk.say("avboka båda och boka fredag", "ja").reply or "")
    turn = talk.say("herr")
    assert {f"{one.starts_at:%a}" for one in turn.offered} == {"Fri"}


def test_a_no_to_cancelling_all_forgets_the_wish_beside_it() -> None:
    talk = salon(HAIR, MEN)
    assert talk.say("avboka båda och boka herrklippning fredag", "nej").offered == ()
    talk.say("ja")
    assert len(talk.booked) == 2


@pytest.mark.parametrize(
    "texts",
    [
        ("avboka min tid", "kostar det nåt?"),
        ("avboka min tid", "är det gratis?"),
        ("avboka min tid", "ja", "kostar det nåt?"),
        ("avboka min tid", "ja", "hur mycket blir det?"),
        ("måste jag betala om jag inte kommer?",),
        ("do you charge for cancelling?",),
    ],
)
def test_what_cancelling_costs_is_answered_by_the_rule(texts: tuple[str, ...]) -> None:
    talk = salon(HAIR)
    reply = talk.say(*texts).reply or ""
    assert talk.business.cancellation_policy in reply
    assert "Våra priser" not in reply


def test_after_cancelling_the_price_of_something_named_is_its_own() -> None:
    reply = salon(HAIR).say("avboka min tid", "ja", "vad kostar herrklippning?").reply or ""
    assert "Herrklippning kostar" in reply


@pytest.mark.parametrize("text", ["fredag kl 10 då?", "kan jag komma på fredag istället"])
def test_a_new_time_in_answer_to_shall_i_cancel_is_a_move_that_is_asked(text: str) -> None:
    talk = salon(HAIR)
    turn = talk.say("avboka min tid", text)
    assert turn.effects == ()
    assert turn.offered
    assert talk.booked == ["dam 2026-11-24 10:00"]
