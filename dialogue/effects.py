"""Carries out what a turn decided: bookings, hand-overs, callbacks, opt-outs.

In: the effects of a turn and the unit of work of its reply. Out: rows. All or nothing: when a time
or a booking is not what the engine took it for (`SlotTaken`, `BookingGone`), the whole turn is begun
anew; an effect that no engine may ask for is `Refused`.
"""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.turns import Book, CallBack, Cancel, Effect, HandOver, Move, OptIn, OptOut
from ringback import audit
from ringback.bookings import BookingState
from ringback.business import Business
from ringback.errors import Refused, RingbackError
from ringback.store.bookings import book, cancel, move
from ringback.store.conversations import opted_out
from ringback.tables import (
    BookingRow,
    CallbackRow,
    ConversationRow,
    MessageRow,
    OptOutRow,
)

_ASSISTANT = "assistant"
_STANDS = (BookingState.HELD, BookingState.REQUESTED, BookingState.CONFIRMED)


class BookingGone(RingbackError):
    """The booking was cancelled while the answer was written."""


async def carry_out(
    session: AsyncSession,
    effects: tuple[Effect, ...],
    company: Business,
    conversation: ConversationRow,
    message: MessageRow,
    now: datetime,
) -> None:
    """Carry out all effects of the turn that answers `message`."""
    for number, effect in enumerate(effects):
        key = f"turn:{message.id}:{number}"
        match effect:
            case Book(slot):
                row = await book(
                    session, slot, conversation.number, key, company.timezone, now, conversation.id
                )
                if row:
                    await audit.record(session, now, _ASSISTANT, "book", "booking", row.id)
            case Move(booking_id, slot):
                row = await _own(session, booking_id, conversation)
                await move(session, row, slot, now)
                await audit.record(session, now, _ASSISTANT, "move", "booking", row.id)
            case Cancel(booking_id):
                row = await _own(session, booking_id, conversation)
                await cancel(session, row, now)
                await audit.record(session, now, _ASSISTANT, "cancel", "booking", row.id)
            case HandOver(reason):
                session.add(_callback(conversation, key, reason, None, None, now))
            case CallBack(starts_at, ends_at):
                session.add(_callback(conversation, key, "call_back", starts_at, ends_at, now))
            case OptOut() | OptIn():
                await _set_opt_out(session, conversation, isinstance(effect, OptOut), now)


async def _own(session: AsyncSession, booking_id: str, conversation: ConversationRow) -> BookingRow:
    """The caller's own booking, as it stands; an engine can't reach anybody else's."""
    try:
        row = await session.get(BookingRow, UUID(booking_id), with_for_update={"key_share": True})
    except ValueError:
        row = None
    if row is None or row.number_index != conversation.number_index:
        raise Refused("The engine named a booking that is not the caller's.")
    if row.state not in _STANDS:
        raise BookingGone("The booking was cancelled while the answer was written.")
    return row


def _callback(
    conversation: ConversationRow,
    key: str,
    why: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    now: datetime,
) -> CallbackRow:
    return CallbackRow(
        id=uuid4(),
        key=key,
        number=conversation.number,
        number_index=conversation.number_index,
        conversation_id=conversation.id,
        why=why,
        from_at=starts_at,
        to_at=ends_at,
        created_at=now,
    )


async def _set_opt_out(
    session: AsyncSession, conversation: ConversationRow, stop: bool, now: datetime
) -> None:
    index = conversation.number_index
    if not stop:
        await session.execute(delete(OptOutRow).where(OptOutRow.number_index == index))
    elif not await opted_out(session, index):
        session.add(OptOutRow(id=uuid4(), number_index=index, created_at=now))
    await audit.record(
        session,
        now,
        "caller",
        "opt_out" if stop else "opt_in",
        "conversation",
        conversation.id,
    )
