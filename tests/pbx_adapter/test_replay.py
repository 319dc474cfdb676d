import gzip
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from pbx_adapter.frames import Frames
from pbx_adapter.needed import FOR_CALLS
from pbx_adapter.replay import as_json, replay
from pbx_adapter.site import Site
from pbx_adapter.traces import read_trace
from pbx_adapter.tracker import Tracker
from ringback.calls import Call
from ringback.errors import BadInput
from tests.pbx_adapter.truth import UNSEEN_BY_NARROW, Tally, Truth, faults

TRACES = Path(__file__).parents[1] / "data" / "traces"
NAMES = sorted(
    f"{path.parent.name}/{path.name.removesuffix('.expected.json')}"
    for path in TRACES.glob("*/*.expected.json")
)

# Told wrong so far. A fault that is mended, or a new one, must change this table.
TOLD_WRONG = {
    # The callers' INVITEs were sent while Asterisk was down, and again when it was up. The PBX saw
    # the second only, so it can't know how long they had waited, nor who had given up before.
    "22/restart_sigterm": [
        "0701740620 at 16.721: wait_s",
        "+46701740615 at 17.392: wait_s",
        "46701740624 at 18.805: ended_by, wait_s",
        "46701740618 at 19.233: wait_s",
        "46701740614 at 20.677: wait_s",
        "0046701740617 at 20.683: wait_s",
        "0046701740613 at 21.296: wait_s",
    ],
}


def site_of(folder: str) -> Site:
    """The site file whose name goes farthest with the folder's: `site-office.toml` of `office-22`."""
    named = {path.stem.removeprefix("site-"): path for path in TRACES.glob("site-*.toml")}
    fitting = [pbx for pbx in named if folder.startswith(pbx)]
    path = named[max(fitting, key=len)] if fitting else TRACES / "site.toml"
    return Site.from_toml(path.read_text())


def connections_of(name: str) -> list[Path]:
    path = TRACES / name
    names = [f"{path.name}{part}.ami{gz}" for part in ("", ".1", ".2") for gz in ("", ".gz")]
    return [path.with_name(name) for name in names if path.with_name(name).exists()]


def truths_of(name: str) -> list[Truth]:
    truths: list[Truth] = json.loads((TRACES / f"{name}.expected.json").read_text())["calls"]
    return truths


def test_recorded_calls_are_told_as_their_callers_and_phones_saw_them() -> None:
    """`pytest -s` shows the table."""
    told_wrong = {}
    table: dict[str, Tally] = defaultdict(Tally)
    for name in NAMES:
        folder = name.partition("/")[0]
        calls = list(replay(connections_of(name), site_of(folder)))
        found = [f for f in faults(truths_of(name), calls) if not is_unseen(name, f)]
        table[folder].add(name, truths_of(name), found)
        if found:
            told_wrong[name] = found
    print(f"\n{'folder':<26}{'traces right':>14}{'calls right':>16}")
    for folder, tally in table.items():
        traces = f"{tally.traces_right}/{tally.traces}"
        print(f"{folder:<26}{traces:>14}{f'{tally.calls_right}/{tally.calls}':>16}")
        for wrong in tally.wrong:
            print(f"    {wrong}")
    assert told_wrong == TOLD_WRONG


@pytest.mark.parametrize("name", NAMES)
def test_without_a_site_file_the_same_is_told(name: str) -> None:
    """But for the reasons of a narrow user, whom only the contexts tell what was played."""
    written, default = (
        [
            essence(replace(call, reason=None) if "narrow" in name else call)
            for call in replay(connections_of(name), site)
        ]
        for site in (site_of(name), Site())
    )
    assert written == default


@pytest.mark.parametrize("folder", sorted({name.partition("/")[0] for name in NAMES}))
def test_what_the_live_link_leaves_out_changes_no_call(folder: str) -> None:
    """The link does not decode every event (`needed`); the replay does."""
    for name in (name for name in NAMES if name.startswith(f"{folder}/")):
        tracker, told = Tracker(site_of(folder)), []
        for number, path in enumerate(connections_of(name)):
            frames = Frames(only=FOR_CALLS)
            told += tracker.link_lost(0.0) if number else []
            for _, raw in read_trace(path).frames:
                for frame in frames.feed(raw):
                    told += tracker.feed(frame, 0.0)
        assert [essence(call) for call in in_order(told)] == [
            essence(call) for call in in_order(replay(connections_of(name), site_of(folder)))
        ], name


def in_order(calls: Iterable[Call]) -> list[Call]:
    return sorted((call for call in calls if call.did or call.callee), key=lambda c: c.uniqueid)


def essence(call: Call) -> tuple[object, ...]:
    return call.uniqueid, call.outcome, call.reason, call.queues, call.answered_by, call.ended_by


def is_unseen(name: str, fault: str) -> bool:
    """Whether this is all that the narrow user can't see of the scenario."""
    folder, _, scenario = name.partition("/")
    fields, _ = UNSEEN_BY_NARROW.get(scenario, ((), ""))
    return "narrow" in folder and fault.endswith(f": {', '.join(fields)}") and bool(fields)


def test_what_the_narrow_user_does_not_see_is_no_more_than_the_list_says() -> None:
    """An exception that is not needed any more has to leave the list."""
    needed = {
        name.partition("/")[2]
        for name in NAMES
        if any(is_unseen(name, fault) for fault in faults(truths_of(name), replayed(name)))
    }
    assert needed == set(UNSEEN_BY_NARROW)


def replayed(name: str) -> list[Call]:
    return list(replay(connections_of(name), site_of(name.partition("/")[0])))


def test_call_of_a_phone_that_no_truth_names_is_a_fault() -> None:
    (made,) = replayed("22/internal_noanswer")
    assert faults([], [made]) == [f"nobody made 101 to {made.callee} at {made.start}"]
    assert faults([], [replace(made, callee="*8")]) == []
    twice = [made, replace(made, uniqueid="again")]
    assert len(faults(truths_of("22/internal_noanswer"), twice)) == 1


def test_every_wrong_trace_in_the_table_exists() -> None:
    assert set(TOLD_WRONG) <= set(NAMES)


def the_call(name: str) -> Call:
    (call,) = replay(connections_of(name), site_of(name))
    return call


def test_record_has_the_fields_of_a_call_in_one_line() -> None:
    line = as_json(the_call("22/queue_ringall_answered"))
    record = json.loads(line)
    assert "\n" not in line
    assert list(record) == list(Call.__slots__)
    assert record["outcome"] == "answered"
    assert record["reason"] is None
    assert record["queues"] == ["kundtjanst"]


def test_number_that_the_caller_withheld_is_in_no_field() -> None:
    call = the_call("22/withheld_pai_missed")
    assert (call.withheld, call.caller, call.caller_e164) == (True, "anonymous", None)


def test_outgoing_and_internal_calls_are_told_with_the_number_dialled() -> None:
    told = [
        (call.direction, call.caller, call.outcome, call.reason, call.answered_by == call.callee)
        for name in ("22/c2c_answered", "22/c2c_local_voicemail_trap", "22/internal_noanswer")
        for call in replay(connections_of(name), site_of(name))
    ]
    assert told == [
        ("outbound", "101", "answered", None, True),
        ("outbound", "101", "missed", "voicemail", False),
        ("internal", "101", "missed", "no_answer", False),
    ]


def cut_off(tmp_path: Path, name: str, share: float) -> Path:
    """The first part of a trace, as a recording that was stopped early."""
    (source,) = connections_of(name)
    recorded = source.read_bytes()
    target = tmp_path / source.name
    target.write_bytes(recorded[: int(len(recorded) * share)])
    return target


def test_call_that_is_up_at_the_end_is_told_only_when_asked_for(tmp_path: Path) -> None:
    path = cut_off(tmp_path, "22/hold_and_resume", 0.7)
    assert list(replay([path], site_of("22"))) == []
    (call,) = replay([path], site_of("22"), include_open=True)
    assert (call.outcome, call.answered_by, call.ended_by) == ("answered", "101", None)


def test_trace_without_a_clock_is_told_at_second_zero(tmp_path: Path) -> None:
    path = cut_off(tmp_path, "22/direct_busy", 1.0)
    (call,) = replay([path], site_of("22"))
    assert (call.reason, call.start, call.end) == ("busy", 0.0, 0.0)


def test_missing_trace_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.ami can't be read"):
        list(replay([tmp_path / "nowhere.ami"], Site()))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.ami", b"call them back\n"),
        ("page.ami", b"HTTP/1.1 200 OK\r\n\r\n"),
        ("empty.ami.gz", gzip.compress(b"", mtime=0)),
        ("unpacked.ami.gz", b"Asterisk Call Manager/11.0.0\r\n"),
    ],
)
def test_file_that_is_no_trace_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match=name):
        list(replay([path], Site()))


@pytest.mark.parametrize("index", ['{"chunks": 7}', '{"chunks": [[0]]}', "[]", '{"chunks": ["a"]}'])
def test_broken_clock_is_refused(tmp_path: Path, index: str) -> None:
    path = cut_off(tmp_path, "22/direct_busy", 1.0)
    path.with_name("direct_busy.idx.json").write_text(index)
    with pytest.raises(BadInput, match=r"direct_busy\.ami"):
        list(replay([path], Site()))
