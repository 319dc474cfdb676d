"""Listens on AMI and keeps every byte with its clock: traces of what Asterisk says.

In: a running Asterisk. Out: the bytes of one connection (`Tap`), or those of a full and a narrow
user side by side over consecutive connections (`Link`). Used by the recorder of traces; knows
nothing of the product's own AMI client, which is judged by them.
"""

import asyncio
import contextlib
import time
from typing import Any, Self

from tests.asterisk.office import AMI_NARROW_USER, AMI_SECRET, AMI_USER, HOST
from tests.asterisk.server import Asterisk

_ANSWER_S = 20.0  # for a loaded machine
_LAST_CHANNEL_S = 15
_END = b"\r\n\r\n"
_READ = 1 << 16


class Tap:
    """One connection; an async context manager.

    Attributes:
        received: Every byte so far.
        chunks: `[seconds since connecting, byte offset]` of every read.
        sent: `[seconds, action]` of what was asked.
        began_at, ended_at: Epoch seconds.
    """

    def __init__(self, asterisk: Asterisk, user: str = AMI_USER, events: str = "off") -> None:
        self.received = bytearray()
        self.chunks: list[tuple[float, int]] = []
        self.sent: list[tuple[float, dict[str, str]]] = []
        self.began_at = self.ended_at = 0.0
        self._port, self._user, self._events = asterisk.ami_port, user, events
        self._grown = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        reader, self._writer = await asyncio.open_connection(HOST, self._port)
        self.began_at = time.time()
        self._reading = asyncio.create_task(self._read(reader), name="ami-tap")
        await self.ask("Login", Username=self._user, Secret=AMI_SECRET, Events=self._events)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()
        self.ended_at = self.ended_at or time.time()

    async def ask(self, action: str, **fields: str) -> str:
        """Sends an action and returns its response.

        Raises:
            RuntimeError: Asterisk refused, or said nothing.
        """
        asked = {"Action": action, **fields, "ActionID": f"{action.lower()}-{len(self.sent) + 1}"}
        shown = {**asked, "Secret": "***"} if "Secret" in asked else asked
        self.sent.append((round(time.time() - self.began_at, 4), shown))
        lines = "".join(f"{name}: {value}\r\n" for name, value in asked.items())
        if self._writer is None:
            raise RuntimeError("The AMI connection is not open.")
        self._writer.write(f"{lines}\r\n".encode())
        return await self._answer(asked["ActionID"])

    async def still(self, quiet_s: float, within_s: float) -> None:
        """Returns when nothing has come for so long, or the time is up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while await self._grows(quiet_s):
                    pass

    async def _grows(self, within_s: float) -> bool:
        self._grown.clear()
        try:
            async with asyncio.timeout(within_s):
                await self._grown.wait()
        except TimeoutError:
            return False
        return True

    async def _answer(self, action_id: str) -> str:
        mark = f"ActionID: {action_id}\r\n".encode()
        grows = True
        while grows:
            whole = bytes(self.received).split(_END)[:-1]
            found = next((frame for frame in whole if mark in frame + b"\r\n"), None)
            if found is not None:
                text = found.decode()
                if "Response: Error" in text:
                    raise RuntimeError(f"Asterisk refused {action_id}: {text}")
                return text
            grows = await self._grows(_ANSWER_S)
        raise RuntimeError(f"Asterisk did not answer {action_id}.")

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(_READ):
            self.chunks.append((round(time.time() - self.began_at, 4), len(self.received)))
            self.received += chunk
            self._grown.set()
        self.ended_at = time.time()

    @property
    def index(self) -> dict[str, Any]:
        """The trace's clock, as it lies beside the bytes."""
        return {"chunks": self.chunks, "sent": self.sent}


class Link:
    """A full and a narrow user who listen at the same time; may be cut and opened again.

    Attributes:
        full, narrow: Their connections so far.
    """

    def __init__(self, asterisk: Asterisk) -> None:
        self.full: list[Tap] = []
        self.narrow: list[Tap] = []
        self._asterisk = asterisk
        self._stack = contextlib.AsyncExitStack()

    @property
    def began_at(self) -> float:
        """When the first connection was made, in epoch seconds."""
        return self.full[0].began_at

    async def open(self) -> None:
        """Connects; a second time asks for what is up, as a client must after a gap."""
        for taps, user in ((self.full, AMI_USER), (self.narrow, AMI_NARROW_USER)):
            tap = Tap(self._asterisk, user, "on")
            taps.append(await self._stack.enter_async_context(tap))
            if len(taps) > 1:
                await tap.ask("CoreShowChannels")
                await tap.ask("QueueStatus")

    async def cut(self) -> None:
        """Loses both connections."""
        await self._stack.aclose()

    async def settle(self) -> None:
        """Waits until no channel is up, within reason, and everything has been said."""
        async with Tap(self._asterisk) as tap:
            for _ in range(_LAST_CHANNEL_S):
                await tap.ask("CoreShowChannels")
                await tap.still(quiet_s=0.2, within_s=1.0)
                if tap.received.rstrip().endswith(b"ListItems: 0"):
                    break
                await asyncio.sleep(0.8)
        await self.full[-1].still(quiet_s=1.0, within_s=10.0)
