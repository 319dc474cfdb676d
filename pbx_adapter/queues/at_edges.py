"""Offers of PBXs behind an edge: decided in the centre, from what the edge tells of its queues.

In: the queues of all edges' PBXs, their rules, what each site tells (`edge.seen_queues`). Out: what the
site is to watch; `set_value` commands; the offer on the queue's row, for the portal. It is decided as
for a PBX that this process is connected with (`offering`).

Of a queue that is not known (its edge or the PBX beside it is away, or the edge is older than this) a
callback that is offered `when_long` is neither told nor taken back, and the dialplan does after two
minutes what the queue's rules say of that. One that is offered `always` needs no look at the queue and
is told all the same; staff are then the handlers who staff its list.

A value carries the second of the centre: a PBX whose clock differs by more than the two minutes after
which the dialplan takes it for old offers nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NoReturn, Protocol
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError

from pbx_adapter.commands import Answer, Command, CommandKind
from pbx_adapter.queues.offering import Noted, decided
from pbx_adapter.queues.snapshot import PHONES_MOST, QUEUES_MOST, Offered, Seen, ToWatch, Watch
from pbx_adapter.queues.telling import TELL_EVERY_S, Telling
from pbx_adapter.queues.watched import Watched, watched
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import RingbackError, TryAgain
from ringback.pbx import PbxKind
from ringback.store.companies import company_ids, pbxs

LOOK_EVERY_S = 5.0
WATCH_EVERY_S = 30.0
_ANSWER_WITHIN = timedelta(seconds=10)
_AT_ONCE = 32  # PBXs
_NOTHING = Watch()
log = structlog.get_logger()


class Sight(Protocol):
    """A site's queues as they are now."""

    def get(self, name: str) -> Seen | None:
        """The queue; None when it is not known."""


class Sites(Protocol):
    """All sites with an edge."""

    def sight(self, site: str) -> Sight | None:
        """What is known of its queues now; None when nothing is."""

    def watch(self, site: str, watch: Watch) -> bool:
        """Tell it which queues we want to know of; False when that could not be sent."""


@dataclass(slots=True)
class _Edge:
    """What one PBX has been told."""

    telling: Telling
    noted: Noted
    watch: Watch = _NOTHING
    watch_told_s: float = 0.0


class OffersAtEdges:
    """All of them; `run` until cancelled.

    Args:
        db: The rows.
        clock: Ours.
        execute: Has the PBX of this id do a command.
        sites: What they tell; without them no queue is known.
        look_every_s: How often to decide.
        tell_every_s: After how long a value is written again.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        execute: Callable[[UUID, Command], Awaitable[Answer]],
        sites: Sites,
        look_every_s: float = LOOK_EVERY_S,
        tell_every_s: float = TELL_EVERY_S,
    ) -> None:
        self._db = db
        self._clock = clock
        self._execute = execute
        self._sites = sites
        self._look_every_s = look_every_s
        self._tell_every_s = tell_every_s
        self._edges: dict[UUID, _Edge] = {}  # by PBX
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> NoReturn:
        """Look every few seconds; a site that does not answer holds up no other for long."""
        while True:
            try:
                edges = await self._read()
            except (SQLAlchemyError, RingbackError, OSError) as fault:
                log.error("queues_of_edges_not_read", fault=str(fault))
            else:
                await asyncio.gather(*(self._look(*edge) for edge in edges))
            await asyncio.sleep(self._look_every_s)

    async def _read(self) -> Sequence[tuple[UUID, UUID, str, Sequence[Watched]]]:
        """Company, PBX, site and queues of each."""
        found = []
        async with self._db.read_across() as across:
            companies = await company_ids(across)
        for company_id in companies:
            async with self._db.read(company_id) as session:
                for row in await pbxs(session):
                    if row.kind == PbxKind.EDGE:
                        queues = await watched(session, row.id, self._clock())
                        found.append((company_id, row.id, row.username, queues))
        return found

    async def _look(
        self, company_id: UUID, pbx_id: UUID, site: str, queues: Sequence[Watched]
    ) -> None:
        if pbx_id not in self._edges:
            telling = Telling(partial(self._put, pbx_id), self._second, self._tell_every_s)
            self._edges[pbx_id] = _Edge(telling, Noted(self._db, self._clock, company_id))
        edge, sight = self._edges[pbx_id], self._sites.sight(site)
        self._watch(edge, site, queues, sight)
        try:
            async with self._room:
                await self._tell(edge, queues, sight)
        except (SQLAlchemyError, RingbackError, OSError) as fault:
            log.warning("offer_not_told_at_edge", pbx=str(pbx_id), fault=str(fault))
        self._watch(edge, site, queues)  # callers hear at once of what was told now

    async def _tell(self, edge: _Edge, queues: Sequence[Watched], sight: Sight | None) -> None:
        known = {queue.id: sight.get(queue.name) if sight else None for queue in queues}
        left = {
            queue.key
            for queue in queues
            if known[queue.id] is None and queue.rules.offer == "when_long"
        }
        looks = [
            (queue, known[queue.id] or Seen(queue.name))
            for queue in queues
            if queue.key not in left
        ]
        offers = [(queue, seen, decided(queue, seen, self._clock())) for queue, seen in looks]
        await edge.telling.tell({queue.key: offer for queue, _, offer in offers}, left)
        await edge.noted.note({queue.id: (offer, seen.waiting) for queue, seen, offer in offers})

    def _watch(
        self, edge: _Edge, site: str, queues: Sequence[Watched], sight: Sight | None = None
    ) -> None:
        """Tell the site when that has changed, now and then, and when it seems not to know."""
        watch = Watch(tuple(_to_watch(queue, edge.telling) for queue in queues[:QUEUES_MOST]))
        now_s = asyncio.get_running_loop().time()
        is_old = bool(queues) and now_s - edge.watch_told_s >= WATCH_EVERY_S
        lacks = sight is not None and any(sight.get(queue.name) is None for queue in watch.queues)
        if watch == edge.watch and not is_old and not lacks:
            return
        if len(queues) > QUEUES_MOST:
            log.error("too_many_queues_at_site", site=site, queues=len(queues), most=QUEUES_MOST)
        if self._sites.watch(site, watch):
            edge.watch, edge.watch_told_s = watch, now_s

    async def _put(self, pbx_id: UUID, key: str, value: str) -> None:
        fields = {"key": key, "value": value}
        expires_at = self._clock() + _ANSWER_WITHIN
        command = Command(f"offer-{uuid4()}", CommandKind.SET_VALUE, expires_at, fields)
        answer = await self._execute(pbx_id, command)
        if not answer.done:
            raise TryAgain(answer.text)

    async def _second(self) -> float:
        return self._clock().timestamp()


def _to_watch(queue: Watched, telling: Telling) -> ToWatch:
    told = telling.is_on(queue.key)
    offered: Offered = "as_it_is" if told is None else "on" if told else "off"
    return ToWatch(
        name=queue.name,
        mean_over_s=queue.mean_over_s,
        phones=queue.phones[:PHONES_MOST],
        offered="never" if queue.rules.offer == "off" else offered,
        language=queue.rules.language,
    )
