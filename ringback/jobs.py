"""The table of jobs: put, claim, finish. A step's transaction writes what happened and the next job.

A worker claims what is due under a lease, acts with no session open across a network call, and
records the result, the next job and the job's own end in one transaction. A lease that ran out
makes the job due again; once somebody has claimed it, `finish` refuses the late worker. A job's key
is unique: a step asked for twice is done once. Why no workflow engine: docs/decisions/0001.

Jobs of one kind may be claimed, ended and given back many at a time, for a transaction costs the
same for all of them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any
from uuid import UUID

from sqlalchemy import Result, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.bell import ring_after
from ringback.due import Head, due, heads
from ringback.errors import RingbackError
from ringback.tables import JobRow
from ringback.tenancy import into, prepared

MAX_ATTEMPTS = 12
KEEP_DONE = timedelta(days=7)
_LONGEST_DELAY_S = 900.0


class LeaseLost(RingbackError):
    """Another worker has the job by now; what this one did is rolled back."""


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job.

    Attributes:
        id: Of its row; jobs were put in this order.
        key: Unique.
        kind: Which step takes it.
        company_id: Whose.
        subject: The id of the row that the step is about.
        attempts: This one included.
        token: Who has claimed it; jobs claimed together share it.
        due_at: When it was due.
        leased_until: When others may claim it.
    """

    id: int
    key: str
    kind: str
    company_id: UUID
    subject: UUID
    attempts: int
    token: str
    due_at: datetime
    leased_until: datetime


async def put(
    session: AsyncSession,
    kind: str,
    company_id: UUID,
    subject: UUID,
    run_at: datetime,
    *,
    lane: str | None = None,
    urgency: int = 0,
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
        urgency: As in `ringback.policy.urgency`; of what is due, 0 is taken first.
        key: Told apart by this; the kind and the subject when empty.
    """
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    add = sqlite.insert if on_sqlite else postgresql.insert
    await session.execute(
        add(JobRow)
        .values(
            key=key or f"{kind}:{subject}",
            kind=kind,
            company_id=company_id,
            subject=subject,
            lane=lane,
            urgency=urgency,
            run_at=run_at,
        )
        .on_conflict_do_nothing(index_elements=[JobRow.key])  # also when two ask at once
    )
    ring_after(session.info, kind)


async def hasten(session: AsyncSession, lane: str, now: datetime) -> None:
    """Make the jobs of a lane due at once that wait for a later time; one that is being done may end."""
    waits = (JobRow.lane == lane, JobRow.state == "open", JobRow.token.is_(None))
    kinds = await session.scalars(
        update(JobRow).where(*waits, JobRow.run_at > now).values(run_at=now).returning(JobRow.kind)
    )
    for kind in set(kinds):
        ring_after(session.info, kind)


@dataclass(frozen=True, slots=True)
class New:
    """A step about something that is made in this unit of work; fields as in `put`."""

    key: str
    kind: str
    company_id: UUID
    subject: UUID
    lane: str | None
    run_at: datetime
    urgency: int = 0


async def put_new(session: AsyncSession, steps: Collection[New]) -> None:
    """Ask for steps that nobody can have asked for before, in one statement."""
    if steps:
        await session.execute(_INTO, [asdict(step) for step in steps])
        for kind in {step.kind for step in steps}:
            ring_after(session.info, kind)


async def claim(
    session: AsyncSession, kinds: frozenset[str], now: datetime, lease_s: float
) -> Job | None:
    """Take the most urgent job that is due, of several the one longest due; or None."""
    claimed = await claim_many(session, dict.fromkeys(kinds, 1), now, lease_s)
    return claimed[0] if claimed else None


async def claim_many(
    session: AsyncSession,
    most: Mapping[str, int],
    now: datetime,
    lease_s: float,
    firsts: Iterable[Head] | None = None,
) -> list[Job]:
    """Take the job that `claim` takes, and more of its kind; never two of one lane.

    Args:
        session: The operator's unit of work.
        most: How many at once of each kind.
        now: Aware.
        lease_s: For all of them.
        firsts: From `heads`, where it was asked just before.
    """
    if firsts is None:
        firsts = await heads(session, frozenset(most))
    rows = await due(session, firsts, most, now)
    token, until = token_hex(16), now + timedelta(seconds=lease_s)
    if rows:
        ids = [row.id for row in rows]
        await session.execute(_CLAIM, {"ids": ids, "by": token, "until": until})
    return [_leased(row, token, until) for row in rows]


def _leased(row: JobRow, token: str, until: datetime) -> Job:
    return Job(
        row.id,
        row.key,
        row.kind,
        row.company_id,
        row.subject,
        row.attempts + 1,
        token,
        row.run_at,
        until,
    )


async def finish(session: AsyncSession, job: Job, now: datetime) -> None:
    """End the job together with its effects; LeaseLost when it is no longer this worker's."""
    mine = await session.execute(_FINISH_OWN, {"own": job.id, "by": job.token, "now": now})
    _refuse_unless(mine, job)


async def postpone(session: AsyncSession, job: Job, run_at: datetime, fault: str | None) -> None:
    """Give the job back, due again at `run_at`; without a fault, its attempts count from 0 again."""
    attempts = {"attempts": 0} if fault is None else {}
    await _settle(session, job, run_at=run_at, fault=fault, token=None, **attempts)


async def give_up(session: AsyncSession, job: Job, now: datetime, fault: str) -> None:
    """Put the job aside, where staff see it and may start it again."""
    await _settle(session, job, state="dead", ended_at=now, fault=fault)


_CLAIM = prepared(
    update(JobRow)
    .where(JobRow.id.in_(bindparam("ids")))
    .values(token=bindparam("by"), run_at=bindparam("until"), attempts=JobRow.attempts + 1)
    .execution_options(synchronize_session=False)
)
_INTO = into(JobRow)
_DONE = (
    update(JobRow)
    .values(state="done", ended_at=bindparam("now"), fault=None)
    .execution_options(synchronize_session=False)
)
_FINISH = prepared(_DONE.where(JobRow.id.in_(bindparam("ids"))))
_FINISH_OWN = prepared(
    _DONE.where(
        JobRow.id == bindparam("own"), JobRow.token == bindparam("by"), JobRow.state == "open"
    )
)
_HELD = prepared(
    select(JobRow.id, JobRow.token)
    .where(JobRow.id.in_(bindparam("ids")), JobRow.state == "open")
    .order_by(JobRow.id)
    .with_for_update()
)


async def held(session: AsyncSession, jobs: Collection[Job]) -> set[Job]:
    """Those that are still this worker's, locked until the unit of work ends."""
    rows = await session.execute(_HELD, {"ids": [job.id for job in jobs]})
    tokens = {id_: token for id_, token in rows}
    return {job for job in jobs if tokens.get(job.id) == job.token}


async def finish_all(session: AsyncSession, jobs: Collection[Job], now: datetime) -> None:
    """End jobs that were found to be held in this unit of work, with their effects.

    The worker that had them looks for what may go next, such as what stands behind them in a lane.
    """
    if jobs:
        await session.execute(_FINISH, {"ids": [job.id for job in jobs], "now": now})


async def postpone_all(session: AsyncSession, until: Mapping[Job, datetime]) -> None:
    """Give held jobs back, each due again at its time; their attempts count from 0 again."""
    again = {"token": None, "attempts": 0, "fault": None}
    rows = [{"id": job.id, "run_at": run_at, **again} for job, run_at in until.items()]
    if rows:
        await session.execute(update(JobRow), rows)


async def _settle(session: AsyncSession, job: Job, **values: object) -> None:
    mine = await session.execute(
        update(JobRow)
        .where(JobRow.id == job.id, JobRow.token == job.token, JobRow.state == "open")
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    _refuse_unless(mine, job)


def _refuse_unless(mine: Result[Any], job: Job) -> None:
    if mine.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLost(f"Job {job.key} belongs to another worker by now.")


def delay_s(attempts: int) -> float:
    """How long to wait after the n-th attempt failed: 2, 4, 8 … at most 900 s."""
    return min(2.0**attempts, _LONGEST_DELAY_S)


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
