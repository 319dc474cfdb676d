"""Queues of a PBX behind an edge: what they offer follows what the edge tells of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import time
from uuid import UUID, uuid4

import pytest

from pbx_adapter.commands import Answer, Command
from pbx_adapter.queues.at_edges import OffersAtEdges
from pbx_adapter.queues.snapshot import Seen, ToWatch, Watch
from ringback.db import Database
from ringback.queues import Rules, offer_key
from ringback.store.queues import add_queue, remove_queue, save_rules
from ringback.tables import PbxRow, QueueRow
from tests.clock import FRIDAY_AT_TEN, HandClock
from tests.flow import rows
from tests.pbx_adapter.queues.office import until
from tests.pbx_adapter.ringing.switchboard import there
from tests.ringback.flow import add_pbx

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
SITE = "lager"
LONG = Rules(offer="when_long", wait_over_min=5, mean_over_min=10, needs_staff=False)
ALWAYS = Rules(offer="always", needs_staff=False, offer_to=time(11))


@dataclass
class Edges:
    """What the sites were told, and what they tell; `away` are those that do not answer."""

    values: dict[tuple[UUID, str], str] = field(default_factory=dict)
    written: int = 0
    away: set[UUID] = field(default_factory=set)
    seen: dict[str, Seen] | None = None  # by queue; None: nothing is known
    watched: list[Watch] = field(default_factory=list)
    line: bool = True
    looks: int = 0

    async def looked(self, times: int) -> None:
        """Returns when they have been looked at so many times more."""
        wanted = self.looks + times

        async def is_so() -> bool:
            return self.looks >= wanted

        await until(is_so, f"they are looked at {times} times")

    def sight(self, site: str) -> dict[str, Seen] | None:
        self.looks += 1
        return self.seen if site == SITE else None

    def watch(self, site: str, watch: Watch) -> bool:
        assert site == SITE
        if self.line:
            self.watched.append(watch)
        return self.line

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
            id=uuid4(), name="Lager", kind="edge", host="", port=0, username=SITE, secret=""
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
    offers = OffersAtEdges(
        db, clock.now, edges.execute, edges, look_every_s=0.05, tell_every_s=every_s
    )
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


@dataclass
class Offered:
    """What is offered in one queue of an edge, as the PBX and the portal are told."""

    db: Database
    company: UUID
    edges: Edges
    pbx_id: UUID
    queue_id: UUID

    async def is_told(self, on: bool, why: str, waiting: int = 0) -> None:
        async def is_so() -> bool:
            (row,) = await rows(self.db, self.company, QueueRow)
            told = self.edges.told(self.pbx_id, self.queue_id)
            shown = (row.offer_on, row.offer_why, row.waiting)
            return f"|{int(on)}|" in told and shown == (on, why, waiting)

        await until(is_so, f"it is {'on' if on else 'off'}: {why}")


@pytest.mark.parametrize(
    ("rules", "seen", "why"),
    [
        (Rules(offer="when_long", wait_over_min=0, needs_staff=False), Seen("401"), "short_wait"),
        (Rules(offer="always"), Seen("401", 1), "no_staff"),
        (Rules(offer="always"), None, "no_staff"),
    ],
)
async def test_offer_for_which_there_is_no_reason_is_not_made(
    db: Database, company: UUID, clock: HandClock, rules: Rules, seen: Seen | None, why: str
) -> None:
    edges = Edges(seen={"401": seen} if seen else None)
    offer = Offered(db, company, edges, *await edge_with_queue(db, company, rules))
    async with offered(db, clock, edges):
        await offer.is_told(False, why, seen.waiting if seen else 0)


async def test_offer_by_wait_follows_the_longest_wait_and_the_mean_that_the_edge_tells(
    db: Database, company: UUID, clock: HandClock
) -> None:
    now_s = clock.now().timestamp()
    edges = Edges(seen={"401": Seen("401", 2, (now_s, now_s + 1))})
    offer = Offered(db, company, edges, *await edge_with_queue(db, company, LONG))
    async with offered(db, clock, edges):
        await offer.is_told(False, "short_wait", 2)
        clock.advance(minutes=5)
        assert edges.seen is not None
        edges.seen["401"] = Seen("401", 1, (now_s,))
        await offer.is_told(False, "short_wait", 1)
        clock.advance(seconds=1)
        await offer.is_told(True, "long_wait", 1)
        edges.seen["401"] = Seen("401", 0, (), 301)
        await offer.is_told(False, "short_wait", 0)
        edges.seen["401"] = Seen("401", 1, (clock.now().timestamp(),), 301)
        await offer.is_told(True, "long_wait", 1)


async def test_members_who_are_logged_in_are_staff(
    db: Database, company: UUID, clock: HandClock
) -> None:
    edges = Edges(seen={"401": Seen("401")})
    rules = Rules(offer="always")
    offer = Offered(db, company, edges, *await edge_with_queue(db, company, rules))
    async with offered(db, clock, edges):
        await offer.is_told(False, "no_staff")
        assert edges.seen is not None
        edges.seen["401"] = Seen("401", members=1)
        await offer.is_told(True, "always")


async def test_offer_by_wait_of_a_queue_that_is_not_known_any_more_gets_old_and_is_not_taken_back(
    db: Database, company: UUID, clock: HandClock
) -> None:
    now_s = clock.now().timestamp()
    waits = Seen("401", 1, (now_s - 600,))
    edges = Edges(seen={"401": waits})
    offer = Offered(db, company, edges, *await edge_with_queue(db, company, LONG))
    async with offered(db, clock, edges, every_s=0.05):
        await offer.is_told(True, "long_wait", 1)
        for unknown in (None, {"another": waits}):
            edges.seen = unknown
            await edges.looked(2)  # what was under way is told
            written = edges.written
            await edges.looked(5)
            assert edges.written == written
        await offer.is_told(True, "long_wait", 1)
        edges.seen = {"401": Seen("401")}
        await offer.is_told(False, "short_wait", 0)


async def test_site_is_told_once_what_to_watch_and_again_when_it_changes_or_seems_unknown_there(
    db: Database, company: UUID, clock: HandClock
) -> None:
    now_s = clock.now().timestamp()
    edges = Edges(seen={"401": Seen("401")}, line=False)
    pbx_id, queue_id = await edge_with_queue(db, company, LONG)
    offer = Offered(db, company, edges, pbx_id, queue_id)
    first = ToWatch("401", 600)

    async def is_watched(queue: ToWatch, times: int = 1) -> None:
        async def is_so() -> bool:
            return edges.watched[-times:] == [Watch((queue,))] * times

        await until(is_so, f"{queue} is to be watched")

    async with offered(db, clock, edges):
        await offer.is_told(False, "short_wait")
        edges.line = True
        await is_watched(replace(first, offered="off"))
        await edges.looked(3)
        assert len(edges.watched) == 1
        edges.seen = {}
        await is_watched(replace(first, offered="off"), 4)
        edges.seen = {"401": Seen("401", 1, (now_s - 301,))}
        await is_watched(replace(first, offered="on"))
        async with db.begin(company) as session:
            rules = Rules(automatic=True, language="en")
            await save_rules(session, queue_id, "", rules, clock.now())
        await is_watched(ToWatch("401", 900, offered="never", language="en"))
        await there(db, company, "PJSIP/101", queue_id, clock.now())
        await is_watched(ToWatch("401", 900, ("PJSIP/101",), "never", "en"))
        async with db.begin(company) as session:
            await remove_queue(session, queue_id, clock.now())

        async def is_nothing_watched() -> bool:
            return edges.watched[-1] == Watch()

        await until(is_nothing_watched, "nothing is to be watched any more")


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
