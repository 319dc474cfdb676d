"""Foreign PBXs: real Asterisks of both versions, and a bare one that says what the test wants."""

import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.server import Asterisk
from tests.pbx_adapter.sip.foreign_pbx import foreign_pbx


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=WANTED, ids=str)
async def pbx(request: pytest.FixtureRequest) -> AsyncIterator[Asterisk]:
    """One for the whole run."""
    async with foreign_pbx(wanted(request.param)) as running:
        yield running


@pytest_asyncio.fixture(params=WANTED, ids=str)
async def own_pbx(request: pytest.FixtureRequest) -> AsyncIterator[Asterisk]:
    """The test's own, to stop and start."""
    async with foreign_pbx(wanted(request.param)) as running:
        yield running


@pytest.fixture
def short_prompts(tmp_path: Path) -> Path:
    """A company's own recordings, of 0.4 s each."""
    folder = tmp_path / "prompts"
    folder.mkdir()
    for name in ("offer", "thanks", "goodbye", "no_number"):
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(b"\x00\x10" * 3200)
    return folder
