"""The queues beside an edge: only what the centre has asked for is known, and only while it is heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.channels import Channels
from pbx_adapter.queues.at_site import WATCH_FOR_S, SiteQueues
from pbx_adapter.queues.snapshot import Seen, ToWatch, Watch
from pbx_adapter.site import Site
from tests.clock import HandClock
from tests.pbx_adapter.queues.office import until
from tests.pbx_adapter.queues.queue_pbx import SECRET, USER, QueuePbx

MEMBER = {
    "Event": "QueueMember",
    "Location": "PJSIP/101",
    "Status": "1",
    "Paused": "0",
    "InCall": "0",
}
WAITS = {"Event": "QueueEntry", "Queue": "401", "Uniqueid": "1.1", "Wait": "90"}
WATCH = Watch((ToWatch("401", 900),))


@pytest.fixture
async def pbx() -> AsyncIterator[QueuePbx]:
    it = QueuePbx()
    async with it.player:
        yield it


class Beside:
    """An edge's view of its PBX, which a test lets hear and watch."""

    def __init__(self, pbx: QueuePbx, clock: HandClock, watch_for_s: float = WATCH_FOR_S) -> None:
        self.channels = Channels(Site())
        self.clock = clock
        self.queues = SiteQueues(lambda: self.channels, clock.now, 0.05, watch_for_s)
        self._pbx = pbx

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        connection = AmiConnection(PbxAddress("127.0.0.1", self._pbx.player.port, USER, SECRET))
        await connection.connect()

        async def hear() -> None:
            async for _, frame in connection.events():
                self.queues.take(frame, self.clock.now().timestamp())

        tasks = [asyncio.create_task(hear()), asyncio.create_task(self.queues.run(connection))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await connection.close()

    async def is_seen(self, *wanted: Seen) -> None:
        async def is_so() -> bool:
            return self.queues.snapshot().queues == wanted

        await until(is_so, f"{wanted} is seen")


async def test_queue_is_known_once_it_is_watched_and_not_while_the_pbx_is_not_heard(
    pbx: QueuePbx, clock: HandClock
) -> None:
    pbx.entries = {"401": [WAITS, MEMBER], "other": [{**WAITS, "Queue": "other"}]}
    beside, arrived_s = Beside(pbx, clock), clock.now().timestamp() - 90
    async with beside.connected():
        assert beside.queues.snapshot().queues == ()
        beside.queues.watch(WATCH)
        assert beside.queues.snapshot().queues == ()  # the PBX has not told of it yet
        await beside.is_seen(Seen("401", 1, (arrived_s,), 0.0, 1))
        await pbx.tell(Event="Hangup", Uniqueid="1.1")
        await beside.is_seen(Seen("401", 0, (), 90.0, 1))
    assert beside.queues.snapshot().queues == ()
    async with beside.connected():
        await beside.is_seen(Seen("401", 1, (arrived_s,), 90.0, 1))


async def test_of_the_phones_that_are_asked_for_those_in_no_call_and_not_paused_are_idle(
    pbx: QueuePbx, clock: HandClock
) -> None:
    paused = {**MEMBER, "Location": "Local/103@from-queue/n", "Paused": "1"}
    pbx.entries = {"401": [MEMBER, paused]}
    beside = Beside(pbx, clock)
    phones = tuple(f"PJSIP/{number}" for number in (101, 102, 103, 104))
    beside.queues.watch(Watch((ToWatch("401", 900, phones),)))
    async with beside.connected():
        await beside.is_seen(Seen("401", members=2, idle=("PJSIP/101", "PJSIP/102", "PJSIP/104")))
        rung = beside.queues.bell.heard()
        for phone in ("PJSIP/102-1", "PJSIP/999-1"):
            frame = {"Event": "Newchannel", "Uniqueid": phone, "Channel": phone}
            beside.channels.appeared(frame)
            beside.queues.take(frame, 0)
        assert beside.queues.bell.heard() == rung + 1  # nobody has asked for the other
        await beside.is_seen(Seen("401", members=2, idle=("PJSIP/101", "PJSIP/104")))


async def test_watch_that_is_not_repeated_is_over_and_nobody_hears_of_an_offer_any_more(
    pbx: QueuePbx, clock: HandClock
) -> None:
    beside = Beside(pbx, clock, watch_for_s=0.6)
    watch = Watch((ToWatch("401", 900, offered="on"),))

    async def speaks(language: str) -> None:
        async def is_so() -> bool:
            return pbx.language("1.1") == language

        await until(is_so, f"the caller's channel speaks {language}")

    async with beside.connected():
        await pbx.join("1.1", "401")
        beside.queues.watch(watch)
        await speaks("sv_offer")
        await speaks("sv")
        assert beside.queues.snapshot().queues == ()
        beside.queues.watch(watch)
        await speaks("sv_offer")


@pytest.mark.parametrize(
    ("offered", "hears"),
    [("on", "sv_offer"), ("off", "sv"), ("never", "sv_offer"), ("as_it_is", "sv_offer")],
)
async def test_caller_whose_channel_speaks_an_offer_from_before_keeps_it_unless_it_is_off(
    pbx: QueuePbx, clock: HandClock, offered: str, hears: str
) -> None:
    beside = Beside(pbx, clock)
    queue = ToWatch("401", 900, offered=offered)  # type: ignore[arg-type]
    async with beside.connected():
        await pbx.join("1.1", "401", "sv_offer")
        await pbx.join("1.2", "402")
        beside.queues.watch(Watch((queue, ToWatch("402", 900, offered="on"))))

        async def others_are_told() -> bool:
            return pbx.language("1.2") == "sv_offer"

        await until(others_are_told, "callers of the next queue are told")
    assert pbx.language("1.1") == hears


async def test_user_who_may_not_speak_to_callers_hears_of_the_queue_all_the_same(
    pbx: QueuePbx, clock: HandClock
) -> None:
    beside = Beside(pbx, clock)
    pbx.may_speak = False
    async with beside.connected():
        await pbx.join("1.1", "401")
        beside.queues.watch(Watch((ToWatch("401", 900, offered="on"),)))
        await beside.is_seen(Seen("401", 1, (clock.now().timestamp(),)))
        await pbx.tell(Event="Hangup", Uniqueid="1.1")
        await beside.is_seen(Seen("401"))


async def test_queue_that_the_pbx_does_not_tell_of_is_not_known_and_hides_no_other(
    pbx: QueuePbx, clock: HandClock
) -> None:
    pbx.odd = {"odd"}
    beside = Beside(pbx, clock)
    beside.queues.watch(Watch((ToWatch("odd", 900), ToWatch("401", 900))))
    async with beside.connected():
        await beside.is_seen(Seen("401"))
