import gzip
import json
from pathlib import Path

import pytest

from pbx_adapter.traces import Trace, read_trace
from ringback.errors import BadInput

LOGIN = b"Asterisk Call Manager/11.0.0\r\nResponse: Success\r\nActionID: login-1\r\n\r\n"
RING = b"Event: Newchannel\r\nCallerIDNum: 46701740605\r\nUniqueid: 17.1\r\n\r\n"
DIAL = b"Response: Success\r\nActionID: 9\r\nMessage: Originate successfully queued\r\n\r\n"
GONE = b"Event: Hangup\r\nUniqueid: 17.1\r\n\r\n"


def recorded(directory: Path, raw: bytes, chunks: list[list[float]], packed: bool = False) -> Path:
    gz = ".gz" if packed else ""
    trace = directory / f"missed.ami{gz}"
    index = json.dumps({"chunks": chunks, "sent": []}).encode()
    for path, content in ((trace, raw), (directory / f"missed.idx.json{gz}", index)):
        path.write_bytes(gzip.compress(content) if packed else content)
    return trace


@pytest.mark.parametrize("packed", [True, False])
def test_login_is_left_out_and_all_else_kept_as_it_came(tmp_path: Path, packed: bool) -> None:
    chunks = [[0.1, 0], [0.5, len(LOGIN)], [3.0, len(LOGIN + RING + DIAL)]]
    trace = read_trace(recorded(tmp_path, LOGIN + RING + DIAL + GONE, chunks, packed))
    assert trace == Trace("missed", ((0.5, RING), (0.5, DIAL), (3.0, GONE)))


def test_frame_that_came_in_two_reads_has_the_time_of_the_second(tmp_path: Path) -> None:
    chunks = [[0.1, 0], [0.5, len(LOGIN) + 10], [0.7, len(LOGIN + RING) + 1]]
    trace = read_trace(recorded(tmp_path, LOGIN + RING + GONE, chunks))
    assert [at_s for at_s, _ in trace.frames] == [0.5, 0.7]


def test_last_frame_that_was_cut_is_left_out(tmp_path: Path) -> None:
    trace = read_trace(recorded(tmp_path, LOGIN + RING + GONE[:-3], [[0.0, 0]]))
    assert [raw for _, raw in trace.frames] == [RING]


def test_trace_without_clock_is_all_at_second_zero(tmp_path: Path) -> None:
    path = tmp_path / "missed.ami"
    path.write_bytes(LOGIN + RING + GONE)
    assert read_trace(path).frames == ((0.0, RING), (0.0, GONE))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("not-there.ami", None),
        ("torn.ami.gz", gzip.compress(LOGIN + RING, mtime=0)[:-9]),
        ("no.ami.gz", b"no gzip"),
        ("empty.ami", b""),
        ("text.ami", b"Dear reader"),
    ],
)
def test_file_that_is_no_trace_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=name):
        read_trace(tmp_path / name)


def test_replacing_swaps_bytes_at_once_and_the_longest_first() -> None:
    trace = Trace("t", ((0.5, b"A: 17.1 17.10 17.2"),))
    swapped = trace.replaced({b"17.1": b"17.2", b"17.2": b"17.1", b"17.10": b"x"})
    assert swapped == Trace("t", ((0.5, b"A: 17.2 x 17.1"),))
    assert trace.replaced({}) == trace
