"""Conversations and their texts: opened once per caller, texts in order, each caused once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from uuid import UUID, uuid4

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.messages import MessageState
from ringback.policy import Situation, urgency
from ringback.store.changes import Kind, note_change
from ringback.store.opt_outs import heed
from ringback.tables import ConversationRow, MessageRow, OptOutRow, TurnRow
from ringback.tenancy import number_index, prepared

ASSISTANT, CALLER = "assistant", "caller"
"""Authors of texts; others are people of the company and its programs."""
_OPEN_WITH = prepared(
    select(ConversationRow)
    .where(
        ConversationRow.number_index.in_(bindparam("numbers")),
        ConversationRow.closed_at.is_(None),
    )
    .order_by(ConversationRow.id)
    .with_for_update(key_share=True)
)
_BY_KEY = prepared(select(MessageRow).where(MessageRow.key.in_(bindparam("keys"))))
_LAST_NUMBERS = prepared(
    select(MessageRow.conversation_id, func.max(MessageRow.number))
    .where(MessageRow.conversation_id.in_(bindparam("conversations")))
    .group_by(MessageRow.conversation_id)
)
_TO_ANSWER = prepared(
    select(MessageRow, ConversationRow)
    .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
    .where(MessageRow.id == bindparam("own"))
    .with_for_update(key_share=True, of=ConversationRow)
)
_LATEST = prepared(
    select(MessageRow)
    .where(MessageRow.conversation_id == bindparam("conversation"))
    .where(MessageRow.direction == "out")
    .order_by(MessageRow.number.desc())
    .limit(1)
)


async def open_conversation_with(session: AsyncSession, e164: str) -> ConversationRow | None:
    """The open conversation with a caller, if there is one."""
    return await session.scalar(
        select(ConversationRow).where(
            ConversationRow.number_index == number_index(e164),
            ConversationRow.closed_at.is_(None),
        )
    )


async def lock_open_conversations(
    session: AsyncSession, e164s: Collection[str]
) -> dict[str, ConversationRow]:
    """The open conversations with these callers, by number, locked in the order all lock them."""
    wanted = {number_index(e164): e164 for e164 in e164s}
    rows = await session.scalars(_OPEN_WITH, {"numbers": list(wanted)})
    return {wanted[row.number_index]: row for row in rows}


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


@dataclass(frozen=True, slots=True)
class Wish:
    """A text that shall go out; see `queue_text`."""

    conversation: ConversationRow
    key: str
    text: str
    situation: Situation = Situation.REPLY
    author: str = ASSISTANT
    despite_opt_out: bool = False


async def queue_text(
    session: AsyncSession,
    conversation: ConversationRow,
    key: str,
    text: str,
    now: datetime,
    *,
    situation: Situation = Situation.REPLY,
    author: str = ASSISTANT,
    despite_opt_out: bool = False,
    is_new: bool = False,
) -> MessageRow | None:
    """Put a text in line to be sent; None when the same cause has queued one before.

    Args:
        session: A unit of work of the company.
        conversation: With whom.
        key: What caused it; unique among the texts of all companies, so an id of ours is in it.
        text: As it shall be read.
        now: Aware.
        situation: What it is for; the rules that hold for it depend on this.
        author: The assistant, `user:` and a user's id, or `api:` and a key's id.
        despite_opt_out: It is the one text that confirms an opt-out.
        is_new: The caller knows that the cause is new, and it need not be looked for.
    """
    if not is_new and await texts_by_key(session, [key]):
        return None
    wish = Wish(conversation, key, text, situation, author, despite_opt_out)
    (row,) = await _queue(session, [wish], now)
    return row


async def queue_texts(
    session: AsyncSession, wishes: Sequence[Wish], now: datetime
) -> list[MessageRow]:
    """Put many texts in line at once; a text for each wish, in their order.

    A key that is there already, in a row or earlier in `wishes`, gives the text that is there; who
    must tell the two apart asks `texts_by_key` first. Should another process add the same key at
    this very moment, the database raises `IntegrityError`; all may be asked for again then.
    """
    there = await texts_by_key(session, [wish.key for wish in wishes])
    new = {wish.key: wish for wish in reversed(wishes) if wish.key not in there}  # the first counts
    wanted = [wish for wish in wishes if new.get(wish.key) is wish]
    added = {row.key: row for row in await _queue(session, wanted, now)}
    return [there.get(wish.key) or added[wish.key] for wish in wishes]


async def texts_by_key(session: AsyncSession, keys: Sequence[str]) -> dict[str, MessageRow]:
    """The company's texts that these causes have led to, by their keys."""
    rows = await session.scalars(_BY_KEY, {"keys": list(keys)})
    return {row.key: row for row in rows}


async def _queue(session: AsyncSession, wishes: Sequence[Wish], now: datetime) -> list[MessageRow]:
    texts = [
        (
            wish.conversation,
            MessageRow(
                key=wish.key,
                direction="out",
                text=wish.text,
                state=MessageState.QUEUED,
                situation=wish.situation,
                author=wish.author,
                token=token_urlsafe(24),
                despite_opt_out=wish.despite_opt_out,
            ),
        )
        for wish in wishes
    ]
    return await _add(session, texts, "send", now)


async def add_received(
    session: AsyncSession,
    conversation: ConversationRow,
    provider: str,
    provider_id: str,
    text: str,
    now: datetime,
) -> MessageRow:
    """Keep a text from the caller, and ask for the turn that answers it, in order.

    A stop counts from this transaction on, however long the turn takes to come.
    """
    row = received(provider, provider_id, text)
    await add_all_received(session, [(conversation, row)], now)
    return row


async def add_all_received(
    session: AsyncSession, texts: Sequence[tuple[ConversationRow, MessageRow]], now: datetime
) -> None:
    """The same for many, made by `received`; those of one conversation in their order."""
    # The lane is not the sends': a STOP must not wait for a provider.
    await _add(session, texts, "turn", now)
    for conversation, row in texts:
        await heed(session, conversation, row.text, now)


def received(provider: str, provider_id: str, text: str) -> MessageRow:
    """A text from outside, not yet in a conversation."""
    return MessageRow(
        key=received_key(provider, provider_id),
        direction="in",
        text=text,
        state=MessageState.RECEIVED,
        author=CALLER,
        provider=provider,
        provider_id=provider_id,
    )


def received_key(provider: str, provider_id: str) -> str:
    """The key of a text from outside."""
    return f"in:{provider}:{provider_id}"


async def is_received(session: AsyncSession, provider: str, provider_id: str) -> bool:
    """Whether this text from outside is kept already."""
    return bool(await texts_by_key(session, [received_key(provider, provider_id)]))


async def _add(
    session: AsyncSession,
    texts: Sequence[tuple[ConversationRow, MessageRow]],
    kind: str,
    now: datetime,
) -> list[MessageRow]:
    """Add texts to their conversations, each with the job that takes it on."""
    if not texts:
        return []
    with session.no_autoflush:  # what was written before is flushed with the texts
        last = await _last_numbers(session, {conversation.id for conversation, _ in texts})
    for conversation, row in texts:
        last[conversation.id] += 1
        row.id, row.company_id = uuid4(), conversation.company_id
        row.conversation_id, row.number = conversation.id, last[conversation.id]
        row.created_at = now
        session.add(row)
        await conversation_changed(session, conversation, now, row.id, new=True)
    await session.flush()
    await jobs.put_new(session, [_job(kind, row, now) for _, row in texts])
    return [row for _, row in texts]


def _job(kind: str, row: MessageRow, now: datetime) -> jobs.New:
    """The step that takes the text on; the text is new, so nobody has asked for it before."""
    key, urgent = f"{kind}:{row.id}", 0
    lane = f"{kind}:{row.conversation_id}"
    if kind == "send":
        lane, urgent = send_lane(row)
    return jobs.New(key, kind, row.company_id, row.id, lane, now, urgent)


def send_lane(text: MessageRow) -> tuple[str, int]:
    """The lane in which a text goes out, and its urgency.

    What is less urgent may wait for hours; an answer in the same conversation does not stand behind.
    """
    urgent = urgency(Situation(text.situation))
    return f"send:{urgent}:{text.conversation_id}", urgent


async def _last_numbers(session: AsyncSession, conversations: set[UUID]) -> dict[UUID, int]:
    """The last place that is taken in each conversation, which is locked: two get two numbers."""
    if session.get_bind().dialect.name != "sqlite":  # there the unit of work is alone anyway
        own = select(ConversationRow.id).where(ConversationRow.id.in_(conversations))
        await session.execute(own.order_by(ConversationRow.id).with_for_update(key_share=True))
    last = await session.execute(_LAST_NUMBERS, {"conversations": list(conversations)})
    return dict.fromkeys(conversations, 0) | {row[0]: row[1] for row in last}


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


async def latest_of_ours(session: AsyncSession, conversation_id: UUID) -> MessageRow | None:
    """Our latest text in a conversation."""
    row: MessageRow | None = await session.scalar(_LATEST, {"conversation": conversation_id})
    return row


async def text_to_answer(
    session: AsyncSession, message_id: UUID
) -> tuple[MessageRow, ConversationRow]:
    """A received text and its conversation, which stays locked until the unit of work ends."""
    found = await session.execute(_TO_ANSWER, {"own": message_id})
    message, conversation = found.one()
    return message, conversation


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
