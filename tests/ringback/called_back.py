"""A queue, its handlers and a wish to be rung, for tests of the callback list."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.attempts import Outcome, Phase, Progress, channel_id
from ringback.db import Database
from ringback.queues import Rules
from ringback.store import attempts
from ringback.store.callback_requests import ask_callback
from ringback.store.people import add_user
from ringback.store.queues import add_queue, save_rules
from ringback.tables import AttemptRow, CallbackRow, JobRow
from tests.clock import FRIDAY_AT_TEN, HandClock
from tests.ringback.flow import ANNA, add_pbx

NOTE = "Ville boka om."


@dataclass
class Office:
    """One company's queue `support`, and what its handlers do; everything at the clock's time."""

    db: Database
    company: UUID
    pbx: UUID
    queue: UUID
    clock: HandClock
    people: list[UUID] = field(default_factory=list)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[AsyncSession]:
        async with self.db.begin(self.company) as session:
            yield session

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def hire(self, number: int = 1, phone: str = "PJSIP/101") -> UUID:
        """New handlers; the id of the last."""
        async with self.at_work() as session:
            for _ in range(number):
                user = await add_user(
                    session,
                    self.db.master,
                    email=f"{uuid4()}@example.com",
                    name=f"Handläggare {len(self.people) + 1}",
                    role="handler",
                    password_hash="$argon2id$x",
                    language="sv",
                    now=self.now,
                )
                user.phone = phone
                self.people.append(user.id)
        return self.people[-1]

    async def wish(self, number: str = ANNA, queue: bool = True, **more: object) -> UUID:
        async with self.at_work() as session:
            queue_id = self.queue if queue else None
            row = await ask_callback(
                session,
                number,
                "call_back",
                self.now,
                key=str(uuid4()),
                queue_id=queue_id,
                **more,  # type: ignore[arg-type]
            )
            assert row is not None
            return row.id

    async def ring(self, wish: UUID, who: UUID, **more: object) -> AttemptRow:
        async with self.at_work() as session:
            return await attempts.claim(session, wish, who, self.now, **more)  # type: ignore[arg-type]

    async def send(self, attempt: UUID) -> AttemptRow | None:
        async with self.at_work() as session:
            return await attempts.to_send(session, attempt, self.now)

    async def told(self, attempt: UUID, phase: Phase, cause: Outcome | None = None) -> None:
        """What the PBX tells of the call at this moment."""
        progress = Progress(channel_id(attempt), phase, self.now.timestamp(), cause)
        async with self.at_work() as session:
            await attempts.note_progress(session, progress, self.now)

    async def note(
        self, attempt: UUID, who: UUID, outcome: Outcome, text: str = NOTE, **more: str
    ) -> None:
        async with self.at_work() as session:
            await attempts.write_note(session, attempt, who, outcome, text, self.now, **more)

    async def in_vain(self, wish: UUID, who: UUID, outcome: Outcome = Outcome.NO_ANSWER) -> None:
        """One whole try that did not reach the customer, whatever the hour."""
        attempt = await self.ring(wish, who, outside_why="De bad om det.")
        await self.send(attempt.id)
        await self.told(attempt.id, Phase.RINGS_CUSTOMER)
        await self.told(attempt.id, Phase.ENDED, outcome)
        await self.note(attempt.id, who, outcome)

    async def row(self, wish: UUID) -> CallbackRow:
        async with self.db.read(self.company) as session:
            return await session.get_one(CallbackRow, wish)

    async def attempt(self, attempt: UUID) -> AttemptRow:
        async with self.db.read(self.company) as session:
            return await session.get_one(AttemptRow, attempt)

    async def rules(self, **rules: object) -> None:
        async with self.at_work() as session:
            kept = Rules.from_document(rules)
            await save_rules(session, self.queue, "Support", kept, self.now)

    async def jobs(self, kind: str) -> list[tuple[UUID, datetime]]:
        async with self.db.read_across() as session:
            rows = await session.scalars(
                select(JobRow).where(JobRow.kind == kind).order_by(JobRow.id)
            )
            return [(row.subject, row.run_at) for row in rows]


async def an_office(db: Database, company: UUID, clock: HandClock) -> Office:
    async with db.begin(company) as session:
        pbx = await add_pbx(session)
        queue = await add_queue(session, pbx, "support", "Support", FRIDAY_AT_TEN)
    return Office(db, company, pbx, queue.id, clock)
