"""A handler ends a call of his own from the portal; Asterisk hangs both phones up."""

from pathlib import Path
from uuid import UUID

import pytest

from ringback.attempts import Outcome, Phase
from ringback.db import Database
from ringback.errors import Refused
from ringback.store.attempts import ask_hang_up
from ringback.store.callback_requests import cancel_callback
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Outside, Phone, answer_after
from tests.pbx_adapter.ringing.switchboard import Switchboard


@pytest.fixture
async def board(db: Database, company: UUID, asterisk: Asterisk, tmp_path: Path) -> Switchboard:
    board = Switchboard(db, company, asterisk.ami_port, tmp_path)
    await board.open()
    return board


async def hangs_up(board: Switchboard, attempt: UUID, handler: UUID) -> bool:
    async with board.db.begin(board.company) as session:
        return await ask_hang_up(session, attempt, handler, board.clock())


async def test_call_that_its_handler_ends_is_over_for_both_and_wants_a_note(
    board: Switchboard, asterisk: Asterisk
) -> None:
    handler, wish = await board.handler("PJSIP/101"), await board.wish()
    async with (
        board.at_work(),
        Phone(asterisk, "101", answer_after(0.1)) as phone,
        Outside(asterisk, answer_after(0.1)) as outside,
    ):
        attempt = await board.ring(wish, handler)
        await board.until(attempt, Phase.TALKING)
        assert await hangs_up(board, attempt, handler)
        ended = await board.until(attempt, Phase.ENDED)
        for leg in (phone.received[0], outside.received[0]):
            await leg.ended()
        assert not await hangs_up(board, attempt, handler)
    assert ended.answered_at is not None
    assert (await board.note(attempt, handler, Outcome.REACHED)).ended_as == "reached"


async def test_customers_phone_stops_ringing_when_the_note_says_that_he_did_not_answer(
    board: Switchboard, asterisk: Asterisk
) -> None:
    handler, wish = await board.handler("PJSIP/101"), await board.wish()
    async with (
        board.at_work(),
        Phone(asterisk, "101", answer_after(0.1)) as phone,
        Outside(asterisk) as outside,
    ):
        attempt = await board.ring(wish, handler)
        await outside.rung()
        await board.until(attempt, Phase.RINGS_CUSTOMER)
        await board.note(attempt, handler, Outcome.NO_ANSWER)
        for leg in (phone.received[0], outside.received[0]):
            await leg.ended()


async def test_handlers_phone_stops_ringing_when_the_customer_cancels(
    board: Switchboard, asterisk: Asterisk
) -> None:
    handler, wish = await board.handler("PJSIP/101"), await board.wish()
    async with board.at_work(), Phone(asterisk, "101") as phone:
        attempt = await board.ring(wish, handler)
        await phone.rung()
        await board.until(attempt, Phase.RINGS_HANDLER)
        async with board.db.begin(board.company) as session:
            await cancel_callback(session, wish, board.clock())
        await phone.received[0].ended()
        assert (await board.until(attempt, Phase.ENDED)).noted_at is not None


async def test_call_of_another_is_not_ended(board: Switchboard, asterisk: Asterisk) -> None:
    handler, other = await board.handler("PJSIP/101"), await board.handler("PJSIP/102")
    wish = await board.wish()
    async with board.at_work(), Phone(asterisk, "101") as phone:
        attempt = await board.ring(wish, handler)
        await phone.rung()
        with pytest.raises(Refused, match="Somebody else"):
            await hangs_up(board, attempt, other)
