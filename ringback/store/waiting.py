"""Callers that a person is to ring although there is no conversation: fixed lines, hidden numbers.

In: `callback` rows that name a call and no conversation. Out: what is wanted by call, and where it
stands, for the list of missed calls; the rows marked as done. Those that belong to a conversation
are in `store.callbacks`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.callbacks import Ended
from ringback.conversations import Facts, Standing, standing
from ringback.store.changes import Kind, note_change
from ringback.store.hanging_up import stop_ringing
from ringback.store.standings import weightiest
from ringback.store.wishes import DONE, OPEN, close
from ringback.tables import CallbackCallRow, CallbackRow, CallRow

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
    return _by_call(
        await _pairs(session, CallbackRow.call_id.in_(call_ids)),
        await _pairs_of_later(session, CallbackCallRow.call_id.in_(call_ids)),
    )


async def calls_alone_since(session: AsyncSession, since: datetime) -> Mapping[UUID, Alone]:
    """Those of the calls that began since then; of at most 2000 callbacks that are open."""
    which = (CallRow.started_at >= since, CallbackRow.state == OPEN)
    return _by_call(await _pairs(session, *which), await _pairs_of_later(session, *which))


_Pair = tuple[UUID, CallbackRow]
"""A call, and what was asked for by it; a caller who rings again has one row for all his calls."""


async def _pairs(session: AsyncSession, *which: ColumnElement[bool]) -> list[_Pair]:
    """By the first call of each row."""
    found = await session.execute(
        select(CallRow.id, CallbackRow)
        .join(CallRow, CallRow.id == CallbackRow.call_id)
        .where(CallbackRow.conversation_id.is_(None), *which)
        .order_by(CallbackRow.created_at, CallbackRow.id)
        .limit(_MOST_COUNTED)
    )
    return [(row[0], row[1]) for row in found]


async def _pairs_of_later(session: AsyncSession, *which: ColumnElement[bool]) -> list[_Pair]:
    found = await session.execute(
        select(CallRow.id, CallbackRow)
        .join(CallbackCallRow, CallbackCallRow.callback_id == CallbackRow.id)
        .join(CallRow, CallRow.id == CallbackCallRow.call_id)
        .where(CallbackRow.conversation_id.is_(None), *which)
        .order_by(CallbackRow.created_at, CallbackRow.id)
        .limit(_MOST_COUNTED)
    )
    return [(row[0], row[1]) for row in found]


def _by_call(*found: Iterable[_Pair]) -> dict[UUID, Alone]:
    waiting: dict[UUID, dict[UUID, CallbackRow]] = {}
    for call_id, row in chain(*found):
        waiting.setdefault(call_id, {})[row.id] = row
    return {
        call_id: Alone(
            open=[row for row in own.values() if row.state == OPEN],
            handled=any(row.state == DONE for row in own.values()),
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
    asked_by = select(CallbackCallRow.callback_id).where(CallbackCallRow.call_id == call.id)
    rows = await session.scalars(
        select(CallbackRow)
        .where(
            or_(CallbackRow.call_id == call.id, CallbackRow.id.in_(asked_by)),
            CallbackRow.conversation_id.is_(None),
            CallbackRow.id.in_(callback_ids),
            CallbackRow.state == OPEN,
        )
        .order_by(CallbackRow.id)
        .with_for_update(key_share=True)
    )
    settled = rows.all()
    for row in settled:
        close(row, Ended.SETTLED, now)
        await stop_ringing(session, row, now)
        await note_change(session, Kind.CALLBACK, row.id, now)
    if settled:
        await note_change(session, Kind.CALL, call.id, now)
    return len(settled)
