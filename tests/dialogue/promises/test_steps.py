"""Promises to ring: told once, watched, asked anew; nothing disappears, whoever can't be texted."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from ringback.calls import Outcome, Reason
from ringback.db import Database
from ringback.policy import NumberRule
from ringback.store.callback_requests import cancel_callback, change_interval
from ringback.store.numbers import set_number_rule
from ringback.store.texting import save_texting
from ringback.tables import CallRow, ConversationRow, OptOutRow
from ringback.tenancy import number_index
from tests.clock import HandClock
from tests.dialogue.promises.rung import FIXED, MONDAY, TODAY, Shop, a_shop, at
from tests.flow import jobs_of, rows
from tests.ringback.flow import ANNA, ERIK, missed_call

CONFIRMED = (
    "Hej! Salong Saxen här. Vi ringer dig fredag 20 november mellan 13:00 och 15:00. Jag är en "
    "automatisk assistent: svara här om du vill ändra tiden eller avboka samtalet. Inga fler sms: STOPP."
)


@pytest.fixture
async def shop(db: Database, company: UUID, clock: HandClock) -> Shop:
    return await a_shop(db, company, clock)


async def test_caller_is_told_once_when_he_is_rung(shop: Shop) -> None:
    await shop.chose()
    (text,) = await shop.run()
    assert text.startswith(CONFIRMED)
    await shop.chose()  # told by the PBX once more
    assert await shop.run() == []
    (talk,) = await rows(shop.db, shop.company, ConversationRow)
    assert (await shop.wish()).conversation_id == talk.id
    assert len(await jobs_of(shop.db, "close")) == 1


async def test_caller_who_chooses_another_interval_is_told_that_one(shop: Shop) -> None:
    await shop.chose()
    await shop.run()
    shop.clock.advance(minutes=5)
    await shop.chose(MONDAY, "1.2")
    (text,) = await shop.run()
    assert "måndag 23 november mellan 08:00 och 10:00" in text
    assert len(await shop.wishes()) == 1


async def test_caller_of_an_english_menu_is_told_in_english(shop: Shop) -> None:
    await shop.chose(language="en")
    (text,) = await shop.run()
    assert "We will call you Friday 20 November between 13:00 and 15:00." in text


async def test_caller_who_gave_a_fixed_line_is_told_at_the_number_he_called_from(
    shop: Shop,
) -> None:
    await shop.rang(replace(missed_call("1.1"), reason=Reason.CALLBACK_REQUESTED))
    await shop.chose(number=FIXED)
    (text,) = await shop.run()
    assert text.startswith(CONFIRMED)
    (talk,) = await rows(shop.db, shop.company, ConversationRow)
    assert talk.number == ANNA


async def moved(shop: Shop) -> None:
    async with shop.office.at_work() as session:
        await change_interval(session, (await shop.wish()).id, MONDAY, shop.clock.now())


async def cancelled(shop: Shop) -> None:
    async with shop.office.at_work() as session:
        await cancel_callback(session, (await shop.wish()).id, shop.clock.now())


async def opted_out(shop: Shop) -> None:
    async with shop.office.at_work() as session:
        session.add(OptOutRow(number_index=number_index(ANNA), created_at=shop.clock.now()))


async def never_texted(shop: Shop) -> None:
    async with shop.office.at_work() as session:
        await set_number_rule(session, ANNA, NumberRule.EXCLUDED, "", shop.clock.now())


@pytest.mark.parametrize("happens", [opted_out, never_texted])
async def test_who_wants_no_texts_is_rung_all_the_same_and_told_nothing(
    shop: Shop, happens: object
) -> None:
    await shop.chose()
    await happens(shop)  # type: ignore[operator]
    assert await shop.run() == []
    assert await shop.run(at(20, 15)) == []
    row = await shop.wish()
    assert (row.state, row.expired_at, row.number) == ("open", None, ANNA)
    assert row.alerted_at is None  # nobody woke in time


async def test_fixed_line_alone_is_not_texted_and_stays_in_the_list(shop: Shop) -> None:
    await shop.chose(number=FIXED)
    assert await shop.run() + await shop.run(at(20, 15)) == []
    assert (await shop.wish()).state == "open"


async def test_wish_that_ended_before_it_was_told_is_not_told(shop: Shop) -> None:
    await shop.chose()
    await cancelled(shop)
    assert await shop.run() == []
    assert await rows(shop.db, shop.company, ConversationRow) == []


async def test_staff_are_alerted_before_the_interval_ends_and_not_sooner(shop: Shop) -> None:
    await shop.chose()
    await shop.run(at(20, 14, 44))
    assert (await shop.wish()).alerted_at is None
    assert await shop.run(at(20, 14, 45)) == []
    assert (await shop.wish()).alerted_at == at(20, 14, 45)


@pytest.mark.parametrize("moment", [at(20, 14, 45), at(20, 15)])
async def test_old_timer_of_a_wish_that_was_moved_does_nothing(shop: Shop, moment: object) -> None:
    await shop.chose()
    await shop.run()
    await moved(shop)
    assert await shop.run(moment) == []  # type: ignore[arg-type]
    row = await shop.wish()
    assert (row.alerted_at, row.expired_at) == (None, None)


async def test_interval_that_came_to_nothing_is_asked_anew_with_times_to_choose_from(
    shop: Shop,
) -> None:
    await shop.chose()
    await shop.run()
    assert await shop.run(at(20, 14, 59)) == []
    (text,) = await shop.run(at(20, 15))
    assert text.startswith("Hej! Salong Saxen här. Vi hann tyvärr inte ringa dig som vi lovade.")
    assert "1) så snart vi kan, 2) fredag 20 november 15:00-17:00, 3)" in text
    row = await shop.wish()
    assert (row.state, row.expired_at) == ("open", at(20, 15))
    assert await shop.run(at(23, 15)) == []


async def test_night_is_waited_for_before_a_caller_is_asked_anew(shop: Shop) -> None:
    async with shop.office.at_work() as session:
        quiet = {"begins": "14:30", "ends": "08:00", "then": "hold"}
        await save_texting(session, {"quiet": quiet})
    await shop.chose()
    await shop.run()
    assert await shop.run(at(20, 15)) + await shop.run(at(21, 7, 59)) == []
    (text,) = await shop.run(at(21, 8))
    assert "Vi hann tyvärr inte" in text


async def test_caller_who_is_being_rung_at_the_end_of_his_interval_is_not_asked_meanwhile(
    shop: Shop,
) -> None:
    handler = await shop.office.hire()
    await shop.chose()
    await shop.run(at(20, 14, 59))
    wish = await shop.wish()
    await shop.office.ring(wish.id, handler)
    assert await shop.run(at(20, 15)) == []
    assert (await shop.wish()).expired_at is None


async def tried_in_vain(shop: Shop, times: int = 2) -> None:
    handler = shop.office.people[0] if shop.office.people else await shop.office.hire()
    for _ in range(times):
        await shop.office.in_vain((await shop.wish()).id, handler)


async def test_caller_who_was_rung_in_vain_is_asked_and_given_up_after_three_days(
    shop: Shop,
) -> None:
    await shop.chose("s")
    await shop.run()
    await tried_in_vain(shop, 1)
    assert await shop.run() == []
    await tried_in_vain(shop, 1)
    (text,) = await shop.run()
    assert (
        "Vi har försökt ringa dig utan att nå dig. När passar det? 1) så snart vi kan, 2)" in text
    )
    assert await shop.run(at(23, 9, 59)) == []
    assert (await shop.wish()).state == "open"
    assert await shop.run(at(23, 10)) == []
    row = await shop.wish()
    assert (row.state, row.ended_as, row.open_key) == ("done", "unreached", None)


async def test_further_try_asks_no_second_time(shop: Shop) -> None:
    await shop.chose("s")
    await shop.run()
    await tried_in_vain(shop)
    await shop.run()
    shop.clock.advance(hours=3)
    await tried_in_vain(shop, 1)
    assert await shop.run() == []


async def wrote(shop: Shop) -> None:
    await shop.say("Jag är på semester")


async def rang_again(shop: Shop) -> None:
    await shop.rang(missed_call("2.1", at=shop.clock.now() + timedelta(minutes=1)))


async def text_failed(shop: Shop) -> None:
    async with shop.office.at_work() as session:
        for row in await shop.texts():
            row.state = "failed"
            await session.merge(row)


@pytest.mark.parametrize("happens", [wrote, rang_again, text_failed, opted_out])
async def test_caller_of_whom_something_was_heard_is_not_given_up(
    shop: Shop, happens: object
) -> None:
    await shop.chose("s")
    await shop.run()
    if happens is opted_out:
        await opted_out(shop)
    await tried_in_vain(shop)
    asked = await shop.run()
    assert len(asked) == (happens is not opted_out)
    if happens is not opted_out:
        await happens(shop)  # type: ignore[operator]
    await shop.run(at(24, 12))
    assert {row.state for row in await shop.wishes() if row.why == "menu"} == {"open"}


async def test_caller_who_asks_anew_after_the_last_try_is_not_given_up(shop: Shop) -> None:
    await shop.chose("s")
    await shop.run()
    await tried_in_vain(shop)
    await shop.run()
    await moved(shop)
    await shop.run(at(23, 10))
    row = await shop.wish()
    assert (row.state, row.tries, row.expired_at) == ("open", 0, at(23, 10))


async def test_caller_who_comes_back_to_an_earlier_choice_is_told_so(shop: Shop) -> None:
    told = []
    for number, choice in enumerate((TODAY, TODAY, MONDAY, TODAY, TODAY, MONDAY)):
        shop.clock.advance(minutes=1)
        await shop.chose(choice, f"1.{number}")
        told.append(await shop.run())
    assert [len(one) for one in told] == [1, 0, 1, 1, 0, 1]
    assert told[0][0].startswith(CONFIRMED)
    assert "mellan 13:00 och 15:00" in told[3][0]
    assert "mellan 08:00 och 10:00" in told[5][0]


async def test_caller_of_the_menu_gets_the_confirmation_and_not_the_missed_call_text(
    shop: Shop,
) -> None:
    call = replace(missed_call("1.1"), reason=Reason.CALLBACK_REQUESTED, queues=("support",))
    await shop.rang(call)
    assert await shop.run() == []  # the choice is not told yet
    await shop.chose()
    told = await shop.run() + await shop.run(at(20, 10, 1))
    assert [text[: len(CONFIRMED)] for text in told] == [CONFIRMED]
    (row,) = await rows(shop.db, shop.company, CallRow)
    (talk,) = await rows(shop.db, shop.company, ConversationRow)
    assert (row.text_withheld, row.conversation_id) == ("callback_asked", talk.id)


async def test_caller_of_a_menu_that_told_no_more_is_promised_a_call_all_the_same(
    shop: Shop,
) -> None:
    await shop.rang(replace(missed_call("1.1"), reason=Reason.CALLBACK_REQUESTED))
    (text,) = await shop.run() + await shop.run(at(20, 10, 1))
    assert "Vi ringer dig så snart vi kan." in text


async def test_caller_who_keyed_a_number_that_is_not_rung_gets_the_missed_call_text(
    shop: Shop,
) -> None:
    await shop.chose(number="+469001000000")
    await shop.rang(replace(missed_call("1.1"), reason=Reason.CALLBACK_REQUESTED))
    (text,) = await shop.run()
    assert "vi kunde inte svara när du ringde" in text


async def test_caller_who_got_through_is_neither_told_nor_asked(shop: Shop) -> None:
    await shop.chose()
    await shop.run()
    shop.clock.advance(minutes=10)
    call = replace(missed_call("3.1", at=shop.clock.now()), outcome=Outcome.ANSWERED, reason=None)
    await shop.rang(call)
    assert await shop.run(at(20, 15)) == []
    assert (await shop.wish()).ended_as == "reached_by_other_call"


async def test_texts_of_two_callers_are_their_own(shop: Shop) -> None:
    await shop.chose()
    await shop.chose(MONDAY, "1.2", number=ERIK)
    await shop.run()
    talks = {row.id: row.number for row in await rows(shop.db, shop.company, ConversationRow)}
    told = {talks[row.conversation_id]: row.text for row in await shop.texts()}
    assert "13:00 och 15:00" in told[ANNA]
    assert "08:00 och 10:00" in told[ERIK]
