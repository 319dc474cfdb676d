"""The real portal, for the tests that need rows."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest_asyncio

from ringback.tables import SmsNumberRow
from tests.engines import Engines
from tests.portal_api.house import OUR_NUMBER, Home, House, open_house
from tests.portal_api.program import Program
from tests.portal_api.test_api_keys import key_of


@pytest_asyncio.fixture
async def house(tmp_path: Path, engines: Engines) -> AsyncIterator[House]:
    async with open_house(tmp_path, engines) as house:
        yield house


@pytest_asyncio.fixture
async def saxen(house: House) -> Home:
    """Our company; its user is handler@saxen.example."""
    return await house.move_in("saxen", "handler", "+46701740605")


@pytest_asyncio.fixture
async def admin(house: House, saxen: Home) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of an administrator of our company."""
    await house.add_person(saxen.company_id, "admin@saxen.example", "admin")
    async with house.visit("admin@saxen.example") as client:
        yield client


@pytest_asyncio.fixture
async def luggen(house: House) -> Home:
    """Somebody else's company."""
    return await house.move_in("luggen", "admin", "+46701740644")


@pytest_asyncio.fixture
async def program(house: House, saxen: Home) -> AsyncIterator[Program]:
    """A program of our company, which has a number to send from."""
    async with house.db.begin(saxen.company_id) as session:
        session.add(SmsNumberRow(id=uuid4(), provider="46elks", e164=OUR_NUMBER))
    header = await key_of(house, saxen)
    async with house.visit() as client:
        client.headers.pop("Sec-Fetch-Site")  # which programs do not send
        yield Program(house, client, header)
