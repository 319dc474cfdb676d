"""Offers of PBXs behind an edge: decided in the centre, which does not see who waits there.

In: the queues of all edges' PBXs, their rules. Out: `set_value` commands; the offer on the queue's row,
for the portal. A queue that offers a callback `always` does so behind an edge, too, within its window,
its hours and intervals; one that offers it `when_long` never does, for that needs the events of a PBX
that this process is connected with (`offering`). Staff are the handlers who staff its list.

A value carries the second of the centre: a PBX whose clock differs by more than the two minutes after
which the dialplan takes it for old offers nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import NoReturn
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError

from pbx_adapter.commands import Answer, Command, CommandKind
from pbx_adapter.queues.offering import Noted, decided
from pbx_adapter.queues.telling import TELL_EVERY_S, Telling
from pbx_adapter.queues.waits import Queues
from pbx_adapter.queues.watched import Watched, watched
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import RingbackError, TryAgain
from ringback.pbx import PbxKind
from ringback.store.companies import company_ids, pbxs

LOOK_EVERY_S = 5.0
_ANSWER_WITHIN = timedelta(seconds=10)
_AT_ONCE = 32  # PBXs
_NOT_SEEN = Queues()
log = structlog.get_logger()


class OffersAtEdges:
    """All of them; `run` until cancelled.

    Args:
        db: The rows.
        clock: Ours.
        execute: Has the PBX of this id do a command.
        look_every_s: How often to decide.
        tell_every_s: After how long a value is written again.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        execute: Callable[[UUID, Command], Awaitable[Answer]],
        look_every_s: float = LOOK_EVERY_S,
        tell_every_s: float = TELL_EVERY_S,
    ) -> None:
        self._db = db
        self._clock = clock
        self._execute = execute
        self._look_every_s = look_every_s
        self._tell_every_s = tell_every_s
        self._edges: dict[UUID, tuple[Telling, Noted]] = {}  # by PBX
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> NoReturn:
        """Look every few seconds; a site that does not answer holds up no other for long."""
        while True:
            try:
                edges = await self._read()
            except (SQLAlchemyError, RingbackError, OSError) as fault:
                log.error("queues_of_edges_not_read", fault=str(fault))
            else:
                await asyncio.gather(*(self._tell(*edge) for edge in edges))
            await asyncio.sleep(self._look_every_s)

    async def _read(self) -> Sequence[tuple[UUID, UUID, Sequence[Watched]]]:
        """Company, PBX and queues of each."""
        found = []
        async with self._db.read_across() as across:
            companies = await company_ids(across)
        for company_id in companies:
            async with self._db.read(company_id) as session:
                for row in await pbxs(session):
                    if row.kind == PbxKind.EDGE:
                        queues = await watched(session, row.id, self._clock())
                        found.append((company_id, row.id, queues))
        return found

    async def _tell(self, company_id: UUID, pbx_id: UUID, queues: Sequence[Watched]) -> None:
        if pbx_id not in self._edges:
            told = Telling(partial(self._put, pbx_id), self._second, self._tell_every_s)
            self._edges[pbx_id] = told, Noted(self._db, self._clock, company_id)
        telling, noted = self._edges[pbx_id]
        offers = [(queue, decided(queue, _NOT_SEEN, self._clock())) for queue in queues]
        try:
            async with self._room:
                await telling.tell({queue.key: offer for queue, offer in offers})
            await noted.note({queue.id: (offer, 0) for queue, offer in offers})
        except (SQLAlchemyError, RingbackError, OSError) as fault:
            log.warning("offer_not_told_at_edge", pbx=str(pbx_id), fault=str(fault))

    async def _put(self, pbx_id: UUID, key: str, value: str) -> None:
        fields = {"key": key, "value": value}
        expires_at = self._clock() + _ANSWER_WITHIN
        command = Command(f"offer-{uuid4()}", CommandKind.SET_VALUE, expires_at, fields)
        answer = await self._execute(pbx_id, command)
        if not answer.done:
            raise TryAgain(answer.text)

    async def _second(self) -> float:
        return self._clock().timestamp()
