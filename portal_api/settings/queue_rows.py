"""Rows into what the pages about queues show.

In: a company's unit of work. Out: `queue_views`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.callbacks.views import Choice
from portal_api.settings.changes import last_changes
from portal_api.settings.queue_views import (
    KnownQueue,
    PbxOption,
    QueueSetting,
    QueuesView,
    QueueView,
)
from ringback.offer import Why
from ringback.queues import MOST_INTERVALS, Rules, choices, interval_of, offer_key
from ringback.store.companies import business, pbxs
from ringback.store.queues import queues, shown_name, taken
from ringback.tables import CallRow, PbxRow, QueueRow

_CALLS_LOOKED_AT = 500
_MOST_KNOWN = 20


async def queues_of(
    session: AsyncSession, values: Mapping[str, str], faults: Mapping[str, str]
) -> QueuesView:
    """The list of queues, with what was typed to add one."""
    rows, machines = await queues(session), await pbxs(session)
    names = {pbx.id: pbx.name for pbx in machines}
    return QueuesView(
        lines=tuple(_setting(row, names.get(row.pbx_id, "")) for row in rows),
        pbxs=tuple(PbxOption(str(pbx.id), pbx.name) for pbx in machines),
        known=await _known(session, rows, names),
        values=values,
        faults=faults,
    )


async def queue_of(
    session: AsyncSession,
    row: QueueRow,
    values: Mapping[str, str],
    faults: Mapping[str, str],
    now: datetime,
) -> QueueView:
    """One queue, with its form as kept or typed."""
    pbx = await session.get_one(PbxRow, row.pbx_id)
    last = await last_changes(session, "queue", [str(row.id)])
    return QueueView(
        line=_setting(row, pbx.name),
        values=values,
        faults=faults,
        context=f"ringback-menu-{offer_key(row.id)}",
        choices=await _choices(session, row, now),
        rows=MOST_INTERVALS,
        last=last.get(str(row.id)),
    )


def _setting(row: QueueRow, pbx: str) -> QueueSetting:
    mode = Rules.kept(row.rules).offer
    off = mode == "off"
    changing = row.offer_on if off else row.offer_why == Why.SWITCHED_OFF
    return QueueSetting(
        id=str(row.id),
        name=row.name,
        shown=shown_name(row),
        pbx=pbx,
        mode=mode,
        offered=row.offer_on,
        why="changing" if changing else (Why.SWITCHED_OFF.value if off else row.offer_why),
        since=None if changing else row.offer_since,
        waiting=row.waiting,
    )


async def _choices(session: AsyncSession, row: QueueRow, now: datetime) -> tuple[Choice, ...]:
    company = await business(session)
    offered = choices(Rules.kept(row.rules), company, now, await taken(session, row.id))
    spans = [(one, interval_of(one, company) or (None, None)) for one in offered]
    return tuple(Choice(one, *span) for one, span in spans)


async def _known(
    session: AsyncSession, rows: Sequence[QueueRow], names: Mapping[UUID, str]
) -> tuple[KnownQueue, ...]:
    """Queues that callers waited in lately and that have no row."""
    there = {(row.pbx_id, row.name) for row in rows}
    latest = select(CallRow.pbx_id, CallRow.queues).order_by(CallRow.started_at.desc())
    calls = await session.execute(latest.limit(_CALLS_LOOKED_AT))
    heard = {(pbx_id, str(name)) for pbx_id, visited in calls for name in visited}
    found = sorted((names[at], name, str(at)) for at, name in heard - there if at in names)
    return tuple(KnownQueue(pbx_id, pbx, name) for pbx, name, pbx_id in found[:_MOST_KNOWN])
