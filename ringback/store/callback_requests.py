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
from ringback.business import Business
from ringback.callable import callable_number
from ringback.callbacks import Ended
from ringback.errors import BadInput, Refused
from ringback.queues import Rules, can_be_kept, interval_of
from ringback.store.companies import business
from ringback.store.numbers import own_numbers
from ringback.store.queues import rules_of, taken
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
from ringback.tables import CallbackRow, QueueRow
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
    rules = await rules_of(session, queue_id)
    wanted = await _interval(session, queue_id, rules, choice, interval, now)
    wish = Wish(
        key=f"{source}:{session.info['company']}:{key}",
        number=await _callable(session, number, rules),
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


async def _callable(session: AsyncSession, number: str, rules: Rules) -> str:
    own = await own_numbers(session)
    e164, no = callable_number(number, rules.countries, own=own)
    if e164 is None:
        raise BadInput(str(no), "number")
    return e164


async def _interval(
    session: AsyncSession,
    queue_id: UUID | None,
    rules: Rules,
    choice: str,
    interval: Interval,
    now: datetime,
) -> Interval:
    """The interval that is meant, in which the company is open and which is not full."""
    company = await business(session)
    if choice:
        interval = interval_of(choice, company) or ANY_TIME
    from_at, to_at = interval
    if to_at is not None and not _is_ahead(company, from_at or now, to_at, now):
        raise BadInput("The interval is over, too far away, or you are closed then.", "interval")
    if choice and queue_id is not None:
        await _check_room(session, queue_id, rules, choice)
    return from_at, to_at


def _is_ahead(company: Business, from_at: datetime, to_at: datetime, now: datetime) -> bool:
    return from_at < to_at and can_be_kept((from_at, to_at), company, now)


async def _check_room(session: AsyncSession, queue_id: UUID, rules: Rules, choice: str) -> None:
    if rules.most_each and (await taken(session, queue_id)).get(choice, 0) >= rules.most_each:
        raise Refused("That interval is full; choose another.", "full")


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
    choice, given = (interval, ANY_TIME) if isinstance(interval, str) else ("", interval)
    rules = await rules_of(session, row.queue_id)
    wanted = await _interval(session, row.queue_id, rules, choice, given, now)
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
