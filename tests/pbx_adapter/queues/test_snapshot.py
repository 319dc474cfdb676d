"""What an edge tells of queues: read back as it was written, bounded, and without anybody's number."""

import json
from dataclasses import replace
from typing import Any

import pytest

from pbx_adapter.queues.snapshot import (
    PHONES_MOST,
    QUEUES_MOST,
    Seen,
    Snapshot,
    ToWatch,
    Watch,
    read_snapshot,
    read_watch,
    seen,
    written_snapshot,
    written_watch,
)
from pbx_adapter.queues.waits import Queues
from ringback.errors import BadInput
from ringback.records import LARGEST
from tests.clock import FRIDAY_AT_TEN

NOW_S = FRIDAY_AT_TEN.timestamp()
SEEN = Seen("401", 2, (NOW_S - 90.5, NOW_S - 3), 41.5, 3, ("PJSIP/101",))
TOLD = Snapshot(NOW_S, (SEEN, Seen("support")))
WATCH = Watch((ToWatch("401", 900, ("PJSIP/101",), "on", "en"), ToWatch("support", 60)))


def joined(queue: str, uniqueid: str, **more: str) -> dict[str, str]:
    told = {"Event": "QueueCallerJoin", "Queue": queue, "Uniqueid": uniqueid}
    return {**told, "Channel": f"PJSIP/trunk-{uniqueid}", **more}


def test_queue_is_told_by_counts_and_moments_alone() -> None:
    queues = Queues()
    for minute in range(3):
        caller = {"CallerIDNum": "0701740605", "CallerIDName": "Anna"}
        queues.feed(joined("401", f"1.{minute}", **caller), NOW_S - 60 * minute)
    queues.feed({"Event": "Hangup", "Uniqueid": "1.1"}, NOW_S - 10)
    for phone, status in (("PJSIP/101", "1"), ("PJSIP/102", "5")):
        member = {"Queue": "401", "Interface": phone, "MemberName": "Anna", "Status": status}
        queues.feed({"Event": "QueueMemberStatus", **member}, NOW_S)
    queues.feed(joined("other", "1.7"), NOW_S)
    told = seen(queues, "401", 900, NOW_S, ["PJSIP/101"])
    assert told == Seen("401", 2, (NOW_S - 120, NOW_S), 50.0, 1, ("PJSIP/101",))
    assert seen(queues, "401", 5, NOW_S).mean_s == 0
    body = written_snapshot(Snapshot(NOW_S, (told,)))
    assert not any(word in body for word in ("0701740605", "Anna", "trunk", "1.0", "102"))


def test_what_is_written_is_read_back() -> None:
    assert read_snapshot(written_snapshot(TOLD)) == TOLD
    assert read_watch(written_watch(WATCH)) == WATCH


def test_field_of_a_newer_version_is_passed_over() -> None:
    newer = {**json.loads(written_snapshot(TOLD)), "weather": "fine"}
    newer["queues"][0]["mood"] = "good"
    assert read_snapshot(json.dumps(newer)) == TOLD


def test_long_queue_is_told_by_those_who_came_first() -> None:
    queues = Queues()
    for number in range(500):
        queues.feed(joined("401", f"1.{number}"), NOW_S - number)
    told = seen(queues, "401", 900, NOW_S)
    assert (told.waiting, len(told.arrived_s)) == (500, 30)
    assert told.arrived_s[0] == NOW_S - 499


def test_site_with_as_many_long_queues_as_may_be_fits_into_one_message() -> None:
    idle = tuple(f"PJSIP/{number}" for number in range(5))
    busy = Seen("", 500, tuple(NOW_S - n / 3 for n in range(30)), 41.0, 20, idle)
    queues = tuple(replace(busy, name=f"queue {number}") for number in range(QUEUES_MOST))
    body = written_snapshot(Snapshot(NOW_S, queues))
    assert len(body) < LARGEST
    assert len(read_snapshot(body).queues) == QUEUES_MOST


WRONG: dict[str, dict[str, Any]] = {
    "another version": {"v": 2},
    "no moment": {"at_s": "now"},
    "not a number": {"at_s": float("nan")},
    "before there was a PBX": {"at_s": 1.0},
    "no list": {"queues": "401"},
    "too many queues": {"queues": [{"name": str(n)} for n in range(QUEUES_MOST + 1)]},
    "queue without a name": {"queues": [{"waiting": 1}]},
    "less than nobody": {"queues": [{"name": "401", "waiting": -1}]},
    "more than anybody": {"queues": [{"name": "401", "waiting": 10**400}]},
    "arrived at no time": {"queues": [{"name": "401", "arrived_s": [1e300]}]},
    "endless wait": {"queues": [{"name": "401", "mean_s": float("inf")}]},
    "too many phones": {"queues": [{"name": "401", "idle": ["x"] * (PHONES_MOST + 1)}]},
    "half a sign": {"queues": [{"name": "\ud83d"}]},
    "too large": {"padding": "x" * LARGEST},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_snapshot_that_is_wrong_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        read_snapshot(json.dumps({**json.loads(written_snapshot(TOLD)), **wrong}))


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[]", b"null", b"[" * 50_000])
def test_bytes_that_are_no_record_are_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        read_snapshot(body)
    with pytest.raises(BadInput):
        read_watch(body)


@pytest.mark.parametrize(
    "queue",
    [
        {"name": "401\r\nAction: Originate", "mean_over_s": 900},
        {"name": "401", "mean_over_s": -1},
        {"name": "401", "mean_over_s": 900, "language": "sv\r\n"},
        {"name": "401", "mean_over_s": 900, "offered": "perhaps"},
        {"name": "401", "mean_over_s": 900, "phones": ["x" * 81]},
    ],
)
def test_watch_that_is_wrong_is_refused(queue: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        read_watch(json.dumps({"v": 1, "queues": [queue]}))
