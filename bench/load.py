"""wrk: 16 connections that ask as fast as they are answered, and what it says afterwards.

In: the addresses and the script that makes the requests; with several addresses as many wrk run at once
and share the connections. Out: how many requests were accepted, in how long, and how slow they were.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 16
_SCRIPTS = Path(__file__).parent / "clients"
_MORE_S = 30.0
_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1_000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients saw.

    Attributes:
        accepted: Requests answered with 2xx.
        refused: Answered otherwise, or not at all.
        seconds: By the clock.
        p99_ms: The slowest hundredth of answers took longer.
        began, ended: Moments of the machine's monotonic clock.
    """

    accepted: int
    refused: int
    seconds: float
    p99_ms: float
    began: float
    ended: float

    @property
    def per_s(self) -> float:
        """Accepted requests a second."""
        return self.accepted / self.seconds


async def load(
    urls: Sequence[str], script: str, arguments: Sequence[Sequence[str]], seconds: int
) -> Load:
    """Run wrk against all the addresses at once.

    Args:
        urls: Of servers.
        script: A file in `bench/clients`.
        arguments: For the script, per address.
        seconds: For how long.
    """
    began = time.monotonic()
    each = CONNECTIONS // len(urls)
    runs = (
        _wrk(url, script, given, each, seconds) for url, given in zip(urls, arguments, strict=True)
    )
    told = await asyncio.gather(*runs)
    ended = time.monotonic()
    requests = sum(_number(r"(\d+) requests in", text) for text in told)
    wrong = sum(_number(r"Non-2xx or 3xx responses: (\d+)", text) for text in told)
    lost = sum(sum(map(int, re.findall(r"(?:read|write|timeout) (\d+)", text))) for text in told)
    p99_ms = max(_milliseconds(text) for text in told)
    return Load(requests - wrong, wrong + lost, ended - began, p99_ms, began, ended)


async def _wrk(
    url: str, script: str, arguments: Sequence[str], connections: int, seconds: int
) -> str:
    process = await asyncio.create_subprocess_exec(
        *("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "15s", "--latency"),
        *("-s", str(_SCRIPTS / script), url, "--", *arguments),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds + _MORE_S):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return said.decode()


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def _milliseconds(text: str) -> float:
    found = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", text)
    return float(found[1]) * _UNITS_MS[found[2]] if found else 0.0
