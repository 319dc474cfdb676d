"""Memory: flat over a million events through link and tracker, and over waves of many calls at once.

In: the stream, to a reader of its own process; then waves of calls, each held up all at once and
ended. Out: what the reader held late beside what it held early.
"""

from collections.abc import Iterable, Iterator

from bench.playing import play
from bench.readers import OURS, Reader, readers
from bench.stream import Stream, unfiltered
from bench.table import Options, Row, at_most
from bench.tracker import held_and_ended

_ROUNDS = 5  # so many times the events of a round: a million
_EARLY = 5  # a fifth of the stream: caches and the heap have their size
_WAVES = 3
_GROUP = 100  # calls in one part of the stream


async def measure(options: Options) -> list[Row]:
    """One row for the stream, one for the waves."""
    found, _ = await readers(install=False)
    ours = next(reader for reader in found if reader.name == OURS)
    return [
        await _over_events(ours, options.events * _ROUNDS),
        await _over_waves(ours, options.calls_up),
    ]


async def _over_events(ours: Reader, events: int) -> Row:
    rss = (await play(ours, unfiltered().parts(events))).rss
    fifth = max(1, len(rss) // _EARLY)
    early, late = max(rss[:fifth]), max(rss[-fifth:])
    return Row(
        "memory",
        f"link + tracker after {events:,} events",
        f"{late / 1e6:.1f} MB",
        f"{early / 1e6:.1f} MB after a fifth",
        late / early if early else None,
        at_most(1.05),
    )


async def _over_waves(ours: Reader, calls_up: int) -> Row:
    """All calls of a wave are up at once; the peaks of the waves are compared."""
    reading = await play(ours, _waves(calls_up))
    if reading.told != _WAVES * calls_up:
        raise RuntimeError(f"{reading.told} calls were told instead of {_WAVES * calls_up}.")
    length = len(reading.rss) // _WAVES
    first, last = max(reading.rss[:length]), max(reading.rss[-length:])
    each = (first - reading.rss[0]) / calls_up
    return Row(
        "memory",
        f"{_WAVES} waves of {calls_up:,} queue calls up at once, {each / 1e3:.1f} kB each",
        f"{last / 1e6:.1f} MB in the last",
        f"{first / 1e6:.1f} MB in the first",
        last / first if first else None,
        at_most(1.05),
    )


def _waves(calls_up: int) -> Iterator[bytes]:
    held, ended = held_and_ended()
    for wave in range(_WAVES):
        numbers = range(wave * calls_up, (wave + 1) * calls_up)
        yield from _grouped(held, numbers)
        yield from _grouped(ended, numbers)


def _grouped(stream: Stream, numbers: range) -> Iterable[bytes]:
    for first in numbers[::_GROUP]:
        some = range(first, min(first + _GROUP, numbers.stop))
        yield b"".join(map(stream.repetition, some))
