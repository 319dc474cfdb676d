"""A company that has chosen the scripted model, and turns that ask it."""

from collections.abc import AsyncIterator
from pathlib import Path

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


@pytest.fixture(autouse=True)
def quick_clients(monkeypatch: pytest.MonkeyPatch, one_authority: Path) -> None:
    """The model's client speaks to this machine alone, without TLS."""
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))
