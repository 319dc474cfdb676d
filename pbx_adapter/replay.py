"""Recorded AMI traffic in, finished calls out: `ringback replay`.

In: traces, each the bytes of one connection with its clock beside it (see `traces`). Out: calls,
and one line of JSON for each. Feeds the same tracker as the live link.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from pbx_adapter.frames import Frames
from pbx_adapter.site import Site
from pbx_adapter.traces import Trace, read_trace
from pbx_adapter.tracker import Tracker
from ringback.calls import Call, Direction
from ringback.errors import BadInput


def replay(paths: Sequence[Path], site: Site, *, include_open: bool = False) -> Iterator[Call]:
    """The calls of recorded connections, in order of start.

    A call from outside of which only the middle was recorded is left out: the number that it
    called is not in the trace. (On a live link the outbox and the back-fill tell it whole.)

    Args:
        paths: Consecutive connections of one link. The clock goes on from file to file; how long
            the link was away is not in the files.
        site: What is known about the PBX.
        include_open: Also the calls that are up when the last file ends.

    Raises:
        BadInput: A file is missing, is no trace, or its clock is broken.
    """
    traces = [_read(path) for path in paths]
    tracker = Tracker(site)
    calls: list[Call] = []
    now = 0.0
    for number, trace in enumerate(traces):
        if number:
            calls += tracker.link_lost(now)
        connected_at, frames = now, Frames()
        for at_s, raw in trace.frames:
            now = connected_at + at_s
            for frame in frames.feed(raw):
                calls += tracker.feed(frame, now)
    if include_open:
        calls += tracker.open_calls()
    recorded = (call for call in calls if call.did or call.direction is not Direction.INBOUND)
    yield from sorted(recorded, key=lambda call: call.start)


def as_json(call: Call) -> str:
    """One line of JSON: the fields of a call, in their order."""
    return json.dumps(asdict(call), ensure_ascii=False)


def _read(path: Path) -> Trace:
    try:
        trace = read_trace(path)
    except (AttributeError, TypeError) as fault:
        raise BadInput(
            f"The clock beside {path} is broken: `chunks` must list [seconds, byte offset] pairs. "
            "Copy the index anew, or remove it to replay without a clock."
        ) from fault
    if not any(raw.startswith(b"Event:") for _, raw in trace.frames):
        raise BadInput(
            f"{path} is no AMI trace: it holds no event. Name .ami or .ami.gz files of a recording."
        )
    return trace
