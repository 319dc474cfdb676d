"""A company that rings back, in the real portal."""

import pytest_asyncio

from tests.portal_api.callbacks.desk import ERIK, Desk
from tests.portal_api.house import Home, House


@pytest_asyncio.fixture
async def desk(house: House, saxen: Home) -> Desk:
    await house.add_person(saxen.company_id, ERIK, "handler")
    return await Desk(house, saxen).open()
