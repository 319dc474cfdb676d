"""Reminders: of what still stands, in time, in the caller's language; none of what was changed."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from dialogue.reminding import Reminders
from ringback.bookings import Slot
from ringback.db import Database
from ringback.store.bookings import book, cancel, hold, move
from ringback.store.companies import locked_company
from ringback.store.conversations import open_conversation
from ringback.store.texting import save_texting
from ringback.tables import BookingRow, ConversationRow, JobRow, MessageRow
from tests.clock import HandClock
from tests.dialogue.test_turn import replies, steps_with, write
from tests.flow import CALLER, OTHER_CALLER, US, add_number, jobs_of, rows, run_due

ZONE = "Europe/Stockholm"
THURSDAY_AT_TWO = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)  # 14:00 in Stockholm
OF_THURSDAY = (
    "Påminnelse från Salong Saxen: din tid för herrklippning är torsdag 26 november kl 14:00. "
    "Svara här om du vill ändra eller avboka. Välkommen! Inga fler sms: STOPP"
)


def at(starts_at: datetime = THURSDAY_AT_TWO, resource: str = "Mira") -> Slot:
    return Slot("herr", resource, starts_at, starts_at + timedelta(minutes=30))


class Salon:
    def __init__(self, db: Database, company: UUID, clock: HandClock) -> None:
        self.db, self.company, self.clock = db, company, clock

    async def book(self, slot: Slot | None = None, number: str = CALLER) -> UUID:
        async with self.db.begin(self.company) as session:
            row = await book(session, slot or at(), number, str(uuid4()), ZONE, self.clock.now())
            assert row is not None
            return row.id

    async def move(self, booking_id: UUID, slot: Slot) -> None:
        async with self.db.begin(self.company) as session:
            row = await session.get_one(BookingRow, booking_id)
            await move(session, row, slot, self.clock.now())

    async def cancel(self, booking_id: UUID) -> None:
        async with self.db.begin(self.company) as session:
            await cancel(session, await session.get_one(BookingRow, booking_id), self.clock.now())

    async def quiet_at_night(self) -> None:
        quiet = {"begins": "20:00", "ends": "08:00", "then": "hold"}
        async with self.db.begin(self.company) as session:
            await save_texting(session, {"quiet": quiet})

    async def talk(self, language: str = "sv", closed: bool = False) -> UUID:
        now = self.clock.now()
        async with self.db.begin(self.company) as session:
            row = await open_conversation(session, CALLER, US, language, now)
            row.closed_at = now if closed else None
            return row.id

    async def run_at(self, moment: datetime) -> list[str]:
        """Let the workers wake at this moment; all reminders put in line so far."""
        self.clock.advance((moment - self.clock.now()).total_seconds())
        reminders = Reminders(self.db, self.clock.now, ("46elks",), "https://ring.example")
        await run_due(self.db, self.clock, {"remind": reminders.remind})
        return [row.text for row in await self.texts()]

    async def texts(self) -> Sequence[MessageRow]:
        return sorted(await rows(self.db, self.company, MessageRow), key=lambda row: row.created_at)


@pytest.fixture
async def salon(db: Database, company: UUID, clock: HandClock) -> Salon:
    await add_number(db, company)
    return Salon(db, company, clock)


def before(**time: float) -> datetime:
    return THURSDAY_AT_TWO - timedelta(**time)


async def test_caller_is_reminded_a_day_and_two_hours_before_and_not_sooner(salon: Salon) -> None:
    await salon.book()
    assert await salon.run_at(before(hours=24, seconds=1)) == []
    assert await salon.run_at(before(hours=24)) == [OF_THURSDAY]
    assert await salon.run_at(before(hours=2, seconds=1)) == [OF_THURSDAY]
    assert await salon.run_at(before(hours=2)) == [OF_THURSDAY] * 2
    assert await salon.run_at(THURSDAY_AT_TWO) == [OF_THURSDAY] * 2
    assert {row.situation for row in await salon.texts()} == {"reminder"}
    assert {job.state for job in await jobs_of(salon.db, "remind")} == {"done"}


async def test_reminder_stands_in_the_open_conversation_in_its_language(salon: Salon) -> None:
    talk = await salon.talk("en")
    await salon.book()
    (text,) = await salon.run_at(before(hours=24))
    assert "your herrklippning is on Thursday 26 November at 14:00" in text
    assert [row.conversation_id for row in await salon.texts()] == [talk]


async def test_after_the_conversation_was_closed_a_new_one_takes_the_answer(salon: Salon) -> None:
    closed = await salon.talk("en", closed=True)
    await salon.book()
    (text,) = await salon.run_at(before(hours=24))
    assert "Thursday 26 November" in text
    (new,) = [
        row for row in await rows(salon.db, salon.company, ConversationRow) if row.id != closed
    ]
    assert (new.number, new.our_number, new.closed_at) == (CALLER, US, None)
    assert [job.subject for job in await jobs_of(salon.db, "close")] == [new.id]
    await salon.run_at(before(hours=2))
    assert {row.conversation_id for row in await salon.texts()} == {new.id}


async def test_cancelled_booking_is_not_reminded_of(salon: Salon) -> None:
    booking_id = await salon.book()
    await salon.cancel(booking_id)
    assert await salon.run_at(before(hours=24)) == []
    assert await salon.run_at(before(hours=2)) == []
    assert {job.state for job in await jobs_of(salon.db, "remind")} == {"done"}


async def test_moved_booking_is_reminded_of_at_its_new_time_alone(salon: Salon) -> None:
    booking_id = await salon.book()
    later = THURSDAY_AT_TWO + timedelta(hours=3)
    await salon.move(booking_id, at(later))
    assert await salon.run_at(before(hours=24)) == []
    (text,) = await salon.run_at(later - timedelta(hours=24))
    assert "kl 17:00" in text
    assert len(await salon.run_at(later)) == 1  # late by two hours: no longer of use


async def test_booking_made_three_hours_before_has_one_reminder(salon: Salon) -> None:
    salon.clock.advance((before(hours=3) - salon.clock.now()).total_seconds())
    await salon.book()
    assert len(await jobs_of(salon.db, "remind")) == 1
    assert await salon.run_at(before(hours=2)) == [OF_THURSDAY]


@pytest.mark.parametrize(
    ("woke", "reminded"),
    [
        (before(hours=13), 1),
        (before(hours=11), 0),
        (before(hours=1, minutes=30), 1),
        (before(minutes=30), 0),
        (THURSDAY_AT_TWO, 0),
    ],
)
async def test_worker_that_comes_late_reminds_only_while_it_is_of_use(
    salon: Salon, woke: datetime, reminded: int
) -> None:
    await salon.book()
    assert len(await salon.run_at(woke)) == reminded


async def test_in_quiet_hours_the_reminder_waits_for_the_morning(salon: Salon) -> None:
    await salon.quiet_at_night()
    at_nine = THURSDAY_AT_TWO.replace(hour=8)  # two hours before are 07:00
    await salon.book(at(at_nine))
    await salon.run_at(at_nine - timedelta(hours=24))
    assert len(await salon.run_at(at_nine - timedelta(hours=2))) == 1
    assert len(await salon.run_at(at_nine - timedelta(hours=1))) == 2


async def test_booking_cancelled_in_the_quiet_hours_is_not_reminded_of_in_the_morning(
    salon: Salon,
) -> None:
    await salon.quiet_at_night()
    at_nine = THURSDAY_AT_TWO.replace(hour=8)
    booking_id = await salon.book(at(at_nine))
    await salon.run_at(at_nine - timedelta(hours=24))
    await salon.run_at(at_nine - timedelta(hours=2))
    await salon.cancel(booking_id)
    assert len(await salon.run_at(at_nine - timedelta(hours=1))) == 1


async def test_booking_that_begins_before_the_quiet_hours_end_is_not_reminded_of_after_it(
    salon: Salon,
) -> None:
    await salon.quiet_at_night()
    early = THURSDAY_AT_TWO.replace(hour=6)  # 07:00
    await salon.book(at(early))
    await salon.run_at(early - timedelta(hours=22))
    assert len(await salon.run_at(early - timedelta(hours=2))) == 1
    assert len(await salon.run_at(early + timedelta(hours=3))) == 1


async def test_held_time_is_not_reminded_of(salon: Salon) -> None:
    now = salon.clock.now()
    async with salon.db.begin(salon.company) as session:
        await hold(session, [at()], CALLER, "hold:1", ZONE, now, now + timedelta(days=14))
    assert await jobs_of(salon.db, "remind") == []


async def test_company_chooses_when_and_what_is_said(salon: Salon) -> None:
    async with salon.db.begin(salon.company) as session:
        row = await locked_company(session)
        rules = row.business["booking_rules"] | {"reminders_h": [48, 48]}
        row.business = row.business | {"booking_rules": rules}
    await salon.book()
    assert len(await salon.run_at(before(hours=48))) == 1
    assert len(await salon.run_at(THURSDAY_AT_TWO)) == 1


async def test_service_that_is_not_sold_any_more_is_named_by_its_id(salon: Salon) -> None:
    await salon.book()
    async with salon.db.begin(salon.company) as session:
        row = await locked_company(session)
        left = [one for one in row.business["services"] if one["id"] != "herr"]
        row.business = json.loads(json.dumps(row.business | {"services": left}))
    (text,) = await salon.run_at(before(hours=24))
    assert "din tid för herr är" in text


async def test_without_a_number_to_text_from_nobody_is_reminded_and_the_job_ends(
    db: Database, company: UUID, clock: HandClock
) -> None:
    salon = Salon(db, company, clock)
    await salon.book()
    assert await salon.run_at(before(hours=24)) == []
    assert [job.state for job in await jobs_of(db, "remind")].count("done") == 1


async def test_each_caller_is_reminded_of_his_own(salon: Salon) -> None:
    await salon.book()
    await salon.book(at(resource="Ellen"), OTHER_CALLER)
    await salon.run_at(before(hours=24))
    talks = {row.id: row.number for row in await rows(salon.db, salon.company, ConversationRow)}
    told = [talks[row.conversation_id] for row in await salon.texts()]
    assert sorted(told) == sorted([CALLER, OTHER_CALLER])


async def test_step_that_runs_twice_puts_one_text_in_line(salon: Salon) -> None:
    await salon.book()
    await salon.run_at(before(hours=24))
    async with salon.db.begin_across() as session:
        again = {"state": "open", "token": None, "run_at": salon.clock.now()}
        await session.execute(update(JobRow).where(JobRow.state == "done").values(**again))
    assert await salon.run_at(salon.clock.now()) == [OF_THURSDAY]


async def test_answer_of_a_word_is_about_the_booking_that_was_reminded_of(salon: Salon) -> None:
    booking = await salon.book()
    await salon.book(at(THURSDAY_AT_TWO + timedelta(days=7)))
    await write(salon.db, salon.company, salon.clock, "Vad kostar färgning?")
    await run_due(salon.db, salon.clock, steps_with(salon.db, salon.clock))
    await salon.run_at(before(hours=24))
    for text in ("Kommer inte", "ja"):
        await write(salon.db, salon.company, salon.clock, text)
        await run_due(salon.db, salon.clock, steps_with(salon.db, salon.clock))
        if text != "ja":
            asked = (await replies(salon.db, salon.company))[-1]
            assert asked.startswith("Vill du avboka herrklippning torsdag 26 november kl 14:00?")
            assert {row.state for row in await rows(salon.db, salon.company, BookingRow)} == {
                "confirmed"
            }
    states = {row.id: row.state for row in await rows(salon.db, salon.company, BookingRow)}
    assert states.pop(booking) == "cancelled"
    assert set(states.values()) == {"confirmed"}
