"""Lines that are cut and processes that are killed while a customer is rung: nobody is rung twice."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from pbx_adapter.commands import execute
from pbx_adapter.ringing.asking import call_back
from ringback.attempts import RING_LEASE, Outcome, Phase
from ringback.db import Database
from ringback.store.attempts import to_send
from tests.ami_line import AmiLine
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Outside, Phone, answer_after
from tests.pbx_adapter.ringing.switchboard import Switchboard, until
from tests.pbx_adapter.test_commands import connected

PHONE = "PJSIP/101"


@pytest.fixture
async def line(asterisk: Asterisk) -> AsyncIterator[AmiLine]:
    async with AmiLine(asterisk.ami_port) as line:
        yield line


@pytest.fixture
async def board(db: Database, company: UUID, line: AmiLine, tmp_path: Path) -> Switchboard:
    board = Switchboard(db, company, line.port, tmp_path)
    await board.open()
    return board


async def is_back(board: Switchboard, wish: UUID) -> bool:
    """Whether the wish is in line again."""
    row = await board.callback(wish)
    return (row.state, row.attempt_id) == ("open", None)


async def test_line_cut_while_ringing_is_said_so_and_the_try_comes_back(
    board: Switchboard, asterisk: Asterisk, line: AmiLine
) -> None:
    handler, wish = await board.handler(PHONE), await board.wish()
    async with board.at_work(), Phone(asterisk, "101") as phone, Outside(asterisk) as outside:
        attempt = await board.ring(wish, handler)
        own = await phone.rung()
        await board.until(attempt, Phase.RINGS_HANDLER)
        await line.cut()
        await board.until(attempt, Phase.UNKNOWN)
        await own.answer()
        customers = await outside.rung()
        await line.mend()
        await board.until(attempt, Phase.RINGS_CUSTOMER)
        await customers.answer()
        await board.until(attempt, Phase.TALKING)
        await customers.hang_up()
        ended = await board.until(attempt, Phase.ENDED)
        assert (len(phone.received), len(outside.received)) == (1, 1)
    assert ended.outcome is None
    assert ended.answered_at is not None


async def test_talk_that_ends_while_the_line_is_cut_waits_for_its_note(
    board: Switchboard, asterisk: Asterisk, line: AmiLine
) -> None:
    handler, wish = await board.handler(PHONE), await board.wish()
    async with (
        board.at_work(),
        Phone(asterisk, "101", answer_after(0.1)),
        Outside(asterisk, answer_after(0.1)) as outside,
    ):
        attempt = await board.ring(wish, handler)
        await board.until(attempt, Phase.TALKING)
        await line.cut()
        await board.until(attempt, Phase.UNKNOWN)
        await outside.received[0].hang_up()
        await line.mend()
        ended = await board.until(attempt, Phase.ENDED)
    assert ended.outcome is None
    assert (await board.callback(wish)).attempt_id == attempt
    assert (await board.note(attempt, handler, Outcome.REACHED)).ended_as == "reached"


async def test_try_whose_line_stays_cut_is_lost_and_the_wish_back_when_the_lease_is_over(
    board: Switchboard, asterisk: Asterisk, line: AmiLine
) -> None:
    handler, wish = await board.handler(PHONE), await board.wish()
    async with board.at_work(), Phone(asterisk, "101") as phone, Outside(asterisk):
        attempt = await board.ring(wish, handler)
        await phone.rung()
        await board.until(attempt, Phase.RINGS_HANDLER)
        await line.cut()
        await board.until(attempt, Phase.UNKNOWN)
        assert not await is_back(board, wish)
        board.clock.ahead += RING_LEASE
        ended = await board.until(attempt, Phase.ENDED)
    assert ended.outcome == Outcome.LOST
    assert "no contact with the PBX" in ended.fault
    assert await is_back(board, wish)


async def test_pbx_that_is_away_when_asked_is_told_and_nothing_is_rung(
    board: Switchboard, asterisk: Asterisk, line: AmiLine
) -> None:
    await line.cut()
    handler, wish = await board.handler(PHONE), await board.wish()
    async with board.at_work(), Phone(asterisk, "101") as phone:
        ended = await board.until(await board.ring(wish, handler), Phase.ENDED)
        assert phone.received == []
    assert ended.outcome == Outcome.NOT_DONE
    assert "no connection to the PBX" in ended.fault
    assert await is_back(board, wish)


async def test_process_killed_before_the_pbx_was_asked_rings_nobody_afterwards(
    board: Switchboard, asterisk: Asterisk
) -> None:
    handler, wish = await board.handler(PHONE), await board.wish()
    attempt = await board.ring(wish, handler)
    async with board.db.begin(board.company) as session:
        assert await to_send(session, attempt, board.clock()) is not None
    async with board.at_work() as following, Phone(asterisk, "101") as phone:
        await until(lambda: board.job_is_done(attempt))

        async def is_heard() -> bool:
            return following.phones(board.pbx_id) is not None

        await until(is_heard)
        board.clock.ahead += RING_LEASE
        ended = await board.until(attempt, Phase.ENDED)
        assert phone.received == []
    assert ended.outcome == Outcome.LOST
    assert await is_back(board, wish)


async def test_process_killed_after_the_pbx_was_asked_finds_the_call_and_asks_no_more(
    board: Switchboard, asterisk: Asterisk
) -> None:
    handler, wish = await board.handler(PHONE), await board.wish()
    attempt = await board.ring(wish, handler)
    async with (
        connected(asterisk) as connection,
        Phone(asterisk, "101") as phone,
        Outside(asterisk) as outside,
    ):
        async with board.db.begin(board.company) as session:
            sent = await to_send(session, attempt, board.clock())
        assert sent is not None
        assert (await execute(call_back(sent), connection)).done
        own = await phone.rung()
        async with board.at_work():
            await board.until(attempt, Phase.RINGS_HANDLER)
            await until(lambda: board.job_is_done(attempt))
            await own.answer()
            await (await outside.rung()).decline("486 Busy Here")
            ended = await board.until(attempt, Phase.ENDED)
        assert (len(phone.received), len(outside.received)) == (1, 1)
    assert ended.outcome == Outcome.BUSY


async def test_process_killed_while_the_customers_phone_rings_goes_on_from_the_snapshot(
    board: Switchboard, asterisk: Asterisk
) -> None:
    handler, wish = await board.handler(PHONE), await board.wish()
    async with (
        Phone(asterisk, "101", answer_after(0.1)) as phone,
        Outside(asterisk) as outside,
    ):
        async with board.at_work():
            attempt = await board.ring(wish, handler)
            customers = await outside.rung()
        async with board.at_work():
            await customers.answer()
            await board.until(attempt, Phase.TALKING)
            await phone.received[0].hang_up()
            ended = await board.until(attempt, Phase.ENDED)
        assert (len(phone.received), len(outside.received)) == (1, 1)
    assert ended.outcome is None


async def test_call_that_ended_while_no_process_ran_is_over_with_the_lease(
    board: Switchboard, asterisk: Asterisk
) -> None:
    handler, wish = await board.handler(PHONE), await board.wish()
    async with Phone(asterisk, "101") as phone, Outside(asterisk):
        async with board.at_work():
            attempt = await board.ring(wish, handler)
            own = await phone.rung()
            await board.until(attempt, Phase.RINGS_HANDLER)
        await own.decline()
        board.clock.ahead += RING_LEASE
        async with board.at_work():
            ended = await board.until(attempt, Phase.ENDED)
        assert len(phone.received) == 1
    assert ended.outcome == Outcome.LOST
    assert await is_back(board, wish)


async def test_talk_longer_than_the_lease_stays_the_handlers(
    board: Switchboard, asterisk: Asterisk
) -> None:
    handler, wish = await board.handler(PHONE), await board.wish()
    async with (
        board.at_work(),
        Phone(asterisk, "101", answer_after(0.1)),
        Outside(asterisk, answer_after(0.1)),
    ):
        attempt = await board.ring(wish, handler)
        await board.until(attempt, Phase.TALKING)
        for _ in range(3):
            before = (await board.callback(wish)).lease_until
            board.clock.ahead += timedelta(minutes=1)

            async def is_renewed(before: object = before) -> bool:
                return (await board.callback(wish)).lease_until != before

            await until(is_renewed)
        row = await board.callback(wish)
        assert row.attempt_id == attempt
        assert row.lease_until is not None
        assert row.lease_until > board.clock()
