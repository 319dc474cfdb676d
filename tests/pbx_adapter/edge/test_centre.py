"""What edges tell becomes rows once, and they are told so only after the commit."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text, update
from structlog.testing import capture_logs

from pbx_adapter.commands import Answer, Command, CommandKind, read_command, written_answer
from pbx_adapter.edge.bus import Bus, Received
from pbx_adapter.edge.centre import Centre
from pbx_adapter.edge.sender import Edge, Resend
from pbx_adapter.edge.spool import open_spool
from pbx_adapter.edge.topics import Ack, last_will, read_ack, topic, written_mark, written_state
from pbx_adapter.link import Backoff, LinkKind, LinkState, Pace
from ringback.callbacks import CallbackRequest
from ringback.clock import system_clock
from ringback.db import Database
from ringback.errors import TryAgain
from ringback.pbx import PbxKind
from ringback.records import written
from ringback.sample import salon
from ringback.store.companies import add_company
from ringback.tables import CallbackRow, CallRow, GapRow, PbxMarkRow, PbxRow
from tests.clock import FRIDAY_AT_TEN, HandClock
from tests.flow import rows
from tests.mosquitto import CENTRE, OTHER_SITE, SITE, Mosquitto
from tests.ringback.flow import ANNA, missed_call

FAST = Pace(unreachable=Backoff(0.05, 0.1), refused=Backoff(0.05, 0.1))


@pytest.fixture
async def mosquitto() -> AsyncIterator[Mosquitto]:
    async with Mosquitto() as broker:
        yield broker


async def add_edge(db: Database, company: UUID, site: str = SITE) -> None:
    async with db.begin(company) as session:
        session.add(
            PbxRow(
                id=uuid4(), name=site, kind=PbxKind.EDGE, host="", port=0, username=site, secret=""
            )
        )


class HandEdge:
    """An edge that a test plays by hand: it says what it is told, and keeps what it hears."""

    def __init__(self, mosquitto: Mosquitto, site: str = SITE) -> None:
        self.site = site
        self.acks: list[Ack] = []
        self.commands: list[Command] = []
        topics = [topic(site, "ack"), topic(site, "command")]
        self.bus = Bus(mosquitto.address(site), site, topics, self._take, pace=FAST)

    async def say(self, kind: str, body: str) -> None:
        await self.bus.publish(topic(self.site, kind), body)

    async def call(self, uniqueid: str, record_id: str = "") -> None:
        await self.say("call", written(missed_call(uniqueid), record_id or f"id-{uniqueid}"))

    @property
    def committed(self) -> list[str]:
        return [known for ack in self.acks for known in ack.ids]

    def _take(self, received: Received) -> None:
        if received.topic.endswith("/ack"):
            self.acks.append(read_ack(received.body))
        else:
            self.commands.append(read_command(received.body))
        self.bus.acknowledge(received)


@asynccontextmanager
async def running(*runs: tuple[Bus, Callable[[], Awaitable[object]]]) -> AsyncIterator[None]:
    tasks: list[asyncio.Future[object]] = []
    try:
        for bus, run in runs:  # the centre first: what nobody has subscribed to, the broker drops
            tasks.append(asyncio.ensure_future(run()))
            await until(lambda bus=bus: bus.is_up)  # type: ignore[misc]
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def alive(*parts: Centre | HandEdge) -> tuple[tuple[Bus, Callable[[], Awaitable[object]]], ...]:
    return tuple(
        (part.bus, part.run if isinstance(part, Centre) else part.bus.run) for part in parts
    )


async def link_is(db: Database, company: UUID, kind: str, why: str = "") -> PbxRow:
    async with asyncio.timeout(20):
        while True:
            (row,) = await rows(db, company, PbxRow)
            if row.link_state == kind and why in row.link_text:
                return row
            await asyncio.sleep(0.02)


async def rename(db: Database, table: str, to: str) -> None:
    async with db.engine.begin() as admin:
        await admin.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))


async def until(check: Callable[[], bool], within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not check():
            await asyncio.sleep(0.01)


def centre_of(db: Database, mosquitto: Mosquitto) -> Centre:
    return Centre(db, mosquitto.address(CENTRE), system_clock, FAST)


async def test_call_wish_and_state_become_rows_and_are_acknowledged(
    db: Database, company: UUID, mosquitto: Mosquitto
) -> None:
    await add_edge(db, company)
    edge = HandEdge(mosquitto)
    wish = CallbackRequest("7", ANNA, "pressed_1", None, None, None, FRIDAY_AT_TEN)
    state = LinkState(LinkKind.UP, "Connected to Asterisk.", FRIDAY_AT_TEN)
    async with running(*alive(centre_of(db, mosquitto), edge)):
        await edge.call("1")
        await edge.say("callback", written(wish, "w"))
        await edge.say("state", written_state(state, "s"))
        await edge.say("mark", written_mark("queue_log", "77", "m"))
        await until(lambda: sorted(edge.committed) == ["id-1", "m", "s", "w"])
    (call,) = await rows(db, company, CallRow)
    assert (call.uniqueid, call.caller_e164, call.outcome) == ("1", ANNA, "missed")
    (callback,) = await rows(db, company, CallbackRow)
    assert callback.number == ANNA
    (mark,) = await rows(db, company, PbxMarkRow)
    assert (mark.source, mark.mark) == ("queue_log", "77")
    (pbx,) = await rows(db, company, PbxRow)
    assert (pbx.link_state, pbx.link_text) == ("up", "Connected to Asterisk.")


async def test_record_told_many_times_is_one_row_and_acknowledged_each_time(
    db: Database, company: UUID, mosquitto: Mosquitto
) -> None:
    await add_edge(db, company)
    edge = HandEdge(mosquitto)
    async with running(*alive(centre_of(db, mosquitto), edge)):
        for number in range(5):
            await edge.call("1", f"resent-{number}")
        await until(lambda: len(edge.committed) == 5)
    assert len(await rows(db, company, CallRow)) == 1


async def test_broken_record_is_refused_for_good_and_stops_neither_the_site_nor_others(
    db: Database, company: UUID, mosquitto: Mosquitto
) -> None:
    await add_edge(db, company)
    neighbour = await add_company(db, salon(), FRIDAY_AT_TEN)
    await add_edge(db, neighbour, OTHER_SITE)
    edge, other = HandEdge(mosquitto), HandEdge(mosquitto, OTHER_SITE)
    fields = json.loads(written(missed_call("bad"), ""))
    broken = {
        "newer version": {**fields, "v": 2},
        "no moment": {**fields, "start": "soon"},
        "far future": {**fields, "start": 1e300, "end": 1e300},
        "never": {**fields, "start": float("nan")},
        "zero byte": {**fields, "caller": "07\0"},
        "half a sign": {**fields, "caller": "\ud83d"},
        "nothing": {},
    }
    async with running(*alive(centre_of(db, mosquitto), edge, other)):
        for name, record in broken.items():
            await edge.say("call", json.dumps({**record, "id": name}))
        await edge.say("call", "not even JSON \udcff".encode("utf-8", "replace").decode())
        await edge.say("state", json.dumps({"v": 1, "id": "odd state", "kind": "merry"}))
        await edge.call("good")
        await other.call("theirs")
        await until(lambda: bool(edge.committed and other.committed))
    refusals = {one.id: one for ack in edge.acks for one in ack.refused}
    assert set(refusals) == {*broken, "odd state", ""}
    assert all(refusal.final and refusal.fault for refusal in refusals.values())
    assert [call.uniqueid for call in await rows(db, company, CallRow)] == ["good"]
    assert [call.uniqueid for call in await rows(db, neighbour, CallRow)] == ["theirs"]


async def test_unknown_site_is_told_how_to_mend_it_and_taken_once_it_is_known(
    db: Database, company: UUID, mosquitto: Mosquitto
) -> None:
    edge = HandEdge(mosquitto)
    async with running(*alive(centre_of(db, mosquitto), edge)):
        await edge.call("1")
        await until(lambda: bool(edge.acks))
        ((refusal,),) = [ack.refused for ack in edge.acks]
        assert (refusal.id, refusal.final) == ("id-1", False)
        assert f"ringback add edge NAME --site {SITE}" in refusal.fault
        await add_edge(db, company)
        await edge.call("1")
        await until(lambda: edge.committed == ["id-1"])
    assert len(await rows(db, company, CallRow)) == 1


async def test_site_that_changes_hands_tells_its_new_company_from_then_on(
    db: Database, company: UUID, mosquitto: Mosquitto
) -> None:
    neighbour = await add_company(db, salon(), FRIDAY_AT_TEN)
    edge = HandEdge(mosquitto)
    async with running(*alive(centre_of(db, mosquitto), edge)):
        for owner, uniqueid in ((company, "1"), (neighbour, "2"), (neighbour, "3")):
            await add_edge(db, owner)  # for "3" the PBX was added anew in the same company
            await edge.call(uniqueid)
            await until(lambda uniqueid=uniqueid: f"id-{uniqueid}" in edge.committed)  # type: ignore[misc]
            async with db.begin(owner) as session:
                await session.execute(
                    update(PbxRow)
                    .where(PbxRow.removed_at.is_(None))
                    .values(removed_at=FRIDAY_AT_TEN, name=f"until {uniqueid}")
                )
    assert [call.uniqueid for call in await rows(db, company, CallRow)] == ["1"]
    theirs = await rows(db, neighbour, CallRow)
    assert sorted(call.uniqueid for call in theirs) == ["2", "3"]
    assert len({call.pbx_id for call in theirs}) == 2


async def test_wish_at_an_impossible_moment_is_refused_and_the_next_record_is_taken(
    db: Database, company: UUID, mosquitto: Mosquitto
) -> None:
    await add_edge(db, company)
    edge = HandEdge(mosquitto)
    wish = CallbackRequest("7", ANNA, "pressed_1", None, None, None, FRIDAY_AT_TEN)
    fields = json.loads(written(wish, "year 1"))
    async with running(*alive(centre_of(db, mosquitto), edge)):
        await edge.say("callback", json.dumps({**fields, "from_at": "0001-01-01T00:00:00+05:00"}))
        await edge.call("1")
        await until(lambda: edge.committed == ["id-1"])
    ((refusal,),) = [ack.refused for ack in edge.acks if ack.refused]
    assert (refusal.id, refusal.final) == ("year 1", True)
    assert "from_at" in refusal.fault


async def test_unexpected_fault_of_one_record_stops_neither_its_site_nor_others(
    db: Database, company: UUID, mosquitto: Mosquitto
) -> None:
    await add_edge(db, company)
    neighbour = await add_company(db, salon(), FRIDAY_AT_TEN)
    await add_edge(db, neighbour, OTHER_SITE)
    edge, other = HandEdge(mosquitto), HandEdge(mosquitto, OTHER_SITE)
    stopped = True

    def clock() -> datetime:
        if stopped:
            raise RuntimeError("The clock has stopped")
        return system_clock()

    centre = Centre(db, mosquitto.address(CENTRE), clock, FAST)
    async with running(*alive(centre, edge, other)):
        await edge.call("odd")
        await until(lambda: bool(edge.acks))
        stopped = False
        await edge.call("1")
        await other.call("theirs")
        await until(lambda: bool(edge.committed and other.committed))
    ((refusal,),) = [ack.refused for ack in edge.acks if ack.refused]
    assert (refusal.id, refusal.final) == ("id-odd", False)  # the edge keeps it and comes again


async def test_publication_that_is_too_large_is_passed_over_unparsed(
    db: Database, company: UUID, mosquitto: Mosquitto
) -> None:
    await add_edge(db, company)
    edge, centre = HandEdge(mosquitto), centre_of(db, mosquitto)
    with capture_logs() as logs:
        async with running(*alive(centre, edge)):
            for kind in ("call", "answer"):  # as from a broker without a limit
                centre._take(Received(topic(SITE, kind), b"[" * 70_000, 0, None))
            await edge.call("1")
            await until(lambda: edge.committed == ["id-1"])
    assert [entry["size"] for entry in logs if entry["event"] == "record_too_large"] == [70_000] * 2
    assert not any(ack.refused for ack in edge.acks)


async def test_link_that_came_back_while_the_database_was_away_is_not_shown_as_lost(
    db: Database, company: UUID, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    await add_edge(db, company)
    began = system_clock()
    centre = centre_of(db, mosquitto)
    async with open_spool(tmp_path / "spool") as spool:
        edge = Edge(SITE, spool, mosquitto.address(), lambda: None, pace=FAST, resend=Resend(1, 1))
        await spool.keep_link(LinkState(LinkKind.UP, "Connected.", began - timedelta(hours=1)))
        async with running((centre.bus, centre.run), (edge.bus, edge.run)):
            await link_is(db, company, "up")
            await until(lambda: spool.waiting == 0)
            with capture_logs() as logs:
                await rename(db, "pbx", "away")
                await spool.keep_link(
                    LinkState(LinkKind.LOST, "Gone.", began - timedelta(seconds=20))
                )
                await until(lambda: any(entry["event"] == "site_not_read" for entry in logs))
                await spool.keep_link(LinkState(LinkKind.UP, "Back again.", system_clock()))
                await rename(db, "away", "pbx")
            await until(lambda: spool.waiting == 0)
            await link_is(db, company, "up", "Back again.")
            (gap,) = await rows(db, company, GapRow)
    assert gap.to_at is not None


async def test_what_can_not_be_kept_now_is_not_overtaken_by_what_came_with_it(
    db: Database, company: UUID, mosquitto: Mosquitto
) -> None:
    edge, centre = HandEdge(mosquitto), centre_of(db, mosquitto)
    async with running(*alive(centre, edge)):
        for uniqueid in ("1", "2"):
            body = written(missed_call(uniqueid), f"id-{uniqueid}").encode()
            centre._take(Received(topic(SITE, "call"), body, 0, None))
        await until(lambda: bool(edge.acks))
        await add_edge(db, company)
        await edge.call("3")
        await until(lambda: edge.committed == ["id-3"])
    assert [one.id for ack in edge.acks for one in ack.refused] == ["id-1"]
    assert [call.uniqueid for call in await rows(db, company, CallRow)] == ["3"]


async def test_will_shows_the_pbx_as_lost_until_the_edge_is_back(
    db: Database, company: UUID, mosquitto: Mosquitto
) -> None:
    await add_edge(db, company)
    edge = HandEdge(mosquitto)

    clock = HandClock()
    centre = Centre(db, mosquitto.address(CENTRE), clock.now, FAST)
    async with running(*alive(centre, edge)):
        up = LinkState(LinkKind.UP, "Connected to Asterisk.", clock.now())
        await edge.say("state", written_state(up, "s1"))
        await link_is(db, company, "up")

        clock.advance(3600)
        await edge.say("state", last_will())  # as the broker does
        lost = await link_is(db, company, "lost")
        assert "out of reach" in lost.link_text
        (gap,) = await rows(db, company, GapRow)
        assert (gap.from_at, gap.to_at) == (clock.now(), None)

        clock.advance(600)
        await edge.say("state", written_state(up, "s2"))  # only the line had been away
        await link_is(db, company, "up")
        assert not await rows(db, company, GapRow)

        await edge.say("state", last_will())
        await link_is(db, company, "lost")
        clock.advance(600)
        again = LinkState(LinkKind.UP, "Connected to Asterisk.", clock.now())
        await edge.say("state", written_state(again, "s3"))  # the edge had been away
        await link_is(db, company, "up")
        (gap,) = await rows(db, company, GapRow)
        assert gap.to_at == clock.now()


async def test_centre_without_a_line_says_so_of_every_edge_until_it_is_back(
    db: Database, company: UUID, mosquitto: Mosquitto
) -> None:
    await add_edge(db, company)
    edge = HandEdge(mosquitto)
    centre = Centre(db, mosquitto.address(CENTRE), system_clock, FAST, lost_after_s=0.1)

    async with running(*alive(centre, edge)):
        up = LinkState(LinkKind.UP, "Connected to Asterisk.", FRIDAY_AT_TEN)
        await edge.bus.publish(topic(SITE, "state"), written_state(up, "s1"), retain=True)
        await link_is(db, company, "up")
        await mosquitto.stop()
        await link_is(db, company, "unreachable", "is Mosquitto running")
        await mosquitto.start()
        await link_is(db, company, "up")  # what was retained is told again


async def test_nothing_is_acknowledged_while_the_database_is_away_and_all_when_it_is_back(
    db: Database, company: UUID, mosquitto: Mosquitto
) -> None:
    await add_edge(db, company)
    edge = HandEdge(mosquitto)
    other_company = await add_company(db, salon(), FRIDAY_AT_TEN)
    await add_edge(db, other_company, OTHER_SITE)
    other = HandEdge(mosquitto, OTHER_SITE)
    centre = Centre(db, mosquitto.address(CENTRE), system_clock, FAST, stuck_after_s=0.2)
    async with running(*alive(centre, edge, other)):
        await edge.call("1")
        await until(lambda: edge.committed == ["id-1"])
        await rename(db, "call", "away")
        for number in range(2, 40):  # more than the broker sends without acknowledgements
            await edge.call(str(number))
        up = LinkState(LinkKind.UP, "Connected to Asterisk.", FRIDAY_AT_TEN)
        await other.say("state", written_state(up, "theirs"))  # which needs no table of calls
        await until(lambda: other.committed == ["theirs"])
        assert edge.committed == ["id-1"]
        await rename(db, "away", "call")
        await until(lambda: len(edge.committed) == 39, 40)
    assert edge.committed == [f"id-{number}" for number in range(1, 40)]
    assert len(await rows(db, company, CallRow)) == 39


async def test_command_reaches_the_site_and_its_answer_comes_back(
    db: Database, company: UUID, mosquitto: Mosquitto
) -> None:
    edge, other = HandEdge(mosquitto), HandEdge(mosquitto, OTHER_SITE)
    centre = centre_of(db, mosquitto)
    expires_at = system_clock() + timedelta(seconds=60)
    command = Command("c1", CommandKind.SET_VALUE, expires_at, {"key": "offer", "value": "1"})
    async with running(*alive(centre, edge, other)):
        asking = asyncio.create_task(centre.send_command(SITE, command))
        await until(lambda: edge.commands == [command])
        await edge.say("answer", "no answer at all")
        await edge.say("answer", written_answer(Answer("another", True, "Fine.")))
        await other.say("answer", written_answer(Answer("c1", True, "Forged.")))
        await edge.say("answer", written_answer(Answer("c1", True, "Set.")))
        assert await asking == Answer("c1", True, "Set.")

        soon = system_clock() + timedelta(seconds=0.3)
        with pytest.raises(TryAgain, match="did not answer"):
            await centre.send_command(SITE, Command("c2", CommandKind.SET_VALUE, soon))
