"""Plays a stream to one reader: the server here, the reader a process of its own on another core.

In: a reader and the bytes. Out: what its two clocks say. The server is the one that the demo plays
recorded calls with; it writes as fast as the reader takes.
"""

import asyncio
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.clients.stopwatch import SECRET, USERNAME
from bench.readers import Reader
from bench.stream import BEGINS, ENDS, user_event
from pbx_adapter.player import AmiPlayer

_START_S, _READ_S = 30.0, 300.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Reading:
    """One reader's run.

    Attributes:
        wall_s: Seconds by the clock.
        cpu_s: Seconds of CPU, its kernel's part included.
        told: Calls told; 0 from those who tell none.
        rss: Bytes of memory held after each part of the stream.
    """

    wall_s: float
    cpu_s: float
    told: int
    rss: tuple[int, ...]


async def play(reader: Reader, parts: Iterable[bytes]) -> Reading:
    """Starts the reader, plays it the parts, and returns when it has read the last.

    Raises:
        RuntimeError: It ended without a result; its own words are on standard error.
    """
    async with AmiPlayer(USERNAME, SECRET) as player:
        words = (*reader.command, str(player.port), *reader.after)
        with _on_core(0):
            process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        try:
            with _on_core(-1):
                async with asyncio.timeout(_START_S):
                    await player.logged_in()
                async with asyncio.timeout(_READ_S):
                    rss = await _play(player, process.pid, parts)
                    said, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if not said:
        raise RuntimeError(f"{reader.name} ended without a result.")
    return Reading(**json.loads(said), rss=tuple(rss))


async def _play(player: AmiPlayer, pid: int, parts: Iterable[bytes]) -> list[int]:
    rss = []
    await player.send(user_event(BEGINS))
    for part in parts:
        await player.send(part)
        rss.append(rss_of(pid))
    await player.send(user_event(ENDS))
    return rss


def rss_of(pid: int) -> int:
    """Bytes of memory that a process holds; 0 where that can't be seen."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except OSError:  # no such file system, or it has ended
        return 0


@contextmanager
def _on_core(number: int) -> Iterator[None]:
    """This process, and those it starts, on one of the cores that it may use."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(allowed)[number]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
