"""Carries out what a turn decided: bookings, hand-overs, callbacks, opt-outs.

In: the effects of a turn and the unit of work of its reply. Out: rows. All or nothing: when a time
or a booking is not what the engine took it for (`SlotTaken`, `BookingGone`), the whole turn is begun
anew; an effect that no engine may ask for is `Refused`.
"""

from datetime import datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.handing_over import Interval, ask_again_later, promised
from dialogue.promises import own as own_promises
from dialogue.turns import (
    Book,
    CallBack,
    Cancel,
    CancelCallBack,
    ChangeCallBack,
    Effect,
    HandOver,
    Move,
    OptIn,
    OptOut,
)
from ringback import audit
from ringback.bookings import STANDS
from ringback.business import Business
from ringback.errors import Refused
from ringback.optout import opts
from ringback.store.bookings import BookingGone, book, cancel, move
from ringback.store.opt_outs import start_texts, stop_texts
from ringback.tables import (
    BookingRow,
    CallbackRow,
    ConversationRow,
    MessageRow,
)

_ASSISTANT = "assistant"
ROBOT_LOOP = "robot_loop"
ONCE_A_DAY = ("wrote_after_stop", ROBOT_LOOP)
"""Hand-overs that many texts in a row may ask for, without saying anything new."""
_WANTS_PERSON = "wants_person"


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
                await _hand_over(session, company, conversation, key, reason, now)
            case CallBack(starts_at, ends_at):
                await _ring_me(session, conversation, key, (starts_at, ends_at), now)
            case ChangeCallBack() | CancelCallBack():
                await _promise(session, effect, conversation, now)
            case OptOut() | OptIn():
                await _heed(session, conversation, message, isinstance(effect, OptOut), now)


async def _ring_me(
    session: AsyncSession,
    conversation: ConversationRow,
    key: str,
    interval: Interval,
    now: datetime,
) -> None:
    """List the caller to be rung, once; where we may not ring, for a person to see."""
    if not await own_promises.ring_me(session, conversation, key, interval, now):
        session.add(_callback(conversation, key, "call_back", *interval, now))


async def _promise(
    session: AsyncSession,
    effect: ChangeCallBack | CancelCallBack,
    conversation: ConversationRow,
    now: datetime,
) -> None:
    """Move or end the caller's own callback."""
    if isinstance(effect, ChangeCallBack):
        wish = await own_promises.change(session, effect, conversation, now)
        act = "move"
    else:
        wish = await own_promises.cancel(session, effect.callback_id, conversation, now)
        act = "cancel"
    await audit.record(session, now, _ASSISTANT, act, "callback", wish)


async def _own(session: AsyncSession, booking_id: str, conversation: ConversationRow) -> BookingRow:
    """The caller's own booking, as it stands; an engine can't reach anybody else's."""
    try:
        row = await session.get(BookingRow, UUID(booking_id))
    except ValueError:
        row = None
    if row is None or row.number_index != conversation.number_index:
        raise Refused("The engine named a booking that is not the caller's.")
    if row.state not in STANDS:
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
        arrived_at=now,
        created_at=now,
    )


async def _hand_over(
    session: AsyncSession,
    company: Business,
    conversation: ConversationRow,
    key: str,
    why: str,
    now: datetime,
) -> None:
    """List the conversation for a person."""
    if why in ONCE_A_DAY:
        day = now.astimezone(ZoneInfo(company.timezone)).date()
        key = f"{why}:{conversation.id}:{day}"
        if await session.scalar(select(CallbackRow.id).where(CallbackRow.key == key)):
            return
    interval = promised(company, why, now)
    if why == _WANTS_PERSON and await own_promises.joined(session, conversation, interval[1], now):
        return
    row = _callback(conversation, key, why, *interval, now)
    session.add(row)
    await ask_again_later(session, row, now)


async def _heed(
    session: AsyncSession,
    conversation: ConversationRow,
    message: MessageRow,
    stop: bool,
    now: datetime,
) -> None:
    if opts(message.text):
        return  # it counted when the text came, and a later one may have undone it since
    if stop:
        await stop_texts(session, conversation, now)
    else:
        await start_texts(session, conversation, message.created_at, now)
