"""Conversations and their texts: opened once per caller, texts in order, each caused once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from secrets import token_urlsafe
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.messages import MessageState
from ringback.store.changes import Kind, note_change
from ringback.tables import ConversationRow, MessageRow, OptOutRow, TurnRow
from ringback.tenancy import number_index


async def open_conversation_with(session: AsyncSession, e164: str) -> ConversationRow | None:
    """The open conversation with a caller, if there is one."""
    return await session.scalar(
        select(ConversationRow).where(
            ConversationRow.number_index == number_index(e164),
            ConversationRow.closed_at.is_(None),
        )
    )


async def open_conversation(
    session: AsyncSession, e164: str, our_number: str, language: str, now: datetime
) -> ConversationRow:
    """Open one. The database refuses a second open one with the same caller."""
    row = ConversationRow(
        id=uuid4(),
        number=e164,
        number_index=number_index(e164),
        our_number=our_number,
        language=language,
        opened_at=now,
        changed_at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def queue_text(
    session: AsyncSession,
    conversation: ConversationRow,
    key: str,
    text: str,
    now: datetime,
    *,
    despite_opt_out: bool = False,
) -> MessageRow | None:
    """Put a text in line to be sent; None when the same cause has queued one before."""
    if await session.scalar(select(MessageRow.id).where(MessageRow.key == key)):
        return None
    row = await _add(session, conversation, key, "out", text, MessageState.QUEUED, now)
    row.token = token_urlsafe(24)
    row.despite_opt_out = despite_opt_out
    lane = f"send:{conversation.id}"
    await jobs.put(session, "send", row.company_id, row.id, now, lane=lane)
    return row


async def add_received(
    session: AsyncSession,
    conversation: ConversationRow,
    provider: str,
    provider_id: str,
    text: str,
    now: datetime,
) -> MessageRow:
    """Keep a text from the caller, and ask for the turn that answers it, in order."""
    key = f"in:{provider}:{provider_id}"
    row = await _add(session, conversation, key, "in", text, MessageState.RECEIVED, now)
    row.provider, row.provider_id = provider, provider_id
    lane = f"turn:{conversation.id}"  # not the sends': a STOP must not wait for a provider
    await jobs.put(session, "turn", row.company_id, row.id, now, lane=lane)
    return row


async def is_received(session: AsyncSession, provider: str, provider_id: str) -> bool:
    """Whether this text from outside is kept already."""
    key = f"in:{provider}:{provider_id}"
    return bool(await session.scalar(select(MessageRow.id).where(MessageRow.key == key)))


async def _add(
    session: AsyncSession,
    conversation: ConversationRow,
    key: str,
    direction: str,
    text: str,
    state: MessageState,
    now: datetime,
) -> MessageRow:
    own = select(ConversationRow.id).where(ConversationRow.id == conversation.id)
    await session.execute(own.with_for_update(key_share=True))  # or two at once get one number
    last = await session.scalar(
        select(func.max(MessageRow.number)).where(MessageRow.conversation_id == conversation.id)
    )
    row = MessageRow(
        id=uuid4(),
        company_id=conversation.company_id,
        conversation_id=conversation.id,
        number=(last or 0) + 1,
        key=key,
        direction=direction,
        text=text,
        state=state,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    await conversation_changed(session, conversation, now, row.id, new=True)
    return row


async def conversation_changed(
    session: AsyncSession,
    conversation: ConversationRow,
    now: datetime,
    message_id: UUID | None = None,
    *,
    new: bool = False,
) -> None:
    """Note that pages which show the conversation must be drawn again, at this text."""
    conversation.changed_at = now
    await note_change(session, Kind.CONVERSATION, conversation.id, now, part=message_id, new=new)


async def texts_of(
    session: AsyncSession, conversation_id: UUID, limit: int = 50, before: int | None = None
) -> Sequence[MessageRow]:
    """The latest texts of a conversation, oldest first; `before` is a text's number."""
    query = (
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id)
        .order_by(MessageRow.number.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(MessageRow.number < before)
    return list(reversed((await session.scalars(query)).all()))


async def turns_of(session: AsyncSession, messages: Sequence[MessageRow]) -> Mapping[UUID, TurnRow]:
    """How received texts were understood, by the text's id."""
    ids = [message.id for message in messages]
    rows = await session.scalars(select(TurnRow).where(TurnRow.message_id.in_(ids)))
    return {row.message_id: row for row in rows}


async def first_texts(
    session: AsyncSession, conversation_ids: Sequence[UUID]
) -> Mapping[UUID, MessageRow]:
    """The first text of each conversation, by the conversation's id."""
    rows = await session.scalars(
        select(MessageRow).where(
            MessageRow.conversation_id.in_(conversation_ids), MessageRow.number == 1
        )
    )
    return {row.conversation_id: row for row in rows}


async def opted_out(session: AsyncSession, index: bytes) -> bool:
    """Whether a number gets no texts from this company."""
    return bool(await session.scalar(select(OptOutRow.id).where(OptOutRow.number_index == index)))
