"""How fast texts go out: bounds of an account, of a sender there, and what a provider asks for."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from ringback.db import Database
from ringback.messages import NotAccepted
from sms_gateway.turns import IN_LINE
from tests.clock import HandClock
from tests.flow import jobs_of, run_due
from tests.sms_gateway.outgoing import (
    MANY,
    NUMBERS,
    next_turn,
    queue_many,
    set_rules,
    states_in,
    steps_of,
    texts_in,
)
from tests.sms_gateway.scripted import Scripted


async def sent_after(db: Database, clock: HandClock, steps: object, account: Scripted) -> list[int]:
    """How many texts have gone out after 0, 1, 2 … seconds."""
    counts = []
    for _ in range(7):
        await run_due(db, clock, steps, workers=2)  # type: ignore[arg-type]
        counts.append(len(account.asked))
        clock.advance(1)
    return counts


@pytest.mark.parametrize("bound", [{"per_second": 2.0}, {"sender_per_second": 2.0}])
async def test_texts_go_out_at_the_pace_of_the_account_or_sender(
    db: Database, company: UUID, clock: HandClock, bound: dict[str, Any]
) -> None:
    account = Scripted()
    await queue_many(db, company, clock, NUMBERS[:10])
    steps = steps_of(db, clock, account, **bound)
    assert await sent_after(db, clock, steps, account) == [1, 3, 5, 7, 9, 10, 10]
    assert await states_in(db, company) == ["accepted"] * 10


async def test_each_waiting_text_has_a_turn_of_its_own_and_no_failed_attempt(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    await queue_many(db, company, clock, NUMBERS[:5])
    await run_due(db, clock, steps_of(db, clock, account, per_second=1.0))
    waiting = [job for job in await jobs_of(db, "send") if job.state == "open"]
    turns = sorted(job.run_at - clock.now() for job in waiting)
    assert turns == [timedelta(seconds=seconds) for seconds in (1, 2, 3, 4)]
    assert {job.attempts for job in waiting} == {0}
    assert {row.why for row in (await texts_in(db, company)).values()} == {None, IN_LINE}


async def test_slower_of_two_bounds_counts(db: Database, company: UUID, clock: HandClock) -> None:
    account = Scripted()
    await queue_many(db, company, clock, NUMBERS[:5])
    steps = steps_of(db, clock, account, per_second=50.0, sender_per_second=1.0)
    assert await sent_after(db, clock, steps, account) == [1, 2, 3, 4, 5, 5, 5]


async def test_account_without_a_bound_keeps_no_pace(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    await queue_many(db, company, clock, NUMBERS[:20])
    await run_due(db, clock, steps_of(db, clock, account))
    assert len(account.asked) == 20
    assert await next_turn(db, "46elks") is None


async def test_provider_that_asks_us_to_slow_down_gets_no_text_for_as_long(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    account.answers.append(NotAccepted("The provider is busy.", 7.0, busy=True))
    steps = steps_of(db, clock, account)
    await queue_many(db, company, clock, NUMBERS[:1])
    await run_due(db, clock, steps)
    await queue_many(db, company, clock, NUMBERS[1:4])
    await run_due(db, clock, steps)
    clock.advance(6.9)
    await run_due(db, clock, steps)
    assert len(account.asked) == 1
    clock.advance(0.1)
    await run_due(db, clock, steps)
    assert await states_in(db, company) == ["accepted"] * 4


async def test_text_that_stood_long_in_line_waits_no_longer_for_a_busy_provider(
    db: Database, company: UUID, clock: HandClock
) -> None:
    account = Scripted()
    account.answers.append(NotAccepted("The provider is busy.", 7.0, busy=True))
    steps = steps_of(db, clock, account)
    await queue_many(db, company, clock, NUMBERS[:1])
    clock.advance(3_600)
    await run_due(db, clock, steps)
    clock.advance(7)
    await run_due(db, clock, steps)
    assert await states_in(db, company) == ["accepted"]


async def test_long_line_is_worked_off_at_its_pace_without_claiming_it_over_and_over(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await set_rules(db, company, {"limits": MANY})
    account = Scripted()
    await queue_many(db, company, clock, NUMBERS[:80])
    steps = steps_of(db, clock, account, per_second=10.0)
    for _ in range(10):
        await run_due(db, clock, steps)
        clock.advance(1)
    assert len(account.asked) == 80
    claims = sum(job.attempts for job in await jobs_of(db, "send"))
    assert claims == 80  # the last claim of each; waiting for a turn is no failed attempt
