"""Turns on real rows: in order, once, and nothing says booked that isn't."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from dialogue.builtin.engine import take_turn
from dialogue.turn import Engine, Turns
from dialogue.turns import Book, HandOver, Memory, Situation, Turn
from ringback.bookings import Slot, Taken
from ringback.db import Database
from ringback.store.bookings import book
from ringback.store.conversations import add_received, open_conversation, open_conversation_with
from ringback.tables import (
    BookingRow,
    CallbackRow,
    ConversationRow,
    MessageRow,
    OptOutRow,
    TurnRow,
)
from ringback.worker import Step
from tests.clock import HandClock
from tests.flow import CALLER, OTHER_CALLER, US, jobs_of, rows, run_due

ZONE = "Europe/Stockholm"
BOOKED, GONE = "Bokat: tisdag kl 10.", "Den tiden är tyvärr upptagen."


def slot_in(now: datetime, days: int = 4, resource: str = "Ellen") -> Slot:
    starts_at = now + timedelta(days=days)
    return Slot("herr", resource, starts_at, starts_at + timedelta(minutes=30))


async def write(
    db: Database, company: UUID, clock: HandClock, *texts: str, number: str = CALLER
) -> None:
    """The caller's texts come in."""
    for text in texts:
        async with db.begin(company) as session:
            talk = await open_conversation_with(session, number)
            if talk is None:
                talk = await open_conversation(session, number, US, "sv", clock.now())
            await add_received(session, talk, "46elks", f"s{uuid4()}", text, clock.now())


def steps_with(db: Database, clock: HandClock, engine: Engine = take_turn) -> dict[str, Step]:
    return {"turn": Turns(db, clock.now, engine).turn}


async def replies(db: Database, company: UUID) -> list[str]:
    texts = sorted(await rows(db, company, MessageRow), key=lambda text: text.number)
    return [text.text for text in texts if text.direction == "out"]


def echo(text: str, situation: Situation) -> Turn:
    return Turn(f"Svar på {text}", situation.memory)


def books(slot: Slot) -> Engine:
    """Books the slot when it is free, like any honest engine."""

    def engine(text: str, situation: Situation) -> Turn:
        wanted = Taken(slot.resource, slot.starts_at, slot.ends_at)
        if wanted in situation.taken:
            return Turn(GONE, situation.memory)
        return Turn(BOOKED, situation.memory, (Book(slot),))

    return engine


async def test_talk_that_ends_in_a_booking_keeps_its_memory_in_the_row(
    db: Database, company: UUID, clock: HandClock
) -> None:
    steps = steps_with(db, clock)
    await write(db, company, clock, "Har ni en tid för herrklippning torsdag nästa vecka?")
    await run_due(db, clock, steps)
    await write(db, company, clock, "Den första tack")
    await run_due(db, clock, steps)
    offered, booked = await replies(db, company)
    assert "10:00" in offered
    assert booked.startswith("Bokat")
    (row,) = await rows(db, company, BookingRow)
    (talk,) = await rows(db, company, ConversationRow)
    assert (row.service, row.number, row.conversation_id, row.state) == (
        "herr",
        CALLER,
        talk.id,
        "confirmed",
    )
    assert Memory.from_json(json.loads(talk.memory)).booked is not None


async def test_texts_of_one_conversation_are_answered_in_order_by_two_workers(
    db: Database, company: UUID, clock: HandClock
) -> None:
    stumbles = {"fråga 0"}

    def engine(text: str, situation: Situation) -> Turn:
        if text in stumbles:
            stumbles.remove(text)
            raise RuntimeError
        return echo(text, situation)

    texts = [f"fråga {number}" for number in range(8)]
    await write(db, company, clock, *texts)
    await write(db, company, clock, "Hej", number=OTHER_CALLER)
    steps = steps_with(db, clock, engine)
    await run_due(db, clock, steps, workers=2)
    assert await replies(db, company) == ["Svar på Hej"]  # nobody overtakes the first text
    clock.advance(seconds=2)
    for _ in texts:
        await run_due(db, clock, steps, workers=2)
    assert sorted(await replies(db, company)) == sorted(
        f"Svar på {text}" for text in ["Hej", *texts]
    )
    by_number = sorted(await rows(db, company, MessageRow), key=lambda text: text.number)
    answers = [row.text for row in by_number if row.direction == "out" and "fråga" in row.text]
    assert answers == [f"Svar på {text}" for text in texts]


async def test_time_that_was_taken_meanwhile_makes_the_engine_be_asked_again(
    db: Database, company: UUID, clock: HandClock
) -> None:
    slot = slot_in(clock.now())
    async with db.begin(company) as session:
        await book(session, slot, OTHER_CALLER, "other", ZONE, clock.now())
    honest, asked = books(slot), list[int]()

    def saw_nothing_at_first(text: str, situation: Situation) -> Turn:
        asked.append(len(situation.taken))
        if len(asked) == 1:
            return Turn(BOOKED, situation.memory, (Book(slot),))
        return honest(text, situation)

    await write(db, company, clock, "Tisdag kl 10")
    await run_due(db, clock, steps_with(db, clock, saw_nothing_at_first))
    assert asked == [1, 1]
    assert await replies(db, company) == [GONE]
    assert [row.number for row in await rows(db, company, BookingRow)] == [OTHER_CALLER]
    (turn,) = await rows(db, company, TurnRow)
    assert turn.decided == "[]"


async def test_engine_that_insists_on_a_taken_time_says_nothing(
    db: Database, company: UUID, clock: HandClock
) -> None:
    slot = slot_in(clock.now())
    async with db.begin(company) as session:
        await book(session, slot, OTHER_CALLER, "other", ZONE, clock.now())
    await write(db, company, clock, "Tisdag kl 10")
    blind = steps_with(db, clock, lambda text, _: Turn(BOOKED, Memory(), (Book(slot),)))
    await run_due(db, clock, blind)
    (job,) = await jobs_of(db, "turn")
    assert (await replies(db, company), job.state) == ([], "open")
    assert len(await rows(db, company, BookingRow)) == 1


async def test_callers_who_want_one_time_at_once_get_one_booking_and_one_confirmation(
    db: Database, company: UUID, clock: HandClock
) -> None:
    callers = [f"+467017406{number:02d}" for number in range(5, 11)]
    for caller in callers:
        await write(db, company, clock, "Tisdag kl 10", number=caller)
    steps = steps_with(db, clock, books(slot_in(clock.now())))
    for _ in range(4):
        await run_due(db, clock, steps, workers=4)
        clock.advance(seconds=5)
    assert sorted(await replies(db, company)) == sorted([BOOKED] + [GONE] * 5)
    assert len(await rows(db, company, BookingRow)) == 1


async def test_step_that_is_done_twice_books_and_answers_once(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await write(db, company, clock, "Tisdag kl 10")
    steps = steps_with(db, clock, books(slot_in(clock.now())))
    await asyncio.gather(*(run_due(db, clock, steps) for _ in range(3)))
    assert await replies(db, company) == [BOOKED]
    assert len(await rows(db, company, BookingRow)) == 1


async def test_turn_log_tells_how_the_text_was_understood(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await write(db, company, clock, "Kan någon ringa mig?")
    await run_due(db, clock, steps_with(db, clock))
    (turn,) = await rows(db, company, TurnRow)
    (text,) = [row for row in await rows(db, company, MessageRow) if row.direction == "in"]
    assert (turn.message_id, turn.engine) == (text.id, "builtin")
    assert json.loads(turn.understood)["step"]
    assert json.loads(turn.decided) == ["CallBack"]
    assert turn.took_ms >= 0
    assert "ringa mig" not in turn.understood  # its words stand in the message alone


@pytest.mark.parametrize("owner", ["person", "nobody"])
async def test_conversation_that_is_not_the_assistant_s_is_left_to_people(
    db: Database, company: UUID, clock: HandClock, owner: str
) -> None:
    await write(db, company, clock, "Hej igen")
    async with db.begin(company) as session:
        await session.execute(update(ConversationRow).values(owner=owner))
    await run_due(db, clock, steps_with(db, clock, echo))
    assert (await replies(db, company), await rows(db, company, TurnRow)) == ([], [])
    assert [job.state for job in await jobs_of(db, "turn")] == ["done"]


async def test_stop_is_confirmed_once_and_kept(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await write(db, company, clock, "STOPP", "STOPP", "Hallå?")
    for _ in range(3):
        await run_due(db, clock, steps_with(db, clock))
    (out,) = [row for row in await rows(db, company, MessageRow) if row.direction == "out"]
    assert out.despite_opt_out
    assert len(await rows(db, company, OptOutRow)) == 1


def gives(turn: Turn) -> Callable[[str, Situation], Turn]:
    return lambda text, situation: turn


async def test_silent_turn_leaves_a_log_and_no_text(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await write(db, company, clock, "Tack!")
    quiet = Turn(None, Memory(), (HandOver("question"),))
    await run_due(db, clock, steps_with(db, clock, gives(quiet)))
    assert await replies(db, company) == []
    assert len(await rows(db, company, TurnRow)) == 1
    assert [row.why for row in await rows(db, company, CallbackRow)] == ["question"]
