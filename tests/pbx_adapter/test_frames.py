from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_adapter.frames import EventFilter, Frames, FrameTooLong

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
TRACE = Path(__file__).parents[1] / "data" / "traces" / "22-narrow" / "after_hours.ami"
STREAM = (
    BANNER
    + b"Response: Success\r\nActionID: login-1\r\n\r\n"
    + "Event: Newchannel\r\nCallerIDName: Åsa Öberg\r\nUniqueid: 17.1\r\n\r\n".encode()
    + b"Event: Newstate\r\nCallerIDName: J\xf6rgen\r\n\r\n"
    + b"Event: Hangup\r\nChannel: PJSIP/101-1\r\nCause-txt: a: b\r\n\r\n"
)
FRAMES = [
    {"Response": "Success", "ActionID": "login-1"},
    {"Event": "Newchannel", "CallerIDName": "Åsa Öberg", "Uniqueid": "17.1"},
    {"Event": "Newstate", "CallerIDName": "Jörgen"},
    {"Event": "Hangup", "Channel": "PJSIP/101-1", "Cause-txt": "a: b"},
]


def test_each_frame_is_decoded_by_itself_as_utf8_or_else_latin1() -> None:
    assert Frames().feed(STREAM) == FRAMES


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_bytes_split_at_any_points_give_the_same_frames(cuts: list[int]) -> None:
    frames, bounds = Frames(), [0, *sorted(cuts), len(STREAM)]
    parts = (STREAM[a:b] for a, b in pairwise(bounds))
    assert [frame for part in parts for frame in frames.feed(part)] == FRAMES


def test_recorded_bytes_one_by_one_give_the_same_frames() -> None:
    recorded, frames = TRACE.read_bytes(), Frames()
    one_by_one = [frame for byte in recorded for frame in frames.feed(bytes([byte]))]
    assert one_by_one == Frames().feed(recorded)
    assert "Hangup" in {frame.get("Event") for frame in one_by_one}


def test_connection_without_a_banner_loses_nothing() -> None:
    assert Frames().feed(b"Event: Hangup\r\nCause: 16\r\n\r\n") == [
        {"Event": "Hangup", "Cause": "16"}
    ]


def test_unfinished_frame_waits_for_its_end() -> None:
    frames = Frames()
    assert frames.feed(BANNER + b"Event: Hangup\r\nCause: 16\r\n") == []
    assert frames.feed(b"\r\n") == [{"Event": "Hangup", "Cause": "16"}]


def test_header_that_comes_twice_keeps_both_values() -> None:
    (frame,) = Frames().feed(BANNER + b"Variable: a=1\r\nVariable: b=2\r\nEmpty:\r\n\r\n")
    assert frame == {"Variable": "a=1\nb=2", "Empty": ""}


@pytest.mark.parametrize("start", [b"", BANNER])
def test_peer_that_never_ends_a_frame_is_refused(start: bytes) -> None:
    frames = Frames(max_bytes=1000)
    frames.feed(start)
    with pytest.raises(FrameTooLong, match="without ending a frame"):
        frames.feed(b"x" * 1001)


def test_many_whole_frames_at_once_are_not_too_long() -> None:
    assert len(Frames(max_bytes=100).feed(BANNER + b"Event: Ping\r\n\r\n" * 50)) == 50


ONLY = EventFilter(without=["RTCPSent", "TestEvent"], variables=["DIALSTATUS"])


@pytest.mark.parametrize(
    ("raw", "passes"),
    [
        (b"Event: Hangup\r\nUniqueid: 17.1", True),
        (b"Event: NeverHeardOf\r\nContext: ivr-1", True),
        (b"Event: RTCPSent\r\nUniqueid: 17.1", False),
        (b"Event: RTCPSent", False),
        (b"Event: RTCPSentAgain\r\nUniqueid: 17.1", True),
        (b"Event: TestEvent\r\nActionID: 7\r\nType: StateChange", True),  # an answer
        (b"Response: Success\r\nMessage: Event: RTCPSent", True),
        (b"Event: VarSet\r\nUniqueid: 17.1\r\nVariable: DIALSTATUS\r\nValue: BUSY", True),
        (b"Event: VarSet\r\nVariable: __DIALSTATUS\r\nValue: BUSY", True),
        (b"Event: VarSet\r\nVariable: DIALSTATUSES\r\nValue: BUSY", False),
        (b"Event: VarSet\r\nVariable: X\r\nValue: DIALSTATUS", False),
        (b"Event: VarSet\r\nVariable: DIALSTATUS", True),  # cut short
    ],
)
def test_only_events_that_somebody_needs_are_decoded(raw: bytes, passes: bool) -> None:
    frames = Frames(only=ONLY).feed(BANNER + raw + b"\r\n\r\nEvent: Newstate\r\n\r\n")
    assert len(frames) == 1 + passes
    assert frames[-1] == {"Event": "Newstate"}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 4096])
def test_frame_of_any_length_in_chunks_of_any_size_arrives_whole(size: int) -> None:
    raw = BANNER + b"Event: UserEvent\r\nText: " + b"x" * 10_000 + b"\r\n\r\nEvent: Next\r\n\r\n"
    frames = Frames()
    fed = [frame for at in range(0, len(raw), size) for frame in frames.feed(raw[at : at + size])]
    assert [frame["Event"] for frame in fed] == ["UserEvent", "Next"]
    assert fed[0]["Text"] == "x" * 10_000


def test_lines_with_odd_colons_are_read_like_any_other_of_the_frame() -> None:
    (frame,) = Frames().feed(BANNER + b"Event: X\r\nA:b\r\nC: d: e\r\nF:\r\nno header\r\n\r\n")
    assert frame == {"Event": "X", "A": "b", "C": "d: e", "F": ""}
