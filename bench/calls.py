"""Events per second through link and tracker from a local socket, beside three peers.

All read the same stream of unfiltered traffic, taking turns, each alone on one core with the server
on the other; the median of the rounds counts. The rate is events per second of CPU, which is what
one core can do; the rate by the clock stands beside it.
"""

from collections.abc import Sequence
from statistics import median

from bench.playing import Reading, play
from bench.readers import OURS, PANORAMISK, readers
from bench.stream import Stream, office_site, unfiltered
from bench.table import THE_SAME, Options, Row, at_least
from bench.tracker import decoded, feed
from pbx_adapter.tracker import Tracker


async def measure(options: Options) -> list[Row]:
    """A row for each reader, and one for each peer that could not be had."""
    found, missing = await readers(options.install)
    stream = unfiltered()
    readings: dict[str, list[Reading]] = {reader.name: [] for reader in found}
    for _ in range(options.rounds):
        for reader in found:
            readings[reader.name].append(await play(reader, stream.parts(options.events)))
    rates = {
        name: options.events / median(reading.cpu_s for reading in its)
        for name, its in readings.items()
    }
    rows = []
    for name, its in readings.items():
        by_clock = options.events / median(reading.wall_s for reading in its)
        figure = f"{rates[name]:,.0f} events/s ({by_clock:,.0f} by the clock)"
        if name == OURS:
            rows += [
                Row("calls", name, figure),
                _told(its, unfiltered_told(stream, options.events)),
            ]
            continue
        ratio = rates[OURS] / rates[name]
        wanted = at_least(2) if name == PANORAMISK else None
        rows.append(Row("calls", name, figure, "ours is so many times faster", ratio, wanted))
    return rows + [Row("calls", sentence, "") for sentence in missing]


def unfiltered_told(stream: Stream, events: int) -> int:
    """How many calls these events tell when every one of them is decoded."""
    tracker = Tracker(office_site())
    return sum(feed(tracker, decoded([part])) for part in stream.parts(events))


def _told(its: Sequence[Reading], told: int) -> Row:
    """Speed counts for nothing when a call is lost by it; the round farthest off is shown."""
    ours = max((reading.told for reading in its), key=lambda number: abs(number - told))
    ratio = ours / told if told else float(ours == told)
    beside = f"{told:,} when every event is decoded"
    return Row("calls", "calls told by ours", f"{ours:,}", beside, ratio, THE_SAME)
