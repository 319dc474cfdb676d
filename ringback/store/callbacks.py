"""Promises that a person rings or writes to a caller: who asked for one, what is open, what is done.

In: the voice menu of a PBX, a missed call that can't be texted, a text that did not arrive, a call that
reached the caller after all. Out: `callback` rows, one open per caller and queue (`store.wishes`). What
people and programs ask for is `store.callback_requests`; how they are rung is `store.attempts`, how
they are listed `store.callback_list`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.callable import callable_number
from ringback.callbacks import CallbackRequest, Ended, notice_key, rank
from ringback.errors import BadInput
from ringback.messages import MessageState
from ringback.policy import OF_CALLBACK, Situation
from ringback.queues import Rules, interval_of
from ringback.store.changes import Kind, note_change
from ringback.store.companies import business
from ringback.store.conversations import conversation_changed, texts_by_key
from ringback.store.hanging_up import stop_ringing
from ringback.store.numbers import own_numbers
from ringback.store.queues import queue_named
from ringback.store.wishes import (
    ANY_TIME,
    DONE,
    LONGEST_INPUT,
    OPEN,
    Interval,
    Wish,
    close,
    end,
    keep,
    locked,
    open_key,
    tell,
)
from ringback.tables import CallbackRow, CallRow, ConversationRow, MessageRow
from ringback.tenancy import number_index

__all__ = ["DONE", "OPEN"]

TEXT_NOT_SENT = "text_not_sent"
"""A text of ours was not sent: we may not, the provider refused it, or nobody took it."""
TEXT_NOT_DELIVERED = "text_not_delivered"
"""A text of ours was sent and did not arrive, or nobody can tell whether it did."""
MENU = "menu"
"""Why somebody is rung who chose so in a queue's voice menu."""
NUMBER_REFUSED = "number_refused"
"""Why somebody is listed who asked to be rung where we do not ring; staff may enter another number."""
log = structlog.get_logger()


async def record_callback(
    session: AsyncSession, pbx_id: UUID, request: CallbackRequest, now: datetime
) -> CallbackRow | None:
    """Keep a wish that a PBX told, or what its call did not say of it; None for nothing new."""
    uniqueid = request.call_uniqueid
    call = await session.scalar(
        select(CallRow).where(CallRow.pbx_id == pbx_id, CallRow.uniqueid == uniqueid)
    )
    queue = await queue_named(session, pbx_id, request.queue) if request.queue else None
    rules = Rules.kept(queue.rules) if queue else Rules()
    # The dialplan refuses such numbers, too; the number that he rang from is not what he asked for.
    refused = request.why == MENU and not await _is_callable(session, request.number, rules)
    wish = Wish(
        key=f"{pbx_id}:{uniqueid or request.key}",
        number="" if refused else request.number,
        why=NUMBER_REFUSED if refused else request.why,
        arrived_at=request.arrived_at or request.asked_at,
        interval=await _asked_for(session, request),
        queue_id=queue.id if queue else None,
        customer_input=request.customer_input[:LONGEST_INPUT],
        language=request.language[:2],
        call_id=call.id if call else None,
        conversation_id=call.conversation_id if call else None,
        confirm=request.why == MENU,
    )
    return await keep(session, wish, now)


async def _is_callable(session: AsyncSession, number: str, rules: Rules) -> bool:
    own = await own_numbers(session)
    return callable_number(number, rules.countries, own=own)[0] is not None


async def _asked_for(session: AsyncSession, request: CallbackRequest) -> Interval:
    """A choice that can't be read is no reason to lose the caller: then at any time."""
    if not request.choice:
        return request.from_at, request.to_at
    try:
        return interval_of(request.choice, await business(session)) or ANY_TIME
    except BadInput:
        log.warning("callback_choice_unreadable", key=request.key)
        return ANY_TIME


async def want_callback(
    session: AsyncSession, call: CallRow, why: str, now: datetime
) -> CallbackRow | None:
    """A person is to see to a missed caller as soon as possible; None when that is known.

    Who hid the number, or rang from what is no telephone number, is listed without one: what the
    row then says is that somebody rang.
    """
    queue = await queue_named(session, call.pbx_id, call.queues[-1]) if call.queues else None
    wish = Wish(
        key=f"{call.pbx_id}:{call.uniqueid}",
        number="" if call.withheld else call.caller_e164 or "",
        why=why,
        arrived_at=call.started_at,
        queue_id=queue.id if queue else None,
        call_id=call.id,
        conversation_id=call.conversation_id,
        asked=False,
    )
    return await keep(session, wish, now)


async def note_missed_again(session: AsyncSession, call: CallRow, now: datetime) -> None:
    """A caller who waits to be rung has rung again in vain: the row counts it."""
    if not call.caller_e164 or call.withheld:
        return
    queue = await queue_named(session, call.pbx_id, call.queues[-1]) if call.queues else None
    own = open_key(call.caller_e164, queue.id if queue else None)
    rows = await session.scalars(
        select(CallbackRow)
        .where(
            CallbackRow.number_index == number_index(call.caller_e164),
            CallbackRow.open_key.is_not(None),
        )
        .order_by(CallbackRow.arrived_at)
    )
    row = min(rows, key=lambda row: row.open_key != own, default=None)
    if row is not None:
        wish = Wish(
            key=f"{call.pbx_id}:{call.uniqueid}",
            number=row.number,
            why=row.why,
            arrived_at=call.started_at,
            queue_id=row.queue_id,
            call_id=call.id,
            asked=False,
        )
        await keep(session, wish, now)


async def want_person(
    session: AsyncSession,
    conversation: ConversationRow,
    message: MessageRow,
    why: str,
    now: datetime,
) -> CallbackRow | None:
    """A person is to see to a caller whom a text of ours does not reach; None when that is known.

    A text that a program of the company's asked for is the program's: it is told what became of it.
    One about a callback has its wish in the list already.
    """
    if message.situation == Situation.PROGRAM or message.situation in OF_CALLBACK:
        return None
    key = f"text:{message.id}"
    if await session.scalar(select(CallbackRow.id).where(CallbackRow.key == key)):
        return None
    row = CallbackRow(
        id=uuid4(),
        key=key,
        number=conversation.number,
        number_index=conversation.number_index,
        conversation_id=conversation.id,
        why=why,
        arrived_at=now,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    await tell(session, row, now, new=True)
    return row


async def close_reached(
    session: AsyncSession,
    number: str,
    now: datetime,
    by: Ended,
    except_attempt: UUID | None = None,
    *,
    before: datetime | None = None,
) -> int:
    """End all that waits for this caller, in the list and in the texts: he has been spoken with.

    Args:
        session: A unit of work that writes.
        number: The caller's, E.164.
        now: Aware.
        by: How they end.
        except_attempt: The wish that this try is for is left to the handler's note.
        before: Only what was asked for before this moment, when the call began; None for all.

    Returns:
        How many were open.
    """
    asked_at = func.coalesce(CallbackRow.last_call_at, CallbackRow.arrived_at)
    query = select(CallbackRow).where(
        CallbackRow.number_index == number_index(number), CallbackRow.state == OPEN
    )
    if except_attempt is not None:
        other = CallbackRow.attempt_id != except_attempt
        query = query.where(or_(CallbackRow.attempt_id.is_(None), other))
    if before is not None:
        query = query.where(asked_at < before)
    rows = await session.scalars(
        query.order_by(CallbackRow.id).with_for_update(key_share=True),
        execution_options={"populate_existing": True},
    )
    found = rows.all()
    for row in found:
        await end(session, row, by, now)
    return len(found)


async def tie_callbacks(session: AsyncSession, call: CallRow) -> None:
    """What was wished for in a call is shown in the conversation that took the call in."""
    await session.execute(
        update(CallbackRow)
        .where(CallbackRow.call_id == call.id, CallbackRow.conversation_id.is_(None))
        .values(conversation_id=call.conversation_id)
    )


async def open_callbacks(
    session: AsyncSession, conversation_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[CallbackRow]]:
    """What waits for a person in each of these conversations: emergencies first, then the oldest."""
    rows = await session.scalars(
        select(CallbackRow)
        .where(CallbackRow.conversation_id.in_(conversation_ids), CallbackRow.state == OPEN)
        .order_by(CallbackRow.created_at, CallbackRow.id)
    )
    found: dict[UUID, list[CallbackRow]] = {}
    for row in sorted(rows, key=lambda row: rank(row.why)):  # sealed, so not by the database
        if row.conversation_id:
            found.setdefault(row.conversation_id, []).append(row)
    return found


async def told_at(session: AsyncSession, rows: Collection[CallbackRow]) -> Mapping[UUID, datetime]:
    """When callers were told that somebody will be in touch, by the callback that was forgotten."""
    ids = {notice_key(row.id): row.id for row in rows}
    texts = await texts_by_key(session, list(ids))
    lost = (MessageState.REJECTED, MessageState.FAILED)
    return {ids[key]: text.created_at for key, text in texts.items() if text.state not in lost}


async def settle_callbacks(
    session: AsyncSession, conversation_id: UUID, callback_ids: Collection[UUID], now: datetime
) -> int:
    """Mark callbacks of a conversation as done, and tell the live pages.

    Only those that are named: one that came in since the page was drawn stays open.

    Returns:
        How many of them were open; 0 when somebody else was faster.

    Raises:
        NoResultFound: The company has no such conversation.
    """
    # In the order in which a turn locks: the conversation first.
    conversation = await session.get_one(
        ConversationRow, conversation_id, with_for_update={"key_share": True}
    )
    rows = await session.scalars(
        select(CallbackRow)
        .where(
            CallbackRow.conversation_id == conversation_id,
            CallbackRow.id.in_(callback_ids),
            CallbackRow.state == OPEN,
        )
        .order_by(CallbackRow.id)
        .with_for_update(key_share=True)
    )
    settled = rows.all()
    for row in settled:
        close(row, Ended.SETTLED, now)
        await stop_ringing(session, row, now)
        await note_change(session, Kind.CALLBACK, row.id, now)
    if settled:
        await conversation_changed(session, conversation, now)
    return len(settled)


async def settle_callback(session: AsyncSession, callback_id: UUID, now: datetime) -> bool:
    """Staff have seen to a wish otherwise; False when it had ended already.

    Raises:
        NoResultFound: The company has no such wish.
    """
    row = await session.get_one(CallbackRow, callback_id)
    if row.conversation_id is not None:
        return await settle_callbacks(session, row.conversation_id, [callback_id], now) > 0
    row = await locked(session, callback_id)
    if row.state != OPEN:
        return False
    await end(session, row, Ended.SETTLED, now)
    return True
