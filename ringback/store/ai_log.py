"""The AI log: how each received text was understood, proposed and decided, and for how long that is kept.

In: `turn` rows. Out: those of a conversation, for the portal; and the same rows without their sealed
parts once the company's days are over. What they counted and cost stays, for the budget and figures.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.assistant import Assistant
from ringback.tables import CompanyRow, MessageRow, TurnRow

_DEEDS = frozenset({"Book", "Move", "Cancel", "CallBack", "ChangeCallBack", "CancelCallBack"})
"""What a caller has to be told of, as `turn.decided` names it."""
Logged = tuple[MessageRow, TurnRow]


async def turns_in(
    session: AsyncSession, conversation_id: UUID, limit: int, before: int | None = None
) -> Sequence[Logged]:
    """The latest texts of a conversation that have a turn, oldest first; `before` is a text's number."""
    query = (
        select(MessageRow, TurnRow)
        .join(TurnRow, TurnRow.message_id == MessageRow.id)
        .where(MessageRow.conversation_id == conversation_id)
        .order_by(MessageRow.number.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(MessageRow.number < before)
    found = (await session.execute(query)).all()
    return [(message, turn) for message, turn in reversed(found)]


async def turn_in(session: AsyncSession, conversation_id: UUID, message_id: UUID) -> Logged:
    """One text of a conversation and its turn.

    Raises:
        NoResultFound: There is none, or it is another conversation's.
    """
    query = (
        select(MessageRow, TurnRow)
        .join(TurnRow, TurnRow.message_id == MessageRow.id)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.id == message_id)
    )
    message, turn = (await session.execute(query)).one()
    return message, turn


async def told_deeds(session: AsyncSession, keys: Collection[str]) -> set[str]:
    """Of the keys of answers, those of turns that booked, moved, cancelled or promised a call."""
    answered = {}
    for key in keys:
        kind, _, message_id = key.partition(":")
        if kind == "reply":
            answered[UUID(message_id)] = key
    if not answered:
        return set()
    turns = select(TurnRow).where(TurnRow.message_id.in_(answered))
    return {
        answered[turn.message_id]
        for turn in await session.scalars(turns)
        if _DEEDS & set(json.loads(turn.decided or "[]"))
    }


async def forget_old(session: AsyncSession, now: datetime) -> None:
    """Empty what is older than each company keeps (operator)."""
    companies = await session.execute(select(CompanyRow.id, CompanyRow.assistant))
    for company_id, settings in companies.all():
        kept = timedelta(days=Assistant.kept(settings).log_days)
        await session.execute(
            update(TurnRow)
            .where(
                TurnRow.company_id == company_id,
                TurnRow.created_at < now - kept,
                TurnRow.understood.is_not(None),
            )
            .values(understood=None, proposed=None, decided=None, used=None, refused=None)
            .execution_options(synchronize_session=False)
        )
