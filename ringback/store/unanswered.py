"""Texts of callers that nobody has answered: no person, and not the assistant.

In: conversations. Out: their last text, where it waits. A reminder or a notice is no answer. What the
assistant took a turn on counts as seen to, even in silence ("tack"); unless its reply was not sent,
because a person took over at that moment. Read when a person hands back, when a conversation is
closed, and where it is told how one stands.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.callbacks import Ended
from ringback.messages import MessageState
from ringback.policy import Situation
from ringback.store.callbacks import open_callbacks, want_person
from ringback.store.conversations import texts_by_key
from ringback.store.wishes import end
from ringback.tables import ConversationRow, MessageRow, TurnRow

UNANSWERED = "unanswered"
"""Why a person is wanted, and the kind of the job that looks for it (`dialogue.handing_over`)."""
_NEVER_SENT = (MessageState.REJECTED, MessageState.FAILED)
_MOST = 20  # texts in a row that are answered one by one


async def unanswered(
    session: AsyncSession, conversation_ids: Collection[UUID]
) -> Mapping[UUID, MessageRow]:
    """The last text of the caller in each of these conversations in which it has no answer."""
    last = (
        select(
            MessageRow.conversation_id,
            func.max(case((MessageRow.direction == "in", MessageRow.number))).label("number"),
            func.max(case((_ANSWERS, MessageRow.number), else_=0)).label("answer"),
        )
        .where(MessageRow.conversation_id.in_(conversation_ids))
        .group_by(MessageRow.conversation_id)
        .subquery()
    )
    rows = await session.scalars(
        select(MessageRow).join(
            last,
            and_(
                MessageRow.conversation_id == last.c.conversation_id,
                MessageRow.number == last.c.number,
                MessageRow.number > last.c.answer,
            ),
        )
    )
    texts = rows.all()
    seen = await _seen_to(session, texts)
    return {row.conversation_id: row for row in texts if row.id not in seen}


async def answer_anew(session: AsyncSession, conversation: ConversationRow, now: datetime) -> None:
    """Have the assistant answer what came while a person had the conversation.

    What it had answered already, and what was then not sent, goes to a person: its turn is taken.
    """
    waiting = (await unanswered(session, [conversation.id])).get(conversation.id)
    if waiting is None:
        return
    rows = await session.scalars(
        select(MessageRow)
        .outerjoin(TurnRow, TurnRow.message_id == MessageRow.id)
        .where(
            MessageRow.conversation_id == conversation.id,
            MessageRow.direction == "in",
            MessageRow.number > await _last_answer(session, conversation.id),
            TurnRow.id.is_(None),
        )
        .order_by(MessageRow.number.desc())
        .limit(_MOST)
    )
    texts = rows.all()
    for text in reversed(texts):
        key = f"turn:{text.id}:{now.timestamp():.3f}"  # that of its first turn has ended
        lane = f"turn:{conversation.id}"
        company = conversation.company_id
        await jobs.put(session, "turn", company, text.id, now, lane=lane, key=key)
    if texts:
        await end_unanswered(session, conversation.id, now)
    else:
        await want_answer(session, conversation, waiting, now)


async def want_answer(
    session: AsyncSession, conversation: ConversationRow, text: MessageRow, now: datetime
) -> None:
    """List the conversation for a person, once at a time."""
    there = (await open_callbacks(session, [conversation.id])).get(conversation.id, ())
    if all(row.why != UNANSWERED for row in there):
        await want_person(session, conversation, text, UNANSWERED, now)


async def end_unanswered(session: AsyncSession, conversation_id: UUID, now: datetime) -> None:
    """Somebody has answered by now."""
    for row in (await open_callbacks(session, [conversation_id])).get(conversation_id, ()):
        if row.why == UNANSWERED:
            await end(session, row, Ended.SETTLED, now)


_ANSWERS = and_(
    MessageRow.direction == "out",
    MessageRow.situation.in_((Situation.REPLY, Situation.STAFF)),
    MessageRow.state.not_in(_NEVER_SENT),
)


async def _last_answer(session: AsyncSession, conversation_id: UUID) -> int:
    number = select(func.max(MessageRow.number)).where(
        MessageRow.conversation_id == conversation_id, _ANSWERS
    )
    return await session.scalar(number) or 0


async def _seen_to(session: AsyncSession, texts: Sequence[MessageRow]) -> set[UUID]:
    """Those that the assistant took a turn on, but for those whose reply was not sent."""
    ids = [text.id for text in texts]
    taken = set(
        await session.scalars(select(TurnRow.message_id).where(TurnRow.message_id.in_(ids)))
    )
    replies = await texts_by_key(session, [f"reply:{one}" for one in taken])
    return {
        one
        for one in taken
        if (reply := replies.get(f"reply:{one}")) is None or reply.state not in _NEVER_SENT
    }
