"""What no engine may say: a reply, and the reason why it is refused."""

from datetime import timedelta

import pytest

from dialogue.guards.check import refusals
from dialogue.guards.reasons import Reason
from dialogue.turns import (
    Book,
    CallBack,
    Cancel,
    Effect,
    HandOver,
    Memory,
    Move,
    OwnBooking,
    Passage,
    Situation,
    Turn,
)
from ringback.bookings import Slot
from tests.dialogue.conversing import GARAGE, NOW, at

TYRES = Slot("tyres", "Plats 1", at(12, 10), at(12, 10, 30))  # a Thursday
OWN = OwnBooking("A1", "oil", "Plats 1", at(13, 9), at(13, 10))
SWEDISH, ENGLISH = "Hej, jag har en fråga till er", "Hello, I have a question for you"


def why(
    reply: str | None,
    *effects: Effect,
    text: str = SWEDISH,
    offered: tuple[Slot, ...] = (),
    own: tuple[OwnBooking, ...] = (),
    passages: tuple[Passage, ...] = (),
) -> set[Reason]:
    situation = Situation(GARAGE, NOW, own=own, passages=passages)
    language = "en" if text == ENGLISH else "sv"
    turn = Turn(reply, Memory(), effects, offered, language=language)
    return {one.reason for one in refusals(text, situation, turn)}


@pytest.mark.parametrize(
    "reply",
    [
        "Däckbyte kostar 450 kr.",
        "Ja, lånebil finns för 300 kr per dag.",
        "Öppettider: måndag-torsdag 07:30-17:00; fredag 07:30-15:00.",
        "Nordbil finns på Industrigatan 4, 123 48 Björkvik.",
        "Vårt telefonnummer är 08-465 004 55.",
        "Oljebyte tar 1 timme.",
        "Vi bokar högst 60 dagar framåt.",
        "Tiderna börjar var 30:e minut.",
        "Vill du att vi ringer dig? Svara ja.",
        "Vi har tyvärr stängt fredag 3 april (Långfredagen).",
        "Det är fullbokat hela den dagen.",
    ],
)
def test_what_the_company_has_told_may_be_said(reply: str) -> None:
    assert why(reply) == set()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("Vi har öppet till 21:00 på den dagen.", Reason.TIME),
        ("Kom kl 11 så tar vi bilen då.", Reason.TIME),
        ("Kom klockan halv tre så tar vi bilen.", Reason.TIME),
        ("Vi har en tid torsdag 12 mars kl 10:00.", Reason.DATE),
        ("Vi ses gärna fredag 12 mars hos oss.", Reason.DATE),
        ("Det går bra den 30 februari hos oss.", Reason.DATE),
        ("Vi har gott om plats 12/3 hos oss.", Reason.DATE),
        ("Däckbyte kostar 1200 kr.", Reason.PRICE),
        ("Det kostar 99 kr i dag.", Reason.PRICE),
        ("Det kostar hundra kronor för dig.", Reason.PRICE),
        ("Det kostar 45 euro för dig.", Reason.PRICE),
        ("Du betalar 20 % mindre hos oss.", Reason.PERCENT),
        ("Ring 070-174 06 22 om det är bråttom.", Reason.PERSONAL),
        ("Du är alltså 121212-1212, tack för det.", Reason.PERSONAL),
        ("Vi har 7 mekaniker som kan hjälpa dig.", Reason.NUMBER),
        ("Vi finns på Storgatan i samma stad.", Reason.ADDRESS),
        ("Läs mer på www.exempel.se om du vill.", Reason.LINK),
        ("Skriv till kim@exempel.se om du vill.", Reason.LINK),
        ("Bokningen är 0b7c1d2e-1111-4222-8333-444455556666.", Reason.INTERNAL),
        ("Jag frågar find_times om det för dig.", Reason.INTERNAL),
        ("Du är bokad hos oss, varmt välkommen.", Reason.BOOKED),
        ("Tiden är din, välkommen till oss.", Reason.BOOKED),
        ("Din tid är flyttad som du ville.", Reason.MOVED),
        ("Din tid är avbokad som du ville.", Reason.CANCELLED),
        ("Vi ringer dig om en liten stund.", Reason.PROMISE),
        ("En kollega hör av sig till dig.", Reason.PROMISE),
        ("Jag lämnar över till en kollega här.", Reason.PROMISE),
        ("Du får rabatt av oss nästa gång.", Reason.GIFT),
        ("Jag lovar att det blir bra för dig.", Reason.GIFT),
        ("Vi gör ett undantag för dig den här gången.", Reason.GIFT),
        ("You can park behind the house, it is free to use for all of our guests.", Reason.LANGUAGE),
        ("Det går bra att parkera hos oss. " * 30, Reason.LENGTH),
    ],
)  # fmt: skip
def test_what_nothing_bears_out_is_refused(reply: str, reason: Reason) -> None:
    assert reason in why(reply)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("You are booked with us, welcome.", Reason.BOOKED),
        ("Your appointment is confirmed now, thanks.", Reason.BOOKED),
        ("Your appointment has been cancelled as you wished.", Reason.CANCELLED),
        ("Somebody will call you in a moment.", Reason.PROMISE),
        ("We can do it for free this time, no problem.", Reason.GIFT),
        ("We are open until 9 pm on that day.", Reason.TIME),
        ("Det går bra att betala med kort hos oss, och vi har öppet som vanligt.", Reason.LANGUAGE),
    ],
)
def test_the_same_holds_in_english(reply: str, reason: Reason) -> None:
    assert reason in why(reply, text=ENGLISH)


def test_booked_is_said_with_its_booking_and_its_time_and_not_otherwise() -> None:
    told = "Bokat: däckbyte torsdag 12 mars kl 10:00 (Plats 1)."
    assert why(told, Book(TYRES)) == set()
    assert Reason.BOOKED in why(told, offered=(TYRES,))
    assert Reason.UNTOLD in why("Bokat, välkommen till oss.", Book(TYRES))
    assert Reason.UNTOLD in why(None, Book(TYRES))
    assert Reason.DATE in why("Bokat: däckbyte fredag 13 mars kl 10:00.", Book(TYRES))


def test_offered_times_may_be_named_and_no_others() -> None:
    assert why("Lediga tider: 1) torsdag 12 mars kl 10:00.", offered=(TYRES,)) == set()
    assert Reason.TIME in why("Lediga tider: 1) 10:00, 2) 14:00.", offered=(TYRES,))


def test_callers_own_booking_may_be_told_but_is_not_moved_or_cancelled_by_words() -> None:
    assert why("Du är bokad fredag 13 mars kl 09:00.", own=(OWN,)) == set()
    assert Reason.BOOKED in why(
        "Du är bokad torsdag 12 mars kl 10:00.", own=(OWN,), offered=(TYRES,)
    )
    gone = "Din tid för oljebyte fredag 13 mars kl 09:00 är avbokad."
    assert why(gone, Cancel("A1"), own=(OWN,)) == set()
    assert Reason.CANCELLED in why(gone, own=(OWN,))


def test_another_service_in_place_of_the_booked_one_is_told_as_changed() -> None:
    told = "Ändrat: däckbyte torsdag 12 mars kl 10:00 (Plats 1). Välkommen!"
    assert why(told, Cancel("A1"), Book(TYRES), own=(OWN,)) == set()
    assert Reason.MOVED in why(told, Book(TYRES), own=(OWN,))
    assert Reason.MOVED in why("Din tid är ändrad nu, tack för det.", Cancel("A1"), own=(OWN,))


def test_that_nobody_will_call_is_no_promise() -> None:
    assert why("All right, we will not call you.", text=ENGLISH) == set()
    assert why("We will never ring you about this.", text=ENGLISH) == set()
    assert Reason.PROMISE in why("We will not forget you and will call you.", text=ENGLISH)


def test_promise_stands_with_its_effect() -> None:
    assert why("En kollega hör av sig till dig.", HandOver("question")) == set()
    assert why("Vi ringer dig så snart vi kan.", CallBack()) == set()


def test_company_s_own_words_may_hold_what_no_engine_may_promise() -> None:
    rule = "Pensionärer får 10 % rabatt på tisdagar efter kl 14."
    assert Reason.GIFT in why(rule)
    assert why(rule, passages=(Passage("p", "Rabatter", f"Vi är snälla. {rule}"),)) == set()


def test_other_language_than_ours_is_answered_in_either() -> None:
    finnish = "Haluaisin varata ajan, puhutteko suomea?"
    for reply in ("Sorry, I understand only Swedish and English.", "Jag förstår bara svenska."):
        assert why(reply, text=finnish) == set()


@pytest.mark.parametrize(
    "effect",
    [
        Book(Slot("tyres", "Plats 1", at(12, 3), at(12, 3, 30))),
        Book(Slot("tyres", "Plats 1", at(12, 10), at(12, 11))),
        Book(Slot("oil", "Plats 2", at(12, 10), at(12, 11))),
        Book(Slot("gold", "Plats 1", at(12, 10), at(12, 11))),
        Cancel("somebody else's"),
        Move("somebody else's", TYRES),
        CallBack(NOW, NOW - timedelta(hours=1)),
    ],
    ids=["at night", "too long", "by another", "no service", "cancel", "move", "past"],
)
def test_what_no_engine_may_do_is_refused_whatever_is_said(effect: Effect) -> None:
    assert Reason.EFFECT in why("Okej.", effect)
