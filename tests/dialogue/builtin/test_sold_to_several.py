"""What is sold to several people at once is one booking, however many come."""

from datetime import datetime

import pytest

from tests.dialogue.conversing import GARAGE, NOW, ZONE, Talk

COUPLES = GARAGE.model_copy(
    update={
        "services": (
            *GARAGE.services,
            GARAGE.services[0].model_copy(
                update={"id": "two", "names": ("parsamtal", "parterapi", "couples therapy")}
            ),
            GARAGE.services[0].model_copy(update={"id": "all", "names": ("familjefoto",)}),
        )
    }
)


@pytest.mark.parametrize(
    ("text", "booked"),
    [
        ("jag och min man vill boka parterapi på torsdag kl 10", "two 2026-03-12 10:00"),
        ("parsamtal för två på torsdag kl 10", "two 2026-03-12 10:00"),
        ("me and my wife would like couples therapy on Thursday at 10 am", "two 2026-03-12 10:00"),
        ("vi är fyra personer, boka familjefoto torsdag kl 10", "all 2026-03-12 10:00"),
    ],
)
def test_it_is_booked_once(text: str, booked: str) -> None:
    talk = Talk(business=COUPLES)
    if not talk.say(text).effects:
        talk.say("ja")
    assert talk.booked == [booked]


def test_two_people_still_get_two_times_of_what_is_for_one() -> None:
    talk = Talk(business=COUPLES)
    turn = talk.say("jag och min bror vill boka däckbyte på torsdag kl 10")
    assert len(turn.offered) == 2


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("Could you push my appointment on Thursday back by an hour?", "14:00"),
        ("push my appointment back half an hour", "13:30"),
        ("kan ni flytta min tid på torsdag fram en halvtimme", "13:30"),
        ("kan vi skjuta fram tiden en timme?", "14:00"),
    ],
)
def test_a_booking_is_moved_by_so_much(text: str, clock: str) -> None:
    talk = Talk(("tyres", datetime(2026, 3, 12, 13, 0, tzinfo=ZONE)), now=NOW)
    talk.say(text, "ja")
    assert talk.booked == [f"tyres 2026-03-12 {clock}"]
