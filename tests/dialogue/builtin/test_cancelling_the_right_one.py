"""Which booking a cancellation is about, what it spares, and what only sounds like one."""

import pytest

from dialogue.turns import HandOver, Pending
from tests.dialogue.conversing import Talk, at

TYRES, OIL, BRAKES = ("tyres", at(13, 14)), ("oil", at(17, 13)), ("brakes", at(19, 13))
OIL_GOES = """
avboka allt utom däckbytet
avboka båda förutom fredagens
avboka oljebytet men behåll däckbytet
behåll däckbytet, avboka oljebytet
jag vill ha kvar däckbytet men inte oljebytet
avboka oljebytet, inte däckbytet
avboka inte däckbytet, bara oljebytet
avboka inte fredag utan tisdag
fredagens tid vill jag behålla, avboka tisdagens
stryk tisdagen och behåll fredagen
ta bort oljebytet men låt däckbytet stå kvar
behöver inte oljebytet men däckbytet vill jag ha kvar
kan inte komma på tisdag, men fredag kommer jag
avboka tisdag, fredag kommer jag
jag kommer på fredag men inte på tisdag
jag vill bara behålla däckbytet, resten kan ni avboka
cancel the oil change but keep the tyre change
cancel all but the tyre change
I want to keep Friday and cancel Tuesday
""".strip().splitlines()
NO_CANCELLATION = """
är min tid avbokad?
har ni avbokat min tid?
har min tid blivit avbokad
jag fick sms att ni avbokat min tid, stämmer det?
någon har avbokat min tid utan att fråga
har någon avbokat på fredag så jag kan få deras tid?
blir det återbud på fredag?
kan inte komma på telefon nu
jag kan inte komma in på er hemsida
kan inte komma ihåg när min tid var
jag kan inte komma åt min bokning på hemsidan
kan man avboka via nätet?
ska jag avboka om jag är förkyld?
hur avbokar man
jag ska avboka min tid hos tandläkaren, inte hos er
did you cancel my appointment?
has my booking been cancelled
I can't come to the phone right now
""".strip().splitlines()
GIVEN_UP = """
boka av min tid på fredag
kan du boka av mig på fredag
vill boka bort tiden
släpp min tid på fredag
jag får förhinder på fredag
det blir inget på fredag
vi skippar fredag
kommer ej på fredag
jag behöver inte tiden på fredag längre
I need my appointment cancelled
""".strip().splitlines()


@pytest.mark.parametrize("text", OIL_GOES)
def test_the_booking_that_is_spared_stays(text: str) -> None:
    talk = Talk(TYRES, OIL)
    talk.say(text, "ja")
    assert talk.booked == ["tyres 2026-03-13 14:00"]


def test_several_that_are_given_up_are_asked_about_one_at_a_time_by_their_own_numbers() -> None:
    talk = Talk(TYRES, OIL, BRAKES)
    reply = talk.say("avboka allt utom oljebytet").reply or ""
    assert "1) däckbyte" in reply
    assert "3) bromsbyte" in reply
    talk.say("3", "ja")
    assert talk.booked == ["tyres 2026-03-13 14:00", "oil 2026-03-17 13:00"]


def test_what_is_spared_may_be_said_when_all_is_asked_about() -> None:
    talk = Talk(TYRES, OIL)
    talk.say("avboka allt", "ja allt utom däckbytet", "ja")
    assert talk.booked == ["tyres 2026-03-13 14:00"]


@pytest.mark.parametrize("text", NO_CANCELLATION)
def test_what_only_sounds_like_a_cancellation_opens_no_question_about_one(text: str) -> None:
    talk = Talk(TYRES)
    turn = talk.say(text)
    assert turn.reply
    assert talk.memory.pending not in (Pending.CANCEL, Pending.CANCEL_ALL, Pending.WHICH_CANCEL)
    talk.say("ja")
    assert talk.booked == ["tyres 2026-03-13 14:00"]


@pytest.mark.parametrize("text", GIVEN_UP)
def test_giving_a_time_up_in_other_words_asks_to_cancel_it(text: str) -> None:
    talk = Talk(TYRES)
    assert talk.say(text).effects == ()
    talk.say("ja")
    assert talk.booked == []


@pytest.mark.parametrize("text", ["min vän vill avboka sin tid", "min fru vill flytta sin tid"])
def test_somebody_elses_booking_is_for_a_person(text: str) -> None:
    talk = Talk(TYRES)
    assert talk.say(text).effects == (HandOver("question"),)
    talk.say("ja")
    assert talk.booked == ["tyres 2026-03-13 14:00"]


def test_whether_it_is_cancelled_is_answered_with_what_stands() -> None:
    assert "fredag 13 mars kl 14:00" in (Talk(TYRES).say("är min tid avbokad?").reply or "")
