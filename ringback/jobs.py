"""The table of jobs: put, claim, finish. A step's transaction writes what happened and the next job.

A worker claims what is due under a lease, acts with no session open across a network call, and
records the result, the next job and the job's own end in one transaction. A lease that ran out
makes the job due again; once somebody has claimed it, `finish` refuses the late worker. A job's key
is unique: a step asked for twice is done once. Why no workflow engine: docs/decisions/0001.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ringback.bell import RING
from ringback.errors import RingbackError
from ringback.tables import JobRow

MAX_ATTEMPTS = 12
KEEP_DONE = timedelta(days=7)
_LONGEST_DELAY_S = 900.0


class LeaseLost(RingbackError):
    """Another worker has the job by now; what this one did is rolled back."""


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. `subject` is the id of the row that the step is about."""

    id: int
    key: str
    kind: str
    company_id: UUID
    subject: UUID
    attempts: int
    token: str


async def put(
    session: AsyncSession,
    kind: str,
    company_id: UUID,
    subject: UUID,
    run_at: datetime,
    *,
    lane: str | None = None,
    key: str = "",
) -> None:
    """Ask for a step, once: a second one with the same key changes nothing.

    Args:
        session: The unit of work of the step before.
        kind: Which step; `wiring` says who takes it.
        company_id: Whose.
        subject: Id of the row that the step is about.
        run_at: When it is due.
        lane: Steps of one lane are taken one at a time, in the order they were put.
        key: Told apart by this; the kind and the subject when empty.
    """
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert if on_sqlite else postgresql.insert
    await session.execute(
        insert(JobRow)
        .values(
            key=key or f"{kind}:{subject}",
            kind=kind,
            company_id=company_id,
            subject=subject,
            lane=lane,
            run_at=run_at,
        )
        .on_conflict_do_nothing(index_elements=[JobRow.key])  # also when two ask at once
    )
    session.info[RING] = True


async def claim(
    session: AsyncSession, kinds: frozenset[str], now: datetime, lease_s: float
) -> Job | None:
    """Take the job that has been due longest, or None."""
    row = await session.scalar(
        select(JobRow)
        .where(JobRow.run_at <= now, _may_run(kinds))
        .order_by(JobRow.run_at, JobRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.token = token_hex(16)
    row.run_at = now + timedelta(seconds=lease_s)
    row.attempts += 1
    return Job(row.id, row.key, row.kind, row.company_id, row.subject, row.attempts, row.token)


def _may_run(kinds: frozenset[str]) -> ColumnElement[bool]:
    ahead = aliased(JobRow)
    behind_another = exists().where(
        ahead.lane == JobRow.lane, ahead.state == "open", ahead.id < JobRow.id
    )
    first_in_lane = or_(JobRow.lane.is_(None), ~behind_another)
    return and_(JobRow.state == "open", JobRow.kind.in_(kinds), first_in_lane)


async def finish(session: AsyncSession, job: Job, now: datetime) -> None:
    """End the job together with its effects; LeaseLost when it is no longer this worker's."""
    await _settle(session, job, state="done", ended_at=now, fault=None)


async def postpone(session: AsyncSession, job: Job, run_at: datetime, fault: str | None) -> None:
    """Give the job back, due again at `run_at`; without a fault, its attempts count from 0 again."""
    attempts = {"attempts": 0} if fault is None else {}
    await _settle(session, job, run_at=run_at, fault=fault, token=None, **attempts)


async def give_up(session: AsyncSession, job: Job, now: datetime, fault: str) -> None:
    """Put the job aside, where staff see it and may start it again."""
    await _settle(session, job, state="dead", ended_at=now, fault=fault)


async def _settle(session: AsyncSession, job: Job, **values: object) -> None:
    mine = await session.execute(
        update(JobRow)
        .where(JobRow.id == job.id, JobRow.token == job.token, JobRow.state == "open")
        .values(**values)
    )
    if mine.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLost(f"Job {job.key} belongs to another worker by now.")


def delay_s(attempts: int) -> float:
    """How long to wait after the n-th attempt failed: 2, 4, 8 … at most 900 s."""
    return min(2.0**attempts, _LONGEST_DELAY_S)


async def next_due(session: AsyncSession, kinds: frozenset[str]) -> datetime | None:
    """When the next job that may run is due."""
    soonest = select(JobRow.run_at).where(_may_run(kinds)).order_by(JobRow.run_at).limit(1)
    return await session.scalar(soonest)  # by the index; min() reads every job to come


async def release_all(session: AsyncSession, now: datetime) -> None:
    """Make leased jobs due at once. Only right at the start of the one process that works here."""
    await session.execute(
        update(JobRow)
        .where(JobRow.state == "open", JobRow.token.is_not(None))
        .values(run_at=now, token=None)
    )


async def forget_done(session: AsyncSession, now: datetime) -> None:
    """Drop finished jobs after a week; their effects keep steps from being done twice."""
    await session.execute(
        delete(JobRow).where(JobRow.state == "done", JobRow.ended_at < now - KEEP_DONE)
    )
