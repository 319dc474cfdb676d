"""The sources of one PBX read from their marks on, and the calls in them told: the back-fill itself.

In: `Places`, a sink. Out: calls that nobody told before, kept by the sink, and the marks after them.
Run by the recorder, after each login and every few seconds.

A call is told when it is over in a source and has been quiet for a while, so that the other sources
have written what they know of it. queue_log alone can't tell that a call is over: where CDR or CEL
can be read too, it waits for them. A mark moves only behind what has been told; a call that goes on
holds it back, for some hours at most. How old a record is, the source's own times tell: the PBX's
clock, or the zone that was given, may be wrong by hours.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from pbx_adapter.backfill.cdr import Cdr
from pbx_adapter.backfill.cel import Cel
from pbx_adapter.backfill.files import LogFile
from pbx_adapter.backfill.merging import merged
from pbx_adapter.backfill.places import Places
from pbx_adapter.backfill.queue_log import QueueLog
from pbx_adapter.backfill.records import Page, Reader, Record, SourceFault
from pbx_adapter.backfill.tables import RecordTable
from pbx_adapter.sink import Sink
from pbx_adapter.site import Site
from ringback.calls import Call
from ringback.clock import Clock
from ringback.errors import BadInput

SETTLE_S = 15.0
PATIENCE_S = 600.0  # CDR may be written in batches, every five minutes unless told otherwise
_LONGEST_CALL_S = 6 * 3600.0
_LOST_MARK_S = 48 * 3600.0  # so far back, where the place of the mark is gone
log = structlog.get_logger()


@dataclass(slots=True)
class _Source:
    """One source, and how far it has been read."""

    name: str
    place: LogFile | RecordTable
    reader: Reader
    position: str | None = None
    kept: str | None = None  # the mark that the sink has
    not_before_s: float = 0.0  # calls that were over by then are left alone
    fault: str = ""
    read_s: float = 0.0  # when its newest record came


class BackFill:
    """Reads the sources of one PBX.

    Args:
        places: Where they are.
        settle_s: So long a call must have been over before it is told.
    """

    def __init__(
        self, places: Places, site: Site, sink: Sink, clock: Clock, settle_s: float = SETTLE_S
    ) -> None:
        zone = ZoneInfo(places.time_zone)
        self._queue_log = QueueLog(site, zone)
        readers: dict[str, Reader] = {
            "cel": Cel(site, zone),
            "cdr": Cdr(site, zone),
            "queue_log": self._queue_log,
        }
        self._sources = [
            _Source(name, _at(place, name), readers[name])
            for name, place in places.by_source().items()
        ]
        self._sink = sink
        self._clock = clock
        self._settle_s = settle_s
        self._look_back_s = places.look_back_h * 3600
        self._text_callers = places.text_callers
        self._found_over: dict[str, tuple[float, float]] = {}  # their end, and when we knew of it
        self._began = False

    async def look(
        self,
        followed: Collection[str] = (),
        told: Collection[str] = (),
        *,
        after_a_gap: bool = False,
    ) -> str:
        """Read on, and tell the calls that are over.

        Args:
            followed: Uniqueids of calls that somebody else is about to tell.
            told: Those that have been told, with how they ended.
            after_a_gap: The sink hears of every source that was read to its end, also when there
                was nothing new.

        Returns:
            What is wrong with the sources, in sentences; empty when nothing is.

        Raises:
            TryAgain: The sink does not take anything now.
        """
        if not self._began:
            await self._begin()
        for source in self._sources:
            await self._read(source)
        await self._tell(followed, told)
        for source in self._sources:
            await self._keep_mark(source, after_a_gap)
        return " ".join(source.fault for source in self._sources if source.fault)

    async def _begin(self) -> None:
        marks = await self._sink.marks()
        for source in self._sources:
            source.position = source.kept = marks.get(source.name)
        self._began = True

    async def _read(self, source: _Source) -> None:
        told = ""
        try:
            if source.position is None:
                first = source.place.start if self._look_back_s else source.place.end
                source.position = await asyncio.to_thread(first)
                if self._look_back_s:
                    source.not_before_s = self._clock().timestamp() - self._look_back_s
            more = True
            while more:  # to the end: a call's rows may stand on two pages
                page = await asyncio.to_thread(source.place.read, source.position)
                if page.anew:
                    source.not_before_s = self._clock().timestamp() - _LOST_MARK_S
                self._take(source, page)
                source.position, more, told = page.after, page.more, page.fault
        except SourceFault as fault:
            told = str(fault)
        if told and told != source.fault:
            log.warning("back_fill_source", source=source.name, fault=told)
        elif source.fault and not told:
            log.info("back_fill_source_is_back", source=source.name)
        source.fault = told

    def _take(self, source: _Source, page: Page) -> None:
        broken: list[str] = []
        newest_s = source.reader.newest_s
        for record in page.records:
            try:
                source.reader.take(record)
            except BadInput as fault:
                broken.append(str(fault))
        if source.reader.newest_s > newest_s:
            source.read_s = self._clock().timestamp()
        if broken:
            log.warning(
                "back_fill_broken", source=source.name, records=len(broken), fault=broken[0]
            )
        ended = source.reader.ended().items()
        for uniqueid in [each for each, end_s in ended if end_s < source.not_before_s]:
            source.reader.drop(uniqueid)

    # Telling

    async def _tell(self, followed: Collection[str], told: Collection[str]) -> None:
        now_s = self._clock().timestamp()
        for uniqueid in self._over(now_s):
            if uniqueid in followed:
                continue
            nobodys = uniqueid in told or self._is_leg(uniqueid)
            call = None if nobodys else self._merged(uniqueid)
            if call is not None:
                await self._sink.keep_call(call)
            for source in self._sources:
                source.reader.drop(uniqueid)
        for source in self._sources:
            by_its_clock_s = source.reader.newest_s + now_s - source.read_s
            source.reader.drop_before(by_its_clock_s - _LONGEST_CALL_S)

    def _over(self, now_s: float) -> Sequence[str]:
        """The calls that are over and quiet, in order of their end."""
        sure = [source for source in self._sources if source.reader is not self._queue_log]
        readable = any(not source.fault for source in sure)
        over: dict[str, float] = {}
        for source in sure:
            for uniqueid, end_s in source.reader.ended().items():
                over[uniqueid] = max(end_s, over.get(uniqueid, 0.0))
        patient = {each: at_s for each, at_s in self._queue_log.ended().items() if each not in over}
        ends = self._by_our_clock({**over, **patient}, now_s)
        patience_s = PATIENCE_S if readable else 0.0
        waits = {each: self._settle_s + patience_s * (each in patient) for each in ends}
        due = [uniqueid for uniqueid, end_s in ends.items() if end_s + waits[uniqueid] <= now_s]
        return sorted(due, key=ends.__getitem__)

    def _by_our_clock(self, ends: Mapping[str, float], now_s: float) -> Mapping[str, float]:
        """When the calls were over, or, where that is in the future, when we knew of it."""
        known = self._found_over
        self._found_over = {
            each: known[each] if each in known and known[each][0] == end_s else (end_s, now_s)
            for each, end_s in ends.items()
        }
        return {each: min(found) for each, found in self._found_over.items()}

    def _is_leg(self, uniqueid: str) -> bool:
        return any(source.reader.is_leg(uniqueid) for source in self._sources)

    def _merged(self, uniqueid: str) -> Call | None:
        told = [source.reader.call(uniqueid) for source in self._sources]
        calls = [call for call in told if call is not None]
        if not calls:
            return None
        call = merged(calls, self._queue_log.left_for(uniqueid))
        return replace(call, presentation_known=True) if self._text_callers else call

    async def _keep_mark(self, source: _Source, after_a_gap: bool) -> None:
        if source.position is None:
            return
        first: Record | None = source.reader.held()
        mark = source.position if first is None else first.before
        if mark != source.kept or (after_a_gap and not source.fault):
            await self._sink.keep_mark(source.name, mark)
            source.kept = mark


def _at(place: str, name: str) -> LogFile | RecordTable:
    return RecordTable(place, name) if "://" in place else LogFile(Path(place), name)
