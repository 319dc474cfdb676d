"""A company that has chosen the scripted model, and turns that ask it."""

from collections.abc import AsyncIterator

import pytest

from tests.dialogue.model.house import House
from tests.ringback.conftest import (
    clock,
    company,
    db,
    neighbour,
    settings,
    upgraded_file,
    upgraded_url,
)

__all__ = ["clock", "company", "db", "neighbour", "settings", "upgraded_file", "upgraded_url"]


@pytest.fixture
async def house(db, company, clock) -> AsyncIterator[House]:  # type: ignore[no-untyped-def]
    async with House.opened(db, company, clock) as opened:
        yield opened
