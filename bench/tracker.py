"""The call tracker alone: its rate, and what an event costs with more and more calls up.

In: frames of unfiltered traffic, cut and decoded beforehand. The calls that are up were answered from
a queue and are held; traffic of other calls goes on beside them.
"""

import gc
import time
from collections.abc import Iterable, Sequence
from statistics import median

from bench.stream import TRACES, Stream, office_site, recorded, unfiltered
from bench.table import Options, Row, at_least, at_most
from pbx_adapter.frames import EventFilter, Frame, Frames
from pbx_adapter.needed import FOR_CALLS
from pbx_adapter.tracker import Tracker

_LEAST_RATE = 150_000
_FEW_UP = 10
_FIRST_HELD = 500_000  # repetitions that the traffic beside them does not reach
_AT_S = 1000.0  # when all of it happens, on the tracker's clock


async def measure(options: Options) -> list[Row]:
    """The rate with few calls up; the cost with many; and that all of them are told in the end."""
    steps = sorted({_FEW_UP, min(1000, options.calls_up), options.calls_up})
    costs = _costs_s(steps, options.rounds * 4)
    few = costs[steps[0]]
    rows = [
        Row(
            "tracker",
            "tracker alone, unfiltered traffic",
            f"{1 / few:,.0f} events/s of CPU",
            f"{_LEAST_RATE:,} events/s",
            1 / few / _LEAST_RATE,
            at_least(1),
        )
    ]
    for up in steps[1:]:
        figure, first = f"{costs[up] * 1e6:.2f} µs", f"{few * 1e6:.2f} µs with {steps[0]} up"
        what = f"cost of an event with {up:,} calls up"
        rows.append(Row("tracker", what, figure, first, costs[up] / few, at_most(1.25)))
    return rows


def decoded(parts: Iterable[bytes], only: EventFilter | None = None) -> list[Frame]:
    """The frames of these bytes, or those worth decoding alone."""
    frames = Frames(only=only)
    return [frame for part in parts for frame in frames.feed(part)]


def held_and_ended() -> tuple[Stream, Stream]:
    """A queue's call until somebody talks with the caller, and the end of it."""
    return recorded(TRACES / "22" / "queue_ringall_answered.ami").cut_before("HangupRequest")


def feed(tracker: Tracker, frames: Sequence[Frame]) -> int:
    """Feeds them; returns how many calls were told."""
    return sum(len(tracker.feed(frame, _AT_S)) for frame in frames)


def _costs_s(steps: Sequence[int], rounds: int) -> dict[int, float]:
    """Seconds of CPU for an event while so many calls are up, each in turn; the median counts."""
    trackers = {up: _with_calls_up(up) for up in steps}
    costs: dict[int, list[float]] = {up: [] for up in steps}
    stream = unfiltered()
    gc.collect()
    for number in range(rounds):
        beside = decoded([stream.repetition(number)])
        for up, tracker in trackers.items():
            began = time.process_time()
            feed(tracker, beside)
            costs[up].append((time.process_time() - began) / len(beside))
    for up, tracker in trackers.items():
        _end(tracker, up)
    return {up: median(its) for up, its in costs.items()}


def _with_calls_up(up: int) -> Tracker:
    tracker, (held, _) = Tracker(office_site()), held_and_ended()
    for number in range(up):
        feed(tracker, decoded([held.repetition(_FIRST_HELD + number)], FOR_CALLS))
    if len(tracker.open_calls()) != up:
        raise RuntimeError(f"{len(tracker.open_calls())} calls are up instead of {up}.")
    return tracker


def _end(tracker: Tracker, up: int) -> None:
    _, ended = held_and_ended()
    parts = (ended.repetition(_FIRST_HELD + number) for number in range(up))
    told = sum(feed(tracker, decoded([part], FOR_CALLS)) for part in parts)
    if told != up:
        raise RuntimeError(f"{told} calls were told instead of {up}.")
