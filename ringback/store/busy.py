"""Times when a resource can't be booked, beside its bookings: absence, and what its calendar says.

In: what staff enter (source `staff`), what is read from a resource's calendar (`caldav`). Out: `busy`
rows, which `ringback.store.bookings` counts as taken. All are written under the lock that bookings
take, so that nobody books into a time that is just being blocked; what is booked there already
stands, and staff move it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.errors import BadInput
from ringback.store.changes import Kind, note_change
from ringback.store.companies import locked_company
from ringback.tables import BusyRow

Source = Literal["staff", "caldav"]
KEEP = timedelta(days=1)
"""How long what is past is kept: the week's page still shows the day."""


@dataclass(frozen=True, slots=True)
class Busy:
    """A time that is blocked. Aware; the end is not included.

    Attributes:
        key: Tells it from the others of the same source and resource; the same for the same entry.
        note: For the staff, like "vacation"; never told to callers.
    """

    key: str
    starts_at: datetime
    ends_at: datetime
    note: str = ""


async def add_absence(
    session: AsyncSession,
    resource: str,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    note: str = "",
) -> BusyRow:
    """Block a time that staff entered.

    Raises:
        BadInput: It ends before it begins.
    """
    if ends_at <= starts_at:
        raise BadInput("Let the absence end after it begins.", "ends_at")
    await locked_company(session)
    row = _row(resource, "staff", Busy(str(uuid4()), starts_at, ends_at, note))
    session.add(row)
    await session.flush()
    await note_change(session, Kind.BOOKING, row.id, now)
    return row


async def remove_absence(session: AsyncSession, busy_id: UUID, now: datetime) -> bool:
    """Free a time that staff had blocked; False when there is none of this id.

    What comes from a calendar is freed there, or it would be back after the next reading.
    """
    query = select(BusyRow).where(BusyRow.id == busy_id, BusyRow.source == "staff")
    row = await session.scalar(query)
    if row is None:
        return False
    await session.delete(row)
    await note_change(session, Kind.BOOKING, busy_id, now)
    return True


async def coming_absences(session: AsyncSession, now: datetime, limit: int) -> Sequence[BusyRow]:
    """What staff have entered and is not over, soonest first."""
    query = (
        select(BusyRow)
        .where(BusyRow.source == "staff", BusyRow.ends_at > now)
        .order_by(BusyRow.starts_at, BusyRow.resource, BusyRow.key)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def busy_between(
    session: AsyncSession, start: datetime, end: datetime, resource: str = ""
) -> Sequence[BusyRow]:
    """The blocked times that touch the span, soonest first; of one resource, or of all; at most 500."""
    query = select(BusyRow).where(BusyRow.starts_at < end, BusyRow.ends_at > start)
    if resource:
        query = query.where(BusyRow.resource == resource)
    query = query.order_by(BusyRow.starts_at, BusyRow.resource, BusyRow.key).limit(500)
    return (await session.scalars(query)).all()


async def replace_busy(
    session: AsyncSession,
    resource: str,
    source: Source,
    span: tuple[datetime, datetime],
    found: Collection[Busy],
    now: datetime,
) -> int:
    """Let what was found be all that a source blocks for a resource; how many rows that changed.

    Args:
        session: A unit of work of the company.
        resource: Whose time.
        source: Rows of another are left alone.
        span: From and to; rows of the source that touch it and were not found are removed, those
            outside stay as they are.
        found: What the source holds in the span. An entry that was moved keeps its key.
        now: Aware.

    Raises:
        BadInput: An entry ends before it begins, or two have the same key.
    """
    wanted = {_key(source, one): one for one in found}
    if len(wanted) < len(found) or any(one.ends_at <= one.starts_at for one in found):
        raise BadInput("Give each busy time a key of its own, and let it end after it begins.")
    await locked_company(session)
    there = await _there(session, resource, source)
    gone = [row for key, row in there.items() if key not in wanted and _touches(row, *span)]
    changed = [row for key, row in there.items() if key in wanted and _set(row, wanted[key])]
    new = [_row(resource, source, one) for key, one in wanted.items() if key not in there]
    for row in gone:
        await session.delete(row)
    session.add_all(new)
    await session.flush()
    for row in [*gone, *changed, *new][:1]:  # one is enough to have the week drawn again
        await note_change(session, Kind.BOOKING, row.id, now)
    return len(gone) + len(changed) + len(new)


async def forget_old(session: AsyncSession, now: datetime) -> None:
    """Drop what is past (operator)."""
    await session.execute(delete(BusyRow).where(BusyRow.ends_at < now - KEEP))


async def _there(session: AsyncSession, resource: str, source: Source) -> Mapping[str, BusyRow]:
    rows = await session.scalars(
        select(BusyRow).where(BusyRow.resource == resource, BusyRow.source == source)
    )
    return {row.key: row for row in rows}


def _key(source: Source, one: Busy) -> str:
    return f"{source}:{one.key}"


def _touches(row: BusyRow, start: datetime, end: datetime) -> bool:
    return row.starts_at < end and row.ends_at > start


def _set(row: BusyRow, one: Busy) -> bool:
    """Make the row say what was found; whether it said anything else."""
    if (row.starts_at, row.ends_at, row.note) == (one.starts_at, one.ends_at, one.note):
        return False
    row.starts_at, row.ends_at, row.note = one.starts_at, one.ends_at, one.note
    return True


def _row(resource: str, source: Source, one: Busy) -> BusyRow:
    return BusyRow(
        id=uuid4(),
        resource=resource,
        key=_key(source, one),
        source=source,
        note=one.note,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
    )
