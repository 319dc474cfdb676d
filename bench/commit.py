"""From the end of a call to its committed row, on a real Asterisk at 20 calls a second, on SQLite.

SIPp calls a phone and gives up while it rings. The end of a call is its Hangup event as read by a
second AMI connection that is no code of ours; the row is safe when the recorder's sink returns.
Both are processes of their own; the recorder's AMI user reads everything, unfiltered.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles

from bench.clients import READY
from bench.table import Options, Row, at_most
from tests.asterisk.install import HOW_TO_GET, wanted_installs
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Phone
from tests.asterisk.volume import sipp_calls

_RATE = 20.0
_MOST_S = 0.050
_PHONE, _DID = "101", "0846500401"
_READY_S, _SETTLE_S = 30.0, 10.0


async def measure(options: Options) -> list[Row]:
    """One row for the calls, one for what plain computing took on the same machine meanwhile."""
    install = next(iter(wanted_installs().values()), None)
    if install is None:
        return [Row("commit", f"left out: there is no Asterisk. {HOW_TO_GET}", "")]
    calls = int(_RATE * options.seconds)
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as folder:
        async with Asterisk(install) as asterisk, _printing("bench.clients.plain_work") as plain:
            await plain.until(1, _READY_S)
            waits_s = await _waits_s(asterisk, calls, Path(folder))
    what = f"Hangup to commit, Asterisk {install.major}, {len(waits_s):,} calls at {_RATE:g}/s"
    p99_s, told = _told(waits_s)
    rows = [Row("commit", what, told, f"p99 of {_MOST_S * 1e3:g} ms", p99_s / _MOST_S, at_most(1))]
    _, told = _told([took_s for key, took_s in plain.moments.items() if key != READY])
    return [*rows, Row("commit", "the same machine meanwhile: a little plain computing", told)]


def _told(seconds: list[float]) -> tuple[float, str]:
    """The 99th hundredth, and a text with the 50th and the slowest beside."""
    hundredths = quantiles(seconds, n=100)
    p50_ms, p99_ms, most_ms = hundredths[49] * 1e3, hundredths[98] * 1e3, max(seconds) * 1e3
    return hundredths[98], f"p99 {p99_ms:.1f} ms (p50 {p50_ms:.1f}, slowest {most_ms:.1f})"


async def _waits_s(asterisk: Asterisk, calls: int, folder: Path) -> list[float]:
    port = str(asterisk.ami_port)
    async with (
        _printing("bench.clients.hangups", port) as hangups,
        _printing("bench.clients.recording", port, str(folder)) as commits,
        Phone(asterisk, _PHONE),
    ):
        await hangups.until(1, _READY_S)
        await commits.until(1, _READY_S)
        counted = await sipp_calls(
            asterisk, _DID, calls=calls, rate=_RATE, hold_s=1.0, scenario="abandoned"
        )
        await commits.until(1 + calls, _SETTLE_S)
    if counted.failed:
        raise RuntimeError(f"{counted.failed} of {calls} calls did not go as SIPp's scenario says.")
    return [
        committed - hangups.moments[uniqueid]
        for uniqueid, committed in commits.moments.items()
        if uniqueid != READY
    ]


class _Printed:
    """The moments that a process prints, by Uniqueid; the first one is `READY`."""

    def __init__(self) -> None:
        self.moments: dict[str, float] = {}
        self._news = asyncio.Event()

    async def collect(self, lines: asyncio.StreamReader) -> None:
        """Reads until the process ends."""
        async for line in lines:
            uniqueid, _, moment = line.decode().partition(" ")
            self.moments[uniqueid] = float(moment)
            self._news.set()

    async def until(self, count: int, within_s: float) -> None:
        """Waits for so many; TimeoutError when they do not come."""
        async with asyncio.timeout(within_s):
            while len(self.moments) < count:
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def _printing(module: str, *arguments: str) -> AsyncIterator[_Printed]:
    """Runs the module and collects what it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdout=asyncio.subprocess.PIPE
    )
    printed, lines = _Printed(), process.stdout
    assert lines is not None  # noqa: S101  # asked for above
    reading = asyncio.create_task(printed.collect(lines))
    try:
        yield printed
    finally:
        process.terminate()
        await process.wait()
        await reading
