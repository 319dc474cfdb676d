"""Texts a second, beside Kannel 1.4.5: accepted, handed through to an SMSC, and with receipts.

Both take texts by HTTP from 16 connections of wrk, each text with words of its own, and hand them to the
same SMSC, which answers at once; both keep a window of ten. What is said of each:

- accepted: answered with 2xx, that is committed and synced by us, in the spool by Kannel.
- through: all that the SMSC has taken, by the time from the first request to the last text; with
  receipts, to the last receipt settled in our rows, or called back by Kannel.
- behind: accepted but not through when the load ended.

The runs alternate, and the median of the rounds counts.
"""

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import durable_postgres, kannel, product
from bench.load import Load, load
from bench.ports import free_ports, listens
from bench.table import Options, Row, at_least

_ROUNDS, _SECONDS = 3, 8
_START_S, _DRAIN_S, _QUIET_S = 20.0, 60.0, 1.5
_PORTAL, _WHOLE = "portal", "portal,sms"


@dataclass(frozen=True, slots=True)
class Passed:
    """One run.

    Attributes:
        load: What the clients saw.
        through_per_s: Texts that came out at the other end, a second; 0 when that was not asked.
        behind: Accepted but not out when the load ended.
        lost: Accepted and not out when nobody waited any more.
    """

    load: Load
    through_per_s: float = 0.0
    behind: int = 0
    lost: int = 0


Run = Callable[[Path, int], Awaitable[Passed]]


async def measure(options: Options) -> list[Row]:
    """A row per run; those of ours beside Kannel's with spool and receipts."""
    if lacking := kannel.missing():
        return [Row("texts", f"left out: {lacking} not installed; apt has kannel and wrk", "")]
    rounds, seconds = min(options.rounds, _ROUNDS), min(options.seconds, _SECONDS)
    told: dict[str, list[Passed]] = {}
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as folder:
        place = Path(folder)
        await asyncio.to_thread(place.chmod, 0o755)  # PostgreSQL runs as another user
        for number in range(rounds):
            for at, (name, run) in enumerate(runs().items()):
                told.setdefault(name, []).append(await run(place / f"{number}-{at}", seconds))
    return table_of(told)


_PEER = "Kannel 1.4.5, spool store, receipts"


def runs() -> Mapping[str, Run]:
    """What is measured, in the order of a round; Kannel comes first."""
    found: dict[str, Run] = {
        _PEER: _kannel,
        "accepted, SQLite": _ours(_PORTAL),
        "through, SQLite": _ours(_WHOLE),
        "through with receipts, SQLite": _ours(_WHOLE, receipts=True),
    }
    if durable_postgres.programs():
        found |= {
            "accepted, PostgreSQL, two processes": _on_postgres(_PORTAL),
            "through, PostgreSQL, two processes": _on_postgres(_WHOLE),
            "through with receipts, PostgreSQL, two processes": _on_postgres(_WHOLE, receipts=True),
        }
    return found


def table_of(told: Mapping[str, Sequence[Passed]]) -> list[Row]:
    """The rows for what was measured, by name, a run per round."""
    peer = told[_PEER]
    accepted, through = _accepted(peer), _through(peer)
    rows = [Row("texts", f"{_PEER}: accepted", _said(peer, accepted))]
    rows += [Row("texts", f"{_PEER}: through", _said(peer, through))]
    for name, runs in told.items():
        if name == _PEER:
            continue
        is_accepting = not _through(runs)
        ours, theirs = (_accepted(runs), accepted) if is_accepting else (_through(runs), through)
        least = 1.0 if "PostgreSQL" in name else 0.5
        beside = f"Kannel {theirs:,.0f}/s"
        rows.append(Row("texts", name, _said(runs, ours), beside, ours / theirs, at_least(least)))
    return rows


def _accepted(runs: Sequence[Passed]) -> float:
    return median(run.load.per_s for run in runs)


def _through(runs: Sequence[Passed]) -> float:
    return median(run.through_per_s for run in runs)


def _said(runs: Sequence[Passed], per_s: float) -> str:
    p99_ms = median(run.load.p99_ms for run in runs)
    behind = median(run.behind for run in runs)
    refused = sum(run.load.refused for run in runs)
    lost = sum(run.lost for run in runs)
    said = f"{per_s:,.0f}/s (p99 {p99_ms:.0f} ms, behind {behind:,.0f}"
    said += f", {refused:,} REFUSED" if refused else ""
    return said + (f", {lost:,} DID NOT COME OUT)" if lost else ")")


async def _kannel(folder: Path, seconds: int) -> Passed:
    folder.mkdir()  # noqa: ASYNC240 - nothing else is under way
    smsc, callback = free_ports(2)
    async with (
        _counting("bench.clients.smpp_sink", smsc, "receipts"),
        _counting("bench.clients.callback_sink", callback) as callbacks,
        kannel.running(folder / "kannel", smsc, callback) as peer,
    ):
        url = f"http://127.0.0.1:{peer.sendsms_port}"
        seen = await load([url], "kannel.lua", [[peer.receipt]], seconds)
        return await _drained(seen, callbacks, "first")


def _ours(only: str, *, receipts: bool = False, processes: int = 1, database_url: str = "") -> Run:
    async def run(folder: Path, seconds: int) -> Passed:
        folder.mkdir(exist_ok=True)  # noqa: ASYNC240 - nothing else is under way
        (smsc,) = free_ports(1)
        async with (
            _counting("bench.clients.smpp_sink", smsc, *(["receipts"] if receipts else [])) as sink,
            product.running(folder / "var", only, processes, smsc, database_url) as ours,
        ):
            arguments = [[ours.key, str(at * 10**7)] for at in range(processes)]
            seen = await load(ours.urls, "ringback.lua", arguments, seconds)
            if only == _PORTAL:
                return Passed(seen)
            return await _drained(seen, sink, "second" if receipts else "first")

    return run


def _on_postgres(only: str, *, receipts: bool = False) -> Run:
    async def run(folder: Path, seconds: int) -> Passed:
        folder.mkdir()  # noqa: ASYNC240 - nothing else is under way
        with durable_postgres.running(folder / "postgres") as url:
            on_it = _ours(only, receipts=receipts, processes=2, database_url=url)
            return await on_it(folder, seconds)

    return run


class _Counts:
    """What a sink prints: two counts that only grow, and the moment."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, int, float]] = [(0, 0, 0.0)]

    async def collect(self, stream: asyncio.StreamReader) -> None:
        """Reads until the sink ends."""
        async for line in stream:
            first, second, moment = line.split()
            self.lines.append((int(first), int(second), float(moment)))

    def reached(self, which: str, until: float = float("inf")) -> tuple[int, float]:
        """The count, and the moment when it was reached."""
        at = 0 if which == "first" else 1
        best, since = 0, 0.0
        for *counts, moment in self.lines:
            if moment <= until and counts[at] > best:
                best, since = int(counts[at]), moment
        return best, since


@contextlib.asynccontextmanager
async def _counting(module: str, port: int, *words: str) -> AsyncIterator[_Counts]:
    """Runs a sink and collects what it counts."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, str(port), *words), stdout=asyncio.subprocess.PIPE
    )
    counts, stream = _Counts(), process.stdout
    assert stream is not None  # noqa: S101 - asked for above
    reading = asyncio.create_task(counts.collect(stream))
    try:
        await listens(port, _START_S)
        yield counts
    finally:
        process.terminate()
        await process.wait()
        await reading


async def _drained(seen: Load, counts: _Counts, which: str) -> Passed:
    """Waits until all that was accepted is out and nothing more comes, or the time is out."""
    until = time.monotonic() + _DRAIN_S
    while time.monotonic() < until:
        count, since = counts.reached(which)
        if count >= seen.accepted and time.monotonic() - since > _QUIET_S:
            break
        await asyncio.sleep(0.2)
    count, since = counts.reached(which)
    behind = seen.accepted - counts.reached(which, seen.ended)[0]
    lost = max(seen.accepted - count, 0)
    return Passed(seen, count / max(since - seen.began, 1e-3), max(behind, 0), lost)
