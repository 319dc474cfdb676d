"""The line between the product and Asterisk's manager port, which tests can cut.

In: the port of an AMI. Out: another port that leads there, until the line is cut: at once, as when a
router restarts, or silently, as when a cable is pulled and nobody is told.
"""

import asyncio
import contextlib
import time
from types import TracebackType
from typing import Self

from tests.ports import free_port

HOST = "127.0.0.1"
_SNAPSHOT_ENDS = b"Event: CoreShowChannelsComplete"
_LOOK_S = 0.02


class AmiLine:
    """A TCP line to 127.0.0.1; an async context manager.

    Attributes:
        port: What the product is told.
        logins: How many connections have come as far as their first snapshot.
        seen_at: Epoch second of the last such moment; from then on the product sees everything.
    """

    def __init__(self, ami_port: int) -> None:
        self.port = free_port()
        self.logins = 0
        self.seen_at = 0.0
        self._ami_port = ami_port
        self._server: asyncio.Server | None = None
        self._carried: set[asyncio.Task[None]] = set()
        self._whole = asyncio.Event()
        self._whole.set()

    async def cut(self) -> None:
        """Ends all connections and refuses new ones."""
        await self._close()

    def cut_silently(self) -> None:
        """Carries nothing any more, and says so to nobody; what was sent waits."""
        self._whole.clear()

    async def mend(self) -> None:
        """Carries again."""
        self._whole.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._take, HOST, self.port)

    async def seen_again(self, logins_before: int, within_s: float) -> float:
        """Waits for the first snapshot after so many; returns its epoch second."""
        async with asyncio.timeout(within_s):
            while self.logins == logins_before:
                await asyncio.sleep(_LOOK_S)
        return self.seen_at

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for one in self._carried:
            one.cancel()
        await asyncio.gather(*self._carried, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        one = asyncio.create_task(self._carry(reader, writer), name="ami-line")
        self._carried.add(one)
        one.add_done_callback(self._carried.discard)

    async def _carry(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        """One connection there and back, until either side ends it."""
        to_far: asyncio.StreamWriter | None = None
        try:
            await self._whole.wait()
            far, to_far = await asyncio.open_connection(HOST, self._ami_port)
            ways = {
                asyncio.create_task(self._copy(near, to_far)),
                asyncio.create_task(self._copy(far, to_near, watched=True)),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            pass  # Asterisk is down
        finally:
            for writer in (to_near, to_far):
                if writer is not None:
                    writer.transport.abort()

    async def _copy(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        watched: bool = False,
    ) -> None:
        tail, in_sight = b"", not watched
        with contextlib.suppress(OSError):
            while some := await source.read(65536):
                await self._whole.wait()
                sink.write(some)
                await sink.drain()
                if not in_sight:
                    in_sight = _SNAPSHOT_ENDS in tail + some
                    tail = some[-len(_SNAPSHOT_ENDS) :]
                    if in_sight:
                        self.logins, self.seen_at = self.logins + 1, time.time()
