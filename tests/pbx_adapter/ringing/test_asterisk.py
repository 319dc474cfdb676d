"""Callbacks rung on real Asterisks: what the rows say is what happened to the phones."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from pbx_adapter.ringing.sweep import LONGEST_RING
from ringback.attempts import Outcome, Phase
from ringback.db import Database
from tests.asterisk.office import AMI_USER
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Outside, Phone, answer_after, busy, decline_after
from tests.asterisk.sip_leg import PATIENCE_S
from tests.pbx_adapter.ringing.switchboard import Switchboard

PHONE = "PJSIP/101"


@pytest.fixture
async def board(db: Database, company: UUID, asterisk: Asterisk, tmp_path: Path) -> Switchboard:
    return Switchboard(db, company, asterisk.ami_port, tmp_path)


@pytest.mark.parametrize("username", [AMI_USER, "ringback-narrow"])
async def test_customer_who_answers_is_told_step_by_step_and_the_note_ends_the_wish(
    board: Switchboard, asterisk: Asterisk, username: str
) -> None:
    await board.open(username)
    handler, wish = await board.handler(PHONE), await board.wish()
    async with board.at_work(), Phone(asterisk, "101") as phone, Outside(asterisk) as outside:
        attempt = await board.ring(wish, handler)
        own = await phone.rung()
        await board.until(attempt, Phase.RINGS_HANDLER)
        assert outside.received == []
        await own.answer()
        customers = await outside.rung()
        assert customers.callee == "0701740605"
        await board.until(attempt, Phase.RINGS_CUSTOMER)
        await customers.answer()
        await board.until(attempt, Phase.TALKING)
        await customers.hang_up()
        ended = await board.until(attempt, Phase.ENDED)
    assert ended.outcome is None
    assert None not in (ended.sent_at, ended.picked_up_at, ended.answered_at, ended.ended_at)
    assert (await board.note(attempt, handler, Outcome.REACHED)).ended_as == "reached"


async def test_record_of_the_call_says_who_rang_whom(
    board: Switchboard, asterisk: Asterisk
) -> None:
    await board.open()
    handler, wish = await board.handler(PHONE), await board.wish()
    async with (
        board.at_work(),
        Phone(asterisk, "101", answer_after(0.1)),
        Outside(asterisk, answer_after(0.1, talk_s=0.3)),
    ):
        await board.until(await board.ring(wish, handler), Phase.ENDED)
        (call,) = await board.calls()
    assert (call.direction, call.outcome) == ("outbound", "answered")
    assert (call.caller, call.callee) == ("101", "0701740605")


@pytest.mark.parametrize(
    ("conduct", "came_to"),
    [
        (busy(), Outcome.BUSY),
        (decline_after(0.1, "480 Temporarily Unavailable"), Outcome.NO_ANSWER),
        (decline_after(0.1, "603 Decline"), Outcome.NO_ANSWER),
        (decline_after(0.0, "404 Not Found"), Outcome.NO_ANSWER),
        (decline_after(0.0, "503 Service Unavailable"), Outcome.NOT_DONE),
    ],
)
async def test_customer_who_is_not_reached_is_told_why(
    board: Switchboard, asterisk: Asterisk, conduct: object, came_to: Outcome
) -> None:
    await board.open()
    handler, wish = await board.handler(PHONE), await board.wish()
    async with (
        board.at_work(),
        Phone(asterisk, "101", answer_after(0.1)),
        Outside(asterisk, conduct),  # type: ignore[arg-type]
    ):
        attempt = await board.ring(wish, handler)
        ended = await board.until(attempt, Phase.ENDED)
    assert ended.outcome == came_to
    assert ended.answered_at is None


async def test_customers_phone_that_rings_too_long_is_hung_up_and_was_not_answered(
    board: Switchboard, asterisk: Asterisk
) -> None:
    await board.open()
    board.longest_ring = timedelta(seconds=0.5)
    handler, wish = await board.handler(PHONE), await board.wish()
    async with (
        board.at_work(),
        Phone(asterisk, "101", answer_after(0.1)),
        Outside(asterisk) as outside,
    ):
        attempt = await board.ring(wish, handler)
        ended = await board.until(attempt, Phase.ENDED)
        assert await outside.received[0].ends_within(PATIENCE_S)
    assert ended.outcome == Outcome.NO_ANSWER
    requeued = await board.note(attempt, handler, Outcome.NO_ANSWER)
    assert (requeued.state, requeued.tries) == ("open", 1)


async def test_talk_is_not_hung_up_however_long_it_is(
    board: Switchboard, asterisk: Asterisk
) -> None:
    await board.open()
    handler, wish = await board.handler(PHONE), await board.wish()
    async with (
        board.at_work(sweep_every_s=0.05),
        Phone(asterisk, "101", answer_after(0.1)),
        Outside(asterisk, answer_after(0.1)) as outside,
    ):
        await board.until(await board.ring(wish, handler), Phase.TALKING)
        board.clock.ahead += 1.2 * LONGEST_RING
        assert not await outside.received[0].ends_within(1.5)


async def test_handler_who_does_not_answer_is_away_and_the_customer_is_not_rung(
    board: Switchboard, asterisk: Asterisk
) -> None:
    await board.open()
    handler, wish = await board.handler(PHONE), await board.wish()
    async with (
        board.at_work(),
        Phone(asterisk, "101", decline_after(0.1)),
        Outside(asterisk) as outside,
    ):
        ended = await board.until(await board.ring(wish, handler), Phase.ENDED)
        assert outside.received == []
    assert (ended.outcome, ended.picked_up_at) == (Outcome.HANDLER_AWAY, None)
    assert (await board.callback(wish)).attempt_id is None


async def test_phone_that_is_not_registered_ends_the_try_at_once(board: Switchboard) -> None:
    await board.open()
    handler, wish = await board.handler("PJSIP/199"), await board.wish()
    async with board.at_work():
        ended = await board.until(await board.ring(wish, handler), Phase.ENDED)
    assert ended.outcome == Outcome.HANDLER_AWAY


async def test_handler_who_hangs_up_first_was_away(board: Switchboard, asterisk: Asterisk) -> None:
    await board.open()
    handler, wish = await board.handler(PHONE), await board.wish()
    async with board.at_work(), Phone(asterisk, "101") as phone, Outside(asterisk) as outside:
        attempt = await board.ring(wish, handler)
        own = await phone.rung()
        await own.answer()
        customers = await outside.rung()
        await own.hang_up()
        ended = await board.until(attempt, Phase.ENDED)
        await customers.ended()
    assert ended.outcome == Outcome.HANDLER_AWAY


async def test_number_without_a_way_out_is_not_done(board: Switchboard, asterisk: Asterisk) -> None:
    await board.open(site='dial_prefix = "88"')
    handler, wish = await board.handler(PHONE), await board.wish()
    async with board.at_work(), Phone(asterisk, "101", answer_after(0.1)):
        ended = await board.until(await board.ring(wish, handler), Phase.ENDED)
    assert ended.outcome == Outcome.NOT_DONE


async def test_phone_that_forwards_its_calls_never_gets_the_customer_rung(
    board: Switchboard, asterisk: Asterisk
) -> None:
    """Who answers elsewhere may be a mailbox."""
    await board.open()
    handler, wish = await board.handler(PHONE), await board.wish()
    async with (
        board.at_work(),
        Phone(asterisk, "101") as phone,
        Phone(asterisk, "102", answer_after(0.1)) as elsewhere,
        Outside(asterisk) as outside,
    ):
        attempt = await board.ring(wish, handler)
        await (await phone.rung()).forward("102")
        ended = await board.until(attempt, Phase.ENDED)
        with pytest.raises(TimeoutError):
            await elsewhere.rung(1.0)
        assert outside.received == []
    assert ended.outcome == Outcome.HANDLER_AWAY
