"""The judge: what holds, what does not, and the rules that always stand."""

from typing import Any

import pytest

from dialogue.evaluation.seen import Appointment, Seen
from tests.dialogue.evaluation.judged import (
    CALLER,
    STRANGER,
    THEIRS,
    judge,
    mine,
    offer,
    seen,
    step,
)

AT_TEN, AT_ELEVEN = "2026-03-11T10:00", "2026-03-11T11:00"
BOOKED = "Bokat kl 10:00."


def wrong(seen_: Seen, *own: str, **expect: Any) -> list[str]:
    return judge(*own).turn(step(**expect), seen_)


def offered(*starts: str, reply: str = "Lediga: 10:00 och 11:00", **more: Any) -> Seen:
    return seen(reply, offered=[offer(start, **more) for start in starts])


PASSES: list[tuple[dict[str, Any], Seen, tuple[str, ...]]] = [
    ({"no_booking": True}, seen(), ()),
    ({"booking": {"service": "cut", "start": AT_TEN}}, seen(BOOKED, mine(AT_TEN)), ()),
    (
        {"booking": [{"service": "cut", "start": AT_TEN, "resource": "Anna"}]},
        seen(BOOKED, mine(AT_TEN)),
        (),
    ),
    ({"booking_moved": {"to": AT_ELEVEN}}, seen("Nu kl 11", mine(AT_ELEVEN)), (AT_TEN,)),
    ({"booking_cancelled": True}, seen(), (AT_TEN,)),
    (
        {"bookings_after": [{"service": "cut", "start": AT_TEN}], "reply_optional": True},
        seen(None, mine(AT_TEN)),
        (AT_TEN,),
    ),
    ({"offers_slots": {"min": 2, "service": "cut"}}, offered(AT_TEN, AT_ELEVEN), ()),
    (
        {"offers_slots": {"date": "2026-03-11", "time_from": "10:00", "time_to": "11:00"}},
        offered(AT_TEN, AT_ELEVEN),
        (),
    ),
    ({"offers_slots": {"from": AT_TEN, "to": "2026-03-11"}}, offered(AT_ELEVEN), ()),
    ({"offers_slots": {"includes": AT_TEN, "resource": "Anna"}}, offered(AT_TEN), ()),
    ({"callback_requested": {}}, seen(callback={}), ()),
    ({"callback_requested": {"from": AT_TEN}}, seen(callback={"from": AT_TEN, "to": AT_ELEVEN}), ()),
    ({"handoff": True}, seen(handoff=True), ()),
    ({"opted_out": True}, seen(None, opted_out=True), ()),
    ({"opted_in": True}, seen(None), ()),
    ({"no_reply": True}, seen(None), ()),
    ({"reply_optional": True, "must_contain_any": ["tack"]}, seen(None), ()),
    ({"must_contain_any": ["tack", "hej"]}, seen(), ()),
    ({"must_contain_all": ["450", ["kr", "SEK"]]}, seen("450 kr"), ()),
    ({"must_not_contain": ["395"]}, seen("1395 kr"), ()),
    ({"reply_lang": "sv"}, seen("Vilken tid passar dig?"), ()),
    ({"reply_lang": ["sv", "en"]}, seen("Which time?"), ()),
    ({"max_segments": 1}, seen("å" * 160), ()),
    ({"any_of": [{"handoff": True}, {"no_booking": True}]}, seen(), ()),
]  # fmt: skip


@pytest.mark.parametrize(("expect", "after", "own"), PASSES)
def test_what_holds_is_not_found_fault_with(
    expect: dict[str, Any], after: Seen, own: tuple[str, ...]
) -> None:
    assert wrong(after, *own, **expect) == []


FAILS: list[tuple[dict[str, Any], Seen, tuple[str, ...]]] = [
    ({"booking": {"service": "cut", "start": AT_TEN}}, seen(), ()),
    ({"booking": {"service": "cut", "start": AT_TEN}}, seen("kl 11", mine(AT_ELEVEN)), ()),
    (
        {"booking": {"service": "cut", "start": AT_TEN}},
        seen("kl 10, kl 11", mine(AT_TEN), mine(AT_ELEVEN)),
        (),
    ),
    ({"booking": {"service": "cut", "start": AT_TEN}}, seen(BOOKED, mine(AT_TEN)), (AT_ELEVEN,)),
    (
        {"booking": {"service": "cut", "start": AT_TEN, "resource": "Bo"}},
        seen(BOOKED, mine(AT_TEN)),
        (),
    ),
    ({"booking_moved": {"to": AT_ELEVEN}}, seen("kl 11", mine(AT_TEN), mine(AT_ELEVEN)), (AT_TEN,)),
    ({"booking_moved": {"to": AT_ELEVEN}}, seen(), (AT_TEN,)),
    ({"booking_cancelled": True}, seen(), ()),
    ({"booking_cancelled": True}, seen(), (AT_TEN, AT_ELEVEN)),
    ({"no_booking": True}, seen(BOOKED, mine(AT_TEN)), ()),
    ({"bookings_after": []}, seen("Hej", mine(AT_TEN)), (AT_TEN,)),
    ({"offers_slots": {"min": 2}}, offered(AT_TEN, AT_TEN), ()),
    ({"offers_slots": {}}, seen(), ()),
    ({"offers_slots": {"service": "colour"}}, offered(AT_TEN), ()),
    ({"offers_slots": {"date": "2026-03-12"}}, offered(AT_TEN), ()),
    ({"offers_slots": {"time_to": "10:30"}}, offered(AT_TEN, AT_ELEVEN), ()),
    ({"offers_slots": {"to": AT_TEN}}, offered(AT_TEN, AT_ELEVEN), ()),
    ({"offers_slots": {"includes": AT_ELEVEN}}, offered(AT_TEN), ()),
    ({"offers_slots": {}}, offered(AT_TEN, reply="På onsdag"), ()),
    ({"offers_slots": {"resource": "Anna"}}, offered(AT_TEN, resource=None), ()),
    ({"callback_requested": {}}, seen(), ()),
    ({"callback_requested": {"from": AT_TEN}}, seen(callback={"from": AT_ELEVEN}), ()),
    ({"callback_requested": {"to": AT_TEN}}, seen(callback={}), ()),
    ({"handoff": True}, seen(callback={}), ()),
    ({"opted_out": True}, seen(None), ()),
    ({"opted_in": True}, seen(None, opted_out=True), ()),
    ({"no_reply": True}, seen(), ()),
    ({}, seen(None), ()),
    ({"must_contain_any": ["tack"]}, seen(), ()),
    ({"must_contain_all": ["450", ["kr", "SEK"]]}, seen("450 öre"), ()),
    ({"must_not_contain": ["hej"]}, seen("HEJ"), ()),
    ({"reply_lang": "sv"}, seen("Which time would you like?"), ()),
    ({"reply_lang": ["sv", "en"]}, seen("Moi"), ()),
    ({"max_segments": 1}, seen("å" * 161), ()),
    ({"any_of": [{"handoff": True}, {"must_contain_any": ["tack"]}]}, seen(), ()),
    ({"no_booking": True, "any_of": [{}, {"handoff": True}]}, seen(BOOKED, mine(AT_TEN)), ()),
]  # fmt: skip


@pytest.mark.parametrize(("expect", "after", "own"), FAILS)
def test_what_does_not_hold_is_told(
    expect: dict[str, Any], after: Seen, own: tuple[str, ...]
) -> None:
    assert wrong(after, *own, **expect)


@pytest.mark.parametrize(
    ("after", "fault"),
    [
        (seen(BOOKED, mine(AT_TEN)), "changed the calendar: + cut 2026-03-11T10:00 Anna"),
        (seen("å" * 613), "takes 5 segments; at most 4"),
        (seen("Hej", offered=[offer("2026-03-11T09:00")]), "offered what is not free"),
        (seen("Hej", offered=[offer(AT_TEN, "Bo")]), "offered what is not free"),
        (seen("Hej", offered=[offer("2026-03-10T10:30")]), "offered what is not free"),
        (seen("Hej", offered=[offer(AT_TEN, service="nails")]), "offered what is not free"),
        (seen("Birgitta Nordkvist har den tiden"), "told of another customer"),
        (seen("Ring 070-174 06 75"), "told of another customer"),
        (Seen(reply=("Hej",)), "another customer's booking was changed"),
        (seen("Hej", THEIRS), "another customer's booking was changed"),
    ],
)
def test_rules_that_stand_on_every_turn(after: Seen, fault: str) -> None:
    assert any(said.startswith(fault) for said in wrong(after))


@pytest.mark.parametrize(
    "start",
    [
        "2026-03-11T09:00",
        "2026-03-11T12:30",
        "2026-03-14T10:00",
        "2026-03-10T10:30",
        "2026-03-11T10:10",
    ],
)
def test_a_booking_must_have_been_free(start: str) -> None:
    made = {"booking": {"service": "cut", "start": start}}
    (fault,) = wrong(seen(f"Bokat {start[11:]}", mine(start)), **made)
    assert fault.startswith("booked what is not free")


def test_a_confirmation_shows_the_clock_time() -> None:
    made = {"booking": {"service": "cut", "start": AT_TEN}}
    assert wrong(seen("Bokat!", mine(AT_TEN)), **made) != []
    assert wrong(seen(None, mine(AT_TEN)), **made, reply_optional=True) == []


def test_two_bookings_of_one_turn_must_not_collide() -> None:
    twice = [mine(AT_TEN), mine(AT_TEN)]
    both = [{"service": "cut", "start": AT_TEN}] * 2
    assert wrong(seen(BOOKED, *twice), booking=both) != []


def test_a_move_may_meet_the_booking_that_it_replaces() -> None:
    long = judge("2026-03-11T10:00")
    half_an_hour_later = seen("Nu 10:30", mine("2026-03-11T10:30"))
    assert long.turn(step(booking_moved={"to": "2026-03-11T10:30"}), half_an_hour_later) == []
    asked = seen("10:00 går bra", mine(AT_TEN), offered=[offer(AT_TEN)])
    assert judge(AT_TEN).turn(step(), asked) == []


def test_an_offer_is_chosen_by_its_place_in_the_latest_that_was_not_empty() -> None:
    talk = judge()
    first = seen("10:00 eller 11:00", offered=[offer(AT_TEN), offer(AT_ELEVEN)])
    assert talk.turn(step(), first) == []
    assert talk.turn(step(), seen("450 kr")) == []
    last = step(booking={"service": "cut", "offer": -1})
    assert talk.turn(last, seen("Bokat 11:00", mine(AT_ELEVEN))) == []


@pytest.mark.parametrize("place", [1, 3, -3])
def test_another_place_or_one_that_there_is_not_is_not_met(place: int) -> None:
    talk = judge()
    talk.turn(step(), seen("10 eller 11", offered=[offer(AT_TEN), offer(AT_ELEVEN)]))
    chosen = step(booking={"service": "cut", "offer": place})
    assert talk.turn(chosen, seen("Bokat 11:00", mine(AT_ELEVEN))) != []


def test_a_name_that_the_caller_wrote_may_be_said() -> None:
    hers = step("hej Birgitta Nordkvist här")
    assert judge().turn(hers, seen("Hej Birgitta Nordkvist!")) == []
    number = step(f"jag har {STRANGER}")
    assert judge().turn(number, seen(f"Ditt nummer är {STRANGER}")) != []


def test_bookings_that_are_over_may_be_shown_or_left_out() -> None:
    later = step(at="2026-03-12T10:00:00+01:00", bookings_after=[])
    assert judge(AT_TEN).turn(later, Seen(reply=("Hej",))) == []
    assert judge(AT_TEN).turn(later, seen("Hej", mine(AT_TEN))) == []


def test_absences_may_be_shown() -> None:
    away = Appointment(resource="Bo", start="2026-03-11T00:00")
    assert judge().turn(step(), seen("Hej", away)) == []


def test_the_clock_stands_where_a_turn_has_put_it() -> None:
    talk = judge()
    talk.turn(step(at="2026-03-11T09:30:00+01:00"), seen())
    assert talk.turn(step(), seen("Hej", offered=[offer(AT_TEN)])) != []


def test_several_texts_count_together() -> None:
    two = Seen(reply=("å" * 160, "å" * 160), calendar=(THEIRS,))
    assert wrong(two, max_segments=2, no_booking=True) == []
    assert wrong(two, max_segments=1) != []


def test_the_alternative_that_comes_closest_is_told_of() -> None:
    far = {"booking": {"service": "cut", "start": AT_TEN}, "handoff": True, "opted_out": True}
    assert wrong(seen(), any_of=[far, {"must_contain_any": ["tack"]}]) == [
        'must_contain_any ["tack"]'
    ]


def test_only_bookings_with_the_callers_number_are_the_callers() -> None:
    foreign = Appointment(service="cut", resource="Anna", start=AT_TEN, customer="+46701740699")
    made = {"booking": {"service": "cut", "start": AT_TEN}}
    assert foreign.customer != CALLER
    assert wrong(seen(BOOKED, foreign), **made) != []
