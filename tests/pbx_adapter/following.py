"""Our side of a link whose waits end when the test says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pbx_adapter.ami_connection import Limits
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.frames import Frame
from pbx_adapter.link import LinkKind, LinkState, OnUp, Pace, follow

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Follower:
    """Stands on our side of the link; its waits end when the test says so."""

    states: asyncio.Queue[LinkState] = field(default_factory=asyncio.Queue)
    frames: asyncio.Queue[tuple[Frame, float]] = field(default_factory=asyncio.Queue)
    delays: asyncio.Queue[float] = field(default_factory=asyncio.Queue)
    now: datetime = NOON
    _next_try: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def on_frame(self, frame: Frame, at_s: float) -> None:
        if frame.get("Poison"):
            raise ZeroDivisionError
        await self.frames.put((frame, at_s))

    async def on_state(self, state: LinkState) -> None:
        await self.states.put(state)

    async def sleep(self, delay_s: float) -> None:
        await self.delays.put(delay_s)
        await self._next_try.acquire()

    async def waits_s(self) -> float:
        """How long the link would wait now."""
        return await self.delays.get()

    def try_again(self) -> None:
        """Ends the wait."""
        self._next_try.release()

    async def state(self, kind: LinkKind) -> LinkState:
        """The next state, which must be of this kind."""
        state = await self.states.get()
        assert state.kind is kind, state
        return state

    async def event(self, name: str) -> float:
        """The second at which the next event of this name was read."""
        while True:
            frame, at_s = await self.frames.get()
            if frame["Event"] == name:
                return at_s


@asynccontextmanager
async def following(
    pbx: PbxAddress, on_up: OnUp | None = None, limits: Limits | None = None
) -> AsyncIterator[Follower]:
    follower = Follower()
    link = asyncio.create_task(
        follow(
            pbx,
            follower.on_frame,
            follower.on_state,
            on_up,
            limits=limits,
            pace=Pace(sleep=follower.sleep, chance=lambda: 0.0),
            clock=lambda: follower.now,
        )
    )
    try:
        await follower.state(LinkKind.CONNECTING)
        yield follower
    finally:
        link.cancel()
        (ended,) = await asyncio.gather(link, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError), ended
