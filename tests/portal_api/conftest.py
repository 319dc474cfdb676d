"""The real portal, for the tests that need rows."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from tests.portal_api.house import Home, House, open_house


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
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
