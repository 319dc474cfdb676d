"""How often what accounts take is counted on their rows."""

from datetime import timedelta
from uuid import UUID

import pytest

from ringback.db import Database
from ringback.messages import Accepted, NotAccepted, Outcome
from sms_gateway.breaker import Met
from sms_gateway.health import Watch
from sms_gateway.provider import Account
from tests.clock import HandClock
from tests.sms_gateway.outgoing import health_of
from tests.sms_gateway.scripted import Scripted

TAKEN = Accepted("1", parts=1, cost_e4=0)
AWAY = NotAccepted("The provider is out of reach.", 5.0)


@pytest.fixture
def watch(db: Database, company: UUID, clock: HandClock) -> Watch:
    return Watch(db, clock.now, {"first": Account(Scripted("first", receipts=True))})


async def met(watch: Watch, clock: HandClock, *outcomes: Outcome, was_well: bool = True) -> None:
    await watch.met(
        [("first", Met(outcome, clock.now(), was_well=was_well)) for outcome in outcomes]
    )


async def counted(db: Database) -> tuple[int, int]:
    """Texts that nothing was heard of, and failures in a row."""
    row = await health_of(db, "first")
    return (row.unreported, row.failures) if row else (0, 0)


async def test_first_text_that_is_taken_is_counted_at_once_and_those_after_it_together(
    db: Database, watch: Watch, clock: HandClock
) -> None:
    await met(watch, clock, TAKEN)
    assert await counted(db) == (1, 0)
    await met(watch, clock, TAKEN, TAKEN)
    assert await counted(db) == (1, 0)
    clock.advance(10)
    await met(watch, clock, TAKEN)
    assert await counted(db) == (4, 0)


async def test_text_that_is_not_taken_is_counted_at_once_with_those_before_it(
    db: Database, watch: Watch, clock: HandClock
) -> None:
    await met(watch, clock, TAKEN)
    await met(watch, clock, AWAY)
    await met(watch, clock, TAKEN)  # was on its way when the other came back
    assert await counted(db) == (1, 1)
    await met(watch, clock, AWAY)
    assert await counted(db) == (2, 1)  # taken in between, so it is the first in a row


async def test_text_taken_by_an_account_that_was_not_well_is_counted_at_once(
    db: Database, watch: Watch, clock: HandClock
) -> None:
    await met(watch, clock, AWAY)
    assert await counted(db) == (0, 1)
    await met(watch, clock, TAKEN, was_well=False)
    assert await counted(db) == (1, 0)


async def test_clock_that_was_set_back_keeps_no_count_waiting(
    db: Database, watch: Watch, clock: HandClock
) -> None:
    await met(watch, clock, TAKEN)
    clock.advance(-timedelta(hours=1).total_seconds())
    await met(watch, clock, TAKEN)
    assert await counted(db) == (2, 0)
