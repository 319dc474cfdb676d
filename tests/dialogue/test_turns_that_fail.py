"""A turn that can't be taken is not lost in silence; a time blocked twice is blocked once the booking goes."""

from datetime import timedelta
from uuid import UUID, uuid4

from dialogue.handing_over import HANDOVER
from dialogue.turn import Turns
from dialogue.turns import Situation, Turn
from ringback import jobs
from ringback.bookings import Slot
from ringback.db import Database
from ringback.store.bookings import book
from ringback.store.busy import Busy, replace_busy
from ringback.tables import BookingRow, CallbackRow, ConversationRow
from ringback.worker import side_by_side
from tests.clock import HandClock
from tests.dialogue.test_turn import replies, steps_with, write
from tests.flow import CALLER, jobs_of, rows, run_due


def broken(text: str, situation: Situation) -> Turn:
    raise RuntimeError


async def test_turn_that_fails_again_and_again_goes_to_a_person(
    db: Database, company: UUID, clock: HandClock
) -> None:
    turns = Turns(db, clock.now, broken)
    await write(db, company, clock, "Har ni en tid på fredag?")
    for _ in range(jobs.MAX_ATTEMPTS + 1):
        await run_due(db, clock, {"turn": side_by_side(turns.turn, 1, turns.give_up)})
        clock.advance(minutes=16)
    (talk,) = await rows(db, company, ConversationRow)
    (row,) = await rows(db, company, CallbackRow)
    assert (row.why, row.state, row.conversation_id) == ("refused", "open", talk.id)
    assert [job.state for job in await jobs_of(db, "turn")] == ["dead"]
    assert [job.subject for job in await jobs_of(db, HANDOVER)] == [row.id]


async def test_move_into_a_time_that_the_own_booking_and_an_absence_share_finds_another(
    db: Database, company: UUID, clock: HandClock
) -> None:
    now = clock.now()  # a Friday; Ellen writes the visit in her own calendar, too
    starts_at = now.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=4)
    ends_at = starts_at + timedelta(hours=1)
    async with db.begin(company) as session:
        slot = Slot("dam", "Ellen", starts_at, ends_at)
        await book(session, slot, CALLER, str(uuid4()), "Europe/Stockholm", now)
        span = (now, now + timedelta(days=9))
        await replace_busy(session, "Ellen", "caldav", span, [Busy("x", starts_at, ends_at)], now)
    for text in ("Kan jag flytta min tid på tisdag till 10:30?", "Ja"):
        await write(db, company, clock, text)
        await run_due(db, clock, steps_with(db, clock))
    assert [job.state for job in await jobs_of(db, "turn")] == ["done", "done"]
    assert len(await replies(db, company)) == 2
    (row,) = [one for one in await rows(db, company, BookingRow) if one.state == "confirmed"]
    assert (row.resource, row.starts_at) != ("Ellen", starts_at + timedelta(minutes=30))
