"""A reminder that waits in the outbox while its booking is moved or cancelled is not sent."""

from datetime import timedelta
from uuid import UUID

import pytest

from ringback.bookings import Slot
from ringback.db import Database
from ringback.policy import Situation
from ringback.store.bookings import book, cancel, move
from ringback.store.conversations import open_conversation_with, queue_text
from ringback.store.reminders import reminder_key
from ringback.tables import BookingRow
from tests.clock import HandClock
from tests.flow import CALLER, queued, run_due, text_from
from tests.sms_gateway.outgoing import steps_of
from tests.sms_gateway.scripted import Scripted


def slot(clock: HandClock, days: int) -> Slot:
    begins = clock.now() + timedelta(days=days)
    return Slot("herr", "Mira", begins, begins + timedelta(minutes=30))


async def booked(db: Database, company: UUID, clock: HandClock, days: int) -> UUID:
    async with db.begin(company) as session:
        when = slot(clock, days)
        row = await book(session, when, CALLER, f"b:{days}", "Europe/Stockholm", clock.now())
        assert row is not None
        return row.id


async def reminded(
    db: Database, company: UUID, clock: HandClock, booking: UUID, version: int = 1
) -> UUID:
    """The id of a reminder of this version of a booking, in line."""
    async with db.begin(company) as session:
        talk = await open_conversation_with(session, CALLER)
        assert talk is not None
        key = reminder_key(booking, version, 24)
        about = Situation.REMINDER
        row = await queue_text(session, talk, key, "Påminnelse", clock.now(), situation=about)
        assert row is not None
        return row.id


@pytest.mark.parametrize("change", ["move", "cancel"])
async def test_reminder_in_line_is_not_sent_when_the_booking_is_changed_but_that_of_another_is(
    db: Database, company: UUID, clock: HandClock, change: str
) -> None:
    account = Scripted()
    await queued(db, company, clock, "Först")
    changed, other = [await booked(db, company, clock, days) for days in (1, 2)]
    stale, good = [await reminded(db, company, clock, one) for one in (changed, other)]
    async with db.begin(company) as session:
        row = await session.get_one(BookingRow, changed)
        if change == "move":
            await move(session, row, slot(clock, 3), clock.now())
        else:
            await cancel(session, row, clock.now())
    await run_due(db, clock, steps_of(db, clock, account))
    held_back = await text_from(db, company, stale)
    assert (held_back.state, held_back.why) == ("rejected", "outdated")
    assert (await text_from(db, company, good)).state == "accepted"
    assert [sent.text for sent in account.asked].count("Påminnelse") == 1


async def test_reminder_of_the_new_time_of_a_moved_booking_is_sent(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    await queued(db, company, clock, "Först")
    booking = await booked(db, company, clock, 1)
    async with db.begin(company) as session:
        row = await session.get_one(BookingRow, booking)
        await move(session, row, slot(clock, 3), clock.now())
    text = await reminded(db, company, clock, booking, version=2)
    await run_due(db, clock, steps_of(db, clock, account))
    assert (await text_from(db, company, text)).state == "accepted"
