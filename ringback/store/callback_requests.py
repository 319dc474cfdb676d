"""What people and programs ask for: to be rung, at another time, at another number, not at all.

In: the API, webchat, the SMS dialogue, staff; numbers and intervals as they were typed. Out: checked
`callback` rows (`store.wishes`), or what is wrong with them. A number is checked here, and again before
it is rung: a wish to be rung at a premium or foreign number is how fraudsters are paid.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.attempts import IsOver
from ringback.callable import callable_number
from ringback.callbacks import Ended
from ringback.errors import BadInput
from ringback.queues import Rules
from ringback.store.intervals import wanted_interval
from ringback.store.numbers import own_numbers
from ringback.store.queues import rules_of
from ringback.store.wishes import (
    ANY_TIME,
    LONGEST_INPUT,
    OPEN,
    Interval,
    Wish,
    end,
    keep,
    locked,
    open_key,
    set_interval,
    tell,
)
from ringback.tables import CallbackCallRow, CallbackRow, QueueRow
from ringback.tenancy import number_index

_TOLD_BY_TEXT = ("api", "webchat")


async def ask_callback(
    session: AsyncSession,
    number: str,
    why: str,
    now: datetime,
    *,
    key: str,
    queue_id: UUID | None = None,
    choice: str = "",
    interval: Interval = ANY_TIME,
    customer_input: str = "",
    language: str = "",
    conversation_id: UUID | None = None,
    source: str = "api",
) -> CallbackRow | None:
    """Somebody asks to be rung, or a program for him; None when it was asked for with this key.

    Args:
        session: A unit of work that writes.
        number: As typed.
        why: For the staff; a word of ours or the caller's own.
        now: Aware.
        key: Of the request; the same one again is no second wish.
        queue_id: Whose list; None for the company's own.
        choice: As a queue offers it (`ringback.queues`); it stands in place of `interval`.
        interval: From and to, aware; None for no bound.
        customer_input: What he is known by.
        language: `sv`, `en`.
        conversation_id: The texts that it belongs to.
        source: `api` or `webchat`, which are confirmed by a text, `dialogue`, or `staff`.

    Raises:
        BadInput: The number must not be rung (`NotCallable`), or the interval can't be kept.
        Refused: The interval is full.
        NoResultFound: The company has no such queue.
    """
    if queue_id is not None:
        await session.get_one(QueueRow, queue_id)
    e164 = await _callable(session, number, await rules_of(session, queue_id))
    waits = await session.scalar(
        select(CallbackRow.id).where(CallbackRow.open_key == open_key(e164, queue_id))
    )
    wanted = await wanted_interval(session, queue_id, choice or interval, now, waits)
    wish = Wish(
        key=f"{source}:{session.info['company']}:{key}",
        number=e164,
        why=why,
        arrived_at=now,
        interval=wanted,
        queue_id=queue_id,
        customer_input=customer_input.strip()[:LONGEST_INPUT],
        language=language[:2],
        conversation_id=conversation_id,
        is_call=False,
        confirm=source in _TOLD_BY_TEXT,
    )
    return await keep(session, wish, now)


async def asked_with(session: AsyncSession, source: str, key: str) -> CallbackCallRow | None:
    """What `ask_callback` kept for this key of a request."""
    whole = f"{source}:{session.info['company']}:{key}"
    return await session.scalar(select(CallbackCallRow).where(CallbackCallRow.key == whole))


async def is_asked_once(session: AsyncSession, row: CallbackRow) -> bool:
    """Whether the row holds one request alone, so that it was made for it."""
    asked = await session.scalars(
        select(CallbackCallRow.id).where(CallbackCallRow.callback_id == row.id).limit(2)
    )
    return len(asked.all()) == 1


async def _callable(session: AsyncSession, number: str, rules: Rules) -> str:
    own = await own_numbers(session)
    e164, no = callable_number(number, rules.countries, own=own)
    if e164 is None:
        raise BadInput(str(no), "number")
    return e164


async def change_interval(
    session: AsyncSession, callback_id: UUID, interval: Interval | str, now: datetime
) -> CallbackRow:
    """Move a wish to another interval, or choice; what was tried before does not count any more.

    Raises:
        BadInput: The interval is none, or over.
        IsOver: The wish has ended.
        Refused: The interval is full.
        NoResultFound: The company has no such wish.
    """
    row = await locked(session, callback_id)
    if row.state != OPEN:
        raise IsOver("This callback has ended already.")
    wanted = await wanted_interval(session, row.queue_id, interval, now, row.id)
    await set_interval(session, row, wanted)
    await session.flush()
    await tell(session, row, now)
    return row


async def set_number(
    session: AsyncSession, callback_id: UUID, number: str, now: datetime
) -> CallbackRow:
    """Ring another number, which the caller gave or staff found.

    Raises:
        BadInput: It must not be rung (`NotCallable`).
        IsOver: The wish has ended.
        NoResultFound: The company has no such wish.
    """
    row = await locked(session, callback_id)
    if row.state != OPEN:
        raise IsOver("This callback has ended already.")
    row.number = await _callable(session, number, await rules_of(session, row.queue_id))
    row.number_index = number_index(row.number)
    key = open_key(row.number, row.queue_id)
    other = await session.scalar(select(CallbackRow.id).where(CallbackRow.open_key == key))
    row.open_key = None if other and other != row.id else key  # the first one takes later calls
    await session.flush()
    await tell(session, row, now)
    return row


async def cancel_callback(session: AsyncSession, callback_id: UUID, now: datetime) -> bool:
    """The caller does not want to be rung any more; False when the wish had ended already."""
    row = await locked(session, callback_id)
    if row.state != OPEN:
        return False
    await end(session, row, Ended.CANCELLED, now)
    return True
