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
from dialogue.turns import Book, HandOver, Memory, OptIn, Situation, Turn
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
    stumbles = {"fråga a"}

    def engine(text: str, situation: Situation) -> Turn:
        if text in stumbles:
            stumbles.remove(text)
            raise RuntimeError
        return echo(text, situation)

    texts = [f"fråga {letter}" for letter in "abcdefgh"]
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
    assert json.loads(turn.understood or "")["step"]
    assert json.loads(turn.decided or "") == ["CallBack"]
    assert turn.took_ms >= 0
    assert "ringa mig" not in (turn.understood or "")  # its words stand in the message alone


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


async def answered(db: Database, company: UUID, clock: HandClock, *texts: str) -> None:
    """The caller's texts come in and are answered, one by one, by the engine of the product."""
    for text in texts:
        clock.advance(seconds=30)
        await write(db, company, clock, text)
        await run_due(db, clock, steps_with(db, clock))


async def outs(db: Database, company: UUID) -> list[MessageRow]:
    texts = sorted(await rows(db, company, MessageRow), key=lambda text: text.number)
    return [text for text in texts if text.direction == "out"]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("stops", [["STOPP"], ["STOPP", "stop!", "Sluta sms:a mig"]])
async def test_stop_is_confirmed_once_however_often_it_is_said(
    db: Database, company: UUID, clock: HandClock, stops: list[str], at_once: bool
) -> None:
    if at_once:
        await write(db, company, clock, *stops)
        for _ in stops:
            await run_due(db, clock, steps_with(db, clock))
    else:
        await answered(db, company, clock, *stops)
    (out,) = await outs(db, company)
    assert (out.despite_opt_out, "inga fler sms" in out.text) == (True, True)
    assert len(await rows(db, company, OptOutRow)) == 1
    assert await rows(db, company, CallbackRow) == []


async def test_stop_in_other_words_than_the_door_knows_counts_with_its_turn(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await answered(db, company, clock, "Jag vill inte ha fler sms av er", "STOPP")
    assert [out.despite_opt_out for out in await outs(db, company)] == [True]
    assert len(await rows(db, company, OptOutRow)) == 1


async def test_text_after_a_stop_gets_no_answer_and_a_place_on_the_list(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await answered(db, company, clock, "STOPP", "ok", "Kan jag boka?", "Hallå, är ni där?")
    assert len(await outs(db, company)) == 1  # nothing is put in line only to be refused
    (callback,) = await rows(db, company, CallbackRow)
    assert (callback.why, callback.number, callback.state) == ("wrote_after_stop", CALLER, "open")
    clock.advance(days=1)
    await answered(db, company, clock, "Kan jag boka?")
    assert len(await rows(db, company, CallbackRow)) == 2


async def test_start_is_confirmed_once_and_texts_go_out_again(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await answered(db, company, clock, "STOPP", "START", "När öppnar ni?")
    stopped, started, told = await outs(db, company)
    assert [out.despite_opt_out for out in (stopped, started, told)] == [True, False, False]
    assert "Välkommen tillbaka" in started.text
    assert await rows(db, company, OptOutRow) == []


async def test_start_of_who_has_not_stopped_is_a_text_like_any_other(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await answered(db, company, clock, "START", "STOPP", "START", "start!")
    welcomed = ["Välkommen tillbaka" in out.text for out in await outs(db, company)]
    assert welcomed == [False, False, True, False]
    assert await rows(db, company, OptOutRow) == []


async def test_second_stop_after_a_start_is_confirmed_again(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await answered(db, company, clock, "STOPP", "START", "STOPP", "STOPP")
    assert [out.despite_opt_out for out in await outs(db, company)] == [True, False, True]
    assert len(await rows(db, company, OptOutRow)) == 1


@pytest.mark.parametrize(
    ("texts", "despite", "is_out"),
    [
        (["STOPP", "START"], [False], False),
        (["START", "STOPP"], [True], True),
        (["STOPP", "START", "STOPP"], [True], True),
    ],
)
async def test_what_was_said_last_before_the_dialogue_woke_counts(
    db: Database,
    company: UUID,
    clock: HandClock,
    texts: list[str],
    despite: list[bool],
    is_out: bool,
) -> None:
    for text in texts:
        clock.advance(seconds=30)
        await write(db, company, clock, text)
    for _ in texts:
        await run_due(db, clock, steps_with(db, clock))
    assert [out.despite_opt_out for out in await outs(db, company)] == despite
    assert len(await rows(db, company, OptOutRow)) == is_out


async def test_start_in_other_words_does_not_undo_a_stop_that_came_after_it(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await answered(db, company, clock, "STOPP")
    await write(db, company, clock, "Jag ångrar mig")
    clock.advance(seconds=5)
    await write(db, company, clock, "STOPP")
    starts = gives(Turn("Välkommen!", Memory(), (OptIn(),)))
    await run_due(db, clock, steps_with(db, clock, starts))
    assert len(await rows(db, company, OptOutRow)) == 1


async def test_stop_in_a_conversation_that_a_person_has_is_confirmed_too(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await write(db, company, clock, "Hej igen")
    async with db.begin(company) as session:
        await session.execute(update(ConversationRow).values(owner="person"))
    await answered(db, company, clock, "STOPP")
    assert [out.despite_opt_out for out in await outs(db, company)] == [True]


AWAY = "Jag är på semester till den 3 augusti."


async def loop_of(db: Database, company: UUID) -> str:
    turns = sorted(await rows(db, company, TurnRow), key=lambda turn: turn.created_at)
    return str(json.loads(turns[-1].understood or "").get("rule"))


async def test_same_sentence_for_the_third_time_is_left_to_a_person(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await answered(db, company, clock, AWAY, AWAY)
    before = len(await outs(db, company))
    listed = len(await rows(db, company, CallbackRow))
    await answered(db, company, clock, AWAY, AWAY, AWAY)
    assert len(await outs(db, company)) == before
    why = [row.why for row in await rows(db, company, CallbackRow)]
    assert (why.count("robot_loop"), len(why)) == (1, listed + 1)
    assert await loop_of(db, company) == "repeated"
    (last, *_) = sorted(await rows(db, company, TurnRow), key=lambda turn: turn.created_at)[::-1]
    assert (last.engine, json.loads(last.decided or "")) == ("rules", ["HandOver"])


async def test_echo_of_our_own_text_is_not_answered_even_in_the_next_conversation(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await answered(db, company, clock, "Hej")
    (out,) = await outs(db, company)
    async with db.begin(company) as session:
        await session.execute(update(ConversationRow).values(closed_at=clock.now()))
    await answered(db, company, clock, out.text)
    assert len(await outs(db, company)) == 1
    assert await loop_of(db, company) == "echo"


async def test_machine_that_answers_each_reply_at_once_gets_ten_in_ten_minutes(
    db: Database, company: UUID, clock: HandClock
) -> None:
    steps = steps_with(db, clock, echo)
    for letter in "abcdefghijklmn":
        await write(db, company, clock, f"Ärende {letter} är mottaget av vår växel")
        await run_due(db, clock, steps)
        clock.advance(seconds=20)
    assert len(await outs(db, company)) == 10
    assert [row.why for row in await rows(db, company, CallbackRow)] == ["robot_loop"]
    assert await loop_of(db, company) == "too_fast"
    clock.advance(minutes=10)
    await write(db, company, clock, "Nu är det jag själv som skriver")
    await run_due(db, clock, steps)
    assert len(await outs(db, company)) == 11


async def test_stop_of_a_machine_still_counts(
    db: Database, company: UUID, clock: HandClock
) -> None:
    for letter in "abcdefghijk":
        await write(db, company, clock, f"Ärende {letter} är mottaget av vår växel")
        await run_due(db, clock, steps_with(db, clock, echo))
    await answered(db, company, clock, "STOPP")
    assert len(await rows(db, company, OptOutRow)) == 1
    assert len(await outs(db, company)) == 10


@pytest.mark.parametrize(
    "text",
    [
        "",
        "å" * 5000,
        "a " * 2500,
        "inte " * 1000,
        "1234567890 " * 450,
        "\x1b[31m\u202e\x07",
        "👩🏽‍🔧" * 300,
    ],
    ids=["empty", "long word", "many words", "denials", "digits", "control", "emoji"],
)
async def test_strange_text_is_taken_its_turn(
    db: Database, company: UUID, clock: HandClock, text: str
) -> None:
    async with asyncio.timeout(30):
        await answered(db, company, clock, text)
    assert [job.state for job in await jobs_of(db, "turn")] == ["done"]


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


async def test_reply_that_breaks_a_rule_is_not_sent_and_nothing_of_it_is_done(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await write(db, company, clock, "Tisdag kl 10")
    invents = Turn(f"{BOOKED} Det kostar 99 kr.", Memory(), (Book(slot_in(clock.now())),))
    await run_due(db, clock, steps_with(db, clock, gives(invents)))
    assert await replies(db, company) == [
        "Jag lämnar över till en kollega, som hör av sig till dig."
    ]
    assert await rows(db, company, BookingRow) == []
    assert [row.why for row in await rows(db, company, CallbackRow)] == ["refused"]
    (turn,) = await rows(db, company, TurnRow)
    reasons = [entry["reason"] for entry in json.loads(turn.refused or "")]
    assert reasons == ["ungrounded_price"]
