"""What a turn decided, carried out on real rows; nobody reaches another's booking."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from dialogue.effects import carry_out
from dialogue.turns import CallBack, Cancel, Effect, HandOver, Move, OptIn, OptOut
from ringback.db import Database
from ringback.errors import Refused
from ringback.store.bookings import BookingGone, book, cancel, hold
from ringback.store.companies import business
from ringback.tables import (
    AuditRow,
    BookingRow,
    CallbackRow,
    ConversationRow,
    MessageRow,
    OptOutRow,
)
from tests.clock import HandClock
from tests.dialogue.test_turn import ZONE, slot_in, write
from tests.flow import CALLER, OTHER_CALLER, rows


async def booked(db: Database, company: UUID, clock: HandClock, number: str) -> UUID:
    async with db.begin(company) as session:
        slot = slot_in(clock.now(), resource="Ellen" if number == CALLER else "Jonas")
        row = await book(session, slot, number, f"test:{uuid4()}", ZONE, clock.now())
        assert row is not None
        return row.id


async def decide(db: Database, company: UUID, clock: HandClock, *effects: Effect) -> None:
    """The turn that answers a text of the caller decided on these effects."""
    await write(db, company, clock, "Hej")
    text = max(await rows(db, company, MessageRow), key=lambda row: row.number)
    async with db.begin(company) as session:
        talk = await session.get_one(ConversationRow, text.conversation_id)
        await carry_out(session, effects, await business(session), talk, text, clock.now())


async def booking(db: Database, company: UUID, booking_id: UUID) -> BookingRow:
    async with db.read(company) as session:
        return await session.get_one(BookingRow, booking_id)


async def audited(db: Database, company: UUID) -> list[str]:
    async with db.read(company) as session:
        query = select(AuditRow.action).order_by(AuditRow.number)
        return list(await session.scalars(query))


async def test_own_booking_is_moved_and_cancelled(
    db: Database, company: UUID, clock: HandClock
) -> None:
    own = await booked(db, company, clock, CALLER)
    elsewhere = slot_in(clock.now(), days=6, resource="Mira")
    await decide(db, company, clock, Move(str(own), elsewhere))
    row = await booking(db, company, own)
    assert (row.starts_at, row.resource, row.state) == (elsewhere.starts_at, "Mira", "confirmed")
    await decide(db, company, clock, Cancel(str(own)))
    assert (await booking(db, company, own)).state == "cancelled"
    assert await audited(db, company) == ["move", "cancel"]


@pytest.mark.parametrize("whose", ["another's", "nobody's", "garbled"])
@pytest.mark.parametrize("kind", ["move", "cancel"])
async def test_booking_that_is_not_the_caller_s_is_refused(
    db: Database, company: UUID, clock: HandClock, whose: str, kind: str
) -> None:
    other = await booked(db, company, clock, OTHER_CALLER)
    before = await booking(db, company, other)
    named = {"another's": str(other), "nobody's": str(uuid4()), "garbled": "A1"}[whose]
    elsewhere = slot_in(clock.now(), days=6)
    with pytest.raises(Refused):
        await decide(
            db, company, clock, Move(named, elsewhere) if kind == "move" else Cancel(named)
        )
    after = await booking(db, company, other)
    assert (after.state, after.starts_at, after.version) == ("confirmed", before.starts_at, 1)


async def test_booking_that_was_cancelled_meanwhile_is_not_moved(
    db: Database, company: UUID, clock: HandClock
) -> None:
    own = await booked(db, company, clock, CALLER)
    async with db.begin(company) as session:
        await cancel(session, await session.get_one(BookingRow, own), clock.now())
    with pytest.raises(BookingGone):
        await decide(db, company, clock, Move(str(own), slot_in(clock.now(), days=6)))
    assert (await booking(db, company, own)).state == "cancelled"


async def test_time_that_is_only_held_is_no_booking_to_move_or_cancel(
    db: Database, company: UUID, clock: HandClock
) -> None:
    now = clock.now()
    async with db.begin(company) as session:
        until = now + timedelta(minutes=10)
        await hold(session, [slot_in(now)], CALLER, "hold:1", ZONE, now, until)
    (held,) = await rows(db, company, BookingRow)
    with pytest.raises(BookingGone):
        await decide(db, company, clock, Cancel(str(held.id)))
    assert (await booking(db, company, held.id)).state == "held"


async def test_hand_over_and_wish_to_be_rung_stand_on_the_callback_list(
    db: Database, company: UUID, clock: HandClock
) -> None:
    at = datetime(2026, 11, 23, 14, tzinfo=UTC)
    until = at + timedelta(hours=1)
    await decide(db, company, clock, HandOver("emergency"), CallBack(at, until))
    (talk,) = await rows(db, company, ConversationRow)
    callbacks = {row.why: row for row in await rows(db, company, CallbackRow)}
    assert set(callbacks) == {"emergency", "call_back"}
    assert {row.conversation_id for row in callbacks.values()} == {talk.id}
    assert {(row.number, row.state) for row in callbacks.values()} == {(CALLER, "open")}
    wish = callbacks["call_back"]
    assert (wish.from_at, wish.to_at) == (at, until)


async def test_opt_out_stands_once_and_opt_in_takes_it_back(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await decide(db, company, clock, OptOut())
    await decide(db, company, clock, OptOut())
    assert len(await rows(db, company, OptOutRow)) == 1
    await decide(db, company, clock, OptIn())
    assert await rows(db, company, OptOutRow) == []
    assert await audited(db, company) == ["opt_out", "opt_out", "opt_in"]
