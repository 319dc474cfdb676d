"""One PBX followed: its events become finished calls, handed over to where they are kept.

In: the address of a PBX, its site file, a sink. Out: each finished call, and the state of the link,
kept by the sink. While the sink does not answer, events queue up in the link.

What happened while nobody listened comes from the outbox (`outbox`): looked into after each login
and every few seconds, emptied of what has been kept. A call whose end the tracker saw without
knowing whether somebody had answered is kept as such, and completed by what the outbox knows.
"""

import asyncio
from typing import NoReturn

import structlog

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import ActionRefused, PbxAddress
from pbx_adapter.frames import Frame
from pbx_adapter.link import LinkKind, LinkState, Pace, follow
from pbx_adapter.outbox import forget, kept_calls
from pbx_adapter.sink import Sink
from pbx_adapter.site import Site
from pbx_adapter.tracker import Tracker
from ringback.calls import Call
from ringback.clock import Clock, system_clock

LOOK_EVERY_S = 15.0
log = structlog.get_logger()


class Recorder:
    """Follows one PBX until cancelled; looks into its outbox every `look_every_s` seconds.

    Attributes:
        connection: For actions; None while the link is down.
    """

    def __init__(
        self,
        address: PbxAddress,
        site: Site,
        sink: Sink,
        clock: Clock = system_clock,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self.connection: AmiConnection | None = None
        self._address = address
        self._site = site
        self._sink = sink
        self._clock = clock
        self._look_every_s = look_every_s
        self._tracker = Tracker(site)
        self._look_now = asyncio.Event()
        self._undecided: set[str] = set()  # their outcome may stand in the outbox
        self._seen: frozenset[str] = frozenset()  # in the outbox, when it was last looked into

    async def run(self, pace: Pace | None = None) -> NoReturn:
        """Keep the link up and hand over what it tells."""
        await follow(
            self._address,
            self._take,
            self._note_state,
            self._catch_up,
            pace=pace,
            clock=self._clock,
        )

    async def _take(self, frame: Frame, at_s: float) -> None:
        for call in self._tracker.feed(frame, at_s):
            await self._tell(call)

    async def _note_state(self, state: LinkState) -> None:
        if state.kind is LinkKind.LOST:
            self.connection = None
            for call in self._tracker.link_lost(state.since.timestamp()):
                await self._tell(call)
        await self._sink.keep_link(state)

    async def _catch_up(self, connection: AmiConnection) -> None:
        """After each login: which channels are up, and what has ended unseen? Then look on."""
        self.connection = connection
        for frame in await connection.action("CoreShowChannels"):
            await self._take(frame, self._clock().timestamp())
        first = True
        try:
            while True:
                self._look_now.clear()
                await self._look_into_outbox(connection, first)
                first = False
                await self._until_next_look()
        except ActionRefused:
            self._undecided.clear()
            raise

    async def _until_next_look(self) -> None:
        try:
            async with asyncio.timeout(self._look_every_s):
                await self._look_now.wait()
        except TimeoutError:
            return

    async def _look_into_outbox(self, connection: AmiConnection, first: bool) -> None:
        """Hand over what only the outbox tells, then take out all that is kept.

        The handler writes just before the tracker hears of the end. So an entry is left to the
        tracker until the next look, unless it was there when we came or the tracker waits for it.
        """
        kept = await kept_calls(connection, self._site)
        followed = {call.uniqueid for call in self._tracker.open_calls()}
        due = kept.keys() if first else kept.keys() & (self._seen | self._undecided)
        for uniqueid in due - followed:
            await self._sink.keep_call(kept[uniqueid])
        for uniqueid in due - followed:
            await forget(connection, uniqueid)
        self._undecided.clear()
        self._seen = frozenset(kept)

    async def _tell(self, call: Call) -> None:
        await self._sink.keep_call(call)
        if call.outcome is None:
            self._undecided.add(call.uniqueid)
            self._look_now.set()
