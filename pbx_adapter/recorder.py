"""One PBX followed: its events become finished calls, handed over to where they are kept.

In: the address of a PBX, its site file, a sink. Out: each finished call, each wish to be rung, and the
state of the link, kept by the sink. Listeners hear the same events and work beside. While the sink
does not answer, events queue up in the link.

What happened while nobody listened comes from two places. The outbox (`outbox`) is looked into after
each login and every few seconds, and emptied of what has been kept. Asterisk's own records
(`backfill`) are read as often, also while AMI is away. A call whose end the tracker saw without
knowing whether somebody had answered is kept as such, and completed by what they know.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import NoReturn

import structlog

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import ActionRefused, PbxAddress
from pbx_adapter.backfill.reading import SETTLE_S, BackFill
from pbx_adapter.channels import Channels
from pbx_adapter.frames import Frame
from pbx_adapter.link import LinkKind, LinkState, Pace, follow
from pbx_adapter.listening import Listener, beside
from pbx_adapter.needed import FOR_CALLS, FOR_QUEUES_TOO
from pbx_adapter.outbox import by_our_clock, forget, kept_calls
from pbx_adapter.pbx_clock import clock_ahead_s
from pbx_adapter.queues.requests import Requests
from pbx_adapter.ringing.tries import Tries
from pbx_adapter.sink import LIVE, Sink
from pbx_adapter.site import Site
from pbx_adapter.tracker import Tracker
from ringback.attempts import Progress
from ringback.calls import Call, Direction, Outcome
from ringback.clock import Clock, system_clock
from ringback.errors import RingbackError, TryAgain

LOOK_EVERY_S = 15.0
HEARD_EVERY_S = 10.0
OUTBOX = "outbox"
_TOLD_MOST = 5000
_IN_SIGHT_S = 120.0  # behind events that wait while the sink is slow
log = structlog.get_logger()


class Recorder:
    """Follows one PBX until cancelled; looks into its outbox and records every `look_every_s`.

    Args:
        listeners: Who hears the events too; what callers asked for in the voice menu is heard always.

    Attributes:
        connection: For actions; None while the link is down.
    """

    def __init__(
        self,
        address: PbxAddress,
        site: Site,
        sink: Sink,
        clock: Clock = system_clock,
        look_every_s: float = LOOK_EVERY_S,
        settle_s: float = SETTLE_S,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self.connection: AmiConnection | None = None
        self._address = address
        self._site = site
        self._sink = sink
        self._clock = clock
        self._look_every_s = look_every_s
        self._tracker = Tracker(site)
        self._needed = FOR_QUEUES_TOO if listeners else FOR_CALLS
        self._tries = Tries(self._tracker.channels)
        self._listeners = (Requests(site, sink.keep_callback, clock, look_every_s), *listeners)
        self._up = asyncio.Event()
        self._in_sight = asyncio.Event()  # the snapshot after a login has been taken in
        self._look_now = asyncio.Event()
        self._undecided: set[str] = set()  # their outcome or DID may stand in the outbox
        self._seen: frozenset[str] = frozenset()  # in the outbox, when it was last looked into
        self._told: dict[str, None] = {}  # calls whose outcome the sink has, the newest last
        self._outbox_used = False
        self._ahead_s = 0.0  # the PBX's clock, before ours
        self._back_fill = BackFill(site.back_fill, site, sink, clock, settle_s)
        self._after_a_gap = False
        self._back_fill_fault = ""
        self._state: LinkState | None = None
        self._heard_before: datetime | None = None  # by an earlier process; until the link is up
        self._one_state = asyncio.Lock()

    @property
    def channels(self) -> Channels:
        """Those that are up."""
        return self._tracker.channels

    async def run(self, pace: Pace | None = None) -> NoReturn:
        """Keep the link up and hand over what it tells."""
        await self._remember()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_heard(), name=f"heard {self._address}")
            if self._site.back_fill.by_source():
                tasks.create_task(self._fill_back(), name=f"back-fill {self._address}")
            await follow(
                self._address,
                self._take,
                self._note_state,
                self._catch_up,
                only=self._needed,
                pace=pace,
                clock=self._clock,
            )
        raise AssertionError("a link is followed for ever")

    async def _take(self, frame: Frame, at_s: float) -> None:
        ended = self._tracker.feed(frame, at_s)
        try:
            for listener in self._listeners:
                listener.take(frame, at_s)
        finally:
            await self._tell_progress(self._tries.feed(frame, at_s))
            await self._tell_all(ended)
        if frame.get("Event") == "CoreShowChannelsComplete":
            self._in_sight.set()

    async def _tell_all(self, calls: list[Call]) -> list[Call]:
        """Those that are kept now. Another harms none: the outbox and the records have it still."""
        kept = []
        for call in calls:
            try:
                await self._tell(call)
            except RingbackError as fault:
                log.error("call_not_kept", uniqueid=call.uniqueid, fault=str(fault))
            else:
                kept.append(call)
        return kept

    async def _tell(self, call: Call) -> None:
        await self._sink.keep_call(call)
        began_unseen = call.direction is Direction.INBOUND and call.did is None
        if call.outcome is None or began_unseen:
            self._undecided.add(call.uniqueid)
            self._look_now.set()
            return
        self._told[call.uniqueid] = None
        if len(self._told) > _TOLD_MOST:
            del self._told[next(iter(self._told))]

    async def _tell_progress(self, told: Iterable[Progress]) -> None:
        """Of our tries to ring somebody back; what is not kept now is seen from the call's record."""
        for progress in told:
            try:
                await self._sink.keep_progress(progress)
            except RingbackError as fault:
                log.error("progress_not_kept", channel=progress.channel_id, fault=str(fault))

    # The state of the link, and when the PBX was last heard

    async def _remember(self) -> None:
        """What an earlier process left: our own absence is a gap too."""
        with suppress(TryAgain):
            marks = await self._sink.marks()
            self._outbox_used = OUTBOX in marks
            if LIVE in marks:
                self._heard_before = datetime.fromisoformat(marks[LIVE])

    async def _note_state(self, state: LinkState) -> None:
        if state.kind is LinkKind.LOST:
            self.connection = None
            self._up.clear()
            lost_s = state.since.timestamp()
            await self._tell_all(self._tracker.link_lost(lost_s))
            await self._tell_progress(self._tries.link_lost(lost_s))
        if state.kind is LinkKind.UP:
            self._heard_before = None
            self._after_a_gap = True
        elif self._heard_before is not None:
            state = replace(state, since=min(state.since, self._heard_before))
        self._state = state
        await self._tell_state()

    async def _tell_state(self) -> None:
        async with self._one_state:
            state = self._state
            if state is not None:
                text = f"{state.text} {self._back_fill_fault}".strip()
                await self._sink.keep_link(replace(state, text=text))

    async def _keep_heard(self) -> NoReturn:
        """Every few seconds, from each login on: the PBX has been heard until now."""
        while True:
            await self._up.wait()
            now = self._clock().astimezone(UTC)
            with suppress(TryAgain):
                await self._sink.keep_mark(LIVE, now.isoformat())
            await asyncio.sleep(HEARD_EVERY_S)

    # The outbox

    async def _catch_up(self, connection: AmiConnection) -> None:
        """After each login: which channels are up, and what has ended unseen? Then look on."""
        self.connection = connection
        self._up.set()
        self._in_sight.clear()
        await connection.action("CoreShowChannels")  # its list comes among the events
        try:
            async with asyncio.timeout(_IN_SIGHT_S):
                await self._in_sight.wait()
        except TimeoutError as late:
            raise TryAgain("The list of channels that are up did not come to its end.") from late
        self._ahead_s = await clock_ahead_s(connection, self._clock)
        async with beside(self._listeners, connection):
            await self._keep_looking(connection)

    async def _keep_looking(self, connection: AmiConnection) -> NoReturn:
        first = True
        try:
            while True:
                self._look_now.clear()
                await self._look_into_outbox(connection, first)
                first = False
                await self._until_next_look()
        except ActionRefused:
            self._undecided.clear()
            raise

    async def _until_next_look(self) -> None:
        try:
            async with asyncio.timeout(self._look_every_s):
                await self._look_now.wait()
        except TimeoutError:
            return

    async def _look_into_outbox(self, connection: AmiConnection, first: bool) -> None:
        """Hand over what only the outbox tells, then take out all that is kept.

        The handler writes just before the tracker hears of the end. So an entry is left to the
        tracker until the next look, unless it was there when we came or the tracker waits for it.
        """
        asked_for = frozenset(self._undecided)
        kept = await kept_calls(connection, self._site)
        followed = {call.uniqueid for call in self._tracker.open_calls()}
        due = kept.keys() if first else kept.keys() & (self._seen | self._undecided)
        told = [by_our_clock(kept[uniqueid], self._ahead_s) for uniqueid in due - followed]
        for call in await self._tell_all(told):
            await forget(connection, call.uniqueid)
        self._undecided -= asked_for
        self._seen = frozenset(kept)
        self._outbox_used |= bool(kept)
        if first and self._outbox_used:
            await self._sink.keep_mark(OUTBOX, self._clock().isoformat())

    # Asterisk's own records

    async def _fill_back(self) -> NoReturn:
        """Read on, for ever; a fault in it never stops the link."""
        while True:
            try:
                await self._look_into_records()
            except TryAgain as fault:
                log.warning("back_fill_waits", fault=str(fault))
            except Exception:
                log.exception("back_fill_failed")
            await asyncio.sleep(self._look_every_s)

    async def _look_into_records(self) -> None:
        """Calls that the tracker follows are its own; while it does not hear the PBX, only answered ones.

        Records may tell less: queue_log alone shows one that was answered before as given up.

        """
        up = self.connection is not None
        known = self._tracker.open_calls()
        followed = {call.uniqueid for call in known if up or call.outcome is Outcome.ANSWERED}
        told = self._told.keys() | self._tracker.lines_dialled()
        after_a_gap = up and self._after_a_gap
        fault = await self._back_fill.look(followed, told, after_a_gap=after_a_gap)
        self._after_a_gap &= not after_a_gap
        if fault != self._back_fill_fault:
            self._back_fill_fault = fault
            await self._tell_state()
