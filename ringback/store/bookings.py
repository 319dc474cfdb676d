"""Appointments: held, made, moved and cancelled; an overlap is refused by the database.

In: slots that a dialogue or a person decided on. Out: `booking` rows, and the jobs of their reminders.
A company's bookings are written one after the other: of two at once that overlap, PostgreSQL's
exclusion constraint would have each wait for the other until it calls that a deadlock. Absence is
written under the same lock (`ringback.store.busy`), so nobody books into one that is new.

A held time is a row too, so that the same guard keeps it. It belongs to the caller, not to one
conversation; it runs out by itself, and whoever wants the time then drops the row on the way.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    and_,
    bindparam,
    case,
    delete,
    null,
    or_,
    select,
    tuple_,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.bookings import STANDS, BookingState, Slot, Taken, without
from ringback.errors import RingbackError
from ringback.store.calendars import want_written
from ringback.store.changes import Kind, note_change
from ringback.store.companies import locked_company
from ringback.store.reminders import put_reminders
from ringback.tables import BookingRow, BusyRow
from ringback.tables.columns import Instant
from ringback.tenancy import number_index, prepared


class SlotTaken(RingbackError):
    """Somebody else has the time by now; nothing was booked."""


class BookingGone(RingbackError):
    """The booking was cancelled meanwhile; nothing was moved."""


async def taken_between(
    session: AsyncSession, start: datetime, end: datetime, now: datetime, e164: str = ""
) -> list[Taken]:
    """The busy times that touch the span: bookings, absences, and what is held at this moment.

    Args:
        session: The company's unit of work.
        start: First moment, aware.
        end: The moment after the last.
        now: What was held until then or before is free again.
        e164: A caller; what is held for him is told with since when. Nobody when empty.
    """
    own = number_index(e164) if e164 else b""
    span = {"start": start, "end": end, "now": now, "own": own}
    return [
        Taken(who, begins, ends, "" if kept_since else str(id_ or ""), kept_since)
        for who, begins, ends, id_, kept_since in await session.execute(_TAKEN, span)
    ]


def _taken() -> CompoundSelect[Any]:
    """What takes time in a span; of a time that is held for `own`, also since when."""
    start, end, now = (bindparam(name, type_=Instant()) for name in ("start", "end", "now"))
    still_held = and_(BookingRow.state == BookingState.HELD, BookingRow.held_until > now)
    counts = or_(BookingRow.state.in_(STANDS), still_held)
    own = and_(BookingRow.state == BookingState.HELD, BookingRow.number_index == bindparam("own"))
    since = case((own, BookingRow.created_at), else_=None)
    booked = select(
        BookingRow.resource, BookingRow.starts_at, BookingRow.ends_at, BookingRow.id, since
    ).where(BookingRow.starts_at < end, BookingRow.ends_at > start, counts)
    nothing = null().cast(BookingRow.id.type), null().cast(since.type)
    blocked = select(BusyRow.resource, BusyRow.starts_at, BusyRow.ends_at, *nothing).where(
        BusyRow.starts_at < end, BusyRow.ends_at > start
    )
    return booked.union_all(blocked)


_TAKEN = prepared(_taken())


async def coming_bookings_of(
    session: AsyncSession, e164: str, now: datetime
) -> Sequence[BookingRow]:
    """A caller's bookings that have not ended, soonest first; at most 20."""
    rows = await session.scalars(_COMING, {"own": number_index(e164), "now": now})
    return list(rows)


_COMING = prepared(
    select(BookingRow)
    .where(
        BookingRow.number_index == bindparam("own"),
        BookingRow.state.in_(STANDS),
        BookingRow.ends_at > bindparam("now"),
    )
    .order_by(BookingRow.starts_at)
    .limit(20)
)


async def bookings_between(
    session: AsyncSession,
    start: datetime,
    end: datetime,
    resource: str = "",
    after: tuple[datetime, UUID] | None = None,
    limit: int = 500,
) -> Sequence[BookingRow]:
    """Bookings of every state that begin in the span, soonest first; none that is held.

    Args:
        session: The company's unit of work.
        start: First moment, aware.
        end: The moment after the last.
        resource: Only this one's; of all when empty.
        after: Start and id of the last one of the page before.
        limit: Of a page.
    """
    query = select(BookingRow).where(
        BookingRow.starts_at >= start,
        BookingRow.starts_at < end,
        BookingRow.state != BookingState.HELD,
    )
    if resource:
        query = query.where(BookingRow.resource == resource)
    if after:
        query = query.where(tuple_(BookingRow.starts_at, BookingRow.id) > after)
    query = query.order_by(BookingRow.starts_at, BookingRow.id).limit(limit)
    return (await session.scalars(query)).all()


async def hold(
    session: AsyncSession,
    slots: Sequence[Slot],
    e164: str,
    key: str,
    zone: str,
    now: datetime,
    until: datetime,
    conversation_id: UUID | None = None,
) -> None:
    """Keep times for a caller until then, in place of all that was kept for him before.

    Where the caller has a booking himself, as when it is to be moved by less than its length, only
    the rest of the time is held: the booking keeps the other part.

    Args:
        session: A unit of work of the company.
        slots: What is proposed now; nothing only gives back.
        e164: The caller.
        key: What caused it; unique.
        zone: Name of the company's time zone.
        now: Aware.
        until: Aware; from then on the times are free again.
        conversation_id: Where they are proposed.

    Raises:
        SlotTaken: Somebody else has one of them; the unit of work must be begun anew.
    """
    if not slots and not await _held_for(session, e164):
        return
    company = await locked_company(session)
    own = await coming_bookings_of(session, e164, now)
    parts = without(slots, [Taken(row.resource, row.starts_at, row.ends_at) for row in own])
    held = {_slot_of(row): row for row in await _held_for(session, e164)}
    if given_back := [row.id for slot, row in held.items() if slot not in parts]:
        await _drop(session, BookingRow.id.in_(given_back))
    for number, slot in enumerate(parts):
        if slot in held:
            held[slot].held_until = until
            continue
        await _make_room(session, slot, e164, now)
        row = _row(slot, e164, f"{key}:{number}", zone, now, conversation_id)
        row.state, row.held_until = BookingState.HELD, until
        session.add(row)
        await _flush_guarded(session)
        await jobs.put(session, "release_hold", company.id, row.id, until)


async def release(session: AsyncSession, booking_id: UUID, now: datetime) -> datetime | None:
    """Drop a held time that has run out; until when it is held, where it has not yet."""
    await locked_company(session)
    row = await session.get(BookingRow, booking_id)
    if row is None or row.state != BookingState.HELD:
        return None
    if row.held_until and row.held_until > now:
        return row.held_until
    await session.delete(row)
    return None


async def book(
    session: AsyncSession,
    slot: Slot,
    e164: str,
    key: str,
    zone: str,
    now: datetime,
    conversation_id: UUID | None = None,
) -> BookingRow | None:
    """Confirm a slot for a caller, held or not; None when the same cause has booked before.

    Raises:
        SlotTaken: The resource is busy; the unit of work can't go on and must be begun anew.
    """
    company = await locked_company(session)
    if await session.scalar(select(BookingRow.id).where(BookingRow.key == key)):
        return None
    held = {_slot_of(row): row for row in await _held_for(session, e164)}
    row = held.get(slot)
    await _make_room(session, slot, e164, now, kept=row)
    if row is None:
        row = _row(slot, e164, key, zone, now, conversation_id)
        session.add(row)
    row.key, row.created_at, row.conversation_id = key, now, conversation_id
    row.state, row.held_until = BookingState.CONFIRMED, None
    await _flush_guarded(session)
    await put_reminders(session, company, row, now)
    await want_written(session, row, now)
    await note_change(session, Kind.BOOKING, row.id, now)
    return row


async def move(session: AsyncSession, row: BookingRow, slot: Slot, now: datetime) -> None:
    """Put a booking at another time.

    Raises:
        SlotTaken: As in `book`.
        BookingGone: It does not stand any more.
    """
    company = await locked_company(session)
    if not await _still_stands(session, row):
        raise BookingGone("The booking was cancelled while the answer was written.")
    await _make_room(session, slot, row.number, now)
    row.resource, row.starts_at, row.ends_at = slot.resource, slot.starts_at, slot.ends_at
    row.version += 1
    await _flush_guarded(session)
    await put_reminders(session, company, row, now)
    await want_written(session, row, now)
    await note_change(session, Kind.BOOKING, row.id, now)


async def cancel(session: AsyncSession, row: BookingRow, now: datetime) -> None:
    """Free the booking's time; nothing for one that is cancelled already."""
    await locked_company(session)
    if not await _still_stands(session, row):
        return
    row.state = BookingState.CANCELLED
    row.version += 1
    await want_written(session, row, now)
    await note_change(session, Kind.BOOKING, row.id, now)


async def _still_stands(session: AsyncSession, row: BookingRow) -> bool:
    """Whether the booking stands now that the company is locked; the row is as it is by now."""
    await session.refresh(row)
    return row.state in STANDS


def _of(e164: str) -> ColumnElement[bool]:
    return BookingRow.number_index == number_index(e164)


async def _held_for(session: AsyncSession, e164: str) -> Sequence[BookingRow]:
    return list(await session.scalars(_HELD, {"own": number_index(e164)}))


_HELD = prepared(
    select(BookingRow)
    .where(BookingRow.number_index == bindparam("own"), BookingRow.state == BookingState.HELD)
    .execution_options(populate_existing=True)
)


def _slot_of(row: BookingRow) -> Slot:
    return Slot(row.service, row.resource, row.starts_at, row.ends_at)


def _row(
    slot: Slot, e164: str, key: str, zone: str, now: datetime, conversation_id: UUID | None
) -> BookingRow:
    return BookingRow(
        id=uuid4(),
        key=key,
        number=e164,
        number_index=number_index(e164),
        conversation_id=conversation_id,
        service=slot.service,
        resource=slot.resource,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        zone=zone,
        source="sms",
        created_at=now,
    )


async def _make_room(
    session: AsyncSession, slot: Slot, e164: str, now: datetime, kept: BookingRow | None = None
) -> None:
    """Drop what is held over this time for the caller, or no longer for anybody.

    Raises:
        SlotTaken: The resource is absent then.
    """
    absent = select(BusyRow.id).where(
        BusyRow.resource == slot.resource,
        BusyRow.starts_at < slot.ends_at,
        BusyRow.ends_at > slot.starts_at,
    )
    if await session.scalar(absent.limit(1)):
        raise SlotTaken("The one who was to do it is absent at that time by now.")
    over = and_(
        BookingRow.resource == slot.resource,
        BookingRow.starts_at < slot.ends_at,
        BookingRow.ends_at > slot.starts_at,
        or_(_of(e164), BookingRow.held_until <= now),
    )
    await _drop(session, over if kept is None else and_(over, BookingRow.id != kept.id))


async def _drop(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """Delete held times: nobody was ever told of a booking there."""
    await session.execute(
        delete(BookingRow)
        .where(BookingRow.state == BookingState.HELD, which)
        .execution_options(synchronize_session="fetch")
    )


async def _flush_guarded(session: AsyncSession) -> None:
    try:
        await session.flush()
    except DBAPIError as refused:
        if "ex_booking_overlap" in str(refused.orig):
            raise SlotTaken("Somebody else has that time by now.") from refused
        raise
