"""Turns: one after the other at a rate, also for many workers at once."""

import asyncio
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from ringback.db import Database
from ringback.store.pace import Pace
from tests.clock import HandClock


async def turn(db: Database, now: datetime, **rates: float) -> float:
    """Seconds until the turn."""
    async with db.begin_across() as session:
        pace = await Pace.locked(session, rates.keys())
        found = (pace.turn(rates, now) - now).total_seconds()
        pace.keep()
        return found


async def test_turns_follow_each_other_at_the_rate(db: Database, clock: HandClock) -> None:
    assert [await turn(db, clock.now(), a=2) for _ in range(4)] == [0, 0.5, 1, 1.5]
    clock.advance(10)
    assert [await turn(db, clock.now(), a=2) for _ in range(2)] == [0, 0.5]  # no credit is saved up


async def test_turn_waits_for_the_slower_of_two(db: Database, clock: HandClock) -> None:
    found = [await turn(db, clock.now(), account=100, sender=1) for _ in range(3)]
    assert found == [0, 1, 2]
    assert await turn(db, clock.now(), account=100, other=1) == 2.01


async def test_no_bound_means_no_wait_but_for_what_the_provider_asked(
    db: Database, clock: HandClock
) -> None:
    assert [await turn(db, clock.now(), a=0) for _ in range(3)] == [0, 0, 0]
    for seconds in (7, 3):  # the longer one counts
        async with db.begin_across() as session:
            pace = await Pace.locked(session, ["a"])
            later = HandClock(clock.now())
            later.advance(seconds)
            pace.slow_down("a", later.now())
            pace.keep()
    assert [await turn(db, clock.now(), a=0) for _ in range(2)] == [7, 7]
    clock.advance(7)
    assert await turn(db, clock.now(), a=0) == 0


async def test_many_at_once_get_turns_of_their_own(db: Database, clock: HandClock) -> None:
    async def one() -> float:
        for _ in range(3):
            try:
                return await turn(db, clock.now(), a=1)
            except IntegrityError:  # both were the first
                continue
        raise AssertionError

    assert sorted(await asyncio.gather(*(one() for _ in range(6)))) == [0, 1, 2, 3, 4, 5]
