"""The line to a real Mosquitto: kept up, acknowledged by hand, each fault a sentence."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from pbx_adapter.edge.bus import Bus, LastWill, Limits, Received
from pbx_adapter.edge.bus_faults import Broker, BrokerRefused, LineDown, MqttVersion
from pbx_adapter.link import Backoff, Pace
from ringback.errors import BadInput, RingbackError
from tests.mosquitto import CENTRE, OTHER_SITE, SITE, Mosquitto
from tests.ports import free_port

FAST = Pace(unreachable=Backoff(0.05, 0.1), refused=Backoff(0.05, 0.1))
CALL, STATE = f"ringback/v1/{SITE}/call", f"ringback/v1/{SITE}/state"
ALL_CALLS = "ringback/v1/+/call"
VERSIONS: tuple[MqttVersion, ...] = ("5", "3.1.1")


@pytest.fixture
async def mosquitto() -> AsyncIterator[Mosquitto]:
    async with Mosquitto() as broker:
        yield broker


class Reader:
    """A line, and what came by it; acknowledges when told to."""

    def __init__(self, broker: Broker, *topics: str, acknowledges: bool = True) -> None:
        self.got: list[bytes] = []
        self.acknowledges = acknowledges
        self.ups = 0
        self.bus = Bus(broker, broker.username, topics, self._take, self._up, pace=FAST)

    def _up(self) -> None:
        self.ups += 1

    def _take(self, received: Received) -> None:
        self.got.append(received.body)
        if self.acknowledges:
            self.bus.acknowledge(received)


async def until(check: Callable[[], bool], within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not check():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(*lines: Bus) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(line.run()) for line in lines]
    try:
        await until(lambda: all(line.is_up for line in lines))
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def try_once(broker: Broker, *topics: str) -> RingbackError:
    return await Bus(broker, broker.username, topics, lambda _: None).live()


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_published_comes_over_tls_with_both_versions(
    mosquitto: Mosquitto, version: MqttVersion
) -> None:
    reader = Reader(mosquitto.address(CENTRE, version), ALL_CALLS)
    writer = Reader(mosquitto.address(SITE, version))
    async with running(reader.bus, writer.bus):
        await asyncio.gather(*(writer.bus.publish(CALL, f"call {n}") for n in range(200)))
        await until(lambda: len(reader.got) == 200)
    assert sorted(reader.got) == sorted(f"call {n}".encode() for n in range(200))


@pytest.mark.parametrize("version", VERSIONS)
async def test_unacknowledged_comes_again_by_the_next_connection_acknowledged_does_not(
    mosquitto: Mosquitto, version: MqttVersion
) -> None:
    writer = Reader(mosquitto.address(SITE, version))
    first = Reader(mosquitto.address(CENTRE, version), ALL_CALLS)
    async with running(writer.bus):
        async with running(first.bus):
            await writer.bus.publish(CALL, "kept")
            await until(lambda: first.got == [b"kept"])
            first.acknowledges = False
            await writer.bus.publish(CALL, "lost")
            await until(lambda: first.got == [b"kept", b"lost"])
        await writer.bus.publish(CALL, "meanwhile")
        second = Reader(mosquitto.address(CENTRE, version), ALL_CALLS)
        async with running(second.bus):
            await until(lambda: len(second.got) >= 2)
    assert second.got == [b"lost", b"meanwhile"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_publication_without_quality_is_read_and_ends_no_line(
    mosquitto: Mosquitto, version: MqttVersion
) -> None:
    reader = Reader(mosquitto.address(CENTRE, version), STATE)
    writer = Reader(mosquitto.address(SITE, version))
    async with running(reader.bus, writer.bus):
        assert writer.bus._client is not None
        writer.bus._client._client.publish(STATE, "now", qos=0)
        writer.bus._client._client.publish(STATE, "for ever", qos=0, retain=True)
        await until(lambda: reader.got == [b"now", b"for ever"])
        await writer.bus.publish(STATE, "after")
        await until(lambda: reader.got[2:] == [b"after"])
    assert reader.ups == 1


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_only_told_is_kept_for_nobody_who_is_away(
    mosquitto: Mosquitto, version: MqttVersion
) -> None:
    writer = Reader(mosquitto.address(SITE, version))
    assert not writer.bus.tell(STATE, "without a line")
    async with running(writer.bus):
        first = Reader(mosquitto.address(CENTRE, version), STATE)
        async with running(first.bus):
            assert writer.bus.tell(STATE, "heard")
            await until(lambda: first.got == [b"heard"])
        assert writer.bus.tell(STATE, "while nobody reads")
        await writer.bus.publish(STATE, "kept")
        second = Reader(mosquitto.address(CENTRE, version), STATE)
        async with running(second.bus):
            assert writer.bus.tell(STATE, "heard again")
            await until(lambda: second.got[-1:] == [b"heard again"])
    assert second.got == [b"kept", b"heard again"]


async def test_reader_that_fails_on_one_publication_gets_the_next(mosquitto: Mosquitto) -> None:
    got: list[bytes] = []

    def take(received: Received) -> None:
        got.append(received.body)
        if received.body == b"odd":
            raise RuntimeError

    line = Bus(mosquitto.address(CENTRE), CENTRE, [ALL_CALLS], take, pace=FAST)
    writer = Reader(mosquitto.address(SITE))
    async with running(line, writer.bus):
        await writer.bus.publish(CALL, "odd")
        await writer.bus.publish(CALL, "even")
        await until(lambda: got == [b"odd", b"even"])


async def test_broker_that_restarts_or_is_killed_is_found_again(mosquitto: Mosquitto) -> None:
    reader = Reader(mosquitto.address(CENTRE), ALL_CALLS)
    writer = Reader(mosquitto.address(SITE))
    async with running(reader.bus, writer.bus):
        for number, kill in enumerate((False, True)):
            await mosquitto.stop(kill=kill)
            await until(lambda: not writer.bus.is_up)
            with pytest.raises(LineDown, match="no line"):
                await writer.bus.publish(CALL, "while it is away")
            await until(lambda: "is Mosquitto running" in writer.bus.text)
            await mosquitto.start()
            await until(lambda: writer.bus.is_up and reader.bus.is_up)
            await writer.bus.publish(CALL, f"after {number}")
            await until(lambda number=number: f"after {number}".encode() in reader.got)  # type: ignore[misc]
        await until(lambda: reader.ups >= 3)
    assert reader.ups == 3


async def test_broker_that_hangs_costs_a_time_out_and_the_will_is_left(
    mosquitto: Mosquitto,
) -> None:
    reader = Reader(mosquitto.address(CENTRE), STATE)
    will = LastWill(STATE, "gone")
    limits = Limits(connect_s=2.0, answer_s=2.0)
    writer = Bus(mosquitto.address(), SITE, (), lambda _: None, will=will, pace=FAST, limits=limits)
    async with running(reader.bus, writer):
        mosquitto.freeze()
        with pytest.raises(LineDown, match="does it hang"):
            await writer.publish(CALL, "never taken")
        await until(lambda: "does not answer" in writer.text)
        mosquitto.thaw()
        await until(lambda: writer.is_up and reader.got == [b"gone"])


async def test_broker_that_hangs_is_noticed_though_nothing_is_published(
    mosquitto: Mosquitto,
) -> None:
    limits = Limits(connect_s=0.5, answer_s=0.5, keepalive_s=1)
    line = Bus(mosquitto.address(), SITE, (), lambda _: None, pace=FAST, limits=limits)
    async with running(line):
        mosquitto.freeze()
        await until(lambda: not line.is_up)
        mosquitto.thaw()
        await until(lambda: line.is_up)


async def test_will_is_published_for_who_vanishes_and_not_for_who_takes_leave(
    mosquitto: Mosquitto,
) -> None:
    reader = Reader(mosquitto.address(CENTRE), STATE)
    will = LastWill(STATE, "gone")
    writer = Bus(mosquitto.address(), SITE, (), lambda _: None, will=will, pace=FAST)
    async with running(reader.bus):
        async with running(writer):
            await writer.publish(STATE, "here", retain=True)
        async with running(writer):
            await writer.publish(STATE, "here again", retain=True)
            assert writer._client is not None
            writer._cut(writer._client, LineDown("as if the power went"))
            await until(lambda: b"gone" in reader.got)
    assert reader.got == [b"here", b"here again", b"gone"]
    later = Reader(mosquitto.address(CENTRE), STATE)
    async with running(later.bus):
        await until(lambda: later.got == [b"gone"])  # retained, for a centre that comes later


@pytest.mark.parametrize("version", VERSIONS)
async def test_site_can_neither_write_nor_read_what_is_anothers(
    mosquitto: Mosquitto, version: MqttVersion
) -> None:
    theirs = f"ringback/v1/{OTHER_SITE}/call"
    intruder = Reader(mosquitto.address(SITE, version), "ringback/v1/#")
    neighbour = Reader(mosquitto.address(OTHER_SITE, version))
    centre = Reader(mosquitto.address(CENTRE, version), ALL_CALLS)
    async with running(intruder.bus, neighbour.bus, centre.bus):
        if version == "5":
            with pytest.raises(BrokerRefused, match=r"does not let user.*write.*acl_file"):
                await intruder.bus.publish(theirs, "forged")
        else:
            await intruder.bus.publish(theirs, "forged")  # 3.1.1 has no word for it
        await neighbour.bus.publish(theirs, "true")
        await intruder.bus.publish(CALL, "own")
        await until(lambda: sorted(centre.got) == [b"own", b"true"])
        await until(lambda: intruder.got == [b"own"])


async def test_wrong_settings_are_told_in_one_sentence_each(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    right = mosquitto.address()
    (tmp_path / "other.crt").write_bytes(Mosquitto().ca_file.read_bytes())
    for wrong, kind, words in (
        (replace(right, password="wrong"), BrokerRefused, "password_file"),
        (replace(right, username="nobody-there"), BrokerRefused, "password_file"),
        (replace(right, ca_file=tmp_path / "other.crt"), LineDown, "not trusted"),
        (replace(right, ca_file=None), LineDown, "not trusted"),
        (replace(right, ca_file=tmp_path / "nowhere"), BadInput, "certificates"),
        (replace(right, host="localhost"), LineDown, "the name in it"),
        (replace(right, host="nohost.invalid"), LineDown, "no host called"),
        (replace(right, port=free_port()), LineDown, "is Mosquitto running"),
    ):
        fault = await try_once(wrong)
        assert isinstance(fault, kind), (words, fault)
        assert words in str(fault), str(fault)
        assert "\n" not in str(fault)


async def test_second_program_under_the_same_name_is_told_of(mosquitto: Mosquitto) -> None:
    one = Bus(mosquitto.address(), SITE, (), lambda _: None)
    two = Bus(mosquitto.address(), SITE, (), lambda _: None)
    live = asyncio.create_task(one.live())
    await until(lambda: one.is_up)
    async with running(two):
        fault = await asyncio.wait_for(live, 20)
    assert isinstance(fault, LineDown)
    assert "let only one run" in str(fault)


@asynccontextmanager
async def answering(connack: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A broker without TLS that answers every CONNECT with these bytes."""
    came: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            came.append(await reader.read(1000))
            writer.write(connack)
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], came
    finally:
        server.close()
        await server.wait_closed()


async def test_broker_of_old_is_spoken_to_in_3_1_1_unless_5_was_asked_for() -> None:
    async with answering(b"\x20\x02\x00\x01") as (port, came):  # unacceptable protocol version
        broker = Broker("127.0.0.1", port, SITE, "word", tls=False)
        line = asyncio.create_task(Bus(broker, SITE, (), lambda _: None, pace=FAST).run())
        await until(lambda: len(came) >= 2)
        line.cancel()
        await asyncio.gather(line, return_exceptions=True)
        assert [connect[8] for connect in came[:2]] == [5, 4]
        fault = await try_once(replace(broker, version="5"))
        assert "does not speak MQTT 5" in str(fault)


async def test_something_else_than_a_broker_is_told_as_such() -> None:
    async with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as (port, _):
        fault = await try_once(Broker("127.0.0.1", port, SITE, "word", tls=False))
    assert isinstance(fault, LineDown)
    assert "\n" not in str(fault)
    async with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as (port, _):
        fault = await try_once(Broker("127.0.0.1", port, SITE, "word"))
    assert "does not speak TLS" in str(fault)


async def test_line_that_is_cancelled_while_it_connects_leaves_nothing_behind(
    mosquitto: Mosquitto,
) -> None:
    mosquitto.freeze()
    line = asyncio.create_task(try_once(mosquitto.address()))
    await asyncio.sleep(0)
    done, _ = await asyncio.wait((line,), timeout=0.2)
    assert not done
    line.cancel()
    await asyncio.wait((line,), timeout=20)
    assert line.cancelled()
    mosquitto.thaw()
