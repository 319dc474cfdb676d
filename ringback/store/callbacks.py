"""Promises that a person rings or writes to a caller: what is open, and what is done."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.callbacks import CallbackRequest, notice_key, rank
from ringback.messages import MessageState
from ringback.policy import Situation
from ringback.store.changes import Kind, note_change
from ringback.store.conversations import conversation_changed, texts_by_key
from ringback.tables import CallbackRow, CallRow, ConversationRow, MessageRow
from ringback.tenancy import number_index

OPEN = "open"
DONE = "done"
TEXT_NOT_SENT = "text_not_sent"
"""A text of ours was not sent: we may not, the provider refused it, or nobody took it."""
TEXT_NOT_DELIVERED = "text_not_delivered"
"""A text of ours was sent and did not arrive, or nobody can tell whether it did."""


async def record_callback(
    session: AsyncSession, pbx_id: UUID, request: CallbackRequest, now: datetime
) -> CallbackRow | None:
    """Keep a wish that a PBX told; None when it was known already, by itself or by its call."""
    call = await session.scalar(
        select(CallRow).where(CallRow.pbx_id == pbx_id, CallRow.uniqueid == request.call_uniqueid)
    )
    row = CallbackRow(
        id=uuid4(),
        key=f"{pbx_id}:{request.call_uniqueid or request.key}",
        number=request.number,
        number_index=number_index(request.number),
        call_id=call.id if call else None,
        conversation_id=call.conversation_id if call else None,
        why=request.why,
        from_at=request.from_at,
        to_at=request.to_at,
        arrived_at=request.arrived_at or request.asked_at,
        created_at=request.asked_at,
    )
    return await _add(session, row, now)


async def want_callback(
    session: AsyncSession, call: CallRow, why: str, now: datetime
) -> CallbackRow | None:
    """A person is to see to a missed caller as soon as possible; None when that is known.

    Who hid the number, or rang from what is no telephone number, is listed without one: what the
    row then says is that somebody rang.
    """
    number = "" if call.withheld else call.caller_e164 or ""
    row = CallbackRow(
        id=uuid4(),
        key=f"{call.pbx_id}:{call.uniqueid}",
        number=number,
        number_index=number_index(number),
        call_id=call.id,
        conversation_id=call.conversation_id,
        why=why,
        arrived_at=call.started_at,
        created_at=now,
    )
    return await _add(session, row, now)


async def want_person(
    session: AsyncSession,
    conversation: ConversationRow,
    message: MessageRow,
    why: str,
    now: datetime,
) -> CallbackRow | None:
    """A person is to see to a caller whom a text of ours does not reach; None when that is known.

    A text that a program of the company's asked for is the program's: it is told what became of it.
    """
    if message.situation == Situation.PROGRAM:
        return None
    row = CallbackRow(
        id=uuid4(),
        key=f"text:{message.id}",
        number=conversation.number,
        number_index=conversation.number_index,
        conversation_id=conversation.id,
        why=why,
        arrived_at=now,
        created_at=now,
    )
    return await _add(session, row, now)


async def tie_callbacks(session: AsyncSession, call: CallRow) -> None:
    """What was wished for in a call is shown in the conversation that took the call in."""
    await session.execute(
        update(CallbackRow)
        .where(CallbackRow.call_id == call.id, CallbackRow.conversation_id.is_(None))
        .values(conversation_id=call.conversation_id)
    )


async def _add(session: AsyncSession, row: CallbackRow, now: datetime) -> CallbackRow | None:
    """A wish may be told before its call has ended, or by the call alone: one call, one wish."""
    known = await session.scalar(select(CallbackRow).where(CallbackRow.key == row.key))
    if known is not None:
        known.call_id = known.call_id or row.call_id
        return None
    session.add(row)
    await session.flush()
    if row.call_id:
        await note_change(session, Kind.CALL, row.call_id, now)
    return row


async def open_callbacks(
    session: AsyncSession, conversation_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[CallbackRow]]:
    """What waits for a person in each of these conversations: emergencies first, then the oldest."""
    rows = await session.scalars(
        select(CallbackRow)
        .where(CallbackRow.conversation_id.in_(conversation_ids), CallbackRow.state == OPEN)
        .order_by(CallbackRow.created_at, CallbackRow.id)
    )
    found: dict[UUID, list[CallbackRow]] = {}
    for row in sorted(rows, key=lambda row: rank(row.why)):  # sealed, so not by the database
        if row.conversation_id:
            found.setdefault(row.conversation_id, []).append(row)
    return found


async def told_at(session: AsyncSession, rows: Collection[CallbackRow]) -> Mapping[UUID, datetime]:
    """When callers were told that somebody will be in touch, by the callback that was forgotten."""
    ids = {notice_key(row.id): row.id for row in rows}
    texts = await texts_by_key(session, list(ids))
    lost = (MessageState.REJECTED, MessageState.FAILED)
    return {ids[key]: text.created_at for key, text in texts.items() if text.state not in lost}


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
