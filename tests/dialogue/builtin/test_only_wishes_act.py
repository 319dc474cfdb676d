"""Only a plain wish books or moves at once; what tells of a booking, or denies one, does not."""

import pytest

from dialogue.turns import HandOver
from tests.dialogue.conversing import Talk, at

OWN = ("tyres", at(13, 14))  # Friday 13 March
TOLD = """
min fru har bokat däckbyte på torsdag kl 10
er bokning däckbyte torsdag kl 10 är fel
ni har bokat in mig på däckbyte torsdag kl 10, varför
jag behöver veta priset innan jag bokar däckbyte torsdag kl 10
jag ska boka däckbyte torsdag kl 10 hos er konkurrent istället
behöver åka bort torsdag kl 10 så däckbyte blir svårt
hemsidan säger fel när jag bokar däckbyte torsdag kl 10
jag vill ha tillbaka pengarna för däckbyte torsdag kl 10
bekräftar däckbyte torsdag kl 10
ni sa däckbyte torsdag kl 10
tack för däckbyte torsdag kl 10
sonen bokade däckbyte torsdag kl 10
däckbyte torsdag kl 10 blev inställt
jag skrev upp däckbyte torsdag kl 10 i kalendern
mitt däckbyte torsdag kl 10 blev dåligt gjort
vi hade avtalat däckbyte torsdag kl 10
boka av däckbyte torsdag kl 10
my wife booked a tyre change on Thursday at 10
you promised me a tyre change on Thursday at 10
I had a tyre change on Thursday at 10
""".strip().splitlines()
WISHES = """
boka däckbyte torsdag kl 10
däckbyte torsdag kl 10 tack
hej jag skulle vilja boka tid för hjulskifte på torsdag kl 10
jag vill gärna komma på däckbyte torsdag kl 10
behöver byta däcken torsdag kl 10
min fru vill ha tid för däckbyte torsdag kl 10
boka in min bil för däckbyte torsdag 10:00
önskar tid för däckbyte torsdag 12/3 kl 10, tack på förhand
I'd like to book a tyre change on Thursday at 10
please book me in for a tyre change Thursday 10am
""".strip().splitlines()
MOVES_TOLD = """
ni lovade flytta min tid till torsdag kl 10
jag bad er flytta min tid till torsdag kl 10
du sa att ni skulle flytta min tid till torsdag kl 10
varför har ni flyttat min tid till torsdag kl 10
ni har flyttat min tid till torsdag kl 10, det går inte
min tid blev flyttad till torsdag kl 10
min fru undrar om hon kan flytta sin tid till torsdag kl 10
kollegan flyttade min tid till torsdag kl 10
you said you would move my appointment to Thursday at 10
I asked you to move my booking to Thursday at 10
""".strip().splitlines()
MOVES = """
flytta till torsdag kl 10
flytta min tid till torsdag kl 10
jag behöver boka om till torsdag kl 10
ändra min bokning till torsdag kl 10
vill byta tid till torsdag kl 10, har fått förhinder
boka av fredag kl 14 och boka torsdag kl 10 istället
please move my appointment to Thursday at 10
""".strip().splitlines()


@pytest.mark.parametrize("text", TOLD)
def test_what_is_told_of_a_booking_books_nothing(text: str) -> None:
    talk = Talk()
    assert talk.say(text).reply
    assert talk.booked == []


@pytest.mark.parametrize("text", WISHES)
def test_a_plain_wish_is_booked_at_once(text: str) -> None:
    talk = Talk()
    talk.say(text)
    assert talk.booked == ["tyres 2026-03-12 10:00"]


@pytest.mark.parametrize("text", MOVES_TOLD)
def test_what_is_told_of_a_move_moves_nothing(text: str) -> None:
    talk = Talk(OWN)
    assert talk.say(text).reply
    assert talk.booked == ["tyres 2026-03-13 14:00"]


@pytest.mark.parametrize("text", MOVES)
def test_a_plain_wish_to_move_moves_at_once(text: str) -> None:
    talk = Talk(OWN)
    talk.say(text)
    assert talk.booked == ["tyres 2026-03-12 10:00"]


@pytest.mark.parametrize("text", ["varför har ni flyttat min tid?", "varför avbokade ni min tid"])
def test_why_a_booking_was_changed_is_for_a_person_beside_what_stands(text: str) -> None:
    turn = Talk(OWN).say(text)
    assert turn.effects == (HandOver("question"),)
    assert "fredag 13 mars" in (turn.reply or "")
