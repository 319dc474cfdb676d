"""Thousands of texts through a 46elks at its worst, while what sends them is killed again and again.

The product runs as processes of its own: one on SQLite; on PostgreSQL two that send, killed in turn, and
a portal. RINGBACK_TEST_TEXTS says how many texts, RINGBACK_TEST_TEXT_KILLS how often a process is killed
with -9, RINGBACK_TEST_SEED what goes wrong.
"""

import asyncio
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ringback.db import Database, open_database
from ringback.schema import upgrade
from ringback.settings import Settings
from tests.many_texts import ChaoticElks, Installation, Verdict, fill, is_over, verdict

TEXTS = int(os.environ.get("RINGBACK_TEST_TEXTS", "2000"))
KILLS = int(os.environ.get("RINGBACK_TEST_TEXT_KILLS", "10"))
SEED = int(os.environ.get("RINGBACK_TEST_SEED", random.SystemRandom().randrange(10**6)))
_LONGEST_S = 480 + 0.1 * TEXTS
_LOOK_EVERY_S = 0.2


async def kill_again_and_again(
    installation: Installation, elks: ChaoticElks, chance: random.Random
) -> None:
    """Spread over the run by what was sent, each at a moment of its own."""
    for number in range(1, KILLS + 1):
        wanted = TEXTS * number * 0.8 / KILLS
        while (await elks.counts())["taken"] < wanted:
            installation.check()
            await asyncio.sleep(_LOOK_EVERY_S)
        await asyncio.sleep(chance.uniform(0, 0.5))
        await installation.kill_next()


async def all_at_rest(db: Database, installation: Installation, elks: ChaoticElks) -> None:
    """Nothing waits with us, and no receipt with 46elks."""
    while (await elks.counts())["posting"] or not await is_over(db):
        installation.check()
        await asyncio.sleep(1)


def table(found: Verdict, faults: dict[str, int], kills: int, seconds: float) -> str:
    lines = [f"{state:>24} {count:7}" for state, count in sorted(found.states.items())]
    lines += [f"{fault:>24} {count:7}" for fault, count in sorted(faults.items())]
    lines += [f"{'looked up':>24} {found.lookups:7}", f"{'kill -9':>24} {kills:7}"]
    return "\n".join([*lines, f"{'seconds':>24} {seconds:7.1f}", *found.faults[:20]])


@pytest.mark.timeout(_LONGEST_S + 120)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_no_text_is_sent_twice_or_lost_whatever_46elks_does_and_we_are_killed(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = ""
    if kind == "postgresql":
        make: Callable[[], str] = request.getfixturevalue("new_database")
        url = make()
    settings = Settings(var=tmp_path / "var", database_url=url)
    settings.var.mkdir()
    await asyncio.to_thread(upgrade, settings)
    db = open_database(settings)
    try:
        await fill(db, TEXTS)
        began = time.monotonic()
        async with (
            asyncio.timeout(_LONGEST_S),
            ChaoticElks(tmp_path / "journal", SEED) as elks,
            Installation(tmp_path, settings, elks.url) as installation,
        ):
            await kill_again_and_again(installation, elks, random.Random(SEED))
            await all_at_rest(db, installation, elks)
            faults = (await elks.counts())["faults"]
    finally:
        await db.close()
    found = await verdict(settings, tmp_path / "journal")
    took = time.monotonic() - began
    print(f"\n{TEXTS} texts on {kind}, seed {SEED}")
    print(table(found, faults, installation.kills, took))
    assert found.faults == []
    assert found.states.total() == TEXTS
    assert installation.kills == KILLS
    assert found.states["delivered"] > TEXTS / 2
    assert found.lookups > 0
