import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pbx_adapter.ami_connection import AmiConnection, Limits
from pbx_adapter.frames import Frame
from pbx_adapter.link import Backoff, LinkKind, LinkState, follow
from pbx_adapter.player import AmiPlayer
from ringback.errors import TryAgain
from tests.fakes import ami_server
from tests.fakes.ami_server import SECRET, Peer, address, scripted_ami
from tests.pbx_adapter.following import NOON, Follower, following
from tests.ports import free_port


async def delays_s(follower: Follower, count: int) -> list[float]:
    delays = []
    for _ in range(count):
        delays.append(await follower.waits_s())
        follower.try_again()
    return delays


async def test_events_of_a_pbx_arrive_with_their_second_while_the_link_is_up() -> None:
    async with AmiPlayer("ringback", SECRET) as player, following(address(player.port)) as link:
        up = await link.state(LinkKind.UP)
        assert up == LinkState(
            LinkKind.UP, f"Connected to Asterisk at 127.0.0.1:{player.port}.", NOON
        )
        await player.send(b"Event: Hangup\r\nUniqueid: 1.1\r\n\r\n")
        assert await link.event("Hangup") == NOON.timestamp()


async def test_refused_login_is_told_once_and_tried_ever_more_rarely() -> None:
    async with (
        scripted_ami(ami_server.refuses_login) as server,
        following(address(server.port)) as link,
    ):
        delays = await delays_s(link, 7)
        assert delays == [30, 60, 120, 240, 480, 600, 600]
        refused = await link.state(LinkKind.REFUSED)
        assert "refused user 'ringback': check username and secret" in refused.text
        assert link.states.empty()
        assert server.connections >= 7


async def test_refused_login_is_not_tried_again_before_the_wait_is_over() -> None:
    async with (
        scripted_ami(ami_server.refuses_login) as server,
        following(address(server.port)) as link,
    ):
        await link.waits_s()
        assert server.connections == 1


async def test_absent_pbx_is_waited_for_up_to_a_minute_and_then_found() -> None:
    port = free_port()
    async with following(address(port)) as link:
        assert await delays_s(link, 7) == [1, 2, 4, 8, 16, 32, 60]
        unreachable = await link.state(LinkKind.UNREACHABLE)
        assert "is Asterisk running, and manager.conf enabled=yes?" in unreachable.text
        assert await link.waits_s() == 60
        async with AmiPlayer("ringback", SECRET, port=port):
            link.try_again()
            await link.state(LinkKind.UP)


async def test_port_of_something_else_is_told_and_tried_rarely() -> None:
    async with (
        scripted_ami(ami_server.greets_as_ssh) as server,
        following(address(server.port)) as link,
    ):
        assert await link.waits_s() == 30
        assert "not Asterisk's manager" in (await link.state(LinkKind.NOT_ASTERISK)).text


async def test_address_that_can_never_be_sent_is_told_and_tried_rarely() -> None:
    async with AmiPlayer("ringback", SECRET) as player:
        pbx = address(player.port, username="ring\r\nback")
        async with following(pbx) as link:
            assert await link.waits_s() == 30
            assert "'Username'" in (await link.state(LinkKind.REFUSED)).text


LONG = f"{'x' * 70}.example"


@pytest.mark.parametrize(
    "wrong",
    [{"host": "pbx..example"}, {"host": LONG}, {"port": 70_000}, {"secret": "\ud800"}],
)
async def test_address_that_nobody_can_have_is_told_and_tried_rarely(wrong: dict[str, Any]) -> None:
    async with (
        AmiPlayer("ringback", SECRET) as player,
        following(replace(address(player.port), **wrong)) as link,
    ):
        assert await link.waits_s() == 30
        assert "check host, port and secret" in (await link.state(LinkKind.REFUSED)).text


async def test_cut_line_is_lost_since_it_was_last_heard_and_events_flow_again_after() -> None:
    async with AmiPlayer("ringback", SECRET) as player, following(address(player.port)) as link:
        await link.state(LinkKind.UP)
        await player.send(b"Event: Newchannel\r\n\r\n")
        await link.event("Newchannel")
        link.now = NOON + timedelta(minutes=5)
        player.cut()
        lost = await link.state(LinkKind.LOST)
        assert "ended the connection" in lost.text
        assert lost.since == NOON
        await link.waits_s()
        link.try_again()
        assert (await link.state(LinkKind.UP)).since == link.now
        await player.send(b"Event: Hangup\r\n\r\n")
        assert await link.event("Hangup") == link.now.timestamp()


async def test_pbx_that_stays_away_after_a_loss_is_away_since_it_was_last_heard() -> None:
    async with AmiPlayer("ringback", SECRET) as player, following(address(player.port)) as link:
        await link.state(LinkKind.UP)
        link.now = NOON + timedelta(minutes=5)
        await player.close()
        await link.state(LinkKind.LOST)
        await link.waits_s()
        link.try_again()
        assert (await link.state(LinkKind.UNREACHABLE)).since == NOON


async def test_pbx_that_falls_silent_is_lost() -> None:
    limits = Limits(ping_interval_s=0.02, ping_timeout_s=0.2)
    async with (
        scripted_ami(ami_server.falls_silent) as server,
        following(address(server.port), limits=limits) as link,
    ):
        await link.state(LinkKind.UP)
        assert "did not answer Ping" in (await link.state(LinkKind.LOST)).text


async def test_line_cut_in_a_frame_gives_the_whole_frames_before() -> None:
    async with (
        scripted_ami(ami_server.cuts_in_a_frame) as server,
        following(address(server.port)) as link,
    ):
        await link.event("Newchannel")
        await link.state(LinkKind.UP)
        await link.state(LinkKind.LOST)
        assert link.frames.empty()


async def test_line_without_end_costs_the_link_and_the_next_connection_is_read_afresh() -> None:
    async def once_up(peer: Peer) -> None:
        await peer.let_in()
        await peer.action()  # a ping: it is up on our side too
        peer.send(b"Event: UserEvent\r\nText: " + b"x" * 1_000_000)
        await peer.ignore_all()

    scripts = iter((once_up, ami_server.speaks_latin_1))
    limits = Limits(ping_interval_s=0.01, max_frame_bytes=100_000)
    async with (
        scripted_ami(lambda peer: next(scripts)(peer)) as server,
        following(address(server.port), limits=limits) as link,
    ):
        await link.state(LinkKind.UP)
        assert "without ending a frame" in (await link.state(LinkKind.LOST)).text
        assert await link.waits_s() == 1  # no refusal: a PBX that was fine a moment ago
        link.try_again()
        await link.event("Newchannel")


async def test_pbx_that_lets_in_and_hangs_up_is_not_hammered_until_it_stays() -> None:
    stays = False

    async def on_up(connection: AmiConnection) -> None:
        if stays:
            link.now += timedelta(minutes=1)
        connection.drop("enough")

    async with (
        AmiPlayer("ringback", SECRET) as player,
        following(address(player.port), on_up) as link,
    ):
        assert await delays_s(link, 3) == [1, 2, 4]
        assert await link.waits_s() == 8
        stays = True
        link.try_again()
        assert await link.waits_s() == 1


async def test_pbx_that_is_lost_soon_after_a_long_absence_is_not_waited_for_as_long_again() -> None:
    port = free_port()
    async with following(address(port)) as link:
        assert await delays_s(link, 5) == [1, 2, 4, 8, 16]
        await link.state(LinkKind.UNREACHABLE)
        assert await link.waits_s() == 32
        async with AmiPlayer("ringback", SECRET, port=port) as player:
            link.try_again()
            await link.state(LinkKind.UP)
            player.cut()
            await link.state(LinkKind.LOST)
        assert await delays_s(link, 3) == [1, 2, 4]


async def test_action_unanswered_when_the_line_is_cut_is_not_sent_again() -> None:
    actions: asyncio.Queue[str] = asyncio.Queue()
    asked = False

    async def script(peer: Peer) -> None:
        await peer.let_in(booted=True)  # FullyBooted is where panoramisk sends again
        action = await peer.action()
        await actions.put(action["Action"])
        if action["Action"] == "Ping":
            peer.respond(action, "Response: Success", "Ping: Pong")
            await peer.ignore_all()

    async def on_up(connection: AmiConnection) -> None:
        nonlocal asked
        if not asked:
            asked = True
            await connection.action("Originate", {"Channel": "PJSIP/101"})
        await connection.action("Ping")

    async with (
        scripted_ami(script) as server,
        following(address(server.port), on_up) as link,
    ):
        await link.waits_s()
        link.try_again()
        for kind in (LinkKind.UP, LinkKind.LOST, LinkKind.UP):
            await link.state(kind)
        assert [await actions.get(), await actions.get()] == ["Originate", "Ping"]


async def test_frame_that_our_side_chokes_on_loses_neither_the_next_nor_the_link() -> None:
    async with AmiPlayer("ringback", SECRET) as player, following(address(player.port)) as link:
        await link.state(LinkKind.UP)
        await player.send(b"Event: UserEvent\r\nPoison: yes\r\n\r\nEvent: Hangup\r\n\r\n")
        await link.event("Hangup")
        assert link.states.empty()


async def test_state_that_nobody_can_take_does_not_end_the_link() -> None:
    up = asyncio.Event()

    async def on_state(state: LinkState) -> None:
        raise ZeroDivisionError

    async def on_frame(frame: Frame, at_s: float) -> None:
        up.set()

    async with AmiPlayer("ringback", SECRET) as player:
        link = asyncio.create_task(follow(address(player.port), on_frame, on_state))
        await up.wait()
        link.cancel()
        await asyncio.gather(link, return_exceptions=True)
        assert player.received[-1]["Action"] == "Logoff"


async def test_step_after_login_that_should_be_tried_again_connects_again() -> None:
    tries = 0

    async def on_up(connection: AmiConnection) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise TryAgain("the database is away")

    async with (
        AmiPlayer("ringback", SECRET) as player,
        following(address(player.port), on_up) as link,
    ):
        await link.state(LinkKind.UP)
        assert "the database is away" in (await link.state(LinkKind.LOST)).text
        await link.waits_s()
        link.try_again()
        await link.state(LinkKind.UP)


async def test_step_after_login_that_hangs_ends_with_its_connection() -> None:
    ended = asyncio.Event()

    async def on_up(connection: AmiConnection) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with (
        AmiPlayer("ringback", SECRET) as player,
        following(address(player.port), on_up) as link,
    ):
        await link.state(LinkKind.UP)
        player.cut()
        await link.waits_s()
        assert ended.is_set()


async def test_step_after_login_that_fails_otherwise_leaves_the_link_up() -> None:
    async def on_up(connection: AmiConnection) -> None:
        raise ZeroDivisionError

    async with (
        AmiPlayer("ringback", SECRET) as player,
        following(address(player.port), on_up) as link,
    ):
        await link.state(LinkKind.UP)
        await player.send(b"Event: Hangup\r\n\r\n")
        await link.event("Hangup")
        assert link.states.empty()


async def test_user_without_a_permission_that_is_needed_stays_up_and_it_is_told() -> None:
    async def on_up(connection: AmiConnection) -> None:
        await connection.action("DBGetTree", {"Family": "ringback"})

    def denied(action: Frame) -> list[Frame]:
        return [{"Response": "Error", "Message": "Permission denied"}]

    async with (
        AmiPlayer("ringback", SECRET, answers={"DBGetTree": denied}) as player,
        following(address(player.port), on_up) as link,
    ):
        await link.state(LinkKind.UP)
        assert "does not let user 'ringback' do DBGetTree" in ((await link.state(LinkKind.UP)).text)


async def test_link_that_is_cancelled_takes_leave_of_the_pbx() -> None:
    async with AmiPlayer("ringback", SECRET) as player:
        async with following(address(player.port)) as link:
            await link.state(LinkKind.UP)
        assert player.received[-1]["Action"] == "Logoff"


@pytest.mark.parametrize(
    ("failures", "chance", "delay_s"),
    [(1, 0.0, 30), (1, 0.5, 33.75), (2, 0.0, 60), (5, 1.0, 600), (6, 0.0, 600), (10_000, 1.0, 750)],
)
def test_waits_double_up_to_the_most_and_differ_by_a_quarter(
    failures: int, chance: float, delay_s: float
) -> None:
    assert Backoff(30, 600).delay_s(failures, chance) == delay_s


async def test_nothing_that_is_written_shows_the_secret(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with (
        AmiPlayer("ringback", "another secret") as player,
        following(address(player.port)) as link,
    ):
        await link.waits_s()
        state = await link.state(LinkKind.REFUSED)
    written = f"{capsys.readouterr()} {caplog.text} {state}"
    assert "refused user 'ringback'" in written
    assert SECRET not in written
