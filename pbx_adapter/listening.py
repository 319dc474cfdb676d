"""Those who hear what a PBX tells beside the recorder, and work with its connection.

In: every event, and each connection after its login. Out: whatever they are for: offers, wishes told in
the voice menu, the progress of calls back. What goes wrong with one harms no other, nor the recorder.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NoReturn, Protocol

import structlog

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.frames import Frame

_AGAIN_AFTER_S = 10.0
log = structlog.get_logger()


class Listener(Protocol):
    """Lives as long as its PBX is followed, over any number of connections."""

    def take(self, frame: Frame, at_s: float) -> None:
        """Hear an event; `at_s` is the epoch second, on our clock, at which it was read."""

    async def run(self, connection: AmiConnection) -> NoReturn:
        """Work with the connection; begun after its login, cancelled with its end."""


@asynccontextmanager
async def beside(listeners: Sequence[Listener], connection: AmiConnection) -> AsyncIterator[None]:
    """While the block lasts, they run."""
    running = [
        asyncio.create_task(_run(one, connection), name=type(one).__name__) for one in listeners
    ]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _run(listener: Listener, connection: AmiConnection) -> NoReturn:
    """After a fault of ours it begins anew."""
    while True:
        try:
            await listener.run(connection)
        except Exception:
            log.exception("listener_failed", listener=type(listener).__name__)
        await asyncio.sleep(_AGAIN_AFTER_S)
