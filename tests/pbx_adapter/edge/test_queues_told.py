"""What an edge tells of its PBX's queues comes to the centre over a real Mosquitto, and ends there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.channels import Channels
from pbx_adapter.edge.bus import Bus, Received
from pbx_adapter.edge.bus_faults import MqttVersion
from pbx_adapter.edge.centre import Centre
from pbx_adapter.edge.sender import Edge
from pbx_adapter.edge.spool import open_spool
from pbx_adapter.edge.topics import topic
from pbx_adapter.link import Backoff, Pace
from pbx_adapter.queues.at_site import SiteQueues
from pbx_adapter.queues.snapshot import Seen, ToWatch, Watch, written_watch
from pbx_adapter.site import Site
from ringback.db import Database
from tests.clock import HandClock
from tests.mosquitto import CENTRE, SITE, Mosquitto
from tests.pbx_adapter.queues.queue_pbx import SECRET, USER, QueuePbx

FAST = Pace(unreachable=Backoff(0.05, 0.1), refused=Backoff(0.05, 0.1))
VERSIONS: tuple[MqttVersion, ...] = ("5", "3.1.1")
WATCH = Watch((ToWatch("401", 900),))
MEMBER = {"Event": "QueueMember", "Location": "PJSIP/101", "Status": "1"}
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.fixture
async def mosquitto() -> AsyncIterator[Mosquitto]:
    async with Mosquitto() as broker:
        yield broker


@pytest.fixture
async def pbx() -> AsyncIterator[QueuePbx]:
    it = QueuePbx(entries={"401": [MEMBER]})
    async with it.player:
        yield it


@asynccontextmanager
async def running(bus: Bus, run: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(run())
    try:
        await until(lambda: bus.is_up)
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(check: Callable[[], bool], within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not check():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def site(
    pbx: QueuePbx, mosquitto: Mosquitto, clock: HandClock, folder: Path, version: MqttVersion
) -> AsyncIterator[Edge]:
    """An edge that hears the PBX."""
    queues = SiteQueues(lambda: Channels(Site()), clock.now, 0.05)
    connection = AmiConnection(PbxAddress("127.0.0.1", pbx.player.port, USER, SECRET))
    await connection.connect()

    async def hear() -> None:
        async for _, frame in connection.events():
            queues.take(frame, clock.now().timestamp())

    tasks = [asyncio.create_task(hear()), asyncio.create_task(queues.run(connection))]
    try:
        async with open_spool(folder / "spool", clock=clock.now) as spool:
            address = mosquitto.address(SITE, version)
            edge = Edge(SITE, spool, address, lambda: None, clock.now, FAST, queues=queues)
            async with running(edge.bus, edge.run):
                yield edge
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await connection.close()


def seen(centre: Centre) -> Seen | None:
    sight = centre.sight(SITE)
    return sight.get("401") if sight else None


@pytest.mark.parametrize("version", VERSIONS)
async def test_centre_sees_the_queues_it_asks_for_until_the_edge_takes_leave(
    db: Database,
    clock: HandClock,
    mosquitto: Mosquitto,
    pbx: QueuePbx,
    tmp_path: Path,
    version: MqttVersion,
) -> None:
    centre = Centre(db, mosquitto.address(CENTRE, version), clock.now, FAST)
    now_s = clock.now().timestamp()
    async with running(centre.bus, centre.run):
        async with site(pbx, mosquitto, clock, tmp_path, version):
            await until(lambda: centre.sight(SITE) is not None)  # it says that it is there
            assert seen(centre) is None
            centre.watch(SITE, WATCH)
            await until(lambda: seen(centre) == Seen("401", members=1))
            await pbx.join("1.1", "401")
            await until(lambda: seen(centre) == Seen("401", 1, (now_s,), 0.0, 1))
            await mosquitto.restart(kill=True)
            clock.advance(31)
            assert centre.sight(SITE) is None
            await until(lambda: seen(centre) == Seen("401", 1, (now_s,), 0.0, 1))
        await until(lambda: centre.sight(SITE) is not None and seen(centre) is None)


@pytest.mark.parametrize("version", VERSIONS)
async def test_edge_that_the_centre_asks_nothing_tells_nothing(
    db: Database,
    clock: HandClock,
    mosquitto: Mosquitto,
    pbx: QueuePbx,
    tmp_path: Path,
    version: MqttVersion,
) -> None:
    got: list[bytes] = []

    def take(received: Received) -> None:
        got.append(received.body)

    centre = Bus(mosquitto.address(CENTRE, version), CENTRE, [topic(SITE, "queues")], take)
    async with running(centre, centre.run), site(pbx, mosquitto, clock, tmp_path, version) as edge:
        for number in range(20):
            await pbx.join(f"1.{number}", "401")
        await edge.bus.publish(topic(SITE, "check"), "")
        await until(lambda: len(got) == 1)
        another = Bus(mosquitto.address(SITE, version), SITE, [], lambda _: None)
        await another.live()  # takes the line over, until the edge takes it back
        await until(lambda: len(got) == 2)  # it says again that it is there
        with capture_logs() as logs:  # an older or damaged centre's
            for body in ("[]", '{"v":1,"queues":[{"name":7}]}'):
                await centre.publish(topic(SITE, "watch"), body)
            told = "edge_can_not_read"
            await until(lambda: [entry["event"] for entry in logs].count(told) == 2)
        await centre.publish(topic(SITE, "watch"), written_watch(WATCH))
        await until(lambda: b'"401"' in got[-1])
    assert all(b'"queues":[]' in body for body in got[:2])
    assert not any(word in body for body in got for word in (b"trunk", b"1.1", b"PJSIP"))


async def test_site_that_has_too_much_to_tell_is_not_known_and_says_so_once(
    db: Database, clock: HandClock, mosquitto: Mosquitto, pbx: QueuePbx, tmp_path: Path
) -> None:
    names = [f"{number:080d}" for number in range(100)]
    phones = tuple(f"PJSIP/{number:074d}" for number in range(5))
    waits = [{"Event": "QueueEntry", "Queue": "", "Uniqueid": ""}] * 12
    pbx.entries = {
        name: [{**one, "Uniqueid": f"{name}.{n}"} for n, one in enumerate(waits)] for name in names
    }
    pbx.entries["401"] = [MEMBER]
    for queue, entries in pbx.entries.items():
        pbx.entries[queue] = [{**one, "Queue": queue} for one in entries]
    centre = Centre(db, mosquitto.address(CENTRE), clock.now, FAST)
    with capture_logs() as logs:
        async with running(centre.bus, centre.run), site(pbx, mosquitto, clock, tmp_path, "5"):
            await until(lambda: centre.sight(SITE) is not None)
            centre.watch(SITE, Watch(tuple(ToWatch(name, 900, phones) for name in names)))
            await until(lambda: any(entry["event"] == "queues_too_large" for entry in logs))
            centre.watch(SITE, Watch(tuple(ToWatch(name, 900, phones * 9) for name in names)))
            centre.watch(SITE, WATCH)
            await until(lambda: seen(centre) == Seen("401", members=1))
    told = [entry["event"] for entry in logs if entry["log_level"] == "error"]
    assert told == ["queues_too_large", "watch_too_large"]


async def test_word_that_can_not_be_read_is_refused_and_the_next_one_taken(
    db: Database, clock: HandClock, mosquitto: Mosquitto
) -> None:
    centre = Centre(db, mosquitto.address(CENTRE), clock.now, FAST)
    edge = Bus(mosquitto.address(SITE), SITE, [], lambda _: None)
    now_s = clock.now().timestamp()
    good = f'{{"v":1,"at_s":{now_s},"queues":[{{"name":"401"}}]}}'
    queues = topic(SITE, "queues")
    async with running(centre.bus, centre.run), running(edge, edge.run):
        with capture_logs() as logs:
            await edge.publish(queues, good)
            await until(lambda: seen(centre) == Seen("401"))
            await edge.publish(queues, '{"v":1}')
            await until(lambda: centre.sight(SITE) is None)
            centre._take(Received(queues, b"[" * 70_000, 0, None))  # from a broker without a limit
            await edge.publish(queues, good)
            await until(lambda: seen(centre) == Seen("401"))
    refused = [e["event"] for e in logs if e["log_level"] == "error"]
    assert refused == ["queues_unreadable", "record_too_large"]
