"""One row per caller and queue: a wish to be rung is kept, asked for again, and ended, each once.

In: a `Wish`, from whichever side it came (`store.callbacks`). Out: a `callback` row, or the open one
of the same caller and queue with what is new; its jobs (a text that confirms, an alert before the
interval ends, its end); a change for the live pages. What a wish was asked by is kept beside it
(`callback_call`), so that nothing which is told twice counts twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.callbacks import Ended
from ringback.calls import Reason
from ringback.errors import TryAgain
from ringback.keyed import kind_of
from ringback.store.changes import Kind, note_change
from ringback.store.hanging_up import stop_ringing
from ringback.store.queues import rules_of
from ringback.tables import CallbackCallRow, CallbackRow
from ringback.tenancy import number_index

OPEN = "open"
DONE = "done"
TEXT, ALERT, EXPIRE, UNREACHED = (
    "callback_text",
    "callback_alert",
    "callback_expire",
    "callback_unreached",
)
"""Kinds of jobs about a `callback` row; the dialogue takes them."""
_TRIES = 5

Interval = tuple[datetime | None, datetime | None]
ANY_TIME: Interval = (None, None)
LONGEST_INPUT = 40
"""Signs that are kept of what a caller keyed."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody is to be rung.

    Attributes:
        key: What it was asked by; told twice it counts once.
        number: E.164; "" when it is hidden, or must not be rung.
        why: A word of ours, or the caller's own choice.
        arrived_at: When the call came, or it was asked for. The place in line.
        interval: In which to ring.
        queue_id: Whose list it stands in.
        customer_input: What the caller keyed for who rings back.
        language: What the caller was spoken to in.
        call_id: The call, when it is known.
        conversation_id: The texts that it is shown with.
        asked: The caller asked to be rung; else he just rang, and we can't text him.
        is_call: It came with a call.
        confirm: Tell the caller by a text.
    """

    key: str
    number: str
    why: str
    arrived_at: datetime
    interval: Interval = ANY_TIME
    queue_id: UUID | None = None
    customer_input: str = ""
    language: str = ""
    call_id: UUID | None = None
    conversation_id: UUID | None = None
    asked: bool = True
    is_call: bool = True
    confirm: bool = False


async def keep(session: AsyncSession, wish: Wish, now: datetime) -> CallbackRow | None:
    """The row of a wish, new or the caller's open one; None when nothing new was told.

    Raises:
        TryAgain: Others kept the same at this moment, again and again.
    """
    for _ in range(_TRIES):
        try:
            async with session.begin_nested():
                return await _keep(session, wish, now)
        except IntegrityError:  # another wish of the caller was kept at this very moment
            continue
    raise TryAgain("The caller's wish is being kept by others at this moment.", 0.5)


async def _keep(session: AsyncSession, wish: Wish, now: datetime) -> CallbackRow | None:
    told = await session.scalar(select(CallbackCallRow).where(CallbackCallRow.key == wish.key))
    if told is not None:
        return await _told_again(session, told, wish, now)
    if await session.scalar(select(CallbackRow.id).where(CallbackRow.key == wish.key)):
        return None
    row = await _open_row(session, open_key(wish.number, wish.queue_id))
    new = row is None
    if row is None:
        row = _new_row(wish, now)
        session.add(row)
        await session.flush()
    else:
        _add_call(row, wish)
    session.add(
        CallbackCallRow(
            id=uuid4(),
            callback_id=row.id,
            call_id=wish.call_id,
            key=wish.key,
            asked=wish.asked,
            at=wish.arrived_at,
        )
    )
    await _take_up(session, row, wish, now, new=new, latest=_is_latest(row, wish.arrived_at))
    return row


async def _told_again(
    session: AsyncSession, told: CallbackCallRow, wish: Wish, now: datetime
) -> CallbackRow | None:
    """What its call alone did not say: the call may end, and be told, before the wish is read."""
    told.call_id = told.call_id or wish.call_id
    row = await locked(session, told.callback_id)
    row.call_id = row.call_id or wish.call_id
    more = wish.asked and not told.asked
    told.asked = told.asked or wish.asked
    if not more or row.state != OPEN:
        await session.flush()
        return None
    if row.why == Reason.CALLBACK_REQUESTED:
        row = await _moved(session, row, wish, now)
        told.callback_id = row.id
    # By the time of its call, which was told first: the menu knows that time by whole seconds.
    await _take_up(session, row, wish, now, new=False, latest=_is_latest(row, told.at))
    return row


async def _moved(session: AsyncSession, row: CallbackRow, wish: Wish, now: datetime) -> CallbackRow:
    """At the number and the queue that the caller chose, of which his call said nothing.

    Where he waits in that list already, his call counts there, and the row that it made has ended.
    """
    row.why = wish.why
    if wish.number == row.number and row.queue_id is not None:
        return row
    queue_id = wish.queue_id or row.queue_id
    key = open_key(wish.number, queue_id)
    other = await _open_row(session, key)
    if other is not None and other.id != row.id:
        other.calls += row.calls
        other.last_call_at = max(_latest(other), _latest(row))
        other.arrived_at = min(other.arrived_at, row.arrived_at)
        await end(session, row, Ended.JOINED, now)
        return other
    row.number, row.number_index = wish.number, number_index(wish.number)
    row.queue_id, row.open_key = queue_id, key
    return row


def _latest(row: CallbackRow) -> datetime:
    """When the caller rang last."""
    return row.last_call_at or row.arrived_at


def _is_latest(row: CallbackRow, at: datetime) -> bool:
    """Whether the caller has not rung again since."""
    return at >= _latest(row)


async def _take_up(
    session: AsyncSession, row: CallbackRow, wish: Wish, now: datetime, *, new: bool, latest: bool
) -> None:
    """What the caller asked for last holds."""
    if wish.asked and latest:
        row.language = wish.language or row.language
        row.conversation_id = row.conversation_id or wish.conversation_id
        if wish.customer_input:
            row.customer_input = wish.customer_input
            asks = (await rules_of(session, row.queue_id)).asks
            row.input_kind = kind_of(wish.customer_input, asks)
        await set_interval(session, row, wish.interval)
    await session.flush()
    if wish.confirm and latest and row.number:
        asked = sha256(wish.key.encode()).hexdigest()[:16]  # each time anew: he may come back to it
        await jobs.put(session, TEXT, row.company_id, row.id, now, key=f"{TEXT}:{row.id}:{asked}")
    await tell(session, row, now, new=new)


async def _open_row(session: AsyncSession, key: str | None) -> CallbackRow | None:
    """The caller's open wish of that queue; nobody is known by a hidden number."""
    if key is None:
        return None
    query = select(CallbackRow).where(CallbackRow.open_key == key)
    return await session.scalar(query.with_for_update(key_share=True), execution_options=_FRESH)


def _new_row(wish: Wish, now: datetime) -> CallbackRow:
    return CallbackRow(
        id=uuid4(),
        key=wish.key,
        open_key=open_key(wish.number, wish.queue_id),
        number=wish.number,
        number_index=number_index(wish.number),
        call_id=wish.call_id,
        conversation_id=wish.conversation_id,
        queue_id=wish.queue_id,
        why=wish.why,
        arrived_at=wish.arrived_at,
        created_at=now,
    )


def _add_call(row: CallbackRow, wish: Wish) -> None:
    """He rang again; the first call's place in line stays his."""
    if wish.is_call:
        row.calls += 1
        row.last_call_at = max(_latest(row), wish.arrived_at)
    row.arrived_at = min(row.arrived_at, wish.arrived_at)
    row.call_id = row.call_id or wish.call_id


async def set_interval(
    session: AsyncSession, row: CallbackRow, interval: Interval, *, anew: bool = True
) -> None:
    """Promise the caller this interval; asked for `anew`, tries and their delay begin again."""
    row.from_at, row.to_at = interval
    row.alerted_at, row.expired_at = None, None
    if anew:
        row.tries, row.not_before = 0, None
    if row.to_at is None:
        return
    await session.flush()
    alert = timedelta(minutes=(await rules_of(session, row.queue_id)).alert_min)
    end = f"{row.id}:{row.to_at.timestamp():.0f}"
    if alert:
        at = row.to_at - alert
        await jobs.put(session, ALERT, row.company_id, row.id, at, key=f"{ALERT}:{end}")
    await jobs.put(session, EXPIRE, row.company_id, row.id, row.to_at, key=f"{EXPIRE}:{end}")


def close(row: CallbackRow, how: Ended, now: datetime) -> None:
    """The wish has ended; its row stays, and so does a note that is still to be written."""
    row.state, row.ended_as, row.ended_at, row.open_key = DONE, how, now, None


async def end(session: AsyncSession, row: CallbackRow, how: Ended, now: datetime) -> None:
    """`close` it, ring nobody for it any more, and tell the live pages."""
    close(row, how, now)
    await session.flush()
    await stop_ringing(session, row, now)
    await tell(session, row, now)


async def tell(
    session: AsyncSession, row: CallbackRow, now: datetime, *, new: bool = False
) -> None:
    """Have all pages that show the wish drawn again."""
    await note_change(session, Kind.CALLBACK, row.id, now, new=new)
    if row.call_id:
        await note_change(session, Kind.CALL, row.call_id, now)
    if row.conversation_id and not new:
        await note_change(session, Kind.CONVERSATION, row.conversation_id, now)


_FRESH = {"populate_existing": True}


async def locked(session: AsyncSession, callback_id: UUID) -> CallbackRow:
    """The row as it stands, locked until the unit of work ends; NoResultFound when there is none."""
    await session.flush()
    return await session.get_one(
        CallbackRow, callback_id, with_for_update={"key_share": True}, populate_existing=True
    )


def open_key(number: str, queue_id: UUID | None) -> str | None:
    """What at most one open wish has; None for a caller whose number is not known."""
    return f"{number_index(number).hex()}:{queue_id or ''}" if number else None
