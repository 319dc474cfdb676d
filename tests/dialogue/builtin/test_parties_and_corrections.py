"""Services sold for a number of people; what is put right, added or pointed at in other words."""

import pytest

from dialogue.turns import HandOver, Pending
from ringback.business import Business
from tests.dialogue.conversing import NOW, Talk, at

_DINNER = [["11:30", "14:00"], ["17:00", "22:00"]]
TAVERN = Business.model_validate(
    {
        "id": "krog",
        "name": "Krogen Ankaret",
        "address": "Hamngatan 9, 123 45 Björkvik",
        "phone": "+46846500457",
        "opening_hours": {day: _DINNER for day in ("tue", "wed", "thu", "fri", "sat")} | {"mon": [], "sun": []},
        "resources": ["Bord 1", "Bord 2", "Bord 3"],
        "services": [
            {"id": "two", "names": ["bord för två", "table for two"], "duration_min": 90, "price_sek": 0,
             "resources": ["Bord 1", "Bord 2"]},
            {"id": "four", "names": ["bord för fyra", "table for four"], "duration_min": 120, "price_sek": 0,
             "resources": ["Bord 3"]},
        ],
        "booking_rules": {"min_notice_min": 60, "horizon_days": 60, "slot_step_min": 30},
        "faq": [
            {"id": "hund", "question": "Får hunden vara med?", "answer": "Ja, på uteserveringen."},
            {"id": "sen", "question": "Vi blir sena, vad händer?", "answer": "Vi håller bordet i 20 minuter."},
        ],
        "cancellation_policy": "Avboka senast 3 timmar innan.",
    }
)  # fmt: skip


def tavern() -> Talk:
    return Talk(business=TAVERN, now=NOW)


@pytest.mark.parametrize(
    ("text", "booked"),
    [
        ("bord för två på fredag kl 19", "two"),
        ("ett bord för fyra pers på fredag kl 19", "four"),
        ("bord för två på fredag kl 19, det är jag och min fru", "two"),
        ("vi är 4 personer, bord på fredag kl 19", "four"),
        ("a table for two on Friday at 7pm", "two"),
    ],
)
def test_a_table_is_one_booking_for_as_many_as_its_name_says(text: str, booked: str) -> None:
    talk = tavern()
    talk.say(text, "ja")
    assert talk.booked == [f"{booked} 2026-03-13 19:00"]


def test_more_people_than_any_table_has_are_handed_over() -> None:
    turn = tavern().say("bord på fredag kl 19, vi blir 9 personer")
    assert turn.effects == (HandOver("several_people"),)


def test_two_tables_are_two_bookings() -> None:
    talk = tavern()
    talk.say("två bord för två på fredag kl 19", "ja")
    assert talk.booked == ["two 2026-03-13 19:00"] * 2


@pytest.mark.parametrize(
    "text", ["oj vi blev visst fyra! samma tid", "hoppsan, det skulle vara bord för fyra"]
)
def test_a_booking_just_made_is_changed_for_another_service(text: str) -> None:
    talk = tavern()
    talk.say("bord för två på fredag kl 19", text, "ja")
    assert talk.booked == ["four 2026-03-13 19:00"]


def test_what_is_added_to_a_proposal_does_not_replace_it() -> None:
    talk = Talk()
    turn = talk.say("kan jag få oljebyte på torsdag kl 10?", "lägg till däckbyte också")
    assert "en sak i taget" in (turn.reply or "")
    talk.say("ja")
    assert talk.booked == ["oil 2026-03-12 10:00"]


@pytest.mark.parametrize(
    ("text", "at_hour"),
    [
        ("mittentiden tack", "12:00"),
        ("den sista av dom", "16:30"),
        ("den sista av dessa tack", "16:30"),
        ("jag tar den som är sist", "16:30"),
    ],
)
def test_a_place_in_the_list_in_other_words_is_that_time(text: str, at_hour: str) -> None:
    talk = Talk()
    talk.say("däckbyte på torsdag")
    offered = [f"{one.starts_at.astimezone(NOW.tzinfo):%H:%M}" for one in talk.memory.offered]
    assert at_hour in offered
    turn = talk.say(text)
    if turn.memory.pending is Pending.CONFIRM:
        talk.say("ja")
    assert talk.booked == [f"tyres 2026-03-12 {at_hour}"]


def test_an_offered_time_is_proposed_with_the_one_who_is_named_beside_it() -> None:
    talk = Talk()
    talk.say("däckbyte på torsdag", "den första men på Plats 2", "ja")
    (own,) = talk.calendar.own.values()
    assert own.resource == "Plats 2"


def test_later_times_are_asked_for_without_the_rule_for_late_comers() -> None:
    turn = tavern().say("bord för två på fredag", "har ni nåt senare?")
    assert "20 minuter" not in (turn.reply or "")


@pytest.mark.parametrize(
    ("text", "pending"),
    [
        ("kan inte på torsdag, kan jag få en ny tid?", Pending.DAY),
        ("jag har tid den 19e men det funkar inte", Pending.GIVE_UP),
    ],
)
def test_the_weekday_of_the_only_booking_is_that_of_its_week(text: str, pending: Pending) -> None:
    talk = Talk(("oil", at(19, 10)))  # Thursday of next week; today is a Tuesday
    turn = talk.say(text)
    assert "torsdag 19 mars kl 10:00" in (turn.reply or "")
    assert turn.memory.pending is pending


def test_the_day_that_is_given_up_is_not_the_new_one() -> None:
    talk = Talk(("oil", at(19, 10)))
    turn = talk.say("kan vi ta fredag kl 11 istället för torsdag?")
    assert "fredag 13 mars kl 11:00" in (turn.reply or "")


def test_a_word_for_many_services_means_the_booked_one_when_it_is_moved() -> None:
    talk = Talk(("brakes", at(12, 10)))
    turn = talk.say("kan vi flytta bytet på torsdag till fredag kl 8?")
    assert "bromsbyte till fredag 13 mars kl 08:00" in (turn.reply or "")


def test_the_same_day_is_that_of_the_only_booking() -> None:
    talk = Talk(("oil", at(19, 10)))
    turn = talk.say("kan jag få däckbyte samma dag?")
    assert {one.starts_at.astimezone(NOW.tzinfo).day for one in turn.offered} == {19}


def test_what_is_sold_is_told_without_handing_over() -> None:
    turn = tavern().say("vill boka", "vad har ni?")
    assert turn.effects == ()
    assert "bord för två" in (turn.reply or "")


def test_both_questions_are_answered_though_one_is_about_the_length() -> None:
    turn = tavern().say("hur lång tid har man ett bord för två o får hunden vara med?")
    assert "1 timme och 30 minuter" in (turn.reply or "")
    assert "uteserveringen" in (turn.reply or "")


@pytest.mark.parametrize(
    "text",
    [
        "kan jag vänta medan ni byter däck?",
        "när är min bil klar?",
        "kostar det mer för en stor bil?",
        "byter ni vindrutor?",
    ],
)
def test_what_is_asked_beside_the_services_is_no_wish_for_a_time(text: str) -> None:
    turn = Talk().say(text)
    assert turn.offered == ()
    assert turn.memory.services == ()


@pytest.mark.parametrize("text", ["byter ni däck?", "gör ni årsservice?", "byter ni bromsar"])
def test_a_question_whether_something_is_sold_that_is_leads_to_a_time(text: str) -> None:
    assert Talk().say(text).memory.services != ()


def test_two_things_at_the_same_time_are_not_one_thing_twice() -> None:
    turn = Talk().say("behöver service o däckbyte samtidigt, torsdag nästa vecka kl 8")
    assert turn.offered == ()
    assert "en sak i taget" in (turn.reply or "")


def test_service_alone_is_the_service_that_is_sold() -> None:
    assert "2900" in (Talk().say("vad kostar service på en volvo?").reply or "")


def test_praise_of_the_service_books_none() -> None:
    assert Talk().say("tack för bra service!").memory.services == ()


def test_a_bare_one_after_a_preposition_is_no_place_in_the_list() -> None:
    talk = Talk()
    talk.say("däckbyte på torsdag efter lunch", "vi kör på ett")
    assert talk.booked == []


def test_a_yes_with_i_am_sure_cancels() -> None:
    talk = Talk(("oil", at(19, 10)))
    talk.say("avboka min tid", "ja jag är säker")
    assert talk.booked == []
