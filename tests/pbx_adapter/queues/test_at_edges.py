"""Queues of a PBX behind an edge offer what needs no look at who waits there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import time
from uuid import UUID, uuid4

import pytest

from pbx_adapter.commands import Answer, Command
from pbx_adapter.queues.at_edges import OffersAtEdges
from ringback.db import Database
from ringback.queues import Rules, offer_key
from ringback.store.queues import add_queue, save_rules
from ringback.tables import PbxRow, QueueRow
from tests.clock import FRIDAY_AT_TEN, HandClock
from tests.flow import rows
from tests.pbx_adapter.queues.office import until
from tests.ringback.flow import add_pbx

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
ALWAYS = Rules(offer="always", needs_staff=False, offer_to=time(11))


@dataclass
class Edges:
    """What the sites were told; `away` are those that do not answer."""

    values: dict[tuple[UUID, str], str] = field(default_factory=dict)
    written: int = 0
    away: set[UUID] = field(default_factory=set)

    async def execute(self, pbx_id: UUID, command: Command) -> Answer:
        if pbx_id in self.away:
            return Answer(command.id, False, "The edge did not answer.", known=False)
        self.values[pbx_id, command.fields["key"]] = command.fields["value"]
        self.written += 1
        return Answer(command.id, True, "")

    def told(self, pbx_id: UUID, queue_id: UUID) -> str:
        return self.values.get((pbx_id, f"offer_{offer_key(queue_id)}"), "")


async def edge_with_queue(db: Database, company: UUID, rules: Rules) -> tuple[UUID, UUID]:
    """Ids of an edge's PBX and of its queue."""
    async with db.begin(company) as session:
        row = PbxRow(
            id=uuid4(), name="Lager", kind="edge", host="", port=0, username="lager", secret=""
        )
        session.add(row)
        await session.flush()
        queue = await add_queue(session, row.id, "401", "", FRIDAY_AT_TEN)
        await save_rules(session, queue.id, "", rules, FRIDAY_AT_TEN)
        return row.id, queue.id


@asynccontextmanager
async def offered(
    db: Database, clock: HandClock, edges: Edges, every_s: float = 60
) -> AsyncIterator[None]:
    offers = OffersAtEdges(db, clock.now, edges.execute, look_every_s=0.05, tell_every_s=every_s)
    task = asyncio.create_task(offers.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_offer_that_is_always_made_follows_the_clock_and_is_told_again(
    db: Database, company: UUID, clock: HandClock
) -> None:
    edges = Edges()
    pbx_id, queue_id = await edge_with_queue(db, company, ALWAYS)

    async def is_on() -> bool:
        start = f"{clock.now().timestamp():.0f}|1|s,1000-1200@261120"
        return edges.told(pbx_id, queue_id).startswith(start)

    async def is_off() -> bool:
        (row,) = await rows(db, company, QueueRow)
        told = edges.told(pbx_id, queue_id).endswith("|0|")
        return told and (row.offer_on, row.offer_why) == (False, "outside_window")

    async def was_written(times: int) -> bool:
        return edges.written >= times

    async with offered(db, clock, edges):
        await until(is_on, "it is on")
        clock.advance(hours=1)
        await until(is_off, "it is off at eleven, and the portal shows it")
    edges.written = 0
    async with offered(db, clock, edges, every_s=0.05):
        await until(lambda: was_written(3), "it is told again")


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (Rules(offer="when_long", wait_over_min=0, needs_staff=False), "short_wait"),
        (Rules(offer="always"), "no_staff"),
    ],
)
async def test_offer_that_needs_a_look_at_the_queue_is_not_made(
    db: Database, company: UUID, clock: HandClock, rules: Rules, why: str
) -> None:
    edges = Edges()
    pbx_id, queue_id = await edge_with_queue(db, company, rules)

    async def is_off() -> bool:
        (row,) = await rows(db, company, QueueRow)
        return edges.told(pbx_id, queue_id).endswith("|0|") and row.offer_why == why

    async with offered(db, clock, edges):
        await until(is_off, "it is off")


async def test_site_that_is_away_is_told_later_and_keeps_no_other_from_hearing(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    first, second = (
        await edge_with_queue(db, company, ALWAYS),
        await edge_with_queue(db, neighbour, ALWAYS),
    )
    edges = Edges(away={first[0]})

    async def is_told(pbx_id: UUID, queue_id: UUID) -> bool:
        return "|1|" in edges.told(pbx_id, queue_id)

    async with offered(db, clock, edges):
        await until(lambda: is_told(*second), "the other is told")
        assert edges.told(*first) == ""
        edges.away.clear()
        await until(lambda: is_told(*first), "it is told, too")


async def test_pbx_that_we_are_connected_with_is_told_by_its_own_link(
    db: Database, company: UUID, clock: HandClock
) -> None:
    edges = Edges()
    pbx_id, queue_id = await edge_with_queue(db, company, ALWAYS)
    async with db.begin(company) as session:
        direct = await add_pbx(session)
        queue = await add_queue(session, direct, "401", "", FRIDAY_AT_TEN)
        await save_rules(session, queue.id, "", ALWAYS, FRIDAY_AT_TEN)

    async def is_told() -> bool:
        return edges.told(pbx_id, queue_id) != ""

    async with offered(db, clock, edges):
        await until(is_told, "the edge is told")
    assert {pbx_id for pbx_id, _ in edges.values} == {pbx_id}
