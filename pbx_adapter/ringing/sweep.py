"""Tries that nothing is heard of, and customers whose phones ring too long: seen to every few seconds.

In: the tries under way, by their rows. Out: leases that are renewed while calls are up, so that nobody
else rings the same customer; tries ended that are over; calls hung up that nobody answers. So
everything comes right by the rows and the PBX alone, after a restart and after a line was cut.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from pbx_adapter.commands import IS_UP, CommandKind
from pbx_adapter.ringing.looking import Looking, Pbxs
from ringback.attempts import RING_LEASE, Phase
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import RingbackError
from ringback.store.attempts import past_lease, put_back_unnoted
from ringback.tables import AttemptRow, CallbackRow

SWEEP_EVERY_S = 3.0
UNHEARD_FOR = timedelta(seconds=40)
"""A try is looked for when nothing was heard of it for so long; well within its lease."""
LONGEST_RING = timedelta(seconds=60)
"""A customer's phone rings no longer, whatever the PBX itself allows."""
_AT_ONCE = 8
log = structlog.get_logger()


class Sweep:
    """Looks after the tries of all companies; `run` until cancelled."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        pbxs: Pbxs,
        every_s: float = SWEEP_EVERY_S,
        longest_ring: timedelta = LONGEST_RING,
    ) -> None:
        self._db = db
        self._clock = clock
        self._looking = Looking(db, clock, pbxs)
        self._every_s = every_s
        self._longest_ring = longest_ring
        self._one_of_many = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> NoReturn:
        """Sweep, and again; a database that is away is waited for."""
        while True:
            try:
                await self.sweep()
            except (SQLAlchemyError, RingbackError, OSError) as fault:
                log.error("callbacks_not_swept", fault=str(fault))
            await asyncio.sleep(self._every_s)

    async def sweep(self) -> None:
        """See to every company that has tries without a note."""
        async with self._db.read_across() as session:
            query = select(AttemptRow.company_id).where(AttemptRow.noted_at.is_(None)).distinct()
            companies = (await session.scalars(query)).all()
        for company_id in companies:
            due = await self._due(company_id)
            await asyncio.gather(*(self._see_to(company_id, *one) for one in due))
            async with self._db.begin(company_id) as session:
                await put_back_unnoted(session, self._clock())

    async def _due(self, company_id: UUID) -> Sequence[tuple[AttemptRow, bool]]:
        """Tries to see to, and whether the customer's phone rings too long."""
        now = self._clock()
        async with self._db.read(company_id) as session:
            under_way = await past_lease(session, now + RING_LEASE)
            found = []
            for attempt in under_way:
                row = await session.get_one(CallbackRow, attempt.callback_id)
                too_long = self._rings_too_long(attempt, now)
                if too_long or _is_unheard(attempt, row, now):
                    found.append((attempt, too_long))
        return found

    async def _see_to(self, company_id: UUID, attempt: AttemptRow, too_long: bool) -> None:
        """One that fails is seen to in the next round; it holds up no other."""
        try:
            async with self._one_of_many:
                seen = await self._looking.look(company_id, attempt)
                if too_long and seen.text == IS_UP:  # and not talking, whatever was heard of it
                    answer = await self._looking.tell(attempt, CommandKind.HANG_UP)
                    log.info("callback_hung_up", attempt=str(attempt.id), text=answer.text)
        except (SQLAlchemyError, RingbackError, OSError) as fault:
            log.error("callback_not_seen_to", attempt=str(attempt.id), fault=str(fault))

    def _rings_too_long(self, attempt: AttemptRow, now: datetime) -> bool:
        since = attempt.picked_up_at
        rings = attempt.phase == Phase.RINGS_CUSTOMER
        return rings and since is not None and now - since > self._longest_ring


def _is_unheard(attempt: AttemptRow, row: CallbackRow, now: datetime) -> bool:
    if attempt.phase == Phase.UNKNOWN or row.attempt_id != attempt.id or row.lease_until is None:
        return True
    return row.lease_until <= now + RING_LEASE - UNHEARD_FOR
