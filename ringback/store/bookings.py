"""Appointments: made, moved and cancelled; an overlap is refused by the database.

A company's bookings are written one after the other: of two at once that overlap, PostgreSQL's
exclusion constraint would have each wait for the other until it calls that a deadlock.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.bookings import BookingState, Slot, Taken
from ringback.errors import RingbackError
from ringback.store.changes import Kind, note_change
from ringback.store.companies import locked_company
from ringback.tables import BookingRow
from ringback.tenancy import number_index

_BLOCKING = (BookingState.HELD, BookingState.REQUESTED, BookingState.CONFIRMED)


class SlotTaken(RingbackError):
    """Somebody else has the time by now; nothing was booked."""


async def taken_between(session: AsyncSession, start: datetime, end: datetime) -> list[Taken]:
    """The busy times that touch the span."""
    rows = await session.scalars(
        select(BookingRow).where(
            BookingRow.state.in_(_BLOCKING), BookingRow.starts_at < end, BookingRow.ends_at > start
        )
    )
    return [Taken(row.resource, row.starts_at, row.ends_at) for row in rows]


async def coming_bookings_of(
    session: AsyncSession, e164: str, now: datetime
) -> Sequence[BookingRow]:
    """A caller's bookings that have not ended, soonest first; at most 20."""
    query = (
        select(BookingRow)
        .where(
            BookingRow.number_index == number_index(e164),
            BookingRow.state.in_(_BLOCKING),
            BookingRow.ends_at > now,
        )
        .order_by(BookingRow.starts_at)
        .limit(20)
    )
    return (await session.scalars(query)).all()


async def bookings_between(
    session: AsyncSession, start: datetime, end: datetime
) -> Sequence[BookingRow]:
    """Bookings of every state that begin in the span, soonest first; at most 500."""
    query = (
        select(BookingRow)
        .where(BookingRow.starts_at >= start, BookingRow.starts_at < end)
        .order_by(BookingRow.starts_at, BookingRow.resource)
        .limit(500)
    )
    return (await session.scalars(query)).all()


async def book(
    session: AsyncSession,
    slot: Slot,
    e164: str,
    key: str,
    zone: str,
    now: datetime,
    conversation_id: UUID | None = None,
) -> BookingRow | None:
    """Confirm a slot for a caller; None when the same cause has booked before.

    Raises:
        SlotTaken: The resource is busy; the unit of work can't go on and must be begun anew.
    """
    await locked_company(session)
    if await session.scalar(select(BookingRow.id).where(BookingRow.key == key)):
        return None
    row = BookingRow(
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
        state=BookingState.CONFIRMED,
        source="sms",
        created_at=now,
    )
    session.add(row)
    await _flush_guarded(session)
    await note_change(session, Kind.BOOKING, row.id, now)
    return row


async def move(session: AsyncSession, row: BookingRow, slot: Slot, now: datetime) -> None:
    """Put a booking at another time; SlotTaken as in `book`."""
    await locked_company(session)
    row.resource, row.starts_at, row.ends_at = slot.resource, slot.starts_at, slot.ends_at
    row.version += 1
    await _flush_guarded(session)
    await note_change(session, Kind.BOOKING, row.id, now)


async def cancel(session: AsyncSession, row: BookingRow, now: datetime) -> None:
    """Free the booking's time."""
    row.state = BookingState.CANCELLED
    row.version += 1
    await note_change(session, Kind.BOOKING, row.id, now)


async def _flush_guarded(session: AsyncSession) -> None:
    try:
        await session.flush()
    except DBAPIError as refused:
        if "ex_booking_overlap" in str(refused.orig):
            raise SlotTaken("Somebody else has that time by now.") from refused
        raise
