"""Calendars outside: the address of a resource's feed, the CalDAV calendar beside it, what is due there.

In: an administrator's wishes, changed bookings, what the steps found out. Out: `calendar` rows, jobs
`calendar` (write one booking) and `calendar_read` (read what blocks), appointments to show. A feed is
found by the SHA-256 of the secret in its address before its company is known (operator).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.bookings import STANDS, BookingState
from ringback.business import Business
from ringback.calendars import PAST_DAYS, Appointment, Place, Wrong, summary
from ringback.store.busy import replace_busy
from ringback.store.companies import locked_company
from ringback.tables import BookingRow, CalendarRow

SECRET_BYTES = 32
_MOST_SHOWN = 2000
_SHOWN = tuple(state for state in BookingState if state is not BookingState.HELD)
WRITTEN = tuple(state for state in _SHOWN if state is not BookingState.CANCELLED)
"""States of a booking that has an event there at all; what has taken place stays."""


class Feed(NamedTuple):
    """Whose a feed's address is."""

    company_id: UUID
    calendar_id: UUID


async def calendars(session: AsyncSession) -> Sequence[CalendarRow]:
    """The company's, by resource."""
    return (await session.scalars(select(CalendarRow).order_by(CalendarRow.resource))).all()


async def calendar_of(session: AsyncSession, resource: str) -> CalendarRow | None:
    """The resource's, when it has one."""
    return await session.scalar(select(CalendarRow).where(CalendarRow.resource == resource))


async def renew_feed(session: AsyncSession, resource: str, now: datetime) -> CalendarRow:
    """Give the resource a feed, or its feed a new address; the old one is then nobody's."""
    await locked_company(session)
    row = await _made(session, resource, now)
    _set_secret(row)
    return row


async def feed_of(session: AsyncSession, secret: str) -> Feed | None:
    """Whose the secret of an address is (operator)."""
    found = await session.execute(
        select(CalendarRow.company_id, CalendarRow.id).where(CalendarRow.feed_hash == _hash(secret))
    )
    row = found.one_or_none()
    return Feed(*row) if row else None


async def shown(
    session: AsyncSession,
    resource: str,
    business: Business,
    now: datetime,
    address: str,
    most: int = _MOST_SHOWN,
) -> list[Appointment]:
    """What the resource's feed shows: all to come, and what is left of its room from a month back."""
    its = select(BookingRow).where(BookingRow.resource == resource, BookingRow.state.in_(_SHOWN))
    coming = its.where(BookingRow.ends_at > now).order_by(BookingRow.starts_at)
    past = its.where(
        BookingRow.ends_at <= now, BookingRow.starts_at >= now - timedelta(days=PAST_DAYS)
    ).order_by(BookingRow.starts_at.desc())
    rows = list(await session.scalars(coming.limit(most)))
    rows += await session.scalars(past.limit(most - len(rows)))
    return [appointment(row, business, address) for row in rows]


def appointment(row: BookingRow, business: Business, address: str) -> Appointment:
    """A booking as calendars show it; `address` is the portal's, for the link to the conversation."""
    told = f"{address}/conversations/{row.conversation_id}"
    return Appointment(
        booking_id=row.id,
        summary=summary(business.name_of(row.service), row.number),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        state=row.state,
        version=row.version,
        made_at=row.created_at,
        url=told if address and row.conversation_id else "",
    )


async def connect(session: AsyncSession, resource: str, place: Place, now: datetime) -> CalendarRow:
    """Write the resource's bookings to this calendar from now on, and read what blocks there.

    Every booking to come is written anew, for the place may be another than before.
    """
    company = await locked_company(session)
    row = await _made(session, resource, now)
    row.caldav_url, row.caldav_user = place.url.rstrip("/") + "/", place.user
    row.caldav_password = place.password
    row.state, row.text, row.read_at = "new", "", None
    await session.flush()
    for booking in await _to_come(session, resource, now):
        booking.calendar_version = 0
        key = f"calendar:{booking.id}:{booking.version}:{uuid4()}"  # not the one that was done
        await _put_write(session, company.id, booking, now, key)
        await jobs.hasten(session, _lane(booking), now)  # what failed before
    lane = f"calendar:{row.id}"
    await jobs.put(session, "calendar_read", company.id, row.id, now, lane=lane)
    await jobs.hasten(session, lane, now)  # it may be there, due much later
    return row


async def disconnect(session: AsyncSession, row: CalendarRow, now: datetime) -> None:
    """Neither write nor read there any more; what it blocked is free, what was written there stays."""
    row.caldav_url = row.caldav_user = row.caldav_password = row.text = ""
    row.state, row.read_at = "new", None
    always = (now - timedelta(days=PAST_DAYS), now + timedelta(days=3660))
    await replace_busy(session, row.resource, "caldav", always, (), now)


def place_of(row: CalendarRow | None) -> Place | None:
    """Where the resource's bookings are written; None for nowhere."""
    if row is None or not row.caldav_url:
        return None
    return Place(row.caldav_url, row.caldav_user, row.caldav_password)


async def want_written(session: AsyncSession, booking: BookingRow, now: datetime) -> None:
    """Have this version of a booking written to its resource's calendar, if that is anywhere.

    Part of the unit of work that makes, moves or cancels it.
    """
    if booking.state == BookingState.HELD:
        return
    if any(await session.scalars(select(CalendarRow.caldav_url))):
        key = f"calendar:{booking.id}:{booking.version}"
        await _put_write(session, session.info["company"], booking, now, key)


async def want_swept(session: AsyncSession, booking: BookingRow, now: datetime) -> None:
    """Have a booking's event deleted where it should not be; asked for at most once an hour."""
    booking.calendar_version = 0
    key = f"calendar:{booking.id}:{booking.version}:{now:%Y%m%d%H}"
    await _put_write(session, session.info["company"], booking, now, key)


async def note_well(session: AsyncSession, row: CalendarRow, now: datetime) -> None:
    """The calendar has answered as it should; it fails no more once all is written there."""
    if row.state == "ok":
        return
    unwritten = select(func.count()).where(
        BookingRow.resource == row.resource,
        BookingRow.state.in_(STANDS),
        BookingRow.ends_at > now,
        BookingRow.calendar_version < BookingRow.version,
    )
    if row.state == "new" or not await session.scalar(unwritten):
        row.state, row.text = "ok", ""


def note_wrong(row: CalendarRow, wrong: Wrong) -> None:
    """Keep what is wrong, for the page."""
    row.state, row.text = "failing", wrong


async def blocked_bookings(
    session: AsyncSession, resource: str, spans: Sequence[tuple[datetime, datetime]], now: datetime
) -> list[BookingRow]:
    """Bookings to come that lie under one of these times, soonest first."""
    return [
        row
        for row in await _to_come(session, resource, now)
        if any(start < row.ends_at and end > row.starts_at for start, end in spans)
    ]


async def bookings_by_id(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, BookingRow]:
    """Those of them that are the company's."""
    if not ids:
        return {}
    rows = await session.scalars(select(BookingRow).where(BookingRow.id.in_(ids)))
    return {row.id: row for row in rows}


async def _to_come(session: AsyncSession, resource: str, now: datetime) -> Sequence[BookingRow]:
    rows = await session.scalars(
        select(BookingRow)
        .where(
            BookingRow.resource == resource,
            BookingRow.state.in_(STANDS),
            BookingRow.ends_at > now,
        )
        .order_by(BookingRow.starts_at)
    )
    return rows.all()


async def _put_write(
    session: AsyncSession, company_id: UUID, booking: BookingRow, now: datetime, key: str
) -> None:
    await jobs.put(session, "calendar", company_id, booking.id, now, lane=_lane(booking), key=key)


def _lane(booking: BookingRow) -> str:
    return f"calendar_booking:{booking.id}"


async def _made(session: AsyncSession, resource: str, now: datetime) -> CalendarRow:
    row = await calendar_of(session, resource)
    if row is None:
        row = CalendarRow(
            id=uuid4(),
            resource=resource,
            caldav_url="",
            caldav_user="",
            caldav_password="",
            state="new",
            text="",
            created_at=now,
        )
        _set_secret(row)
        session.add(row)
        await session.flush()
    return row


def _set_secret(row: CalendarRow) -> None:
    row.feed_secret = token_urlsafe(SECRET_BYTES)
    row.feed_hash = _hash(row.feed_secret)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode(errors="replace")).digest()
