"""Many handlers at one product, which is killed; a line to the PBX that is cut: no customer is rung twice.

RINGBACK_TEST_WISHES says how many wishes there are, RINGBACK_TEST_SEED at which moments it is killed.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from ringback.attempts import RING_LEASE, Outcome, Phase
from ringback.errors import Refused
from ringback.tables import AttemptRow, CallbackRow
from tests.ami_line import AmiLine
from tests.asterisk.fixtures import wanted
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Outside, Phone, answer_after
from tests.callback_story import ELLEN, signed_in, staffs
from tests.callback_story_web import WebBoard, web_board
from tests.flow import rows
from tests.pbx_adapter.ringing.test_killed import (
    HANDLERS,
    PHONES,
    SEED,
    SETTLED_S,
    WISHES,
    Handler,
    customer,
)

KILLS = 3
AT_ONCE = 50


@pytest.fixture
async def asterisk() -> AsyncIterator[Asterisk]:
    async with Asterisk(wanted(22), {"pjsip_custom.conf": PHONES}) as running:
        yield running


async def test_fifty_who_click_at_once_make_one_call(asterisk: Asterisk, tmp_path: Path) -> None:
    async with (
        web_board(tmp_path, asterisk.ami_port) as board,
        Phone(asterisk, "101", answer_after(0.1)) as phone,
        Outside(asterisk, answer_after(0.1, 0.3)) as outside,
    ):
        wish = await board.wish()
        handlers = [await board.handler("PJSIP/101") for _ in range(AT_ONCE)]
        for handler in handlers:
            await board.signs_in(handler)
        clicks = [board.ring(wish, handler) for handler in handlers]
        answers = await asyncio.gather(*clicks, return_exceptions=True)
        (attempt,) = [one for one in answers if isinstance(one, UUID)]
        refused = [str(one) for one in answers if isinstance(one, Refused)]
        assert len(refused) == AT_ONCE - 1
        assert all("has this callback in hand" in text for text in refused)
        await board.until(attempt, Phase.ENDED)
        assert len(await rows(board.db, board.company, AttemptRow)) == 1
        assert (len(phone.received), len(outside.received)) == (1, 1)


@pytest.mark.timeout(300 + SETTLED_S)
async def test_killed_product_rings_no_customer_twice_and_leaves_no_wish_behind(
    asterisk: Asterisk, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    print(f"RINGBACK_TEST_SEED={SEED}")
    async with web_board(tmp_path, asterisk.ami_port) as board, AsyncExitStack() as stack:
        queue = await board.queue("SE", "DE")
        for number in range(WISHES):
            await board.wish(customer(number), queue)
        outside = await stack.enter_async_context(Outside(asterisk, answer_after(0.05, 0.2)))
        handlers = []
        for name in HANDLERS:
            phone = await stack.enter_async_context(Phone(asterisk, name, answer_after(0.05)))
            user = await board.handler(f"PJSIP/{name}")
            await board.signs_in(user)
            handlers.append(Handler(board, user, phone))
        async with asyncio.timeout(SETTLED_S), asyncio.TaskGroup() as tasks:
            killing = tasks.create_task(dies_and_lives(board, chance))
            working = [tasks.create_task(one.work(chance)) for one in handlers]
            await killing
            while not all(task.done() for task in working):
                await asyncio.sleep(1.0)
                board.goes_ahead(RING_LEASE / 10)
        ended = await ended_as(board)
    rung = Counter(leg.callee for leg in outside.received)
    assert len(rung) == WISHES
    assert {number: times for number, times in rung.items() if times > 1} == {}
    assert set(ended) == {"reached"}
    assert len(ended) == WISHES


async def dies_and_lives(board: WebBoard, chance: random.Random) -> None:
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(1.0, 3.0))
        await board.product.kill()
        await board.product.start()


async def ended_as(board: WebBoard) -> list[str | None]:
    async with board.db.read(board.company) as session:
        return list(await session.scalars(select(CallbackRow.ended_as)))


async def test_row_says_that_the_line_to_the_pbx_is_cut_and_comes_back_with_it(
    asterisk: Asterisk, tmp_path: Path
) -> None:
    async with (
        AmiLine(asterisk.ami_port) as line,
        web_board(tmp_path, line.port) as board,
        signed_in(board.product.url, (ELLEN,)) as (ellen,),
        Phone(asterisk, "101") as phone,
        Outside(asterisk) as outside,
    ):
        await staffs(ellen, "101", queue="")
        wish = await board.wish()
        row, now = ellen.locator(f"#callback-{wish}"), ellen.locator(".call-now")
        await row.get_by_role("button", name="Ring").click()
        own = await phone.rung()
        await expect(now).to_contain_text("Ringer dig")
        await line.cut()
        for place in (row, now):
            await expect(place).to_contain_text("Ingen kontakt med växeln")
        await own.answer()
        customers = await outside.rung()
        await line.mend()
        await expect(now).to_contain_text("Ringer kunden")
        await expect(row).not_to_contain_text("Ingen kontakt")
        await customers.answer()
        await expect(now).to_contain_text("Samtal")
        await customers.hang_up()
        await ellen.locator("#note").fill("Talade om tiden.")
        await ellen.locator("#note-done").click()
        await expect(row).to_have_count(0)
        assert (len(phone.received), len(outside.received)) == (1, 1)
        assert (await board.callback(wish)).ended_as == Outcome.REACHED
