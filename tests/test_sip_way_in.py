"""A foreign PBX forwards a call that nobody answered; the product, as a process, takes it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio
from sqlalchemy import select

from ringback.db import Database, open_database
from ringback.settings import Settings
from ringback.store.companies import company_ids, pbxs
from ringback.tables import CallbackRow, CallRow
from tests.asterisk.fixtures import wanted
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Phone
from tests.far_elks import FarElks
from tests.pbx_adapter.sip.foreign_pbx import SECRET, foreign_pbx
from tests.product import Product

SETTLED_S = 60.0
Row = TypeVar("Row", CallRow, CallbackRow)


@pytest_asyncio.fixture
async def foreign() -> AsyncIterator[Asterisk]:
    async with foreign_pbx(wanted(22)) as pbx:
        yield pbx


@pytest_asyncio.fixture
async def product(tmp_path: Path, foreign: Asterisk) -> AsyncIterator[Product]:
    async with FarElks(tmp_path / "journal") as elks:
        product = Product(tmp_path, elks.url)
        await elks.start(product.inbound_url)
        await product.company()
        words = ("127.0.0.1", "--port", str(foreign.sip_port), "--username", "900")
        code, _, said = await product.command("add", "sip", *words, "--secret", SECRET)
        assert code == 0, said
        async with product:
            yield product


async def registered(db: Database) -> None:
    async with asyncio.timeout(SETTLED_S):
        while True:
            async with db.read_across() as session:
                (company_id,) = await company_ids(session)
            async with db.read(company_id) as session:
                if [row.link_state for row in await pbxs(session)] == ["up"]:
                    return
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("pressed", [True, False], ids=["presses 1", "presses nothing"])
async def test_forwarded_caller_stands_in_the_list_with_a_callback_if_asked_for(
    product: Product, foreign: Asterisk, tmp_path: Path, pressed: bool
) -> None:
    db = open_database(Settings(var=tmp_path / "var"))
    await registered(db)
    async with Caller(foreign) as caller, Phone(foreign, "101"):
        leg = await caller.call("0846500420", "0701740611")
        await leg.answered()
        await asyncio.sleep(0.3)
        if pressed:
            leg.sound.press("1")
            await leg.ended(SETTLED_S)
        else:
            await leg.hang_up()
    async with asyncio.timeout(SETTLED_S):
        while not (calls := await rows(db, CallRow)):
            await asyncio.sleep(0.1)
        while pressed and not await rows(db, CallbackRow):  # it is kept after its call
            await asyncio.sleep(0.1)
    (call,) = calls
    callbacks = await rows(db, CallbackRow)
    assert (call.outcome, call.caller_e164, call.did_e164) == (
        "missed",
        "+46701740611",
        "+46846500420",
    )
    assert call.reason == ("callback_requested" if pressed else "no_answer")
    assert [(row.call_id, row.number) for row in callbacks] == (
        [(call.id, "+46701740611")] if pressed else []
    )
    await db.close()


async def rows(db: Database, kind: type[Row]) -> list[Row]:
    async with db.read_across() as session:
        (company_id,) = await company_ids(session)
    async with db.read(company_id) as session:
        return list(await session.scalars(select(kind)))
