"""When callers are reminded of a booking, and whether what waits to be sent is still so.

In: bookings that are made or moved; reminders in the outbox. Out: jobs `remind`
(`dialogue.reminding`), each about one version of a booking; which texts are out of date.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.bookings import STANDS, reminders_due
from ringback.business import Rules
from ringback.tables import BookingRow, CompanyRow

_REMINDER = re.compile(r"remind:(?P<booking>[0-9a-f-]{36}):(?P<version>[0-9]+):[0-9]+")


async def put_reminders(
    session: AsyncSession, company: CompanyRow, row: BookingRow, now: datetime
) -> None:
    """Ask for the reminders of this version of the booking; those of an older one find it gone."""
    rules = Rules.model_validate(company.business.get("booking_rules", {}))
    steps = [
        jobs.New(
            reminder_key(row.id, row.version, hours), "remind", company.id, row.id, None, due_at
        )
        for hours, due_at in reminders_due(row.starts_at, rules.reminders_h, now)
    ]
    await jobs.put_new(session, steps)


def reminder_key(booking_id: UUID, version: int, hours: int) -> str:
    """Of the reminder so many hours before this version of a booking, its job and its text."""
    return f"remind:{booking_id}:{version}:{hours}"


async def outdated_reminders(session: AsyncSession, keys: Iterable[str]) -> set[str]:
    """Which of these keys (`reminder_key`) are of bookings that don't stand so any more.

    A text may wait for hours in the outbox; so it is asked again when it is about to go out. A key
    of another form is none of a booking's and never out of date.
    """
    meant = {key: found for key in keys if (found := _REMINDER.fullmatch(key))}
    if not meant:
        return set()
    ids = {UUID(found["booking"]) for found in meant.values()}
    query = select(BookingRow.id, BookingRow.version).where(
        BookingRow.id.in_(ids), BookingRow.state.in_(STANDS)
    )
    standing = {(str(id_), str(version)) for id_, version in await session.execute(query)}
    return {key for key, found in meant.items() if found.groups() not in standing}
