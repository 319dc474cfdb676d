"""Which service is meant, which of the offered times, and days told by what was talked about."""

import pytest

from dialogue.builtin.language import looks_unknown
from dialogue.turns import HandOver, Pending
from ringback.business import Business
from tests.dialogue.conversing import NOW, SALON, ZONE, Talk, at

_OPEN = [["08:00", "17:00"]]
CLINIC = Business.model_validate(
    {
        "id": "rygg",
        "name": "Ryggkliniken Fyris",
        "address": "Ågatan 3, 123 45 Björkvik",
        "phone": "+46846500456",
        "opening_hours": {day: _OPEN for day in ("mon", "tue", "wed", "thu", "fri")} | {"sat": [], "sun": []},
        "resources": ["Siv", "Omar"],
        "services": [
            {"id": "first", "names": ["nybesök", "första besök", "first visit"], "duration_min": 45,
             "price_sek": 850, "resources": ["Siv", "Omar"]},
            {"id": "again", "names": ["återbesök", "uppföljning"], "duration_min": 30, "price_sek": 600,
             "resources": ["Siv", "Omar"]},
            {"id": "short", "names": ["massage 30 min", "halvtimmes massage"], "duration_min": 30,
             "price_sek": 450, "resources": ["Omar"]},
            {"id": "long", "names": ["massage 60 min", "helkroppsmassage", "timmes massage"],
             "duration_min": 60, "price_sek": 790, "resources": ["Omar"]},
        ],
        "booking_rules": {"min_notice_min": 60, "horizon_days": 60, "slot_step_min": 15},
        "faq": [],
        "cancellation_policy": "Avboka senast dagen före.",
    }
)  # fmt: skip


def clinic() -> Talk:
    return Talk(business=CLINIC, now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "den första",
        "första tack",
        "ta första",
        "jag tar den första",
        "förste",
        "fösta",
        "den försa",
    ],
)
def test_an_ordinal_picks_a_time_though_a_service_is_called_so(text: str) -> None:
    talk = clinic()
    talk.say("återbesök på torsdag", text)
    assert talk.booked == ["again 2026-03-12 08:00"]


def test_the_first_free_time_is_of_the_same_service() -> None:
    talk = clinic()
    assert {slot.service for slot in talk.say("återbesök på torsdag", "första bästa").offered} == {
        "again"
    }


def test_a_service_whose_name_is_an_ordinal_can_still_be_chosen() -> None:
    talk = clinic()
    assert {
        slot.service for slot in talk.say("återbesök på torsdag", "nej, ett första besök").offered
    } == {"first"}


@pytest.mark.parametrize(
    "text", ["jag återkommer", "måste kolla, hör av mig", "I'll get back to you"]
)
def test_who_will_be_back_is_let_go_and_what_was_offered_stays(text: str) -> None:
    talk = clinic()
    talk.say("nybesök på torsdag", text)
    assert talk.booked == []
    talk.say("den första")
    assert talk.booked == ["first 2026-03-12 08:00"]


@pytest.mark.parametrize(
    "text", ["boka massage imorgon kl 15", "massage imorgon kl 15", "kort massage onsdag 15"]
)
def test_between_services_told_by_the_same_word_the_caller_is_asked(text: str) -> None:
    talk = clinic()
    talk.say(text)
    assert talk.booked == []
    assert set(talk.memory.unsure_services) == {"short", "long"}


@pytest.mark.parametrize(
    "text",
    [
        "däckbyte torsdag kl 10 och oljebyte torsdag kl 13",
        "oljebyte imorgon kl 9 samt hjulskifte på fredag kl 10",
    ],
)
def test_two_services_at_two_times_are_taken_one_at_a_time(text: str) -> None:
    talk = Talk()
    talk.say(text)
    assert talk.booked == []
    assert set(talk.memory.unsure_services) == {"tyres", "oil"}


@pytest.mark.parametrize(
    "text",
    [
        "när kan jag få tid?",
        "när kan jag få en tid hos er",
        "när har ni tid?",
        "when can I get an appointment",
    ],
)
def test_when_a_time_can_be_had_is_a_wish_and_not_about_the_own_booking(text: str) -> None:
    talk = Talk(("tyres", at(13, 14)))
    assert "13 mars" not in (talk.say(text).reply or "")
    assert talk.memory.pending is Pending.SERVICE


def test_when_the_own_time_is_is_still_answered() -> None:
    assert "13 mars" in (Talk(("tyres", at(13, 14))).say("när har jag tid hos er?").reply or "")


def test_andra_tiden_is_the_second_one_and_andra_tider_are_others() -> None:
    talk = clinic()
    second = talk.say("nybesök på torsdag").offered[1]
    assert second not in talk.say("andra tider tack").offered
    talk = clinic()
    talk.say("nybesök på torsdag", "andra tiden tack")
    assert talk.booked == [f"first {second.starts_at.astimezone(ZONE):%Y-%m-%d %H:%M}"]


def test_a_span_that_is_denied_is_not_offered() -> None:
    turn = Talk().say("däckbyte på torsdag, men inte mellan 9 och 12")
    clocks = [f"{slot.starts_at.astimezone(ZONE):%H:%M}" for slot in turn.offered]
    assert clocks
    assert not [clock for clock in clocks if "09:00" <= clock <= "12:00"]


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("flytta till samma tid veckan efter", "20 14:00"), ("flytta en vecka fram", "20 14:00"),
        ("kan ni flytta den en vecka senare?", "20 14:00"), ("flytta min tid till dagen innan samma tid", "12 14:00"),
        ("move it to the same time the week after", "20 14:00"), ("flytta till måndag veckan efter kl 10", "16 10:00"),
        ("kan jag flytta min tid två dagar tidigare", "11 14:00"), ("skjut på den en vecka", "20 14:00"),
        ("kan jag få samma tid nästa vecka istället", "20 14:00"),
    ],
)  # fmt: skip
def test_a_move_told_by_the_booking_counts_from_it(text: str, moved: str) -> None:
    talk = Talk(("tyres", at(13, 14)))
    talk.say(text, "ja")
    assert talk.booked == [f"tyres 2026-03-{moved}"]


def test_days_that_do_not_suit_are_kept_in_mind_when_a_week_is_named() -> None:
    talk = Talk()
    turn = talk.say("däckbyte, jag kan alla dagar utom måndag och tisdag", "nästa vecka helst")
    assert turn.offered
    assert {slot.starts_at.astimezone(ZONE).weekday() for slot in turn.offered} <= {2, 3, 4}


def test_what_is_denied_in_brackets_is_denied() -> None:
    talk = Talk()
    talk.say("däckbyte torsdag (inte fredag) kl 10", "ja")
    assert talk.booked == ["tyres 2026-03-12 10:00"]


def test_a_denied_time_inside_a_short_span_leaves_the_rest_of_it() -> None:
    turn = Talk().say("däckbyte på torsdag mellan 10 och 11, men INTE 10.30")
    assert [f"{slot.starts_at.astimezone(ZONE):%H:%M}" for slot in turn.offered] == [
        "10:00",
        "11:00",
    ]


def test_a_name_that_ends_in_s_takes_no_further_s() -> None:
    assert "Ryggkliniken Fyris automatiska" in (clinic().say("hmm hmm").reply or "")
    assert f"{SALON.name}s automatiska" in (Talk(business=SALON).say("hmm hmm").reply or "")


@pytest.mark.parametrize(
    "text",
    [
        "ersätter försäkringen mina trasiga glasögon",
        "skåpdörren gnisslar fortfarande förskräckligt mycket",
    ],
)
def test_dots_and_rings_are_swedish(text: str) -> None:
    assert not looks_unknown(text)


def test_an_address_that_the_caller_tells_is_for_the_staff_and_ours_is_told_when_asked() -> None:
    assert Talk().say("adressen är Storgatan 5").effects == (HandOver("not_understood"),)
    assert "Industrigatan 4" in (Talk().say("vad är er adress?").reply or "")


@pytest.mark.parametrize("text", ["vem är detta?", "vem är det?", "who is this"])
def test_who_asks_who_writes_is_told_that_it_is_an_automatic_assistant(text: str) -> None:
    assert "automati" in (Talk().say(text).reply or "")
