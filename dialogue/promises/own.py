"""The caller's own wishes in the callback list: read for a turn, changed, and joined by new ones.

In: a conversation, in the unit of work of its turn. Out: `OwnCall`s for the engines; and `callback` rows
changed as the turn decided. Only what the caller can know of: a wish of his number, or of a call that
belongs to this conversation. Hand-overs that the assistant has made are none of them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.turns import ChangeCallBack, OwnCall
from ringback.attempts import IsOver
from ringback.business import Business
from ringback.callbacks import Ended
from ringback.calls import Outcome
from ringback.errors import BadInput, Refused
from ringback.queues import choices
from ringback.store.bookings import BookingGone
from ringback.store.callback_requests import ask_callback, cancel_callback, change_interval
from ringback.store.queues import rules_of, taken
from ringback.store.wishes import OPEN, Interval, tell
from ringback.tables import CallbackRow, CallRow, ConversationRow
from ringback.tenancy import prepared

GIVEN_UP_AFTER = timedelta(days=3)
"""How long a caller has for an answer to our question when to ring."""
_MOST = 3
_OWN_WISHES = prepared(
    select(CallbackRow)
    .where(
        or_(
            CallbackRow.number_index == bindparam("number"),
            CallbackRow.conversation_id == bindparam("conversation"),
        ),
        CallbackRow.state == OPEN,
        CallbackRow.open_key.is_not(None),
    )
    .order_by(CallbackRow.arrived_at, CallbackRow.id)
    .limit(_MOST)
)
_REACHED = (Ended.REACHED, Ended.OTHER_CALL)
_GOT_THROUGH = select(CallRow.id).where(
    CallRow.caller_index == bindparam("number"),
    CallRow.outcome == Outcome.ANSWERED,
    CallRow.started_at > bindparam("since"),
)
_WAS_REACHED = select(CallbackRow.id).where(
    CallbackRow.number_index == bindparam("number"),
    CallbackRow.ended_as.in_(_REACHED),
    CallbackRow.ended_at > bindparam("since"),
)
_SPOKEN = prepared(_GOT_THROUGH.union_all(_WAS_REACHED).limit(1))


async def own_wishes(session: AsyncSession, conversation: ConversationRow) -> Sequence[CallbackRow]:
    """The caller's open wishes, the one first in line first."""
    own = {"number": conversation.number_index, "conversation": conversation.id}
    return list(await session.scalars(_OWN_WISHES, own))


async def own_calls(
    session: AsyncSession, company: Business, conversation: ConversationRow, now: datetime
) -> tuple[OwnCall, ...]:
    """The same as an engine sees them."""
    return tuple(
        [await _seen(session, company, row, now) for row in await own_wishes(session, conversation)]
    )


async def _seen(
    session: AsyncSession, company: Business, row: CallbackRow, now: datetime
) -> OwnCall:
    free, full = await choices_now(session, company, row, now)
    return OwnCall(str(row.id), row.from_at, row.to_at, free, full)


async def choices_now(
    session: AsyncSession, company: Business, row: CallbackRow, now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What may be chosen for a wish by its queue's rules, and what is full."""
    rules = await rules_of(session, row.queue_id)
    every = choices(rules, company, now)
    if not rules.most_each or row.queue_id is None:
        return every, ()
    free = choices(rules, company, now, await taken(session, row.queue_id))
    return free, tuple(one for one in every if one not in free)


async def change(
    session: AsyncSession, effect: ChangeCallBack, conversation: ConversationRow, now: datetime
) -> UUID:
    """Ring in another interval; the wish's id.

    Raises:
        Refused: The wish is not the caller's own.
        BookingGone: It has ended, or the interval is full or over by now: take the turn anew.
    """
    row = await _own(session, effect.callback_id, conversation)
    try:
        wanted = effect.choice or (effect.starts_at, effect.ends_at)
        await change_interval(session, row.id, wanted, now)
    except (BadInput, IsOver, Refused) as no:
        raise BookingGone("The callback could not be moved to what was offered.") from no
    return row.id


async def cancel(
    session: AsyncSession, callback_id: str, conversation: ConversationRow, now: datetime
) -> UUID:
    """Don't ring any more; the wish's id.

    Raises:
        Refused: The wish is not the caller's own.
        BookingGone: It had ended already.
    """
    row = await _own(session, callback_id, conversation)
    if not await cancel_callback(session, row.id, now):
        raise BookingGone("The callback ended while the answer was written.")
    return row.id


async def _own(
    session: AsyncSession, callback_id: str, conversation: ConversationRow
) -> CallbackRow:
    """The caller's own wish; an engine can't reach anybody else's."""
    try:
        row = await session.get(CallbackRow, UUID(callback_id))
    except ValueError:
        row = None
    mine = row is not None and (
        row.number_index == conversation.number_index or row.conversation_id == conversation.id
    )
    if row is None or not mine:
        raise Refused("The engine named a callback that is not the caller's.")
    return row


async def ring_me(
    session: AsyncSession,
    conversation: ConversationRow,
    key: str,
    interval: Interval,
    now: datetime,
) -> bool:
    """The caller asks to be rung: his open wish is moved there, else it is a new one.

    Returns:
        False when it can be neither: the number is not one that is rung, or the interval no promise.
    """
    try:
        for row in (await own_wishes(session, conversation))[:1]:
            await change_interval(session, row.id, interval, now)
            await _show_in(session, row, conversation, now)
            return True
        await ask_callback(
            session,
            conversation.number,
            "call_back",
            now,
            key=key,
            interval=interval,
            language=conversation.language,
            conversation_id=conversation.id,
            source="dialogue",
        )
    except (BadInput, Refused):
        return False
    return True


async def joined(
    session: AsyncSession, conversation: ConversationRow, by: datetime | None, now: datetime
) -> bool:
    """Whether somebody is to ring the caller by then anyway, so that a wish for a person adds no row."""
    for row in await own_wishes(session, conversation):
        if row.number and (row.from_at is None or (by is not None and row.from_at <= by)):
            await _show_in(session, row, conversation, now)
            return True
    return False


async def _show_in(
    session: AsyncSession, row: CallbackRow, conversation: ConversationRow, now: datetime
) -> None:
    """Beside the texts that the caller writes now."""
    row.conversation_id = conversation.id
    await session.flush()
    await tell(session, row, now)


async def spoken_since(
    session: AsyncSession, conversation: ConversationRow, since: datetime
) -> bool:
    """Whether the caller was spoken with on the phone since: what we asked in a text is then settled."""
    asked = {"number": conversation.number_index, "since": since}
    return (await session.execute(_SPOKEN, asked)).first() is not None
