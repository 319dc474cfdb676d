"""Callers that a person is to ring although there is no conversation: fixed lines, hidden numbers.

In: `callback` rows that name a call and no conversation. Out: what is wanted by call, and where it
stands, for the list of missed calls; the rows marked as done. Those that belong to a conversation
are in `store.callbacks`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.conversations import Facts, Standing, standing
from ringback.store.callbacks import DONE, OPEN
from ringback.store.changes import Kind, note_change
from ringback.store.standings import weightiest
from ringback.tables import CallbackRow, CallRow

_MOST_COUNTED = 2000


@dataclass(frozen=True, slots=True)
class Alone:
    """A call without a conversation that a person was asked to see to; `open` oldest first."""

    open: Sequence[CallbackRow]
    handled: bool

    @property
    def standing(self) -> Standing:
        """The one state to show, by the same rules as a conversation's."""
        callback = weightiest([row.why for row in self.open])
        return standing(
            Facts(
                owner="nobody",
                closed=False,
                opted_out=False,
                replied=False,
                booked=False,
                callback=callback,
                handled=self.handled,
            )
        )


async def calls_alone(session: AsyncSession, call_ids: Collection[UUID]) -> Mapping[UUID, Alone]:
    """Those of these calls that a person was asked to see to outside a conversation."""
    rows = await session.scalars(
        select(CallbackRow)
        .where(CallbackRow.call_id.in_(call_ids), CallbackRow.conversation_id.is_(None))
        .order_by(CallbackRow.created_at, CallbackRow.id)
    )
    return _by_call(rows.all())


async def calls_alone_since(session: AsyncSession, since: datetime) -> Mapping[UUID, Alone]:
    """Those of the calls that began since then; of at most 2000 callbacks that are open."""
    rows = await session.scalars(
        select(CallbackRow)
        .join(CallRow, CallRow.id == CallbackRow.call_id)
        .where(
            CallRow.started_at >= since,
            CallbackRow.conversation_id.is_(None),
            CallbackRow.state == OPEN,
        )
        .limit(_MOST_COUNTED)
    )
    return _by_call(rows.all())


def _by_call(rows: Sequence[CallbackRow]) -> dict[UUID, Alone]:
    waiting: dict[UUID, list[CallbackRow]] = {}
    for row in rows:
        if row.call_id:
            waiting.setdefault(row.call_id, []).append(row)
    return {
        call_id: Alone(
            open=[row for row in own if row.state == OPEN],
            handled=any(row.state == DONE for row in own),
        )
        for call_id, own in waiting.items()
    }


async def settle_call(
    session: AsyncSession, call_id: UUID, callback_ids: Collection[UUID], now: datetime
) -> int:
    """Mark callbacks of a call as done, and tell the live pages; only those that are named.

    Returns:
        How many of them were open; 0 when somebody else was faster.

    Raises:
        NoResultFound: The company has no such call.
    """
    call = await session.get_one(CallRow, call_id)
    rows = await session.scalars(
        select(CallbackRow)
        .where(
            CallbackRow.call_id == call.id,
            CallbackRow.conversation_id.is_(None),
            CallbackRow.id.in_(callback_ids),
            CallbackRow.state == OPEN,
        )
        .order_by(CallbackRow.id)
        .with_for_update()
    )
    settled = rows.all()
    for row in settled:
        row.state = DONE
    if settled:
        await note_change(session, Kind.CALL, call.id, now)
    return len(settled)
