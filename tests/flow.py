"""What the tests of the flow's steps share: workers that run what is due, and looking at rows."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select

from ringback.db import Database
from ringback.policy import Situation
from ringback.store.conversations import open_conversation, open_conversation_with, queue_text
from ringback.tables import Base, JobRow, MessageRow, SmsNumberRow
from ringback.worker import Batch, Step, Worker
from tests.clock import HandClock

US, CALLER, OTHER_CALLER = "+46701740690", "+46701740605", "+46701740611"
LEASE_S = 60.0
Row = TypeVar("Row", bound=Base)


async def run_due(
    db: Database, clock: HandClock, steps: Mapping[str, Step | Batch], workers: int = 1
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
        query = select(JobRow).where(JobRow.kind == kind).order_by(JobRow.id)
        return (await session.scalars(query)).all()


async def text_from(db: Database, company: UUID, message_id: UUID) -> MessageRow:
    async with db.read(company) as session:
        return await session.get_one(MessageRow, message_id)


async def add_number(
    db: Database, company: UUID, provider: str = "46elks", e164: str = US, rank: int = 0
) -> None:
    """Register a number of the company's at an account; once is enough."""
    known = (SmsNumberRow.provider == provider) & (SmsNumberRow.e164 == e164)
    async with db.begin(company) as session:
        if not await session.scalar(select(SmsNumberRow.id).where(known)):
            session.add(SmsNumberRow(id=uuid4(), provider=provider, e164=e164, rank=rank))


async def queued(
    db: Database,
    company: UUID,
    clock: HandClock,
    text: str = "Hej! Vi såg att du ringde.",
    *,
    to: str = CALLER,
    situation: Situation = Situation.REPLY,
    despite_opt_out: bool = False,
) -> UUID:
    """A text to a caller, in line to be sent; its id. Our number is at the account 46elks at least."""
    now = clock.now()
    async with db.begin(company) as session:
        if not await session.scalar(select(SmsNumberRow.id).where(SmsNumberRow.e164 == US)):
            session.add(SmsNumberRow(id=uuid4(), provider="46elks", e164=US))
        talk = await open_conversation_with(session, to)
        if talk is None:
            talk = await open_conversation(session, to, US, "sv", now)
        row = await queue_text(
            session,
            talk,
            f"test:{uuid4()}",
            text,
            now,
            situation=situation,
            despite_opt_out=despite_opt_out,
        )
        assert row is not None
        return row.id
