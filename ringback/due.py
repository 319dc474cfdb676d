"""Which jobs may run, and in what order: the queries beneath `jobs`.

In: kinds of jobs. Out: when the next one of each is due; their rows, locked. The most urgent come first,
of several the one that has been due longest. Jobs of one lane run one at a time, in the order they
were put. Every query here reads a few entries of an index (`ix_job_due`, `ix_job_lane`), however many
jobs there are: workers ask at every turn.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Dialect,
    TextualSelect,
    and_,
    bindparam,
    exists,
    literal,
    literal_column,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ringback.policy import URGENCIES
from ringback.tables import JobRow
from ringback.tenancy import prepared

ALONE_AFTER = 3
"""A job that failed so often, or took its process down, is claimed alone and harms no others."""


_OPEN: ColumnElement[str] = literal_column("'open'")


class Head(NamedTuple):
    """The first of those of a kind that are equally urgent, due or not."""

    kind: str
    urgency: int
    run_at: datetime


async def heads(session: AsyncSession, kinds: frozenset[str]) -> list[Head]:
    """What may run next of each kind and urgency."""
    firsts = await session.execute(_first_of_each(kinds, session.get_bind().dialect))
    return [Head(kind, urgency, run_at) for kind, urgency, run_at in firsts]


async def due(
    session: AsyncSession, firsts: Iterable[Head], most: Mapping[str, int], now: datetime
) -> list[JobRow]:
    """The first job that is due, and more of its kind; locked, and never two of one lane.

    Args:
        session: The operator's unit of work.
        firsts: As `heads` found them, a moment ago at most: others may have claimed since.
        most: How many at once of each kind.
        now: Aware.
    """
    waiting = [head for head in firsts if head.run_at <= now]
    if not waiting:
        return []
    kind = min(waiting, key=lambda head: (head.urgency, head.run_at)).kind
    urgencies = sorted(head.urgency for head in waiting if head.kind == kind)
    rows = await _locked(session, now, kind, urgencies, most[kind])
    if rows and rows[0].attempts >= ALONE_AFTER:
        return rows[:1]
    return [row for row in rows if row.attempts < ALONE_AFTER]


async def _locked(
    session: AsyncSession,
    now: datetime,
    kind: str,
    urgencies: Iterable[int],
    most: int,
) -> list[JobRow]:
    rows: list[JobRow] = []
    for urgency in urgencies:
        one = {"kind": kind, "urgency": urgency, "now": now, "most": most - len(rows)}
        rows += await session.scalars(_LOCKED, one)
        if len(rows) == most:
            break
    return rows


@lru_cache
def _first_of_each(kinds: frozenset[str], dialect: Dialect) -> TextualSelect:
    """Asked so often that it is written out once, with nothing left to fill in."""
    firsts = [
        select(JobRow.kind, JobRow.urgency, JobRow.run_at)
        .where(_in_line(literal(kind), literal(urgency)))
        .order_by(JobRow.run_at)
        .limit(1)
        .subquery()
        for kind in sorted(kinds)
        for urgency in URGENCIES
    ]
    of_all = union_all(*map(select, firsts))
    sql = of_all.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    told = text(str(sql)).columns(JobRow.kind, JobRow.urgency, JobRow.run_at)
    return prepared(told)


def _in_line(kind: ColumnElement[str], urgency: ColumnElement[int]) -> ColumnElement[bool]:
    """A range of the index; anything wider would read and sort all that are due."""
    return and_(JobRow.kind == kind, JobRow.urgency == urgency, _may_run())


def _may_run() -> ColumnElement[bool]:
    ahead = aliased(JobRow)
    behind_another = exists().where(
        ahead.lane == JobRow.lane, ahead.state == _OPEN, ahead.id < JobRow.id
    )
    first_in_lane = or_(JobRow.lane.is_(None), ~behind_another)
    return and_(JobRow.state == _OPEN, first_in_lane)


_LOCKED = prepared(
    select(JobRow)
    .where(_in_line(bindparam("kind"), bindparam("urgency")), JobRow.run_at <= bindparam("now"))
    .order_by(JobRow.run_at, JobRow.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .execution_options(populate_existing=True)
)
