"""Whose turn it is to write: SQLite takes one writer at a time, and who is waited for goes first.

In: units of work that write, of one process. Out: their turns, in the order in which they asked.
Work that nobody waits for, such as a receipt's, asks for its turn when no other writer is there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from ringback.errors import TryAgain

PATIENCE_S = 0.25
"""How long work that nobody waits for lets others go first."""


class OneWriter:
    """The writer's lock.

    Args:
        wait_s: How long a turn is waited for.
    """

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._lock = asyncio.Lock()
        self._writers = 0
        self._none = asyncio.Event()
        self._none.set()
        self._patient = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Be the only writer.

        Raises:
            TryAgain: Others took too long.
        """
        self._writers += 1
        self._none.clear()
        try:
            await self._take()
            try:
                yield
            finally:
                self._lock.release()
        finally:
            self._writers -= 1
            if not self._writers:
                self._none.set()

    async def let_others_first(self) -> None:
        """Wait until nobody writes or waits to write, `PATIENCE_S` at most, one after the other."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S), self._patient:
                await self._none.wait()

    async def _take(self) -> None:
        try:
            async with asyncio.timeout(self._wait_s):
                await self._lock.acquire()
        except TimeoutError as late:
            busy = f"The database was busy with another write for {self._wait_s:.0f} s."
            raise TryAgain(busy) from late
