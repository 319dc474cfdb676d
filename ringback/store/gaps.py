"""Times in which a PBX was not listened to, and what was found of them afterwards.

A gap begins when the PBX was last heard, also by a process that has ended since, and ends when it is
heard again. Its calls are those that ended in it and are told by something else than the live link.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.calls import Call
from ringback.store.changes import Kind, note_change
from ringback.tables import CallRow, GapRow, PbxRow

SHORTEST = timedelta(seconds=5)
"""What is shorter is no gap: a line that was taken up again at once."""
UP = "up"
_READ_BACK, _MOST_READ = timedelta(days=1), 20


async def note_link(
    session: AsyncSession, pbx_id: UUID, state: str, since: datetime, now: datetime
) -> None:
    """A link's state is about to change: a gap may begin or end. Call it before `set_link_state`.

    Args:
        session: A unit of work of the PBX's company.
        pbx_id: Which PBX.
        state: The new one.
        since: Up: since when. Otherwise since when nothing was heard.
        now: When we heard of it.
    """
    pbx = await session.get(PbxRow, pbx_id)
    lasting = await session.scalar(
        select(GapRow).where(GapRow.pbx_id == pbx_id, GapRow.to_at.is_(None)).limit(1)
    )
    if lasting is None:
        if pbx is not None and pbx.link_state == UP and state != UP:
            gap = GapRow(id=uuid4(), pbx_id=pbx_id, from_at=since, sources=[], found=0)
            session.add(gap)
            await note_change(session, Kind.GAP, gap.id, now, new=True)
        return
    if state != UP:
        lasting.from_at = min(lasting.from_at, since)
    elif since - lasting.from_at < SHORTEST:
        await session.delete(lasting)
        await note_change(session, Kind.GAP, lasting.id, now)
    else:
        lasting.to_at = since
        await note_change(session, Kind.GAP, lasting.id, now)


async def note_found(session: AsyncSession, pbx_id: UUID, call: Call, now: datetime) -> None:
    """A call is told late; it counts once, when it ended in a gap. Call it before `record_call`."""
    known = select(CallRow.outcome).where(
        CallRow.pbx_id == pbx_id, CallRow.uniqueid == call.uniqueid
    )
    if call.outcome is None or await session.scalar(known) is not None:
        return
    ended_at = datetime.fromtimestamp(call.end, UTC)
    gap = await session.scalar(
        select(GapRow).where(
            GapRow.pbx_id == pbx_id,
            GapRow.from_at <= ended_at,
            or_(GapRow.to_at.is_(None), GapRow.to_at >= ended_at),
        )
    )
    if gap is not None:
        gap.found += 1
        await note_change(session, Kind.GAP, gap.id, now)


async def note_read(session: AsyncSession, pbx_id: UUID, source: str, now: datetime) -> None:
    """A source has been read to its end: it has told what it knows of the last day's gaps."""
    recent = (
        select(GapRow)
        .where(GapRow.pbx_id == pbx_id, GapRow.to_at >= now - _READ_BACK)
        .order_by(GapRow.from_at.desc())
        .limit(_MOST_READ)
    )
    for gap in await session.scalars(recent):
        if source not in gap.sources:
            gap.sources = [*gap.sources, source]
            await note_change(session, Kind.GAP, gap.id, now)


async def gaps_between(
    session: AsyncSession, after: datetime | None, before: datetime | None, limit: int
) -> Sequence[tuple[GapRow, PbxRow]]:
    """The company's gaps that began in a span of time, each with its PBX, newest first."""
    query = (
        select(GapRow, PbxRow)
        .join(PbxRow, PbxRow.id == GapRow.pbx_id)
        .where(PbxRow.removed_at.is_(None))
        .order_by(GapRow.from_at.desc(), GapRow.id)
        .limit(limit)
    )
    if after:
        query = query.where(GapRow.from_at >= after)
    if before:
        query = query.where(GapRow.from_at < before)
    return [(row[0], row[1]) for row in await session.execute(query)]
