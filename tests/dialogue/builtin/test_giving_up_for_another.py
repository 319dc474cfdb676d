"""A booking given up for another time is one move; it stays with who has it, and counts from itself."""

from dataclasses import replace
from uuid import UUID

import pytest

from dialogue.turns import Book, Cancel, HandOver, Move, Turn
from ringback.bookings import Taken
from ringback.business import Business
from ringback.db import Database
from ringback.tables import BookingRow
from tests.clock import HandClock
from tests.dialogue.conversing import SALON, Talk, at, salon
from tests.dialogue.test_turn import replies, steps_with, write
from tests.flow import rows, run_due

HAIR = ("dam", at(24, 10, month=11))  # Tuesday 24 November, Ellen
MEN = ("herr", at(26, 13, month=11))  # Thursday 26 November
GIVEN_UP_FOR_FRIDAY = """
avboka min tid och boka en ny på fredag 10 istället
Avboka tisdag och ge mig fredag kl 10
kan jag boka av tisdag? Och få en tid på fredag kl 10 istället
boka mig fredag kl 10 istället och avboka tisdagen
jag måste ställa in tisdag, går fredag kl 10?
har fått förhinder på tisdag, har ni något fredag kl 10?
kan inte på tisdag men fredag kl 10 går bra
hinner tyvärr inte på tisdag, passar det fredag kl 10?
kan ni stryka tisdagen och ge mig något på fredag kl 10
kan inte komma, finns det tid fredag kl 10?
cancel my appointment and book me in on Friday at 10
I can't make it Tuesday, could I get Friday at 10 instead?
can't do Tuesday, Friday at 10 works
""".strip().splitlines()
ONLY_GIVEN_UP = """
avboka tisdag, jag ska få besök på fredag
avboka tiden på tisdag och boka inte om
jag är sjuk och måste avboka, återkommer när jag är frisk på fredag
avboka min tid tack, måste jobba på tisdag
""".strip().splitlines()
CHANGES = """
går det att ändra till onsdag?
byt till onsdag
kan vi byta till onsdag?
kan ni ändra så det blir på onsdag
byt till dagen efter
kan jag ta dagen efter istället
can we change to Wednesday
""".strip().splitlines()
A_WEEK_ON = """
jag kan inte på tisdag, kan vi ta det en vecka senare?
kan vi flytta fram tisdagens tid en vecka?
flytta min tid en vecka framåt
skjut fram min tid en vecka
kan vi skjuta på tiden en vecka
veckan efter samma tid istället?
senarelägg tiden med en vecka
can I push it one week
""".strip().splitlines()
CAN_NOT = ["kan inte på tisdag", "Kan tyvärr inte, är sjuk", "jag hinner inte", "Nej"]


def starts(turn: Turn) -> set[str]:
    return {f"{one.starts_at.astimezone(SALON.zone):%a %d %H:%M}" for one in turn.offered}


@pytest.mark.parametrize("text", GIVEN_UP_FOR_FRIDAY)
def test_giving_up_for_another_time_is_proposed_as_one_move(text: str) -> None:
    talk = salon(HAIR)
    assert talk.say(text).effects == ()
    assert [type(one) for one in talk.say("ja").effects] == [Move]
    assert talk.booked == ["dam 2026-11-27 10:00"]


@pytest.mark.parametrize("text", ONLY_GIVEN_UP)
def test_giving_up_alone_asks_to_cancel(text: str) -> None:
    talk = salon(HAIR)
    talk.say(text, "ja")
    assert talk.booked == []


@pytest.mark.parametrize(
    ("text", "booked"),
    [
        ("Avboka min tid på tisdag och boka herrklippning fredag kl 10", "herr 2026-11-27 10:00"),
        ("avboka damklippningen och boka herrklippning istället", "herr 2026-11-24 10:00"),
        ("byt till herrklippning", "herr 2026-11-24 10:00"),
    ],
)
def test_another_service_instead_is_asked_and_changed_in_one_turn(text: str, booked: str) -> None:
    talk = salon(HAIR)
    assert talk.say(text).effects == ()
    assert [type(one) for one in talk.say("ja").effects] == [Cancel, Book]
    assert talk.booked == [booked]


async def test_another_service_instead_cancels_and_books_on_rows(
    db: Database, company: UUID, clock: HandClock
) -> None:
    for text in (
        "Boka damklippning tisdag kl 10",
        "Avboka min tid på tisdag och boka herrklippning fredag kl 10",
        "ja",
    ):
        await write(db, company, clock, text)
        await run_due(db, clock, steps_with(db, clock))
    assert (await replies(db, company))[-1].startswith("Ändrat: herrklippning fredag")
    found = await rows(db, company, BookingRow)
    assert sorted((row.service, row.state) for row in found) == [
        ("dam", "cancelled"),
        ("herr", "confirmed"),
    ]


def test_a_yes_to_cancelling_with_another_time_moves_instead() -> None:
    talk = salon(HAIR)
    talk.say("avboka min tid", "ja och boka fredag kl 10 istället")
    assert talk.booked == ["dam 2026-11-27 10:00"]


def test_all_given_up_for_one_time_asks_about_all_first() -> None:
    talk = salon(HAIR, MEN)
    reply = talk.say("avboka båda och boka fredag kl 10").reply or ""
    assert "damklippning tisdag" in reply
    assert "herrklippning torsdag" in reply


def test_a_day_of_several_bookings_tells_which_is_given_up() -> None:
    talk = salon(HAIR, MEN)
    turn = talk.say("Kan inte på tisdag men fredag går bra")
    assert {one.service for one in turn.offered} == {"dam"}
    assert {day[:3] for day in starts(turn)} == {"Fri"}


@pytest.mark.parametrize("text", CHANGES)
def test_a_change_without_a_word_for_the_booking_moves_the_one_that_stands(text: str) -> None:
    turn = salon(HAIR).say(text)
    assert {day[:6] for day in starts(turn)} == {"Wed 25"}
    assert {one.service for one in turn.offered} == {"dam"}


def test_the_day_of_the_booking_beside_a_new_one_is_not_wished_for() -> None:
    talk = salon(HAIR)
    talk.say("kan vi ta tisdagens tid på torsdag istället?", "ja")
    assert talk.booked == ["dam 2026-11-26 10:00"]


def test_a_change_of_several_bookings_asks_which() -> None:
    talk = salon(HAIR, MEN)
    assert "1) damklippning" in (talk.say("Byt till dagen efter").reply or "")


def test_a_change_while_another_time_is_talked_about_leaves_the_booking_alone() -> None:
    turn = salon(HAIR).say("boka herrklippning fredag", "byt till onsdag")
    assert {one.service for one in turn.offered} == {"herr"}


@pytest.mark.parametrize("text", A_WEEK_ON)
def test_a_week_later_counts_from_the_booking(text: str) -> None:
    talk = salon(HAIR)
    talk.say(text, "ja")
    assert talk.booked == ["dam 2026-12-01 10:00"]


@pytest.mark.parametrize("text", CAN_NOT)
def test_who_can_not_come_is_asked_what_shall_be_instead(text: str) -> None:
    talk = salon(HAIR)
    turn = talk.say(text)
    assert "AVBOKA" in (turn.reply or "")
    assert turn.effects == ()
    talk.say("avboka", "ja")
    assert talk.booked == []


def test_who_can_not_come_and_names_a_time_next_is_moved() -> None:
    talk = salon(HAIR)
    talk.say("kan inte på tisdag", "fredag kl 10")
    assert talk.booked == ["dam 2026-11-27 10:00"]


def test_who_can_not_come_and_says_no_keeps_the_time() -> None:
    talk = salon(HAIR)
    assert talk.say("kan inte på tisdag", "nej").reply == "Bra, din tid är kvar."
    assert talk.booked == ["dam 2026-11-24 10:00"]


def test_the_place_in_the_list_is_no_clock_time_when_moving() -> None:
    talk = salon(HAIR, MEN)
    turn = talk.say("flytta min tid", "1")
    assert turn.offered == ()
    assert "Vilken dag" in (turn.reply or "")


@pytest.mark.parametrize("text", ["flytta till tisdag", "flytta min tid till tisdag förmiddag"])
def test_the_time_that_is_to_be_moved_is_not_offered(text: str) -> None:
    assert "Tue 24 10:00" not in starts(salon(HAIR).say(text))


def test_a_move_to_where_it_is_says_when_it_is() -> None:
    turn = salon(HAIR).say("flytta till tisdag kl 10")
    assert turn.effects == ()
    assert turn.reply == "Du har damklippning tisdag 24 november kl 10:00."


def with_mira(*taken: Taken) -> Talk:
    talk = Talk(HAIR, business=SALON, now=at(21, 11, month=11), taken=taken)
    talk.calendar.own["A1"] = replace(talk.calendar.own["A1"], resource="Mira")
    return talk


@pytest.mark.parametrize(
    "text", ["flytta min tid till fredag kl 10", "flytta min tid en timme senare"]
)
def test_what_is_moved_stays_with_who_has_it(text: str) -> None:
    talk = with_mira()
    talk.say(text, "ja")
    assert talk.calendar.own["N1"].resource == "Mira"


def test_another_person_is_named_and_asked_about_when_the_own_one_is_taken() -> None:
    talk = with_mira(Taken("Mira", at(27, 9, month=11), at(27, 12, month=11)))
    turn = talk.say("flytta min tid till fredag kl 10")
    assert turn.effects == ()
    assert "Mira är inte ledig då" in (turn.reply or "")
    assert "(Ellen)" in (turn.reply or "")


def test_offered_times_of_another_person_are_named_as_such() -> None:
    talk = with_mira(Taken("Mira", at(27, 9, month=11), at(27, 17, month=11)))
    assert "1) 09:00 Ellen" in (talk.say("flytta min tid till fredag").reply or "")


def without_colouring() -> Business:
    sold = tuple(one for one in SALON.services if one.id != "farg")
    return SALON.model_copy(update={"services": sold})


def test_a_booking_of_what_is_not_sold_any_more_can_be_cancelled() -> None:
    talk = salon(("farg", at(24, 10, month=11)))
    talk.business = without_colouring()
    assert "farg" in (talk.say("avboka min tid").reply or "")
    talk.say("ja")
    assert talk.booked == []


def test_a_booking_of_what_is_not_sold_any_more_is_moved_by_a_person() -> None:
    talk = salon(("farg", at(24, 10, month=11)))
    talk.business = without_colouring()
    assert talk.say("flytta min tid till fredag kl 10").effects == (HandOver("question"),)


def test_times_of_what_is_not_sold_any_more_are_forgotten() -> None:
    talk = salon()
    talk.say("Har ni tid för färgning på tisdag?")
    talk.business = without_colouring()
    turn = talk.say("Den första tack")
    assert turn.effects == ()
    assert "Vad vill du boka?" in (turn.reply or "")
    talk.say("Boka herrklippning fredag kl 10")
    assert talk.booked == ["herr 2026-11-27 10:00"]
