"""What was said to a number before: when it was last texted, and in which language.

In: a number, in the company's unit of work. Out: facts for `ringback.policy` and the next text.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.messages import MessageState
from ringback.policy import Situation
from ringback.tables import ConversationRow, MessageRow
from ringback.tenancy import number_index

_NEVER_ARRIVED = (MessageState.REJECTED, MessageState.FAILED)


async def texted_at(session: AsyncSession, e164: str) -> datetime | None:
    """When the number last got a text of ours, or will get the one that is in line; None: never.

    Texts that a program of the company's asked for don't count: they say nothing of a missed call.
    """
    given = func.coalesce(MessageRow.submitted_at, MessageRow.created_at)
    return await session.scalar(
        select(func.max(given))
        .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
        .where(
            ConversationRow.number_index == number_index(e164),
            MessageRow.direction == "out",
            MessageRow.state.not_in(_NEVER_ARRIVED),
            MessageRow.situation != Situation.PROGRAM,
        )
    )


async def language_of(session: AsyncSession, e164: str) -> str | None:
    """The language of the latest conversation with the number; None when there was none."""
    return await session.scalar(
        select(ConversationRow.language)
        .where(ConversationRow.number_index == number_index(e164))
        .order_by(ConversationRow.opened_at.desc(), ConversationRow.id)
        .limit(1)
    )
