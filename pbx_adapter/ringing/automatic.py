"""Queues that ring by themselves: looked at every few seconds, beside the offers.

In: rows (open wishes, handlers who are there), and what the PBX tells of its queues and phones. Out:
claims, as if the handler had clicked *Ring*. Whose turn it is, is `ringback.turns`.

A handler who did not pick up is left alone for a while, and so is a wish that could not be claimed.
Where a PBX is not heard nothing is rung: it is not known who waits on its line.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn, Protocol
from uuid import UUID

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from pbx_adapter.ringing.phones import Lines
from ringback.attempts import Outcome, Promise
from ringback.business import Business
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import RingbackError
from ringback.queues import Rules
from ringback.store.attempts import claim
from ringback.store.companies import business
from ringback.store.staffing import present
from ringback.tables import AttemptRow, CallbackRow, QueueRow
from ringback.tenancy import number_index
from ringback.turns import Line, Waits, turns

LOOK_EVERY_S = 2.0
_AWAY_FOR = timedelta(minutes=5)
_RECENT = timedelta(days=1)  # who has rung least lately is looked for in so much
_REFUSED_FOR = timedelta(minutes=1)
_MOST_WISHES = 200  # of a queue; there are fewer handlers
_REFUSED_MOST = 1000
log = structlog.get_logger()


class Heard(Protocol):
    """PBXs whose events this process hears, or whose edge tells it what it must know."""

    def phones(self, pbx_id: UUID) -> Lines | None:
        """Who waits and who is free there; None while that is not known."""


@dataclass(frozen=True, slots=True)
class _Queue:
    """A queue that rings by itself."""

    id: UUID
    name: str
    rules: Rules
    phones: Lines


class Automatic:
    """The automatic mode of all companies; `run` until cancelled."""

    def __init__(
        self, db: Database, clock: Clock, heard: Heard, every_s: float = LOOK_EVERY_S
    ) -> None:
        self._db = db
        self._clock = clock
        self._heard = heard
        self._every_s = every_s
        self._refused: dict[UUID, datetime] = {}  # wishes, and until when they are let be

    async def run(self) -> NoReturn:
        """Look, and again; a database that is away is waited for."""
        while True:
            try:
                await self.look()
            except (SQLAlchemyError, RingbackError, OSError) as fault:
                log.error("automatic_mode_failed", fault=str(fault))
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Ring whose turn it is now, in every company."""
        for company_id, queues in (await self._queues()).items():
            for wish, handler in await self._turns(company_id, queues):
                await self._ring(company_id, wish, handler)

    async def _queues(self) -> dict[UUID, list[_Queue]]:
        async with self._db.read_across() as session:
            rows = await session.execute(
                select(
                    QueueRow.company_id, QueueRow.id, QueueRow.pbx_id, QueueRow.name, QueueRow.rules
                ).where(QueueRow.removed_at.is_(None))
            )
        found: dict[UUID, list[_Queue]] = {}
        for company_id, queue_id, pbx_id, name, document in rows:
            rules = Rules.kept(document)
            phones = self._heard.phones(pbx_id) if rules.automatic else None
            if phones is not None:
                queue = _Queue(queue_id, name, rules, phones)
                found.setdefault(company_id, []).append(queue)
        return found

    async def _turns(
        self, company_id: UUID, queues: Sequence[_Queue]
    ) -> Sequence[tuple[UUID, UUID]]:
        now = self._clock()
        self._refused = {one: until for one, until in self._refused.items() if until > now}
        async with self._db.read(company_id) as session:
            company = await business(session)
            lines = [await self._line(session, queue, company, now) for queue in queues]
        return turns(lines, company, now)

    async def _line(
        self, session: AsyncSession, queue: _Queue, company: Business, now: datetime
    ) -> Line:
        wishes = await _wishes(session, queue, now, self._refused.keys())
        waiting = queue.phones.callers(queue.name)
        return Line(
            wishes=wishes,
            callers=[datetime.fromtimestamp(arrived_s, UTC) for arrived_s in waiting],
            free=await _free(session, queue, now) if wishes or waiting else (),
        )

    async def _ring(self, company_id: UUID, wish: UUID, handler: UUID) -> None:
        now = self._clock()
        try:
            async with self._db.begin(company_id) as session:
                attempt = await claim(session, wish, handler, now, automatic=True)
        except RingbackError as fault:
            log.info("turn_not_taken", callback=str(wish), handler=str(handler), fault=str(fault))
            if len(self._refused) < _REFUSED_MOST:
                self._refused[wish] = now + _REFUSED_FOR
        else:
            log.info("turn_taken", callback=str(wish), attempt=str(attempt.id))


async def _wishes(
    session: AsyncSession, queue: _Queue, now: datetime, refused: Collection[UUID]
) -> list[Waits]:
    """Those that nobody has in hand, and that have a number."""
    row = CallbackRow
    found = await session.execute(
        select(row.id, row.arrived_at, row.from_at, row.to_at, row.not_before, row.tries)
        .where(
            row.queue_id == queue.id,
            row.state == "open",
            row.number_index != number_index(""),
            or_(row.attempt_id.is_(None), row.lease_until <= now),
            or_(row.from_at.is_(None), row.from_at <= now),
            or_(row.to_at.is_(None), row.to_at > now),
            or_(row.not_before.is_(None), row.not_before <= now),
            row.tries < queue.rules.most_tries,  # who can't be texted stays in the list
        )
        .order_by(row.arrived_at, row.id)
        .limit(_MOST_WISHES + len(refused))
    )
    return [
        Waits(id_, arrived_at, Promise(from_at, to_at, not_before, tries >= queue.rules.most_tries))
        for id_, arrived_at, from_at, to_at, not_before, tries in found
        if id_ not in refused
    ]


async def _free(session: AsyncSession, queue: _Queue, now: datetime) -> list[UUID]:
    """Handlers who can ring now; who has rung least lately comes first. Of two at one phone, one."""
    tries = await session.execute(
        select(
            AttemptRow.user_id,
            func.max(AttemptRow.began_at),
            func.count().filter(AttemptRow.noted_at.is_(None)),
            func.count().filter(
                AttemptRow.automatic,
                AttemptRow.outcome == Outcome.HANDLER_AWAY,
                AttemptRow.ended_at > now - _AWAY_FOR,
            ),
        )
        .where(or_(AttemptRow.began_at > now - _RECENT, AttemptRow.noted_at.is_(None)))
        .group_by(AttemptRow.user_id)
    )
    rung = {
        user_id: (began_at, bool(unnoted or away)) for user_id, began_at, unnoted, away in tries
    }
    never = (datetime.min.replace(tzinfo=UTC), False)
    there = await present(session, queue.id, now)
    idle = [one for one in there if queue.phones.is_idle(one.phone, queue.name)]
    able = [one for one in idle if not rung.get(one.user_id, never)[1]]
    able.sort(key=lambda one: rung.get(one.user_id, never)[0])
    at_phones: dict[str, UUID] = {}
    for one in able:
        at_phones.setdefault(one.phone, one.user_id)
    return list(at_phones.values())
