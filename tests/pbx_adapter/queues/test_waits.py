"""Who waits, since when, and who could answer: made-up events, recorded ones, and any order of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_adapter.frames import Frame, Frames
from pbx_adapter.needed import FOR_QUEUES_TOO
from pbx_adapter.queues.waits import Queues
from pbx_adapter.traces import read_trace

TRACES = Path(__file__).parents[2] / "data" / "traces"
KINDS = ("16", "22", "22-narrow", "freepbx", "freepbx-narrow", "office-16", "office-22-narrow")
SUPPORT, SALES = "support", "sales"


def event(name: str, uniqueid: str = "1.1", queue: str = SUPPORT, **more: str) -> Frame:
    return {
        "Event": name,
        "Uniqueid": uniqueid,
        "Channel": f"PJSIP/trunk-{uniqueid}",
        "Queue": queue,
        **more,
    }


def join(uniqueid: str = "1.1", queue: str = SUPPORT) -> Frame:
    return event("QueueCallerJoin", uniqueid, queue)


def leave(uniqueid: str = "1.1", queue: str = SUPPORT) -> Frame:
    return event("QueueCallerLeave", uniqueid, queue)


def connect(uniqueid: str = "1.1") -> Frame:
    return event("AgentConnect", uniqueid)


def hangup(uniqueid: str = "1.1") -> Frame:
    return event("Hangup", uniqueid)


def fed(*frames: tuple[float, Frame]) -> Queues:
    queues = Queues()
    for at_s, frame in frames:
        queues.feed(frame, at_s)
    return queues


def arrivals(queues: Queues, queue: str = SUPPORT) -> list[tuple[str, float]]:
    return [(one.uniqueid, one.arrived_s) for one in queues.waiting(queue)]


def test_callers_wait_in_the_order_of_their_arrival() -> None:
    queues = fed((10, join("1.2")), (5, join("1.1")), (12, join("1.3", SALES)))
    assert arrivals(queues) == [("1.1", 5), ("1.2", 10)]
    assert arrivals(queues, SALES) == [("1.3", 12)]


def test_caller_who_is_being_answered_waits_no_longer() -> None:
    queues = fed((0, join()), (30, leave()))
    assert arrivals(queues) == []
    queues.feed(connect(), 31)
    assert queues.mean_wait_s(SUPPORT, 900, 40) == 30


def test_mean_counts_who_was_answered_and_who_gave_up() -> None:
    answered = (0.0, join("1.1")), (60.0, leave("1.1")), (60.0, connect("1.1"))
    given_up = (0.0, join("1.2")), (20.0, event("QueueCallerAbandon", "1.2")), (21.0, hangup("1.2"))
    queues = fed(*answered, *given_up)
    assert queues.mean_wait_s(SUPPORT, 900, 100) == 40


def test_wait_ended_when_the_queue_gave_up_though_the_caller_is_led_out_later() -> None:
    queues = fed((0, join()), (20, event("QueueCallerAbandon")), (25, leave()), (90, hangup()))
    assert queues.mean_wait_s(SUPPORT, 900, 100) == 20


def test_mean_looks_back_no_further_than_it_is_told() -> None:
    queues = fed((0, join("1.1")), (60, hangup("1.1")), (900, join("1.2")), (910, hangup("1.2")))
    assert queues.mean_wait_s(SUPPORT, 900, 959) == 35
    assert queues.mean_wait_s(SUPPORT, 900, 960) == 10
    assert queues.mean_wait_s(SUPPORT, 900, 1811) == 0


def test_queue_without_an_ended_wait_has_no_mean() -> None:
    assert fed((0, join())).mean_wait_s(SUPPORT, 900, 600) == 0


def test_caller_who_comes_back_to_the_queue_has_waited_all_the_time() -> None:
    queues = fed((0, join()), (60, leave()), (75, join()))
    assert arrivals(queues) == [("1.1", 0)]
    assert queues.mean_wait_s(SUPPORT, 900, 80) == 0  # nothing has ended
    queues.feed(leave(), 100)
    queues.feed(connect(), 100)
    assert queues.mean_wait_s(SUPPORT, 900, 100) == 100


def test_caller_who_goes_on_to_another_queue_waits_there_anew() -> None:
    queues = fed((0, join()), (60, leave()), (61, join(queue=SALES)))
    assert arrivals(queues, SALES) == [("1.1", 61)]
    assert queues.mean_wait_s(SUPPORT, 900, 61) == 60


def test_caller_who_left_by_a_digit_has_waited_until_then() -> None:
    queues = fed((0, join()), (60, leave()), (200, hangup()))
    assert queues.mean_wait_s(SUPPORT, 900, 200) == 60


def entry(uniqueid: str, wait: str) -> Frame:
    return event("QueueEntry", uniqueid, Wait=wait)


def test_snapshot_tells_who_has_come_unseen_and_who_has_gone() -> None:
    queues = fed((0, join("1.1")), (50, join("1.2")), (200, join("1.4")))
    queues.snapshot(SUPPORT, [entry("1.2", "160"), entry("1.3", "90")], asked_s=200)
    assert arrivals(queues) == [("1.2", 50), ("1.3", 110), ("1.4", 200)]  # the last came meanwhile
    assert queues.mean_wait_s(SUPPORT, 900, 200) == 0  # how 1.1 ended was not seen


def test_snapshot_of_one_queue_leaves_the_others_alone() -> None:
    queues = fed((0, join("1.1", SALES)))
    queues.snapshot(SUPPORT, [], asked_s=100)
    assert arrivals(queues, SALES) == [("1.1", 0)]


def test_channels_that_a_login_does_not_show_are_forgotten() -> None:
    queues = fed((0, join("1.1")), (0, join("1.2")), (5, leave("1.2")), (0, join("1.3")))
    queues.feed({"Event": "CoreShowChannel", "Uniqueid": "1.3"}, 60)
    queues.feed({"Event": "CoreShowChannelsComplete"}, 60)
    assert arrivals(queues) == [("1.3", 0)]
    queues.feed(join("1.2"), 70)
    assert ("1.2", 70) in arrivals(queues)
    queues.feed({"Event": "CoreShowChannel", "Uniqueid": "1.2"}, 90)  # the next login
    queues.feed({"Event": "CoreShowChannelsComplete"}, 90)
    assert arrivals(queues) == [("1.2", 70)]


def member(name: str = "QueueMemberStatus", **more: str) -> Frame:
    told = {"Interface": "PJSIP/101", "StateInterface": "PJSIP/101", "Status": "1"}
    return {"Event": name, "Queue": SUPPORT, "Paused": "0", "InCall": "0", **told, **more}


@pytest.mark.parametrize(
    ("told", "logged_in", "free"),
    [
        ({}, True, True),
        ({"Status": "0"}, True, True),  # a device that tells no state
        ({"Status": "2"}, True, False),
        ({"Status": "6"}, True, False),
        ({"Status": "4"}, False, False),
        ({"Status": "5"}, False, False),
        ({"Paused": "1"}, True, False),
        ({"InCall": "1"}, True, False),
    ],
)
def test_member_is_there_and_free_as_his_phone_says(
    told: dict[str, str], logged_in: bool, free: bool
) -> None:
    (one,) = fed((0, member(**told))).members(SUPPORT)
    assert (one.logged_in, one.free) == (logged_in, free)


def test_members_come_and_go() -> None:
    queues = fed((0, member("QueueMemberAdded")), (1, member("QueueMemberPause", Paused="1")))
    (one,) = queues.members(SUPPORT)
    assert one.paused
    queues.feed(member("QueueMemberRemoved"), 2)
    assert queues.members(SUPPORT) == ()


def test_snapshot_tells_the_members() -> None:
    queues = fed((0, member(Interface="PJSIP/102")))
    local = {"Location": "Local/101@from-queue/n", "StateInterface": "hint:101@ext-local"}
    listed = {"Event": "QueueMember", "Queue": SUPPORT, "Status": "5", "Paused": "0", **local}
    queues.snapshot(SUPPORT, [listed], asked_s=0)
    (one,) = queues.members(SUPPORT)
    assert (one.interface, one.logged_in) == ("Local/101@from-queue/n", False)


def test_state_that_does_not_change_is_no_news() -> None:
    queues = Queues()
    assert queues.feed(member(), 0)
    assert not queues.feed(member(), 1)
    assert queues.feed(member(Status="2"), 2)
    assert not queues.feed(leave("9.9"), 3)
    assert not queues.feed({"Event": "Newchannel", "Uniqueid": "1.1"}, 4)


# Recorded traffic


def replayed(path: Path, queues: Queues) -> Iterator[tuple[float, Frame]]:
    frames = Frames(only=FOR_QUEUES_TOO)
    for at_s, raw in read_trace(path).frames:
        for frame in frames.feed(raw):
            queues.feed(frame, at_s)
            yield at_s, frame


@pytest.mark.parametrize("kind", KINDS)
def test_as_many_wait_as_asterisk_counts(kind: str) -> None:
    compared = 0
    for path in sorted((TRACES / kind).glob("*.ami*")):
        queues, after_a_gap = Queues(), ".2.ami" in path.name
        for _, frame in replayed(path, queues):
            if "Count" not in frame or after_a_gap:
                continue
            assert len(queues.waiting(frame["Queue"])) == int(frame["Count"]), (path.name, frame)
            compared += 1
    assert compared > 0


@pytest.mark.parametrize("kind", KINDS)
def test_waits_are_as_long_as_asterisk_says_on_the_answer(kind: str) -> None:
    """Its HoldTime is that of the last visit, so of callers who visited one queue once."""
    longest_s = 0
    for path in sorted((TRACES / kind).glob("*.ami*")):
        queues, visits = Queues(), dict[str, int]()
        for _, frame in replayed(path, queues):
            uniqueid = frame.get("Uniqueid", "")
            if frame.get("Event") == "QueueCallerJoin":
                visits[uniqueid] = visits.get(uniqueid, 0) + 1
            elif frame.get("Event") == "AgentConnect" and visits.get(uniqueid) == 1:
                _, ours_s = queues._ended[frame["Queue"]][-1]
                assert abs(ours_s - int(frame["HoldTime"])) <= 1.1, (path.name, frame)
                longest_s = max(longest_s, int(frame["HoldTime"]))
    assert longest_s > 0


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_waits_when_all_channels_have_ended(kind: str) -> None:
    for path in sorted((TRACES / kind).glob("*.ami*")):
        queues, up = Queues(), set[str]()
        for _, frame in replayed(path, queues):
            if frame.get("Event") == "Newchannel":
                up.add(frame["Uniqueid"])
            elif frame.get("Event") == "Hangup":
                up.discard(frame["Uniqueid"])
        assert queues.on_the_line() <= up, path.name


# Any order

_names = ("QueueCallerJoin", "QueueCallerLeave", "QueueCallerAbandon", "AgentConnect", "Hangup")
_events = st.lists(
    st.tuples(
        st.sampled_from(_names),
        st.sampled_from(["1.1", "1.2", "1.3", ""]),
        st.sampled_from([SUPPORT, SALES]),
        st.floats(0, 30),
    ),
    max_size=40,
)


@given(_events)
def test_whatever_comes_in_any_order_no_wait_is_negative_and_all_end(
    told: list[tuple[str, str, str, float]],
) -> None:
    queues, now_s = Queues(), 0.0
    for name, uniqueid, queue, later_s in told:
        now_s += later_s
        queues.feed(event(name, uniqueid, queue), now_s)
        for one in (SUPPORT, SALES):
            times = [arrived_s for _, arrived_s in arrivals(queues, one)]
            assert times == sorted(times)
            assert 0 <= queues.mean_wait_s(one, 4 * 3600, now_s) <= now_s
    for uniqueid in ("1.1", "1.2", "1.3"):
        queues.feed(hangup(uniqueid), now_s)
    assert queues.on_the_line() == set()


def test_memory_of_a_busy_queue_is_bounded() -> None:
    queues = Queues()
    for number in range(20_000):
        queues.feed(join(f"1.{number}"), number)
        queues.feed(hangup(f"1.{number}"), number + 7)
    assert queues.mean_wait_s(SUPPORT, 4 * 3600, 20_000) == 7
    assert len(queues._ended[SUPPORT]) == 5000
