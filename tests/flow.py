"""What the tests of the flow's steps share: workers that run what is due, and looking at rows."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select

from ringback.db import Database
from ringback.store.conversations import open_conversation, open_conversation_with, queue_text
from ringback.tables import Base, JobRow, MessageRow, SmsNumberRow
from ringback.worker import Step, Worker
from tests.clock import HandClock

US, CALLER, OTHER_CALLER = "+46701740690", "+46701740605", "+46701740611"
LEASE_S = 60.0
Row = TypeVar("Row", bound=Base)


async def run_due(
    db: Database, clock: HandClock, steps: Mapping[str, Step], workers: int = 1
) -> None:
    """Run everything that is due, by so many workers at once, until nothing is."""

    async def work(worker: Worker) -> None:
        while await worker.run_one():
            pass

    team = [Worker(db, clock.now, steps, LEASE_S) for _ in range(workers)]
    await asyncio.gather(*map(work, team))


async def rows(db: Database, company: UUID, table: type[Row]) -> Sequence[Row]:
    async with db.read(company) as session:
        return (await session.scalars(select(table))).all()


async def jobs_of(db: Database, kind: str) -> Sequence[JobRow]:
    async with db.read_across() as session:
        return (await session.scalars(select(JobRow).where(JobRow.kind == kind))).all()


async def text_from(db: Database, company: UUID, message_id: UUID) -> MessageRow:
    async with db.read(company) as session:
        return await session.get_one(MessageRow, message_id)


async def add_number(db: Database, company: UUID, provider: str = "46elks") -> None:
    async with db.begin(company) as session:
        session.add(SmsNumberRow(id=uuid4(), provider=provider, e164=US))


async def queued(
    db: Database,
    company: UUID,
    clock: HandClock,
    text: str = "Hej! Vi såg att du ringde.",
    *,
    despite_opt_out: bool = False,
) -> UUID:
    """A text to the caller, in line to be sent; its id."""
    now = clock.now()
    async with db.begin(company) as session:
        talk = await open_conversation_with(session, CALLER)
        if talk is None:
            talk = await open_conversation(session, CALLER, US, "sv", now)
        row = await queue_text(
            session, talk, f"test:{uuid4()}", text, now, despite_opt_out=despite_opt_out
        )
        assert row is not None
        return row.id
