"""panoramisk's known faults, row by row: none of them reaches us."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from pbx_adapter.ami import Fields
from pbx_adapter.ami_connection import AmiConnection, Limits
from pbx_adapter.ami_faults import ActionRefused, NotPermitted, NotSent, Unanswered, Unreachable
from pbx_adapter.frames import Frame, FrameTooLong
from pbx_adapter.player import AmiPlayer
from ringback.errors import BadInput
from tests.fakes import ami_server
from tests.fakes.ami_server import SECRET, Peer, Script, address, scripted_ami
from tests.ports import free_port


@asynccontextmanager
async def connected_to(port: int, limits: Limits | None = None) -> AsyncIterator[AmiConnection]:
    connection = AmiConnection(address(port), limits)
    await connection.connect()
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def talking_with(script: Script) -> AsyncIterator[AmiConnection]:
    async with scripted_ami(script) as server, connected_to(server.port) as connection:
        yield connection


def answering(*replies: Callable[[Peer, Frame], None]) -> Script:
    async def script(peer: Peer) -> None:
        await peer.let_in()
        for reply in replies:
            reply(peer, await peer.action())
        await peer.ignore_all()

    return script


def success(message: str) -> Callable[[Peer, Frame], None]:
    return lambda peer, action: peer.respond(action, "Response: Success", f"Message: {message}")


async def all_events(connection: AmiConnection) -> list[Frame]:
    return [frame async for _, frame in connection.events()]


async def next_event(connection: AmiConnection) -> Frame:
    async for _, frame in connection.events():
        return frame
    raise AssertionError(f"the connection ended: {connection.ended}")


@pytest.mark.parametrize("fields", [{}, {"Async": "false"}, {"async": "no"}])
async def test_originate_is_asynchronous_whatever_is_asked(fields: Fields) -> None:
    async with AmiPlayer("ringback", SECRET) as player, connected_to(player.port) as connection:
        await connection.action("Originate", {"Channel": "PJSIP/101", **fields})
        sent = player.received[-1]
        assert sent["Action"] == "Originate"
        assert [sent[key] for key in sent if key.lower() == "async"] == ["true"]


async def test_originate_is_answered_when_queued_and_its_outcome_is_an_event() -> None:
    async with AmiPlayer("ringback", SECRET) as player, connected_to(player.port) as connection:
        answer = await connection.action(
            "Originate", {"Channel": "PJSIP/101", "ActionID": "job-42", "ChannelId": "rb-job42"}
        )
        assert [frame["Message"] for frame in answer] == ["Originate successfully queued"]
        async for _, frame in connection.events():
            if frame["Event"] == "OriginateResponse":
                assert (frame["ActionID"], frame["Uniqueid"]) == ("job-42", "rb-job42")
                break


async def test_outcome_that_overtakes_the_response_is_still_an_event() -> None:
    def overtaken(peer: Peer, action: Frame) -> None:
        peer.respond(action, "Event: OriginateResponse", "Response: Failure")
        peer.respond(action, "Response: Success", "Message: Originate successfully queued")

    async with talking_with(answering(overtaken)) as connection:
        answer = await connection.action("Originate", {"Channel": "PJSIP/101"})
        assert [frame["Response"] for frame in answer] == ["Success"]
        assert (await next_event(connection))["Event"] == "OriginateResponse"


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("PlayDTMF", "DTMF successfully queued"),
        ("QueueAdd", "Added interface to queue"),
        ("Reload", "Module Reloaded, details will follow"),
    ],
)
async def test_response_whose_words_promise_more_is_a_whole_answer(
    action: str, message: str
) -> None:
    async with talking_with(answering(success(message))) as connection:
        answer = await connection.action(action)
        assert [frame["Message"] for frame in answer] == [message]
        assert connection.ended is None


async def test_list_is_answered_whole_while_other_events_pass_by() -> None:
    def channels(peer: Peer, action: Frame) -> None:
        peer.respond(action, "Response: Success", "EventList: start")
        peer.respond(action, "Event: CoreShowChannel", "Uniqueid: 1.1")
        peer.frame("Event: Newchannel", "Uniqueid: 1.3")
        peer.respond(action, "Event: CoreShowChannel", "Uniqueid: 1.2")
        peer.respond(action, "Event: CoreShowChannelsComplete", "EventList: Complete")

    async with talking_with(answering(channels)) as connection:
        answer = await connection.action("CoreShowChannels")
        assert [frame.get("Uniqueid") for frame in answer] == [None, "1.1", "1.2", None]
        # This list alone is among the events too, at the place where it is true.
        events = [await next_event(connection) for _ in range(4)]
        assert [event.get("Uniqueid") for event in events] == ["1.1", "1.3", "1.2", None]


async def test_answers_in_another_order_reach_who_asked() -> None:
    async def script(peer: Peer) -> None:
        await peer.let_in()
        first, second = await peer.action(), await peer.action()
        for action in (second, first):
            peer.respond(action, "Response: Success", f"Message: {action['Key']}")
        await peer.ignore_all()

    async with talking_with(script) as connection:
        answers = await asyncio.gather(
            *(connection.action("DBGet", {"Key": key}) for key in ("one", "two"))
        )
        assert [answer[0]["Message"] for answer in answers] == ["one", "two"]


async def test_unanswered_action_times_out_and_its_late_answer_disturbs_nobody() -> None:
    waiting: list[Frame] = []

    def late(peer: Peer, action: Frame) -> None:
        peer.respond(waiting[0], "Response: Success", "Message: late")
        peer.respond(action, "Response: Success", "Message: in time")
        peer.frame("Event: Hangup", "Uniqueid: 1.1")

    script = answering(lambda _, action: waiting.append(action), late)
    async with talking_with(script) as connection:
        with pytest.raises(Unanswered, match=r"did not answer QueuePause within 0\.05 s"):
            await connection.action("QueuePause", {"ActionID": "a-1"}, timeout_s=0.05)
        answer = await connection.action("QueuePause", {"ActionID": "a-2"})
        assert answer[0]["Message"] == "in time"
        assert (await next_event(connection))["Event"] == "Hangup"


async def test_action_id_is_free_again_after_a_time_out_but_not_before() -> None:
    async with talking_with(ami_server.falls_silent) as connection:
        first = asyncio.create_task(connection.action("Ping", {"ActionID": "same"}, timeout_s=0.05))
        await asyncio.sleep(0)
        with pytest.raises(BadInput, match="still waiting"):
            await connection.action("Ping", {"ActionID": "same"})
        with pytest.raises(Unanswered):
            await first
        with pytest.raises(Unanswered):
            await connection.action("Ping", {"ActionID": "same"}, timeout_s=0.05)


async def test_connection_cut_while_an_action_waits_answers_at_once_that_it_is_unknown() -> None:
    def cut(peer: Peer, _: Frame) -> None:
        peer.cut()

    async with talking_with(answering(cut)) as connection:
        with pytest.raises(Unanswered, match="ended the connection"):
            await connection.action("Originate", {"Channel": "PJSIP/101"}, timeout_s=60)


async def test_action_without_connection_is_not_sent_then_or_later() -> None:
    async with AmiPlayer("ringback", SECRET) as player:
        never = AmiConnection(address(player.port))
        with pytest.raises(NotSent):
            await never.action("Originate", {"Channel": "PJSIP/101"})
        async with connected_to(player.port) as lost:
            player.cut()
            await all_events(lost)
            with pytest.raises(NotSent, match="Originate was not sent"):
                await lost.action("Originate", {"Channel": "PJSIP/101"})
        async with connected_to(player.port) as again:
            await again.action("Ping")
        assert "Originate" not in [action["Action"] for action in player.received]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("Originate\r\nAction: Command", {}),
        ("Originate", {"Channel": "PJSIP/101\r\n\r\nAction: Command\r\nCommand: stop now"}),
        ("Originate", {"CallerID": "0701740605\nAsync: false"}),
        ("Originate", {"Variable": ["A=1", "B=2\rX: y"]}),
        ("Originate", {"Channel\r\nX": "y"}),
        ("Originate", {"Channel: PJSIP/101": "y"}),
        ("Originate", {"": "y"}),
        ("Originate", {"Data": "a\0b"}),
        ("Originate", {"Data": "half a pair \ud83d"}),
        ("Originate", {"Data": "x" * 1017}),
    ],
)
async def test_field_that_would_become_something_else_is_refused_and_nothing_is_sent(
    name: str, fields: Fields
) -> None:
    async with AmiPlayer("ringback", SECRET) as player, connected_to(player.port) as connection:
        with pytest.raises(BadInput):
            await connection.action(name, fields)
        await connection.action("Ping")
        sent = [action["Action"] for action in player.received]
        assert sent == ["Challenge", "Login", "Ping"]


async def test_line_as_long_as_asterisk_takes_is_sent() -> None:
    async with AmiPlayer("ringback", SECRET) as player, connected_to(player.port) as connection:
        await connection.action("Originate", {"Channel": "PJSIP/101", "Data": "x" * 1016})
        assert player.received[-1]["Data"] == "x" * 1016


async def test_several_values_of_a_field_are_sent_as_several_headers() -> None:
    async with AmiPlayer("ringback", SECRET) as player, connected_to(player.port) as connection:
        await connection.action("Originate", {"Channel": "PJSIP/101", "Variable": ["A=1", "B=å"]})
        assert player.received[-1]["Variable"] == "A=1\nB=å"


async def test_name_split_within_a_character_arrives_whole() -> None:
    async with talking_with(ami_server.splits_characters) as connection:
        assert (await next_event(connection))["CallerIDName"] == "Åsa Müller"


async def test_name_in_latin_1_arrives_readable() -> None:
    async with talking_with(ami_server.speaks_latin_1) as connection:
        assert (await next_event(connection))["CallerIDName"] == "Müller"


async def test_header_that_comes_twice_keeps_both_values_in_any_case_of_letters() -> None:
    def twice(peer: Peer, action: Frame) -> None:
        peer.frame("Event: Cdr", "ChanVariable: A=1", "ChanVariable: B=2", "chanvariable: C=3")
        peer.respond(action, "Response: Success")

    async with talking_with(answering(twice)) as connection:
        await connection.action("Ping")
        event = await next_event(connection)
        assert (event["ChanVariable"], event["chanvariable"]) == ("A=1\nB=2", "C=3")


async def test_line_without_end_drops_the_connection_with_the_reason() -> None:
    async with talking_with(ami_server.sends_an_endless_line) as connection:
        assert await all_events(connection) == []
        assert isinstance(connection.ended, FrameTooLong)


async def test_connection_cut_in_a_frame_gives_what_was_whole_and_then_ends() -> None:
    async with talking_with(ami_server.cuts_in_a_frame) as connection:
        assert [frame["Event"] for frame in await all_events(connection)] == ["Newchannel"]
        assert "ended the connection" in str(connection.ended)
        assert await all_events(connection) == []


async def test_fault_while_reading_ends_the_connection_with_a_reason() -> None:
    broken = False

    def clock() -> datetime:
        if broken:
            raise ZeroDivisionError
        return datetime(2026, 11, 23, 9, tzinfo=UTC)

    async with AmiPlayer("ringback", SECRET) as player:
        connection = AmiConnection(address(player.port), clock=clock)
        await connection.connect()
        broken = True
        await player.send(b"Event: Hangup\r\n\r\n")
        await all_events(connection)
        assert "ZeroDivisionError" in str(connection.ended)


async def test_action_that_asterisk_refuses_carries_its_message() -> None:
    def not_found(peer: Peer, action: Frame) -> None:
        peer.respond(action, "Response: Error", "Message: Database entry not found")

    def denied(peer: Peer, action: Frame) -> None:
        peer.respond(action, "Response: Error", "Message: Permission denied")

    async with talking_with(answering(not_found, denied)) as connection:
        with pytest.raises(ActionRefused, match=r"refused DBGet: Database entry not found\."):
            await connection.action("DBGet")
        with pytest.raises(NotPermitted, match="does not let user 'ringback' do Redirect"):
            await connection.action("Redirect")


def timers_of_panoramisk() -> list[str]:
    # Its pings and next attempts are among the loop's timers, which nothing public shows.
    timers = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    running = [repr(timer) for timer in timers if not timer.cancelled()]
    return [timer for timer in running if "panoramisk" in timer.lower()]


@pytest.mark.parametrize("cut_by_server", [True, False])
async def test_nothing_is_left_running_after_the_end(cut_by_server: bool) -> None:
    tasks_before = asyncio.all_tasks()
    async with AmiPlayer("ringback", SECRET) as player, connected_to(player.port) as connection:
        if cut_by_server:
            player.cut()
            await all_events(connection)
    while asyncio.all_tasks() - tasks_before:
        await asyncio.sleep(0)
    assert timers_of_panoramisk() == []


async def test_connecting_that_failed_is_not_tried_again_behind_our_back() -> None:
    with pytest.raises(Unreachable):
        await AmiConnection(address(free_port())).connect()
    assert timers_of_panoramisk() == []
