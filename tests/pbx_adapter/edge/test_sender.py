"""The edge sends what is spooled until the centre has it, and does each command once."""

import asyncio
import math
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.commands import Answer, Command, CommandKind, read_answer, written_command
from pbx_adapter.edge.bus import Bus, Received
from pbx_adapter.edge.sender import Edge, Resend
from pbx_adapter.edge.spool import Spool, open_spool
from pbx_adapter.edge.topics import Ack, Refusal, read_state, topic, written_ack
from pbx_adapter.frames import Frame
from pbx_adapter.link import Backoff, LinkKind, LinkState, Pace
from pbx_adapter.player import AmiPlayer
from ringback.clock import system_clock
from ringback.records import as_line, read_call, record_id
from tests.clock import FRIDAY_AT_TEN
from tests.mosquitto import CENTRE, SITE, Mosquitto
from tests.ringback.flow import missed_call

FAST = Pace(unreachable=Backoff(0.05, 0.1), refused=Backoff(0.05, 0.1))
PATIENT = Resend(60, 60)
SECRET = "only-for-tests"


@pytest.fixture
async def mosquitto() -> AsyncIterator[Mosquitto]:
    async with Mosquitto() as broker:
        yield broker


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    async with open_spool(tmp_path / "spool") as opened:
        yield opened


@dataclass
class HandCentre:
    """A centre that a test plays by hand; acknowledges calls when `takes` says so."""

    mosquitto: Mosquitto
    takes: Callable[[str], bool] = lambda _: True
    calls: list[str] = field(default_factory=list)  # Uniqueids as they came
    unanswered: list[str] = field(default_factory=list)  # ids of records
    states: list[LinkState] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._acks: set[asyncio.Task[None]] = set()
        topics = [f"ringback/v1/+/{kind}" for kind in ("call", "callback", "state", "answer")]
        self.bus = Bus(self.mosquitto.address(CENTRE), CENTRE, topics, self._take, pace=FAST)

    async def acknowledge(self, *ids: str, refused: tuple[Refusal, ...] = ()) -> None:
        await self.bus.publish(topic(SITE, "ack"), written_ack(Ack(ids, refused)))

    async def command(self, command: Command | str) -> None:
        body = command if isinstance(command, str) else written_command(command)
        await self.bus.publish(topic(SITE, "command"), body)

    def _take(self, received: Received) -> None:
        self.bus.acknowledge(received)
        known = record_id(received.body)
        match received.topic.rpartition("/")[2]:
            case "answer":
                self.answers.append(read_answer(received.body))
                return
            case "state":
                self.states.append(read_state(received.body, FRIDAY_AT_TEN))
                taken = True
            case _:
                uniqueid = read_call(received.body).uniqueid
                self.calls.append(uniqueid)
                taken = self.takes(uniqueid)
        if taken:
            task = asyncio.ensure_future(self.acknowledge(known))
            self._acks.add(task)
            task.add_done_callback(self._acks.discard)
        else:
            self.unanswered.append(known)


@asynccontextmanager
async def running(*parts: HandCentre | Edge) -> AsyncIterator[None]:
    tasks: list[asyncio.Future[object]] = []
    try:
        for part in parts:  # the centre first: what nobody has subscribed to, the broker drops
            run = part.run() if isinstance(part, Edge) else part.bus.run()
            tasks.append(asyncio.ensure_future(run))
            await until(lambda part=part: part.bus.is_up)  # type: ignore[misc]
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(check: Callable[[], bool], within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not check():
            await asyncio.sleep(0.01)


def edge_of(
    spool: Spool,
    mosquitto: Mosquitto,
    connection: AmiConnection | None = None,
    resend: Resend = PATIENT,
) -> Edge:
    return Edge(SITE, spool, mosquitto.address(), lambda: connection, system_clock, FAST, resend)


async def test_what_waited_for_a_day_goes_out_in_order_and_leaves_the_spool(
    spool: Spool, mosquitto: Mosquitto
) -> None:
    numbers = [str(number) for number in range(150)]
    for number in numbers:
        await spool.keep_call(missed_call(number))
    centre = HandCentre(mosquitto)
    async with running(centre, edge_of(spool, mosquitto)):
        await until(lambda: spool.waiting == 0)
        assert centre.calls == numbers
        await spool.keep_call(missed_call("new"))
        await until(lambda: centre.calls == [*numbers, "new"] and spool.waiting == 0)


async def test_centre_that_comes_for_the_first_time_finds_what_was_published_before(
    spool: Spool, mosquitto: Mosquitto
) -> None:
    await spool.keep_call(missed_call("1"))
    centre = HandCentre(mosquitto)
    with structlog.testing.capture_logs() as logs:
        async with running(edge_of(spool, mosquitto)):
            await until(lambda: logs[-1]["event"] == "edge_not_heard")
            assert "has not connected" in logs[-1]["text"]
            async with running(centre):
                await until(lambda: spool.waiting == 0)
    assert centre.calls == ["1"]


async def test_only_a_window_is_under_way_without_an_acknowledgement(
    spool: Spool, mosquitto: Mosquitto
) -> None:
    for number in range(50):
        await spool.keep_call(missed_call(str(number)))
    centre = HandCentre(mosquitto, takes=lambda _: False)
    async with running(centre, edge_of(spool, mosquitto)):
        await until(lambda: len(centre.calls) == 20)
        await centre.acknowledge(*centre.unanswered[:5])
        await until(lambda: len(centre.calls) >= 24)  # the state of the link is a record too
        assert len(centre.calls) <= 25
        assert spool.waiting == 46


async def test_unacknowledged_is_sent_again_after_a_while_and_the_silence_told(
    spool: Spool, mosquitto: Mosquitto
) -> None:
    await spool.keep_call(missed_call("1"))
    centre = HandCentre(mosquitto)
    centre.takes = lambda _: len(centre.calls) > 3
    edge = edge_of(spool, mosquitto, resend=Resend(0.1, 0.2))
    async with running(centre, edge):
        await until(lambda: spool.waiting == 0)
    assert centre.calls[:4] == ["1"] * 4


async def test_unacknowledged_is_sent_again_when_the_line_comes_back(
    spool: Spool, mosquitto: Mosquitto
) -> None:
    await spool.keep_call(missed_call("1"))
    centre = HandCentre(mosquitto)
    centre.takes = lambda _: len(centre.calls) > 1
    async with running(centre, edge_of(spool, mosquitto)):
        await until(lambda: centre.calls == ["1"])
        await mosquitto.restart(kill=True)
        await until(lambda: spool.waiting == 0)
    assert set(centre.calls) == {"1"}


async def test_refused_record_stays_aside_and_the_others_go_on(
    spool: Spool, mosquitto: Mosquitto
) -> None:
    await spool.keep_link(LinkState(LinkKind.UP, "Connected.", FRIDAY_AT_TEN))
    for number in ("1", "bad", "2"):
        await spool.keep_call(missed_call(number))
    centre = HandCentre(mosquitto, takes=lambda uniqueid: uniqueid != "bad")
    async with running(centre, edge_of(spool, mosquitto)):
        await until(lambda: bool(centre.unanswered))
        refusal = Refusal(centre.unanswered[0], "The record's did is wrong.", final=True)
        await centre.acknowledge(refused=(refusal, Refusal("unknown", "What?", final=True)))
        await until(lambda: spool.waiting == 0 and spool.refused == 1)
        await until(lambda: "refused 1 record" in centre.states[-1].text)
    assert centre.calls == ["1", "bad", "2"]


async def test_record_that_no_broker_takes_is_put_aside_and_the_others_go_on(
    spool: Spool, mosquitto: Mosquitto
) -> None:
    await spool.keep_call(replace(missed_call("large"), rang=("PJSIP/101",) * 7_000))
    await spool.keep_call(missed_call("1"))
    centre = HandCentre(mosquitto)
    async with running(centre, edge_of(spool, mosquitto)):
        await until(lambda: spool.waiting == 0)
    assert (centre.calls, spool.refused) == (["1"], 1)


@pytest.mark.parametrize(
    "told",
    [
        '{"v":1,"ids":["\\ud800"]}',
        '{"v":1,"refused":[{"id":"x","fault":"\\ud800","final":true}]}',
        "no acknowledgement",
    ],
)
async def test_acknowledgement_that_can_not_be_read_is_passed_over(
    spool: Spool, mosquitto: Mosquitto, told: str
) -> None:
    centre = HandCentre(mosquitto)
    async with running(centre, edge_of(spool, mosquitto)):
        with structlog.testing.capture_logs() as logs:
            await centre.bus.publish(topic(SITE, "ack"), told)
            await until(lambda: any(entry["event"] == "edge_can_not_read" for entry in logs))
        await spool.keep_call(missed_call("1"))
        await until(lambda: spool.waiting == 0)
    assert centre.calls == ["1"]


async def test_site_that_the_centre_does_not_know_keeps_its_records(
    spool: Spool, mosquitto: Mosquitto
) -> None:
    await spool.keep_call(missed_call("1"))
    centre = HandCentre(mosquitto, takes=lambda _: False)
    edge = edge_of(spool, mosquitto, resend=Resend(0.2, 0.4))
    async with running(centre, edge):
        await until(lambda: bool(centre.unanswered))
        await centre.acknowledge(refused=(Refusal(centre.unanswered[0], "No such site.", False),))
        centre.takes = lambda _: True
        await until(lambda: spool.waiting == 0)
    assert spool.refused == 0


async def test_state_is_told_at_each_connection_and_a_farewell_at_the_end(
    spool: Spool, mosquitto: Mosquitto
) -> None:
    await spool.keep_link(LinkState(LinkKind.UP, "Connected.", FRIDAY_AT_TEN))
    centre = HandCentre(mosquitto)
    async with running(centre):
        async with running(edge_of(spool, mosquitto)):
            await until(lambda: spool.waiting == 0)
            assert [state.kind for state in centre.states] == [LinkKind.UP]
        await until(lambda: centre.states[-1].kind is LinkKind.LOST)
        assert "stopped" in centre.states[-1].text
        async with running(edge_of(spool, mosquitto)):
            await until(lambda: centre.states[-1].kind is LinkKind.UP)


@dataclass
class Pbx:
    """An Asterisk that takes DBPut and Originate, and may keep its answer back."""

    put: list[str] = field(default_factory=list)
    rung: list[str] = field(default_factory=list)  # numbers, by those who are to ring them
    answers: bool = True

    def _put(self, action: Frame) -> Iterable[Frame]:
        self.put.append(action["Val"])
        if self.answers:
            yield {"Response": "Success", "Message": "Updated database successfully"}

    def _originate(self, action: Frame) -> Iterable[Frame]:
        self.rung.append(action["Exten"])
        if self.answers:
            yield {"Response": "Success", "Message": "Originate successfully queued"}

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[AmiConnection]:
        answers = {"DBPut": self._put, "Originate": self._originate}
        async with AmiPlayer("ringback", SECRET, answers=answers) as player:
            connection = AmiConnection(PbxAddress("127.0.0.1", player.port, "ringback", SECRET))
            await connection.connect()
            try:
                yield connection
            finally:
                await connection.close()


def set_value(command_id: str, value: str, in_s: float = 60) -> Command:
    expires_at = system_clock() + timedelta(seconds=in_s)
    return Command(command_id, CommandKind.SET_VALUE, expires_at, {"key": "offer", "value": value})


def call_back(command_id: str, number: str) -> Command:
    expires_at = system_clock() + timedelta(seconds=60)
    fields = {"phone": "PJSIP/101", "number": number}
    return Command(command_id, CommandKind.CALL_BACK, expires_at, fields)


async def test_call_is_made_once_however_often_it_comes_also_after_a_restart(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    pbx, centre = Pbx(), HandCentre(mosquitto)
    async with running(centre), pbx.connected() as connection:
        for restart in range(2):
            async with (
                open_spool(tmp_path) as spool,
                running(edge_of(spool, mosquitto, connection)),
            ):
                for _ in range(3):
                    await centre.command(call_back("c1", "0701740605"))
                await centre.command(call_back(f"other-{restart}", "0701740606"))
                await until(lambda: len({one.id for one in centre.answers}) == restart + 2)  # noqa: B023
    assert pbx.rung == ["0701740605", "0701740606", "0701740606"]
    assert {one.done for one in centre.answers} == {True}
    assert len({one.text for one in centre.answers}) == 1


async def test_expired_unreadable_and_impossible_commands_are_answered_and_not_done(
    spool: Spool, mosquitto: Mosquitto
) -> None:
    pbx, centre = Pbx(), HandCentre(mosquitto)
    async with (
        pbx.connected() as connection,
        running(centre, edge_of(spool, mosquitto, connection)),
    ):
        began = system_clock()
        await centre.command(set_value("late", "1", in_s=-5))
        await centre.command(as_line({"id": "odd", "kind": "explode"}))
        await centre.command(set_value("crlf", "1\r\nAction: Originate"))
        await until(lambda: len(centre.answers) == 3)
        await connection.close()
        await centre.command(set_value("down", "1"))
        await until(lambda: len(centre.answers) == 4)
    answers = {answer.id: answer for answer in centre.answers}
    late = re.search(r"came (\d+) s too late", answers["late"].text)
    assert late is not None
    assert 5 <= int(late[1]) <= 5 + math.ceil((system_clock() - began).total_seconds())
    assert "kind is wrong" in answers["odd"].text
    assert "line break" in answers["crlf"].text
    assert "no connection to the PBX" in answers["down"].text
    assert not any(answer.done for answer in answers.values())
    assert all(answer.known for answer in answers.values())
    assert pbx.put == []


async def test_value_is_set_as_often_as_it_is_told(spool: Spool, mosquitto: Mosquitto) -> None:
    """Offers are told every half minute; none is remembered."""
    pbx, centre = Pbx(), HandCentre(mosquitto)
    async with (
        pbx.connected() as connection,
        running(centre, edge_of(spool, mosquitto, connection)),
    ):
        for _ in range(2):
            await centre.command(set_value("c1", "20 %"))
        await until(lambda: len(centre.answers) == 2)
    assert pbx.put == ["20 %", "20 %"]


async def test_call_that_a_restart_cut_is_not_done_again_and_said_to_be_unknown(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    pbx, centre = Pbx(answers=False), HandCentre(mosquitto)
    async with running(centre), pbx.connected() as connection:
        async with open_spool(tmp_path) as spool, running(edge_of(spool, mosquitto, connection)):
            await centre.command(call_back("c1", "0701740605"))
            await until(lambda: bool(pbx.rung))
        async with open_spool(tmp_path) as spool, running(edge_of(spool, mosquitto, connection)):
            await until(lambda: bool(centre.answers))  # the broker sent it again
    assert pbx.rung == ["0701740605"]
    (answer,) = centre.answers
    assert (answer.done, answer.known) == (False, False)
