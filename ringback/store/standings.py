"""Where conversations stand, for lists: a few queries for all of them together."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.bookings import BookingState
from ringback.conversations import Facts, Standing, standing
from ringback.store.callbacks import open_callbacks
from ringback.store.unanswered import UNANSWERED, unanswered
from ringback.store.wishes import DONE
from ringback.tables import BookingRow, CallbackRow, ConversationRow, MessageRow, OptOutRow


async def standings(
    session: AsyncSession, conversation_ids: Sequence[UUID]
) -> Mapping[UUID, Standing]:
    """Where each of these conversations stands."""
    conversations = (
        await session.scalars(
            select(ConversationRow).where(ConversationRow.id.in_(conversation_ids))
        )
    ).all()
    waiting = await open_callbacks(session, conversation_ids)
    handled = await session.scalars(
        select(CallbackRow.conversation_id).where(
            CallbackRow.conversation_id.in_(conversation_ids), CallbackRow.state == DONE
        )
    )
    replied = await session.scalars(
        select(MessageRow.conversation_id)
        .where(MessageRow.conversation_id.in_(conversation_ids), MessageRow.direction == "in")
        .distinct()
    )
    booked = await session.scalars(
        select(BookingRow.conversation_id).where(
            BookingRow.conversation_id.in_(conversation_ids),
            BookingRow.state.in_((BookingState.CONFIRMED, BookingState.REQUESTED)),
        )
    )
    out = await session.scalars(
        select(OptOutRow.number_index).where(
            OptOutRow.number_index.in_([row.number_index for row in conversations])
        )
    )
    closed = [row.id for row in conversations if row.closed_at is not None]
    left = set(await unanswered(session, closed)) if closed else set()
    left |= {talk for talk, rows in waiting.items() if any(_no_answer(one) for one in rows)}
    have_replied, have_booked, are_out = set(replied), set(booked), set(out)
    are_handled = set(handled)
    return {
        row.id: standing(
            Facts(
                owner=row.owner,
                closed=row.closed_at is not None,
                opted_out=row.number_index in are_out,
                replied=row.id in have_replied,
                booked=row.id in have_booked,
                callback=weightiest([one.why for one in waiting.get(row.id, ())]),
                handled=row.id in are_handled,
                unanswered=row.id in left,
            )
        )
        for row in conversations
    }


def _no_answer(row: CallbackRow) -> bool:
    return row.why == UNANSWERED


def weightiest(reasons: Sequence[str]) -> str | None:
    """The reason that tells most: a hand-over outweighs a wish to be rung."""
    return next((why for why in reasons if why != "call_back"), reasons[0] if reasons else None)


async def last_texts(session: AsyncSession, conversation_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """The newest text of each of these conversations."""
    last = (
        select(MessageRow.conversation_id, func.max(MessageRow.number).label("number"))
        .where(MessageRow.conversation_id.in_(conversation_ids))
        .group_by(MessageRow.conversation_id)
        .subquery()
    )
    newest = select(MessageRow).join(
        last,
        and_(
            MessageRow.conversation_id == last.c.conversation_id,
            MessageRow.number == last.c.number,
        ),
    )
    return {row.conversation_id: row.text for row in await session.scalars(newest)}
