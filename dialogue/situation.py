"""What is read for a turn: the situation, and what was said before.

In: the rows of a conversation, in the unit of work of its turn. Out: pure values for the engines.
Everything here belongs to the company of the unit of work; nothing of another can be reached.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.answers.loading import told_passages
from dialogue.model.prompt import Said
from dialogue.robots import LOOKED_BACK, MOST_A_DAY, MOST_SHORTLY, Past
from dialogue.turns import Memory, OwnBooking, Situation
from ringback.business import Business
from ringback.optout import opts
from ringback.policy import Situation as For
from ringback.store.bookings import coming_bookings_of, taken_between
from ringback.store.conversations import ASSISTANT, opted_out, texts_of
from ringback.store.opt_outs import took_back
from ringback.tables import ConversationRow, MessageRow

_MOST_PAST = 2 * (MOST_A_DAY + MOST_SHORTLY)  # texts; enough to find every bound passed
_MOST_SAID = 8  # texts that a model is shown


async def situation_of(
    session: AsyncSession,
    company: Business,
    conversation: ConversationRow,
    message: MessageRow,
    now: datetime,
) -> Situation:
    """The situation in which a text is answered."""
    horizon = now + timedelta(days=company.booking_rules.horizon_days + 1)
    own = await coming_bookings_of(session, conversation.number, now)
    return Situation(
        business=company,
        now=now,
        taken=tuple(await taken_between(session, now, horizon, now, conversation.number)),
        own=tuple(
            OwnBooking(str(row.id), row.service, row.resource, row.starts_at, row.ends_at)
            for row in own
        ),
        memory=Memory.from_json(json.loads(conversation.memory or "null")),
        language=conversation.language,
        opted_out=await opted_out(session, conversation.number_index),
        opted_in=opts(message.text) == "start" and await took_back(session, message),
        passages=await told_passages(session),
    )


async def past_of(
    session: AsyncSession, conversation: ConversationRow, message: MessageRow
) -> list[Past]:
    """What was written by and to the caller lately, this text and what came after it left out."""
    rows = await session.scalars(
        select(MessageRow)
        .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
        .where(
            ConversationRow.number_index == conversation.number_index,
            MessageRow.created_at > message.created_at - LOOKED_BACK,
        )
        .order_by(MessageRow.created_at.desc(), MessageRow.number.desc())
        .limit(_MOST_PAST)
    )
    texts = rows.all()
    ours = [row for row in texts if row.direction == "out" and row.author == ASSISTANT]
    theirs = [
        row
        for row in texts
        if row.direction == "in"
        and (row.conversation_id != conversation.id or row.number < message.number)
    ]
    return [Past(row.text, row.created_at, True, row.situation == For.REPLY) for row in ours] + [
        Past(row.text, row.created_at, False) for row in theirs
    ]


async def said_before(session: AsyncSession, message: MessageRow) -> tuple[tuple[Said, ...], int]:
    """The latest texts of the conversation before this one, and the number of its very last.

    What people of the company wrote is shown as ours: the caller has read it.
    """
    texts: Sequence[MessageRow] = await texts_of(session, message.conversation_id, _MOST_SAID + 1)
    last = max((text.number for text in texts), default=0)
    before = [text for text in texts if text.number < message.number]
    return tuple(Said(text.direction == "out", text.text) for text in before[-_MOST_SAID:]), last
