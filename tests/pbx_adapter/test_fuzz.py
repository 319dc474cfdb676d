"""Input that no Asterisk should send: raw bytes, recorded traffic damaged in every way.

Whatever comes, nothing raises out of frames, tracker and link, nothing grows without bound, and no
call is told that nobody made. RINGBACK_TEST_FUZZ says how many times the usual number of examples.
"""

import asyncio
import os
import pickle
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbx_adapter.ami_connection import AmiConnection, Limits
from pbx_adapter.frames import Frame, Frames, FrameTooLong
from pbx_adapter.link import LinkKind, LinkState, Pace, follow
from pbx_adapter.outbox import kept_call
from pbx_adapter.site import Site
from pbx_adapter.tracker import LINKS_WITHOUT_A_SIGN, Tracker
from ringback.calls import Call
from tests.fakes.ami_server import Peer, address, scripted_ami
from tests.pbx_adapter.damage import (
    LINK_LOST,
    NAMES,
    TRACES,
    Stream,
    damaged_bytes,
    damaged_headers,
    invented,
    recorded,
    streams,
)

SITE = Site.from_toml((TRACES / "site.toml").read_text())
MORE = int(os.environ.get("RINGBACK_TEST_FUZZ", "1"))
few = settings(
    max_examples=60 * MORE,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
BEGINNINGS = ("Newchannel", "CoreShowChannel", "DialBegin")


class Played:
    """A tracker with everything that was fed to it and told by it."""

    def __init__(self) -> None:
        self.tracker = Tracker(SITE)
        self.fed: list[Frame] = []
        self.told: list[Call] = []
        self.now = 1000.0

    def play(self, stream: Iterable[bytes]) -> "Played":
        frames = Frames()
        for raw in stream:
            if raw == LINK_LOST:
                self.lose_link()
                frames = Frames()
            for frame in frames.feed(raw):
                self.feed(frame)
        return self

    def feed(self, frame: Frame) -> None:
        self.now += 0.1
        self.fed.append(frame)
        self.told += self.tracker.feed(frame, self.now)

    def lose_link(self) -> None:
        self.now += 0.1
        self.told += self.tracker.link_lost(self.now)

    def end(self) -> "Played":
        """Every channel that was ever named hangs up; a snapshot shows none."""
        named = {frame.get(name, "") for frame in self.fed for name in ("Uniqueid", "DestUniqueid")}
        for uniqueid in sorted(named):
            self.feed({"Event": "Hangup", "Uniqueid": uniqueid})
        return self

    @property
    def beginnings(self) -> Counter[str]:
        """How often each channel was shown as one that may begin a call."""
        shown = (frame for frame in self.fed if frame.get("Event") in BEGINNINGS)
        return Counter(
            frame.get("DestUniqueid" if frame["Event"] == "DialBegin" else "Uniqueid", "")
            for frame in shown
        )

    @property
    def told_of(self) -> Counter[str]:
        return Counter(call.uniqueid for call in self.told)


@cache
def really_made() -> frozenset[str]:
    """Uniqueids of all calls that the traces tell when nothing is damaged."""
    plays = (Played().play(recorded(name)).end() for name in NAMES)
    return frozenset(call.uniqueid for played in plays for call in played.told)


def size_of(tracker: Tracker) -> int:
    """What the tracker holds of calls, in bytes; its clock set to one length.

    The names of the last lines that it saw dialled stay for the back-fill, so many and no more.
    """
    tracker.feed({}, 0.0)
    lines = dict.fromkeys(tracker.lines_dialled())
    assert len(lines) <= 5000
    return len(pickle.dumps(tracker)) - len(pickle.dumps(lines)) + len(pickle.dumps({}))


# Bytes into frames


def cut(raw: bytes, at: Sequence[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(raw) + 1) for place in at), len(raw)]
    return [raw[one:other] for one, other in pairwise(bounds)]


def frames_of(parts: Iterable[bytes], max_bytes: int) -> tuple[list[Frame], bool]:
    """The frames, and whether they ended with one too long."""
    frames, whole = Frames(max_bytes), list[Frame]()
    try:
        for part in parts:
            whole += frames.feed(part)
    except FrameTooLong:
        return whole, True
    return whole, False


ami_like = st.lists(
    st.sampled_from(
        [b"\r\n", b"\r\n\r\n", b"\r", b"\n", b"Event: ", b"a:b", b":", b" ", b"\xc3", b"\xb6", b"x"]
    ),
    max_size=60,
).map(b"".join)
places = st.lists(st.integers(0, 1_000_000), max_size=12)


@few
@given(st.one_of(st.binary(max_size=400), ami_like, damaged_bytes()), places)
def test_any_bytes_cut_anywhere_give_the_frames_of_one_piece(raw: bytes, at: list[int]) -> None:
    assert frames_of(cut(raw, at), len(raw) + 1) == frames_of([raw], len(raw) + 1)


@few
@given(st.one_of(st.binary(max_size=400), ami_like), places, st.integers(1, 60))
def test_no_more_than_the_limit_and_one_read_is_ever_held(
    raw: bytes, at: list[int], limit: int
) -> None:
    frames = Frames(limit)
    for part in cut(raw, at):
        try:
            frames.feed(part)
        except FrameTooLong:
            return
        assert len(pickle.dumps(frames)) < len(pickle.dumps(Frames(limit))) + limit + 16


# Frames into calls


@few
@given(streams())
def test_damaged_traffic_tells_only_calls_that_were_made(stream: Stream) -> None:
    played = Played().play(stream).end()
    assert set(played.told_of) <= really_made()
    assert played.told_of <= played.beginnings


@few
@given(streams(st.sampled_from(("drop", "drop_many", "lose_link", "cut"))))
def test_traffic_with_gaps_tells_no_call_twice(stream: Stream) -> None:
    played = Played().play(stream).end()
    assert max(played.told_of.values(), default=0) <= 1


@few
@given(st.one_of(streams(), damaged_headers()))
def test_damaged_traffic_is_forgotten_when_all_channels_are_gone(stream: Stream) -> None:
    played = Played().play(stream).end()
    assert played.tracker.open_calls() == []
    assert size_of(played.tracker) <= size_of(Tracker(SITE)) + 8


@few
@given(damaged_headers())
def test_damaged_headers_never_raise_and_tell_only_channels_that_were_shown(stream: Stream) -> None:
    played = Played().play(stream).end()
    assert played.told_of <= played.beginnings
    assert not [uniqueid for uniqueid in played.told_of if "\n" in uniqueid or not uniqueid]


@few
@given(st.lists(invented(), max_size=3))
def test_invented_frames_never_raise_and_are_forgotten(connections: list[list[Frame]]) -> None:
    played = Played()
    for frames in connections:
        for frame in frames:
            played.feed(frame)
        played.lose_link()
    played.end()
    assert played.told_of <= played.beginnings
    assert not [uniqueid for uniqueid in played.told_of if "\n" in uniqueid or not uniqueid]
    assert size_of(played.tracker) <= size_of(Tracker(SITE)) + 8


@few
@given(damaged_bytes())
def test_damaged_bytes_never_raise_and_tell_only_channels_that_were_shown(raw: bytes) -> None:
    played = Played().play([raw]).end()
    assert played.told_of <= played.beginnings


@few
@given(streams(st.sampled_from(("drop_many", "lose_link"))))
def test_lost_hangups_are_forgotten_when_links_are_lost_again_and_again(stream: Stream) -> None:
    played = Played().play(raw for raw in stream if b"Event: Hangup\r\n" not in raw)
    for _ in range(LINKS_WITHOUT_A_SIGN + 2):
        played.lose_link()
    assert played.tracker.open_calls() == []
    assert max(played.told_of.values(), default=0) <= 1
    assert size_of(played.tracker) <= size_of(Tracker(SITE)) + 8


fields = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "1795297097", "4102444800", "²", "9" * 5000, "-1", "PJSIP/101-01", "TRUE"]
    ),
)


@few
@given(st.one_of(st.text(max_size=60), st.lists(fields, max_size=15).map("|".join)), fields)
def test_any_entry_of_the_outbox_is_a_call_or_unreadable(written: str, uniqueid: str) -> None:
    for entry in (written, f"1|{written}"):
        call = kept_call(uniqueid, entry, SITE)
        assert call is None or (call.uniqueid == uniqueid and 0 <= call.start <= call.end)


def test_entry_with_a_second_of_five_thousand_digits_is_unreadable() -> None:
    assert kept_call("1.1", f"1|1795297097|{'9' * 5000}" + "|" * 11, SITE) is None


# Stories that were found so


def fed(*frames: Frame) -> Played:
    played = Played()
    for frame in frames:
        played.feed(frame)
    return played


RINGS_IN = {
    "Event": "Newchannel",
    "Uniqueid": "1.1",
    "Channel": "PJSIP/trunk-01",
    "ChannelState": "4",
    "Context": "from-trunk",
    "Exten": "0846500401",
    "CallerIDNum": "0701740605",
}
SHOWN = {
    "Event": "CoreShowChannel",
    "Uniqueid": "1.1",
    "Linkedid": "1.1",
    "Channel": "PJSIP/trunk-01",
    "Context": "from-trunk",
    "CallerIDNum": "0701740605",
    "Duration": "00:00:00",
}


def test_snapshot_that_overtakes_the_news_of_a_call_does_not_hide_its_number() -> None:
    (call,) = fed(SHOWN, RINGS_IN, {"Event": "Hangup", "Uniqueid": "1.1"}).told
    assert (call.did_e164, call.outcome) == ("+46846500401", "missed")


def test_channel_named_like_one_of_before_a_restart_is_still_found() -> None:
    def half(uniqueid: str, number: int) -> Frame:
        name = f"Local/101@from-queue-01;{number}"
        return {"Event": "Newchannel", "Uniqueid": uniqueid, "Channel": name}

    def enters(uniqueid: str, bridge: str) -> Frame:
        return {"Event": "BridgeEnter", "Uniqueid": uniqueid, "BridgeUniqueid": bridge}

    phone = {"Event": "Newchannel", "Uniqueid": "2.3", "Channel": "PJSIP/101-01"}
    old, new = [half("1.2", 1), half("1.3", 2)], [half("2.1", 1), half("2.2", 2)]
    old_ones_gone = [{"Event": "Hangup", "Uniqueid": "1.2"}, {"Event": "Hangup", "Uniqueid": "1.3"}]
    bridged = [enters("1.1", "b1"), enters("2.1", "b1"), enters("2.2", "b2"), enters("2.3", "b2")]
    (call,) = fed(
        *old,
        RINGS_IN,
        *new,
        *old_ones_gone,
        phone,
        *bridged,
        {"Event": "Hangup", "Uniqueid": "1.1"},
    ).told
    assert (call.outcome, call.answered_by) == ("answered", "101")


# Bytes through a real socket


class Follower:
    """Takes what the link gives, does what the recorder does after a login."""

    def __init__(self) -> None:
        self.played = Played()
        self.seen_last = asyncio.Event()

    async def on_frame(self, frame: Frame, at_s: float) -> None:
        self.played.feed(frame)
        if frame.get("Event") == "Last":
            self.seen_last.set()

    async def on_state(self, state: LinkState) -> None:
        if state.kind is LinkKind.LOST:
            self.played.lose_link()

    async def on_up(self, connection: AmiConnection) -> None:
        for frame in await connection.action("CoreShowChannels", timeout_s=0.05):
            self.played.feed(frame)


@st.composite
def conversations(draw: st.DrawFn) -> list[tuple[str, list[bytes]]]:
    """What a server says on each connection, and when it begins to talk nonsense."""
    moments = st.sampled_from(("greeting", "challenge", "login", "up", "up", "up", "snapshot"))
    pieces = st.tuples(damaged_bytes(), places).map(lambda drawn: cut(*drawn))
    return draw(st.lists(st.tuples(moments, pieces), min_size=1, max_size=3))


async def speak(peer: Peer, moment: str, pieces: list[bytes]) -> None:
    """A server that behaves up to a moment, and hangs up in the middle of its nonsense."""
    if moment == "greeting":
        return await pour(peer, pieces)
    peer.send(b"Asterisk Call Manager/11.0.0\r\n")
    for name in ("challenge", "login"):
        action = await peer.action()
        if moment == name:
            return await pour(peer, pieces)
        peer.respond(action, "Response: Success", "Challenge: 42")
    if moment == "snapshot":
        peer.respond(await peer.action(), "Response: Success", "EventList: start")
    return await pour(peer, pieces)


async def pour(peer: Peer, pieces: list[bytes]) -> None:
    for piece in pieces:
        await peer.send_flushed(piece)


async def live_through(conversation: list[tuple[str, list[bytes]]]) -> Played:
    """The link meets the connections one by one, and then a good one that sends `Last`."""
    ahead = list(conversation)

    async def script(peer: Peer) -> None:
        if ahead:
            return await speak(peer, *ahead.pop(0))
        await peer.let_in()
        peer.frame("Event: Last")
        return await peer.ignore_all()

    follower = Follower()
    limits = Limits(connect_timeout_s=0.5, max_frame_bytes=50_000, max_waiting_frames=2_000)
    pace = Pace(sleep=lambda _: asyncio.sleep(0), chance=lambda: 0.0)
    async with scripted_ami(script) as server:
        link = asyncio.create_task(
            follow(
                address(server.port),
                *(follower.on_frame, follower.on_state, follower.on_up),
                limits=limits,
                pace=pace,
            )
        )
        seen = asyncio.create_task(follower.seen_last.wait())
        try:
            await asyncio.wait((link, seen), timeout=60, return_when=asyncio.FIRST_COMPLETED)
            assert not link.done(), link
            assert seen.done(), "the link never came to the last connection"
        finally:
            for task in (link, seen):
                task.cancel()
            await asyncio.gather(link, seen, return_exceptions=True)
    return follower.played


@settings(few, max_examples=25 * MORE)
@given(conversations())
def test_link_lives_through_any_nonsense_and_comes_to_a_server_that_speaks_sense(
    conversation: list[tuple[str, list[bytes]]],
) -> None:
    with asyncio.Runner() as runner:
        played = runner.run(live_through(conversation)).end()
    assert played.told_of <= played.beginnings
