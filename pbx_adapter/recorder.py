"""One PBX followed: its events become `call` rows, the state of its link is kept for the portal.

In: the address of a PBX and its site file. Out: finished calls, each recorded once, with the job of
the first text in the same transaction. A database that is away for a while is waited for; events
queue up in the link meanwhile.

What happened while nobody listened comes from the outbox (`outbox`): looked into after each login
and every few seconds, emptied of what has been recorded. A call whose end the tracker saw without
knowing whether somebody had answered waits for the next look.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import ActionRefused, PbxAddress
from pbx_adapter.frames import Frame
from pbx_adapter.link import LinkKind, LinkState, Pace, follow
from pbx_adapter.outbox import completed, forget, kept_calls
from pbx_adapter.site import Site
from pbx_adapter.tracker import Tracker
from ringback.calls import Call
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import RingbackError
from ringback.store.calls import record_call
from ringback.store.companies import set_link_state

LOOK_EVERY_S = 15.0
_TRIES = 8
_LONGEST_WAIT_S = 15.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pbx:
    """A PBX as the database holds it."""

    company_id: UUID
    pbx_id: UUID
    address: PbxAddress
    site: Site


class Recorder:
    """Follows one PBX until cancelled; looks into its outbox every `look_every_s` seconds."""

    def __init__(
        self, db: Database, clock: Clock, pbx: Pbx, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._db = db
        self._clock = clock
        self._pbx = pbx
        self._look_every_s = look_every_s
        self._tracker = Tracker(pbx.site)
        self._looks = True  # until the PBX refuses to show its outbox
        self._look_now = asyncio.Event()
        self._undecided: dict[str, Call] = {}  # their outcome may stand in the outbox
        self._seen: frozenset[str] = frozenset()  # in the outbox, when it was last looked into

    async def run(self, pace: Pace | None = None) -> NoReturn:
        """Keep the link up and record what it tells."""
        await follow(
            self._pbx.address,
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
            for call in self._tracker.link_lost(state.since.timestamp()):
                await self._tell(call)
        await self._write(
            "link_state",
            lambda session: set_link_state(
                session, self._pbx.pbx_id, state.kind, state.text, state.since
            ),
        )

    async def _catch_up(self, connection: AmiConnection) -> None:
        """After each login: which channels are up, and what has ended unseen? Then look on."""
        self._looks, first = True, True
        try:
            for frame in await connection.action("CoreShowChannels"):
                await self._take(frame, self._clock().timestamp())
            while True:
                self._look_now.clear()
                await self._look_into_outbox(connection, first)
                first = False
                await self._until_next_look()
        except ActionRefused:
            self._looks = False
            await self._record_undecided({})
            raise

    async def _until_next_look(self) -> None:
        try:
            async with asyncio.timeout(self._look_every_s):
                await self._look_now.wait()
        except TimeoutError:
            return

    async def _look_into_outbox(self, connection: AmiConnection, first: bool) -> None:
        """Record what only the outbox tells, then take out all that is recorded.

        The handler writes just before the tracker hears of the end. So an entry is left to the
        tracker until the next look, unless it was there when we came.
        """
        kept = await kept_calls(connection, self._pbx.site)
        await self._record_undecided(kept)
        followed = {call.uniqueid for call in self._tracker.open_calls()}
        recorded = [
            uniqueid
            for uniqueid, call in kept.items()
            if (first or uniqueid in self._seen) and uniqueid not in followed
            if await self._keep(call)
        ]
        for uniqueid in recorded:
            await forget(connection, uniqueid)
        self._seen = frozenset(kept)

    async def _record_undecided(self, kept: dict[str, Call]) -> None:
        for uniqueid, call in list(self._undecided.items()):
            if await self._keep(completed(call, kept.get(uniqueid))):
                del self._undecided[uniqueid]

    async def _tell(self, call: Call) -> None:
        """Record a call that ended; one of unknown outcome when the outbox has been asked."""
        if call.outcome is None and self._looks:
            self._undecided[call.uniqueid] = call
            self._look_now.set()
        else:
            await self._keep(call)

    async def _keep(self, call: Call) -> bool:
        """Record a finished call; False when the database stayed away for most of a minute."""

        async def record(session: AsyncSession) -> None:
            row = await record_call(session, self._pbx.pbx_id, call, self._clock())
            if row is not None:
                log.info("call_recorded", call=str(row.id), outcome=call.outcome)

        return await self._write(call.uniqueid, record)

    async def _write(self, what: str, work: Callable[[AsyncSession], Awaitable[None]]) -> bool:
        """Do the work in the database; one that is away is waited for, most of a minute."""
        for attempt in range(1, _TRIES + 1):
            try:
                async with self._db.begin(self._pbx.company_id) as session:
                    await work(session)
            except (SQLAlchemyError, RingbackError, OSError) as fault:
                log.error("pbx_not_recorded", what=what, fault=str(fault))
                await asyncio.sleep(min(2.0**attempt / 4, _LONGEST_WAIT_S))
                continue
            return True
        log.critical("pbx_record_given_up", what=what)
        return False
