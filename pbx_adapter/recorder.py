"""One PBX followed: its events become `call` rows, the state of its link is kept for the portal.

In: the address of a PBX and its site file. Out: finished calls, each recorded once, with the job of
the first text in the same transaction. A database that is away for a while is waited for; events
queue up in the link meanwhile.
"""

import asyncio
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.frames import Frame
from pbx_adapter.link import LinkKind, LinkState, Pace, follow
from pbx_adapter.site import Site
from pbx_adapter.tracker import Tracker
from ringback.calls import Call
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import RingbackError
from ringback.store.calls import record_call
from ringback.store.companies import set_link_state

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
    """Follows one PBX until cancelled."""

    def __init__(self, db: Database, clock: Clock, pbx: Pbx) -> None:
        self._db = db
        self._clock = clock
        self._pbx = pbx
        self._tracker = Tracker(pbx.site)

    async def run(self, pace: Pace | None = None) -> NoReturn:
        """Keep the link up and record what it tells."""
        await follow(
            self._pbx.address,
            self._take,
            self._note_state,
            self._ask_what_is_up,
            pace=pace,
            clock=self._clock,
        )

    async def _take(self, frame: Frame, at_s: float) -> None:
        for call in self._tracker.feed(frame, at_s):
            await self._keep(call)

    async def _ask_what_is_up(self, connection: AmiConnection) -> None:
        """After each login: which channels are up? Calls that began unseen are followed from here."""
        for frame in await connection.action("CoreShowChannels"):
            await self._take(frame, self._clock().timestamp())

    async def _note_state(self, state: LinkState) -> None:
        if state.kind is LinkKind.LOST:
            for call in self._tracker.link_lost(state.since.timestamp()):
                await self._keep(call)
        async with self._db.begin(self._pbx.company_id) as session:
            await set_link_state(session, self._pbx.pbx_id, state.kind, state.text, state.since)

    async def _keep(self, call: Call) -> None:
        """Record a finished call; a database that is away is waited for, up to a minute or so."""
        for attempt in range(1, _TRIES + 1):
            try:
                async with self._db.begin(self._pbx.company_id) as session:
                    row = await record_call(session, self._pbx.pbx_id, call, self._clock())
            except (SQLAlchemyError, RingbackError, OSError) as fault:
                log.error("call_not_recorded", uniqueid=call.uniqueid, fault=str(fault))
                await asyncio.sleep(min(2.0**attempt / 4, _LONGEST_WAIT_S))
                continue
            if row is not None:
                log.info("call_recorded", call=str(row.id), outcome=call.outcome)
            return
        log.critical("call_lost", uniqueid=call.uniqueid)
