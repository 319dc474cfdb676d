"""The part about texts at its smallest: real programs, three seconds each. How fast, is not asked."""

import asyncio
from pathlib import Path

import pytest

from bench import durable_postgres, kannel
from bench.load import Load
from bench.texts import Passed, runs, table_of

pytestmark = pytest.mark.timeout(300)

PEER, *OURS = runs()


async def run(name: str, folder: Path) -> Passed:
    async with asyncio.timeout(240):
        return await runs()[name](folder / "run", 3)


def test_kannel_wrk_and_postgresql_are_installed() -> None:
    assert kannel.missing() == ""
    assert durable_postgres.programs() is not None


async def test_each_text_that_kannel_accepts_comes_through_and_is_called_back(
    tmp_path: Path,
) -> None:
    passed = await run(PEER, tmp_path)
    assert passed.load.refused == 0
    assert passed.load.accepted > 0
    assert passed.through_per_s > 0
    assert passed.lost == 0


@pytest.mark.parametrize("receipts", ["through", "through with receipts"])
async def test_each_text_that_we_accept_comes_through(tmp_path: Path, receipts: str) -> None:
    passed = await run(f"{receipts}, SQLite", tmp_path)
    assert passed.load.refused == 0
    assert passed.load.accepted > 0
    assert passed.through_per_s > 0
    assert passed.lost == 0


def passed(per_s: float, through_per_s: float = 0.0, lost: int = 0) -> Passed:
    return Passed(Load(int(per_s), 0, 1.0, 5.0, 0.0, 1.0), through_per_s, 7, lost)


def test_rows_stand_beside_kannels_own_figures_and_the_median_counts() -> None:
    told = {
        PEER: [passed(900, 400), passed(1000, 500), passed(2000, 600)],
        "accepted, SQLite": [passed(600), passed(100), passed(700)],
        "through, PostgreSQL, two processes": [passed(300, 400)] * 3,
    }
    rows = {row.what: row for row in table_of(told)}
    ours = rows["accepted, SQLite"]
    assert (ours.figure.split(" ")[0], ours.beside, ours.ratio) == ("600/s", "Kannel 1,000/s", 0.6)
    assert not ours.missed
    theirs = rows["through, PostgreSQL, two processes"]
    assert (theirs.ratio, theirs.beside, theirs.missed) == (0.8, "Kannel 500/s", True)


def test_texts_that_never_came_out_are_said() -> None:
    rows = table_of({PEER: [passed(900, 400)], "through, SQLite": [passed(300, 250, lost=3)]})
    assert any("3 DID NOT COME OUT" in row.figure for row in rows)
