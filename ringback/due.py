"""Which jobs may run, and in what order: the queries beneath `jobs`.

In: kinds of jobs. Out: their rows, locked, or when the next one is due. The most urgent come first,
of several the one that has been due longest. Jobs of one lane run one at a time, in the order they
were put. Every query here reads a few entries of an index (`ix_job_due`, `ix_job_lane`), however many
jobs there are: workers ask at every turn.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    and_,
    exists,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ringback.policy import URGENCIES
from ringback.tables import JobRow

ALONE_AFTER = 3
"""A job that failed so often, or took its process down, is claimed alone and harms no others."""


_OPEN: ColumnElement[str] = literal_column("'open'")


class _Head(NamedTuple):
    """The first of those of a kind that are equally urgent, due or not."""

    kind: str
    urgency: int
    run_at: datetime


async def due(session: AsyncSession, most: Mapping[str, int], now: datetime) -> list[JobRow]:
    """The first job that is due, and more of its kind; locked, and never two of one lane.

    Args:
        session: The operator's unit of work.
        most: How many at once of each kind.
        now: Aware.
    """
    heads = [head for head in await _heads(session, frozenset(most)) if head.run_at <= now]
    if not heads:
        return []
    kind = min(heads, key=lambda head: (head.urgency, head.run_at)).kind
    urgencies = sorted(head.urgency for head in heads if head.kind == kind)
    rows = await _locked(session, now, kind, urgencies, most[kind])
    if rows and rows[0].attempts >= ALONE_AFTER:
        return rows[:1]
    return [row for row in rows if row.attempts < ALONE_AFTER]


async def next_due(session: AsyncSession, kinds: frozenset[str]) -> datetime | None:
    """When the next job that may run is due."""
    return min((head.run_at for head in await _heads(session, kinds)), default=None)


async def _locked(
    session: AsyncSession,
    now: datetime,
    kind: str,
    urgencies: Iterable[int],
    most: int,
) -> list[JobRow]:
    rows: list[JobRow] = []
    for urgency in urgencies:
        found = await session.scalars(
            select(JobRow)
            .where(_in_line(kind, urgency), JobRow.run_at <= now)
            .order_by(JobRow.run_at, JobRow.id)
            .limit(most - len(rows))
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        rows += found
        if len(rows) == most:
            break
    return rows


async def _heads(session: AsyncSession, kinds: frozenset[str]) -> list[_Head]:
    firsts = await session.execute(_first_of_each(kinds))
    return [_Head(kind, urgency, run_at) for kind, urgency, run_at in firsts]


@lru_cache
def _first_of_each(kinds: frozenset[str]) -> CompoundSelect[str, int, datetime]:
    """Asked so often that it is made once, with nothing left to fill in."""
    firsts = [
        select(JobRow.kind, JobRow.urgency, JobRow.run_at)
        .where(_in_line(_written(kind), _written(urgency)))
        .order_by(JobRow.run_at)
        .limit(_written(1))
        .subquery()
        for kind in sorted(kinds)
        for urgency in URGENCIES
    ]
    return union_all(*map(select, firsts))


def _written(value: str | int) -> ColumnElement[Any]:
    """A value of our own, as it stands in SQL."""
    return literal_column(repr(value))


def _in_line(
    kind: str | ColumnElement[str], urgency: int | ColumnElement[int]
) -> ColumnElement[bool]:
    """A range of the index; anything wider would read and sort all that are due."""
    return and_(JobRow.kind == kind, JobRow.urgency == urgency, _may_run())


def _may_run() -> ColumnElement[bool]:
    ahead = aliased(JobRow)
    behind_another = exists().where(
        ahead.lane == JobRow.lane, ahead.state == _OPEN, ahead.id < JobRow.id
    )
    first_in_lane = or_(JobRow.lane.is_(None), ~behind_another)
    return and_(JobRow.state == _OPEN, first_in_lane)
