"""Ports on loopback for the programs that the benchmark starts."""

import asyncio
import contextlib
import socket


def free_ports(count: int) -> list[int]:
    """So many ports that nobody has at this moment."""
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in taken]


async def listens(port: int, within_s: float) -> None:
    """Return when somebody listens there.

    Raises:
        TimeoutError: Nobody does.
    """
    async with asyncio.timeout(within_s):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.1)
