import gzip
import json
from pathlib import Path

import pytest

from pbx_adapter.replay import as_json, replay
from pbx_adapter.site import Site
from ringback.calls import Call
from ringback.errors import BadInput
from tests.pbx_adapter.truth import faults

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
    name = "site-freepbx.toml" if folder.startswith("freepbx") else "site.toml"
    return Site.from_toml((TRACES / name).read_text())


def connections_of(name: str) -> list[Path]:
    path = TRACES / name
    names = [f"{path.name}{part}.ami{gz}" for part in ("", ".1", ".2") for gz in ("", ".gz")]
    return [path.with_name(name) for name in names if path.with_name(name).exists()]


@pytest.mark.parametrize("name", NAMES)
def test_recorded_calls_are_told_as_their_callers_and_phones_saw_them(name: str) -> None:
    folder = name.partition("/")[0]
    truth = json.loads((TRACES / f"{name}.expected.json").read_text())["calls"]
    calls = list(replay(connections_of(name), site_of(folder)))
    assert faults(truth, calls, narrow="narrow" in folder) == TOLD_WRONG.get(name, [])


@pytest.mark.parametrize("name", NAMES)
def test_without_a_site_file_the_same_calls_are_found_answered(name: str) -> None:
    written, default = (
        [(call.uniqueid, call.outcome, call.answered_by) for call in calls]
        for calls in (
            replay(connections_of(name), site_of(name)),
            replay(connections_of(name), Site()),
        )
    )
    assert written == default


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
        ("empty.ami.gz", gzip.compress(b"")),
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
