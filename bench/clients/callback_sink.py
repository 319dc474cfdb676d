"""Takes Kannel's delivery callbacks: an HTTP server that answers 200 and counts.

Argument: the port. Prints, a few times a second, how many callbacks said `delivered`, how many there
were in all, and the moment of the machine's monotonic clock.
"""

import asyncio
import sys
import time

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_DELIVERED = b"status=1 "  # the last field of the address, see bench/kannel.py
_REPORT_EVERY_S = 0.05


class Counts:
    """What has come in over all connections."""

    def __init__(self) -> None:
        self.delivered = 0
        self.callbacks = 0


class Caller(asyncio.Protocol):
    """One connection of Kannel's."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._kept = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the line."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP's are
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers all requests that are whole; they have no bodies."""
        *whole, self._kept = (self._kept + data).split(b"\r\n\r\n")
        for request in whole:
            self._counts.callbacks += 1
            self._counts.delivered += _DELIVERED in request.split(b"\r\n", 1)[0]
        self._transport.write(_ANSWER * len(whole))


async def _serve(port: int) -> None:
    counts, told = Counts(), (-1, -1)
    await asyncio.get_running_loop().create_server(lambda: Caller(counts), "127.0.0.1", port)
    while True:
        now = (counts.delivered, counts.callbacks)
        if now != told:
            told = now
            sys.stdout.write(f"{now[0]} {now[1]} {time.monotonic():.3f}\n")
            sys.stdout.flush()
        await asyncio.sleep(_REPORT_EVERY_S)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
