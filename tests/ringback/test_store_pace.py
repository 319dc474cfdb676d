"""Turns: one after the other at a rate, also for many workers at once."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from ringback.db import Database
from ringback.store.pace import Pace
from tests.clock import HandClock


async def turn(db: Database, now: datetime, **rates: float) -> float:
    """Seconds until the turn."""
    async with db.begin_across() as session:
        pace = await Pace.locked(session, rates.keys())
        found = pace.turn(rates, now)
        pace.keep()
        assert found is not None
        return (found - now).total_seconds()


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


async def test_turn_is_given_only_so_far_ahead_and_the_others_get_places_in_line(
    db: Database, clock: HandClock
) -> None:
    now, rates, ahead = clock.now(), {"a": 2.0, "b": 0.0}, timedelta(seconds=1)
    async with db.begin_across() as session:
        pace = await Pace.locked(session, rates.keys())
        turns = [pace.turn(rates, now, ahead) for _ in range(5)]
        places = [pace.place("b", 2, rates, now) for _ in range(3)]
        assert pace.place("b", 0, rates, now) == pace.place("a", 2, rates, now) == places[0]
        pace.keep()
    assert turns == [now, now + ahead / 2, now + ahead, None, None]
    assert places == [now + ahead / 2 * nth for nth in (1, 2, 3)]
    for place in places:  # each finds the turn that has come within reach
        async with db.begin_across() as session:
            pace = await Pace.locked(session, rates.keys())
            assert pace.turn(rates, place, ahead) == place + ahead
            pace.keep()


async def test_what_a_clock_hours_ahead_wrote_counts_for_nothing_once_it_is_right(
    db: Database, clock: HandClock
) -> None:
    now, rates, none = clock.now(), {"a": 0.5}, timedelta()
    ahead = now + timedelta(hours=2)
    async with db.begin_across() as session:
        pace = await Pace.locked(session, rates)
        pace.slow_down("a", ahead)
        assert pace.turn(rates, ahead) == ahead
        assert pace.place("a", 1, rates, ahead) == ahead + timedelta(seconds=2)
        assert pace.turn(rates, now) == now
        assert pace.turn(rates, now, none) is None
        assert pace.place("a", 1, rates, now) == now + timedelta(seconds=2)


async def test_turn_holds_for_a_second_and_not_while_the_provider_wants_no_texts(
    db: Database, clock: HandClock
) -> None:
    turn, rates, second = clock.now(), {"a": 1.0}, timedelta(seconds=1)
    async with db.begin_across() as session:
        pace = await Pace.locked(session, ["a"])
        assert pace.holds(turn, rates, turn + second)
        assert not pace.holds(turn, rates, turn + 2 * second)
        assert not pace.holds(turn + second, rates, turn)
        pace.slow_down("a", turn + second)
        assert not pace.holds(turn, rates, turn)
        assert pace.holds(turn, rates, turn + second)
        assert pace.turn(rates, turn) == turn + second
