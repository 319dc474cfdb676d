"""A bell between loops of one process: rung after a commit, so that waiting is short.

It only makes things fast. What is due is found in the rows, with or without a ring.
"""

import asyncio

RING = "ring"
"""Key in a session's `info`: this unit of work made something that others wait for."""


class Bell:
    """Wakes everyone who waits; `count` tells whether it rang since one last looked."""

    def __init__(self) -> None:
        self.count = 0
        self._next = asyncio.Event()

    def ring(self) -> None:
        """Wake all that wait now."""
        self.count += 1
        rung, self._next = self._next, asyncio.Event()
        rung.set()

    async def wait(self, heard: int, timeout_s: float) -> None:
        """Return when it has rung since `heard`, or when the time is out."""
        if self.count != heard:
            return
        try:
            async with asyncio.timeout(timeout_s):
                await self._next.wait()
        except TimeoutError:
            return
