"""What callers answer to a promise of a call: carried out on their own row alone, and one row each."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from dialogue.effects import carry_out
from dialogue.turns import CallBack, CancelCallBack, ChangeCallBack, Effect, HandOver
from ringback.calls import Call, Direction, EndedBy, Outcome
from ringback.db import Database
from ringback.errors import Refused
from ringback.policy import Situation
from ringback.store.bookings import BookingGone
from ringback.store.callback_requests import cancel_callback
from ringback.store.companies import business
from ringback.store.conversations import (
    add_received,
    open_conversation,
    open_conversation_with,
    queue_text,
)
from ringback.tables import AuditRow, BookingRow, ConversationRow
from tests.clock import HandClock
from tests.dialogue.promises.rung import FIXED, MONDAY, Shop, a_shop, at
from tests.flow import US, rows
from tests.ringback.flow import ANNA, ERIK, missed_call

Interval = tuple[datetime | None, datetime | None]


@pytest.fixture
async def shop(db: Database, company: UUID, clock: HandClock) -> Shop:
    return await a_shop(db, company, clock)


async def interval(shop: Shop) -> Interval:
    row = await shop.wish()
    return row.from_at, row.to_at


async def deeds(shop: Shop) -> list[tuple[str, str]]:
    found = await rows(shop.db, shop.company, AuditRow)
    return [(row.action, row.object_kind) for row in found if row.actor == "assistant"]


async def test_answer_to_the_confirmation_moves_the_call(shop: Shop) -> None:
    await shop.chose()
    await shop.run()
    reply = await shop.say("Kan ni ta det 15-17 istället?")
    assert reply == "Okej, vi ringer dig fredag 20 november mellan 15:00 och 17:00."
    assert await interval(shop) == (at(20, 15), at(20, 17))
    assert await deeds(shop) == [("move", "callback")]


async def test_answer_to_the_confirmation_cancels_the_call(shop: Shop) -> None:
    await shop.chose()
    await shop.run()
    assert await shop.say("Avboka") == "Okej, vi ringer inte."
    row = await shop.wish()
    assert (row.state, row.ended_as) == ("done", "cancelled")
    assert await deeds(shop) == [("cancel", "callback")]
    assert await shop.run(at(20, 15)) == []


async def test_caller_asked_anew_answers_with_a_number_and_is_rung_then(shop: Shop) -> None:
    await shop.chose()
    await shop.run()
    (asked,) = await shop.run(at(20, 15))
    assert "3) måndag 23 november 08:00-10:00" in asked or "3) lördag" in asked
    shown = asked.partition("3) ")[2].partition(",")[0]
    reply = await shop.say("3")
    row = await shop.wish()
    assert row.from_at is not None
    assert f"{row.from_at.astimezone(at(20, 0).tzinfo):%H:%M}" in shown
    assert shown.rpartition(" ")[0] in reply
    assert (row.expired_at, row.state) == (None, "open")


async def test_caller_rung_in_vain_gets_his_tries_anew_with_his_answer(shop: Shop) -> None:
    handler = await shop.office.hire()
    await shop.chose("s")
    await shop.run()
    for _ in range(2):
        await shop.office.in_vain((await shop.wish()).id, handler)
    await shop.run()
    await shop.say("imorgon mellan 11 och 13")
    row = await shop.wish()
    assert (row.tries, row.not_before) == (0, None)
    assert (row.from_at, row.to_at) == (at(21, 11), at(21, 13))


async def test_number_that_comes_after_another_text_of_ours_chooses_nothing(shop: Shop) -> None:
    await shop.chose()
    await shop.run()
    await shop.run(at(20, 15))
    async with shop.office.at_work() as session:
        talk = await open_conversation_with(session, ANNA)
        assert talk is not None
        text = "Påminnelse: din tid är fredag."
        now = shop.clock.now()
        await queue_text(session, talk, "r:1", text, now, situation=Situation.REMINDER)
    before = await interval(shop)
    await shop.say("2")
    assert await interval(shop) == before


async def test_question_when_we_ring_is_answered_from_the_row(shop: Shop) -> None:
    await shop.chose(MONDAY)
    await shop.run()
    reply = await shop.say("När ringer ni?")
    assert reply.startswith("Vi ringer dig måndag 23 november mellan 08:00 och 10:00.")


async def decide(shop: Shop, *effects: Effect, number: str = ANNA) -> None:
    """The turn that answers a text of this caller decided on these effects."""
    now = shop.clock.now()
    async with shop.office.at_work() as session:
        talk = await open_conversation_with(session, number)
        talk = talk or await open_conversation(session, number, US, "sv", now)
        text = await add_received(session, talk, "46elks", str(uuid4()), "Hej", now)
        await carry_out(session, effects, await business(session), talk, text, now)


@pytest.mark.parametrize("whose", ["another's", "nobody's", "garbled"])
@pytest.mark.parametrize("kind", [ChangeCallBack, CancelCallBack])
async def test_callback_that_is_not_the_caller_s_is_refused(
    shop: Shop, whose: str, kind: type[ChangeCallBack | CancelCallBack]
) -> None:
    await shop.chose(number=ERIK)
    wish = await shop.wish()
    named = {"another's": str(wish.id), "nobody's": str(uuid4()), "garbled": "A1"}[whose]
    with pytest.raises(Refused):
        await decide(shop, kind(named))
    after = await shop.wish()
    assert (after.state, after.from_at) == ("open", wish.from_at)


@pytest.mark.parametrize("kind", [ChangeCallBack, CancelCallBack])
async def test_callback_that_ended_meanwhile_begins_the_turn_anew(
    shop: Shop, kind: type[ChangeCallBack | CancelCallBack]
) -> None:
    await shop.chose()
    wish = await shop.wish()
    async with shop.office.at_work() as session:
        await cancel_callback(session, wish.id, shop.clock.now())
    with pytest.raises(BookingGone):
        await decide(shop, kind(str(wish.id)))


@pytest.mark.parametrize(
    "over",
    [(at(20, 8), at(20, 9)), (at(22, 10), at(22, 12))],
    ids=["has_been", "closed"],
)
async def test_interval_in_which_nobody_can_ring_begins_the_turn_anew(
    shop: Shop, over: tuple[datetime, datetime]
) -> None:
    await shop.chose()
    wish = await shop.wish()
    with pytest.raises(BookingGone):
        await decide(shop, ChangeCallBack(str(wish.id), *over))
    assert await interval(shop) == (wish.from_at, wish.to_at)


async def test_wish_in_the_texts_joins_the_one_in_the_list(shop: Shop) -> None:
    await shop.chose()
    await decide(shop, CallBack(at(20, 16).astimezone(UTC), at(20, 17).astimezone(UTC)))
    row = await shop.wish()
    assert (row.from_at, row.to_at, row.why) == (at(20, 16), at(20, 17), "menu")
    (talk,) = await rows(shop.db, shop.company, ConversationRow)
    assert row.conversation_id == talk.id


async def test_two_wishes_in_the_texts_are_one_row(shop: Shop) -> None:
    await decide(shop, CallBack())
    await decide(shop, CallBack(at(20, 16).astimezone(UTC), None))
    row = await shop.wish()
    assert (row.number, row.why, row.from_at) == (ANNA, "call_back", at(20, 16))


async def test_wish_for_a_person_joins_a_call_that_is_due(shop: Shop) -> None:
    await shop.chose("s")
    await decide(shop, HandOver("wants_person"))
    assert (await shop.wish()).why == "menu"


@pytest.mark.parametrize("why", ["emergency", "complaint", "question"])
async def test_other_hand_overs_stand_beside_the_call(shop: Shop, why: str) -> None:
    await shop.chose("s")
    await decide(shop, HandOver(why))
    assert {row.why for row in await shop.wishes()} == {"menu", why}


async def test_wish_for_a_person_does_not_wait_for_a_call_of_another_day(shop: Shop) -> None:
    await shop.chose(MONDAY)
    await decide(shop, HandOver("wants_person"))
    assert {row.why for row in await shop.wishes()} == {"menu", "wants_person"}


async def test_wish_from_where_we_do_not_ring_is_listed_for_a_person(shop: Shop) -> None:
    abroad = "+4745600500"
    await decide(shop, CallBack(), number=abroad)
    row = await shop.wish()
    assert (row.number, row.open_key) == (abroad, None)


def got_through(shop: Shop) -> Call:
    call = missed_call("9.1", at=shop.clock.now())
    return replace(call, outcome=Outcome.ANSWERED, reason=None, talk_s=60.0)


def rung_up(shop: Shop) -> Call:
    return replace(
        missed_call("9.2", at=shop.clock.now()),
        direction=Direction.OUTBOUND,
        caller="101",
        caller_e164=None,
        callee=ANNA.replace("+46", "0"),
        outcome=Outcome.ANSWERED,
        reason=None,
        ended_by=EndedBy.CALLEE,
    )


@pytest.mark.parametrize("spoken", [got_through, rung_up])
async def test_yes_after_the_caller_was_spoken_with_does_nothing(
    shop: Shop, spoken: Callable[[Shop], Call]
) -> None:
    await shop.chose("s")
    await shop.run()
    asked = await shop.say("Har ni herrklippning måndag kl 13:00?")
    assert "Ska jag boka?" in asked
    shop.clock.advance(minutes=5)
    await shop.rang(spoken(shop))
    assert (await shop.wish()).ended_as == "reached_by_other_call"
    shop.clock.advance(minutes=5)
    await shop.say("Ja")
    found = await rows(shop.db, shop.company, BookingRow)
    assert [row for row in found if row.state == "confirmed"] == []


async def test_yes_to_a_question_about_the_call_does_nothing_after_the_caller_got_through(
    shop: Shop,
) -> None:
    await shop.chose()
    await shop.run()
    assert await shop.say("Nej tack") == "Vill du avboka samtalet? Svara JA."
    shop.clock.advance(minutes=5)
    await shop.rang(got_through(shop))
    shop.clock.advance(minutes=5)
    await shop.say("Ja")
    assert (await shop.wish()).ended_as == "reached_by_other_call"
    assert await deeds(shop) == []


async def test_missed_caller_who_cannot_be_texted_is_listed_in_his_queue_as_he_arrived(
    shop: Shop,
) -> None:
    call = replace(missed_call("4.1", FIXED), queues=("support",))
    await shop.rang(call)
    assert await shop.run() == []
    row = await shop.wish()
    assert (row.why, row.number, row.queue_id) == ("not_mobile", FIXED, shop.office.queue)
    assert row.arrived_at == datetime.fromtimestamp(call.start, UTC)
