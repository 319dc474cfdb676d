import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pbx_adapter.frames import Frame, Frames
from pbx_adapter.player import AmiPlayer
from pbx_adapter.traces import Trace

LOGIN = "Action: Login\r\nUsername: ringback\r\nSecret: hush\r\nActionID: l\r\n\r\n"


def event(name: str, uniqueid: str) -> bytes:
    return f"Event: {name}\r\nUniqueid: {uniqueid}\r\n\r\n".encode()


MISSED = Trace("missed", ((0.0, event("Newchannel", "1.1")), (0.3, event("Hangup", "1.1"))))
LONG = Trace("long", ((0.0, event("Newchannel", "1.1")), (100.0, event("Hangup", "1.1"))))


class Client:
    """A bare socket: what is tested here is what goes over the line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._reader = reader
        self._frames = Frames()
        self._waiting: list[Frame] = []

    def say(self, text: str) -> None:
        self.writer.write(text.encode())

    async def hears(self) -> Frame:
        while not self._waiting:
            received = await self._reader.read(65536)
            if not received:
                return {"hung": "up"}
            self._waiting = self._frames.feed(received)
        return self._waiting.pop(0)

    async def log_in(self) -> None:
        self.say(LOGIN)
        assert await self.hears() == {
            "Response": "Success",
            "ActionID": "l",
            "Message": "Authentication accepted",
        }
        assert (await self.hears())["Event"] == "FullyBooted"


@asynccontextmanager
async def client_of(player: AmiPlayer) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", player.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


@asynccontextmanager
async def playing() -> AsyncIterator[tuple[AmiPlayer, Client]]:
    async with AmiPlayer("ringback", "hush") as player, client_of(player) as client:
        yield player, client


async def test_whoever_connects_is_greeted_as_by_asterisk() -> None:
    async with AmiPlayer("ringback", "hush") as player:
        reader, writer = await asyncio.open_connection("127.0.0.1", player.port)
        assert await reader.readline() == b"Asterisk Call Manager/11.0.0\r\n"
        writer.close()


@pytest.mark.parametrize(
    "login",
    [
        LOGIN.replace("hush", "guess"),
        LOGIN.replace("ringback", "nobody"),
        LOGIN.replace("Secret: hush", "AuthType: MD5\r\nKey: 0123456789abcdef"),
        LOGIN.replace("Secret: hush\r\n", ""),
    ],
)
async def test_wrong_login_is_refused_and_the_line_hung_up(login: str) -> None:
    async with playing() as (_, client):
        client.say(login)
        refused = await client.hears()
        assert (refused["Response"], refused["Message"]) == ("Error", "Authentication failed")
        assert await client.hears() == {"hung": "up"}


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("Action: Ping", {"Response": "Success", "Ping": "Pong"}),
        ("Action: Logoff", {"Response": "Goodbye", "Message": "Thanks for all the fish."}),
        ("Action: Originate", {"Response": "Error", "Message": "Channel not specified"}),
        ("Key: x", {"Response": "Error", "Message": "Missing action in request"}),
        (
            "Action: Dance",
            {
                "Response": "Error",
                "Message": "Invalid/unknown command: Dance. "
                "Use Action: ListCommands to show available commands.",
            },
        ),
    ],
)
async def test_each_action_is_answered_as_by_asterisk(action: str, answer: Frame) -> None:
    async with playing() as (player, client):
        await client.log_in()
        client.say(f"{action}\r\nActionID: 7\r\n\r\n")
        heard = dict(await client.hears())
        heard.pop("Timestamp", None)
        assert heard == {**answer, "ActionID": "7"}
        assert player.received[-1]["ActionID"] == "7"


async def test_action_before_the_login_is_denied() -> None:
    async with playing() as (_, client):
        client.say("Action: Ping\r\n\r\n")
        assert await client.hears() == {"Response": "Error", "Message": "Permission denied"}


async def test_originate_is_queued_and_then_succeeds_under_its_own_ids() -> None:
    async with playing() as (_, client):
        await client.log_in()
        client.say(
            "Action: Originate\r\nChannel: PJSIP/101\r\nChannelId: rb-1\r\nActionID: 7\r\n\r\n"
        )
        assert (await client.hears())["Message"] == "Originate successfully queued"
        outcome = await client.hears()
        assert (outcome["Event"], outcome["ActionID"]) == ("OriginateResponse", "7")
        assert (outcome["Response"], outcome["Uniqueid"]) == ("Success", "rb-1")


async def test_answers_that_were_given_replace_the_built_in_ones() -> None:
    def one_channel(action: Frame) -> list[Frame]:
        return [
            {"Response": "Success", "EventList": "start"},
            {"Event": "CoreShowChannel", "Uniqueid": "1.1"},
            {"Event": "CoreShowChannelsComplete", "EventList": "Complete"},
        ]

    async with (
        AmiPlayer("ringback", "hush", answers={"CoreShowChannels": one_channel}) as player,
        client_of(player) as client,
    ):
        await client.log_in()
        client.say("Action: CoreShowChannels\r\nActionID: 7\r\n\r\n")
        heard = [await client.hears() for _ in range(3)]
        assert {frame["ActionID"] for frame in heard} == {"7"}
        assert heard[1]["Uniqueid"] == "1.1"


async def test_traces_are_played_one_after_the_other_to_all_who_are_logged_in() -> None:
    async with playing() as (player, first), client_of(player) as second:
        await first.log_in()
        await second.log_in()
        other = MISSED.replaced({b"1.1": b"2.1"})
        await player.play(MISSED, other, speed=math.inf)
        for client in (first, second):
            heard = [await client.hears() for _ in range(4)]
            assert [(frame["Event"], frame["Uniqueid"]) for frame in heard] == [
                ("Newchannel", "1.1"),
                ("Hangup", "1.1"),
                ("Newchannel", "2.1"),
                ("Hangup", "2.1"),
            ]


async def test_nothing_is_played_to_who_is_not_logged_in() -> None:
    async with playing() as (player, client), client_of(player) as other:
        await client.log_in()
        await player.play(MISSED, speed=math.inf)
        other.say("Action: Ping\r\n\r\n")
        assert (await other.hears())["Message"] == "Permission denied"


async def test_speed_and_gap_set_the_time_that_playing_takes() -> None:
    async with playing() as (player, client):
        await client.log_in()
        now = asyncio.get_running_loop().time
        began = now()
        await player.play(LONG, LONG, speed=1000, gap_s=0.05)
        assert 0.25 <= now() - began < 20


async def test_answers_never_fall_inside_a_frame_that_is_played() -> None:
    trace = Trace("long", tuple((0.0, event("Newchannel", "1.1") * 50) for _ in range(50)))
    async with playing() as (player, client):
        await client.log_in()
        for number in range(20):
            client.say(f"Action: Ping\r\nActionID: {number}\r\n\r\n")
        await player.play(trace, speed=math.inf)
        heard = [await client.hears() for _ in range(2520)]
        assert sum(frame.get("Uniqueid") == "1.1" for frame in heard) == 2500
        assert [frame["ActionID"] for frame in heard if "Ping" in frame] == [
            str(number) for number in range(20)
        ]


async def test_client_that_sends_no_ami_is_hung_up_and_others_go_on() -> None:
    async with playing() as (player, client), client_of(player) as other:
        await client.log_in()
        other.say("x" * 400_000)
        assert await other.hears() == {"hung": "up"}
        await player.play(MISSED, speed=math.inf)
        assert (await client.hears())["Event"] == "Newchannel"


async def test_waiting_for_a_login_starts_anew_after_a_cut() -> None:
    async with playing() as (player, client):
        await client.log_in()
        await player.logged_in()
        player.cut()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(player.logged_in(), 0)
        async with client_of(player) as again:
            await again.log_in()
            await player.logged_in()
