"""Danger to people and homes goes to a person at once, whatever else is asked; ailments are business."""

import pytest

from dialogue.builtin.danger import alarms, endangers
from dialogue.builtin.words import normal, with_dots
from dialogue.turns import HandOver
from tests.dialogue.conversing import Talk, salon

DANGERS = """
jag har ont i bröstet och det strålar ut i armen
det trycker över bröstet och jag kallsvettas
jag har bröstsmärtor sedan i natt
chest pain since this morning
I think my dad is having a heart attack
jag får ingen luft
jag kan knappt andas
kan inte andas ordentligt
mamma har svårt att andas
the baby is not breathing
min man har ramlat ihop och svarar inte
hon ramlade i duschen och kommer inte upp
mormor vaknar inte
jag är svimfärdig
my husband fell and is not responding
halva ansiktet hänger
han sluddrar och tappat känseln i armen
hostar blod
det slutar inte blöda från huvudet
har sågat mig i handen
I've cut my hand and it won't stop
benet är av
fick lut i ögonen
ser plötsligt ingenting på vänster öga
jag orkar inte leva längre
jag vill bara dö
tänker ta mitt liv
I want to kill myself
I don't want to live anymore
vi har haft inbrott i natt
nån rycker i ytterdörren mitt i natten
someone is breaking in
I was robbed last night
min dotter är inlåst på toaletten
har tappat nycklarna och barnet sover inne
sitter fast i hissen hos er
sonen är försvunnen
hunden är kvar i bilen
hjulet lossnade på motorvägen
bromsarna slutade fungera på väg hem
står strandad på motorvägen med barnen
our brakes failed
bilen brinner
kommer rök från motorn
det luktar gas i köket
vattnet sprutar ut under diskbänken
water is pouring through the ceiling
ring 112
ring ambulans!
kan ni ringa polisen
farmor föll i trappan och blöder från huvudet
svägerskan har fått ett epileptiskt anfall
han har legat på golvet sen igår och rör sig inte
barnet har satt en leksak i halsen
my son swallowed a battery
jag har tagit för många tabletter
fick elstöt av spisen
det kom plötsligt, jag ser dubbelt
grannen slår sin fru
there has been a break-in at our office
hissen har fastnat med folk i
hela köket står i lågor
""".strip().splitlines()
BUSINESS = """
ont i ryggen, boka massage
ont i nacken som strålar ut i armen
ont i bröstryggen sedan i går
jag behöver rehab efter stroke
bröt foten för sex veckor sen
domningar i fingrarna
ingen bröstsmärta men ont i axeln
har inte ont i bröstet längre
får inte i luft i däcken
däcket tappar luft långsamt
står i kö på E4:an, blir sen
vill ha larm mot inbrott
vad kostar inbrottslarm
jag brinner för träning
jag dör av längtan efter semester
min man svarar inte i telefon
min son är inne på att klippa sig
kan hunden komma in?
är ni inne på lördag
kan inte prata nu, smsa
1177 sa att jag ska boka tid hos er
ser suddigt när jag läser
a cut and a hand massage please
my phone is dying, text me
my daughter is missing a tooth
what brand is the chair
mina barn är inte hemma
jag hinner inte andas i veckan
svårt att andas genom näsan när jag är förkyld
katten är inne hela dagen
vill installera brandlarm
massage för spända axlar och bröst
boka bromsservice måndag 8
""".strip().splitlines()


@pytest.mark.parametrize("text", DANGERS)
def test_danger_is_heard(text: str) -> None:
    assert endangers(with_dots(normal(text)))


@pytest.mark.parametrize("text", BUSINESS)
def test_an_ailment_or_an_old_story_is_no_danger(text: str) -> None:
    assert not endangers(with_dots(normal(text)))


@pytest.mark.parametrize(
    "text",
    [
        "jag kan knappt andas, boka däckbyte på torsdag kl 15",
        "bilen brinner, boka oljebyte fredag kl 10",
        "ring mig efter 15. jag kan inte andas",
        "my chest is bleeding badly, book a tyre change on Thursday at 3pm",
        "är du en robot? min pappa vaknar inte",
    ],
)
def test_danger_beside_a_wish_goes_to_a_person_and_books_nothing(text: str) -> None:
    talk = Talk()
    assert talk.say(text).effects == (HandOver("emergency"),)
    assert talk.booked == []


def test_urgency_alone_with_a_service_and_a_clock_time_is_a_booking() -> None:
    talk = Talk()
    talk.say("akut, boka däckbyte på torsdag kl 15", "ja")
    assert talk.booked == ["tyres 2026-03-12 15:00"]


def test_a_caller_in_danger_is_told_of_the_emergency_number() -> None:
    assert "nödnumret" in (salon().say("jag får ingen luft").reply or "")
    assert "emergency number" in (salon().say("my sister is not breathing, help").reply or "")


@pytest.mark.parametrize("text", ["112", "ring 112", "ring 1177 nu"])
def test_an_emergency_number_is_no_clock_time(text: str) -> None:
    turn = salon().say(text)
    assert turn.offered == ()
    assert all(isinstance(effect, HandOver) for effect in turn.effects)


def test_what_is_not_understood_and_sounds_alarming_goes_to_a_person() -> None:
    assert alarms(normal("polisen är här"))
    assert salon().say("polisen är här och frågar").effects == (HandOver("not_understood"),)
    assert salon().say("frisyren är här och frågar").effects == ()
