"""Promises that a person rings or writes to a caller: what is open, and what is done."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.store.conversations import conversation_changed
from ringback.tables import CallbackRow, ConversationRow

OPEN = "open"
DONE = "done"


async def open_callbacks(
    session: AsyncSession, conversation_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[CallbackRow]]:
    """What waits for a person in each of these conversations, oldest first."""
    rows = await session.scalars(
        select(CallbackRow)
        .where(CallbackRow.conversation_id.in_(conversation_ids), CallbackRow.state == OPEN)
        .order_by(CallbackRow.created_at, CallbackRow.id)
    )
    found: dict[UUID, list[CallbackRow]] = {}
    for row in rows:
        if row.conversation_id:
            found.setdefault(row.conversation_id, []).append(row)
    return found


async def settle_callbacks(
    session: AsyncSession, conversation_id: UUID, callback_ids: Collection[UUID], now: datetime
) -> int:
    """Mark callbacks of a conversation as done, and tell the live pages.

    Only those that are named: one that came in since the page was drawn stays open.

    Returns:
        How many of them were open; 0 when somebody else was faster.

    Raises:
        NoResultFound: The company has no such conversation.
    """
    # In the order in which a turn locks: the conversation first.
    conversation = await session.get_one(
        ConversationRow, conversation_id, with_for_update={"key_share": True}
    )
    rows = await session.scalars(
        select(CallbackRow).where(
            CallbackRow.conversation_id == conversation_id,
            CallbackRow.id.in_(callback_ids),
            CallbackRow.state == OPEN,
        )
    )
    settled = rows.all()
    for row in settled:
        row.state = DONE
    if settled:
        await conversation_changed(session, conversation, now)
    return len(settled)
