"""The benchmark at its smallest: it runs, it prints its table. How fast anything is, is not asked."""

import asyncio
import sys
from pathlib import Path

from bench.stream import office_site, unfiltered
from bench.table import THE_SAME, Row, at_least, at_most, printed
from pbx_adapter.frames import Frames
from pbx_adapter.tracker import Tracker

ROOT = Path(__file__).parents[2]


async def bench(*words: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench", *words),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, said = await process.communicate()
    return process.returncode or 0, out.decode(), said.decode()


async def test_tiny_run_prints_one_table_with_ours_and_panoramisk() -> None:
    small = ("--events", "500", "--rounds", "1", "--calls-up", "20", "--no-install")
    code, table, said = await bench("calls", "tracker", "memory", *small)
    assert code == int("MISSED" in table), said
    assert any(
        "calls told by ours" in row and row.endswith("1.00   the same")
        for row in table.splitlines()
    )
    head, *rows = table.splitlines()
    assert head.split() == ["part", "what", "figure", "beside", "ratio", "wanted"]
    for part in ("calls", "tracker", "memory"):
        assert any(row.startswith(part) for row in rows)
    for reader in ("ringback: link + tracker", "panoramisk 1.4, bare"):
        assert any(reader in row and "events/s" in row for row in rows)
    for peer in ("asterisk-ami", "asterisk-manager"):  # measured, or said to be missing
        assert sum(peer in row for row in rows) == 1


async def test_part_that_does_not_exist_is_named() -> None:
    code, _, said = await bench("teapots")
    assert code != 0
    assert "There is no part 'teapots'" in " ".join(said.replace("│", " ").split())


def test_repetitions_of_the_stream_never_share_a_channel_and_leave_nothing_up() -> None:
    stream, tracker, frames = unfiltered(), Tracker(office_site()), Frames()
    told = [
        call.uniqueid
        for number in range(2)
        for frame in frames.feed(stream.repetition(number))
        for call in tracker.feed(frame, 1.0)
    ]
    assert len(told) == len(set(told)) > 50
    assert tracker.open_calls() == []


def test_stream_has_as_many_events_as_asked() -> None:
    stream = unfiltered()
    asked = len(stream.frames) + 7
    assert b"".join(stream.parts(asked)).count(b"\r\n\r\n") == asked


def test_row_is_missed_when_its_ratio_is_out_of_bounds() -> None:
    assert Row("calls", "a", "1", ratio=0.9, wanted=THE_SAME).missed
    assert not Row("calls", "a", "1", ratio=1.0, wanted=THE_SAME).missed
    assert not Row("calls", "a", "1", ratio=0.1).missed


def test_figure_beyond_its_bound_is_said_to_be_missed() -> None:
    met, slow, grown = printed(
        [
            Row("calls", "a", "1", ratio=2.0, wanted=at_least(2)),
            Row("calls", "b", "1", ratio=1.9, wanted=at_least(2)),
            Row("memory", "c", "1", ratio=1.1, wanted=at_most(1.05)),
        ]
    ).splitlines()[1:]
    assert met.endswith("2.00   at least 2")
    assert slow.endswith("1.90   MISSED: at least 2")
    assert grown.endswith("1.10   MISSED: at most 1.05")
