"""A hand-over has a time; the caller is told once when nobody keeps it."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from dialogue.effects import carry_out
from dialogue.handing_over import HANDOVER, HandingOver, promised, when_words
from dialogue.turns import HandOver
from ringback.db import Database
from ringback.store.callbacks import open_callbacks, settle_callbacks, told_at
from ringback.store.companies import business
from ringback.store.companies import company as own_row
from ringback.store.conversations import add_received, open_conversation, open_conversation_with
from ringback.store.opt_outs import stop_texts
from ringback.store.ownership import take_over
from ringback.store.texting import save_texting
from ringback.tables import CallbackRow, ConversationRow, MessageRow
from tests.clock import HandClock
from tests.dialogue.conversing import SALON
from tests.flow import CALLER, US, jobs_of, rows, run_due

ZONE = ZoneInfo("Europe/Stockholm")
Act = Callable[[Database, UUID, HandClock], Coroutine[Any, Any, None]]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Of November 2026; the 20th is a Friday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def opens_to(*closes: int) -> dict[str, tuple[tuple[time, time], ...]]:
    """Weekdays from nine to the hours given, Friday first; closed on the days that are not named."""
    days = ("fri", "sat", "sun", "mon")
    return {day: ((time(9), time(hour)),) for day, hour in zip(days, closes, strict=False) if hour}


@pytest.mark.parametrize(
    ("now", "closes", "interval"),
    [
        (at(20, 10, 12), (17,), (at(20, 10, 12), at(20, 12, 15))),
        (at(20, 7), (17,), (at(20, 9), at(20, 11))),
        (at(20, 16), (17, 0, 0, 17), (at(20, 16), at(23, 10))),
        (at(20, 15, 5), (17, 0, 0, 17), (at(20, 15, 5), at(23, 9, 15))),
        (at(20, 14, 58), (17,), (at(20, 14, 58), at(20, 17))),
        (at(20, 18), (17, 0, 0, 17), (at(23, 9), at(23, 11))),
        (at(20, 18), (), (None, None)),
    ],
)
def test_person_is_promised_within_two_open_hours(
    now: datetime, closes: tuple[int, ...], interval: tuple[datetime | None, datetime | None]
) -> None:
    salon = SALON.model_copy(update={"opening_hours": opens_to(*closes), "exceptions": ()})
    assert promised(salon, "question", now.astimezone(UTC)) == interval


@pytest.mark.parametrize("why", ["emergency", "complaint"])
def test_emergency_and_anger_wait_for_no_opening(why: str) -> None:
    assert promised(SALON, why, at(21, 3).astimezone(UTC)) == (None, None)


@pytest.mark.parametrize(
    ("language", "interval", "words"),
    [
        ("sv", (at(23, 9), at(23, 11)), "måndag 23 november mellan 09:00 och 11:00"),
        ("en", (at(23, 9), at(23, 11)), "Monday 23 November between 09:00 and 11:00"),
        ("sv", (at(20, 9), at(20, 12, 15)), "senast fredag 20 november kl 12:15"),
        ("sv", (at(20, 16), at(23, 10)), "senast måndag 23 november kl 10:00"),
        ("en", (None, at(20, 12, 15)), "by Friday 20 November at 12:15"),
        ("sv", (at(23, 9), None), "måndag 23 november efter 09:00"),
        ("sv", (None, None), "så snart vi kan"),
        ("en", (at(19, 9), at(19, 11)), "as soon as we can"),
        ("fi", (None, None), "så snart vi kan"),
    ],
)
def test_interval_in_words(
    language: str, interval: tuple[datetime | None, datetime | None], words: str
) -> None:
    assert when_words(SALON, language, interval, at(20, 10)) == words


async def hand_over(db: Database, company: UUID, clock: HandClock, why: str = "question") -> UUID:
    """The caller writes, and a turn hands over; the id of the callback."""
    async with db.begin(company) as session:
        talk = await open_conversation_with(session, CALLER)
        talk = talk or await open_conversation(session, CALLER, US, "sv", clock.now())
        text = await add_received(session, talk, "46elks", str(uuid4()), "Hej", clock.now())
        effects = (HandOver(why),)
        await carry_out(session, effects, await business(session), talk, text, clock.now())
    (row,) = [one for one in await rows(db, company, CallbackRow) if str(text.id) in one.key]
    return row.id


async def wait(db: Database, clock: HandClock, **time: float) -> None:
    clock.advance(**time)
    steps = {HANDOVER: HandingOver(db, clock.now, "https://r.example").escalate}
    await run_due(db, clock, steps)


async def told(db: Database, company: UUID) -> list[str]:
    texts = sorted(await rows(db, company, MessageRow), key=lambda text: text.number)
    return [text.text for text in texts if text.direction == "out"]


async def test_hand_over_that_nobody_sees_to_is_told_to_the_caller_once_and_in_the_row(
    db: Database, company: UUID, clock: HandClock
) -> None:
    callback = await hand_over(db, company, clock)
    await wait(db, clock, minutes=29)
    assert await told(db, company) == []
    await wait(db, clock, minutes=1)
    (text,) = await told(db, company)
    assert "Vi ringer dig senast fredag 20 november kl 12:00" in text
    async with db.read(company) as session:
        waiting = await rows(db, company, CallbackRow)
        assert await told_at(session, waiting) == {callback: clock.now()}
    await hand_over(db, company, clock)  # the caller goes on asking
    await wait(db, clock, hours=2)
    assert len(await told(db, company)) == 1


async def taken(db: Database, company: UUID, clock: HandClock) -> None:
    (talk,) = await rows(db, company, ConversationRow)
    async with db.begin(company) as session:
        await take_over(session, talk.id, uuid4(), clock.now())


async def settled(db: Database, company: UUID, clock: HandClock) -> None:
    (row,) = await rows(db, company, CallbackRow)
    assert row.conversation_id is not None
    async with db.begin(company) as session:
        await settle_callbacks(session, row.conversation_id, [row.id], clock.now())


async def closed(db: Database, company: UUID, clock: HandClock) -> None:
    async with db.begin(company) as session:
        await session.execute(update(ConversationRow).values(closed_at=clock.now()))


async def stopped(db: Database, company: UUID, clock: HandClock) -> None:
    (talk,) = await rows(db, company, ConversationRow)
    async with db.begin(company) as session:
        row = await session.get_one(ConversationRow, talk.id)
        await stop_texts(session, row, clock.now())


@pytest.mark.parametrize("act", [taken, settled, closed, stopped])
async def test_caller_hears_nothing_when_somebody_sees_to_it_or_wants_no_texts(
    db: Database, company: UUID, clock: HandClock, act: Act
) -> None:
    await hand_over(db, company, clock)
    await act(db, company, clock)
    await wait(db, clock, minutes=31)
    assert await told(db, company) == []
    assert {job.state for job in await jobs_of(db, HANDOVER)} == {"done"}


async def test_in_quiet_hours_the_word_waits_and_what_is_done_meanwhile_counts(
    db: Database, company: UUID, clock: HandClock
) -> None:
    clock.advance(hours=11)  # 21:00 in Stockholm
    async with db.begin(company) as session:
        await save_texting(session, {"quiet": {"then": "hold"}})
    await hand_over(db, company, clock)
    await wait(db, clock, minutes=31)
    assert await told(db, company) == []
    await wait(db, clock, hours=10, minutes=28)
    assert await told(db, company) == []
    await wait(db, clock, minutes=1)
    (text,) = await told(db, company)
    assert "Vi ringer dig lördag 21 november mellan 10:00 och 12:00" in text


@pytest.mark.parametrize(("minutes", "after"), [(5, 5), (0, None), ("soon", 30), (-3, 30)])
async def test_minutes_are_the_companys(
    db: Database, company: UUID, clock: HandClock, minutes: object, after: int | None
) -> None:
    async with db.begin(company) as session:
        (await own_row(session)).assistant = {"handover_min": minutes}
    await hand_over(db, company, clock)
    due = [job.run_at - clock.now() for job in await jobs_of(db, HANDOVER)]
    assert due == ([] if after is None else [timedelta(minutes=after)])


@pytest.mark.parametrize("why", ["robot_loop", "wrote_after_stop"])
async def test_machine_and_who_said_stop_are_told_nothing(
    db: Database, company: UUID, clock: HandClock, why: str
) -> None:
    async with db.begin(company) as session:
        talk = await open_conversation(session, CALLER, US, "sv", clock.now())
        text = await add_received(session, talk, "46elks", "1", "Hej", clock.now())
        own = await business(session)
        await carry_out(session, (HandOver(why),), own, talk, text, clock.now())
    assert len(await rows(db, company, CallbackRow)) == 1
    assert await jobs_of(db, HANDOVER) == []


async def test_emergency_stands_first_however_late_it_came(
    db: Database, company: UUID, clock: HandClock
) -> None:
    for why in ("question", "complaint", "no_price", "emergency"):
        await hand_over(db, company, clock, why)
        clock.advance(minutes=1)
    async with db.read(company) as session:
        (waiting,) = (
            await open_callbacks(
                session, [row.id for row in await rows(db, company, ConversationRow)]
            )
        ).values()
    assert [row.why for row in waiting] == ["emergency", "complaint", "question", "no_price"]
    assert [row.from_at is None for row in waiting] == [True, True, False, False]
