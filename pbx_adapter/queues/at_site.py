"""The queues of the PBX beside an edge, as far as the centre has asked for them.

In: the PBX's events, what the centre wants to know (`Watch`). Out: a `Snapshot`, whenever it is asked
for; the language of those who wait, so that they hear of an offer (`speaking`). The line to the centre
is kept by `edge`; what is offered is decided there (`at_edges`).

A `Watch` that the centre does not repeat is over after two minutes, like an offer in the dialplan:
then nothing is told any more, and nobody hears of an offer.
"""

import asyncio
from collections.abc import Callable
from typing import NoReturn

import structlog

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import ActionRefused
from pbx_adapter.channels import Channels
from pbx_adapter.frames import Frame
from pbx_adapter.queues.snapshot import Seen, Snapshot, ToWatch, Watch, seen
from pbx_adapter.queues.speaking import Speaking
from pbx_adapter.queues.waits import Queues
from pbx_adapter.ringing.phones import Phones
from ringback.bell import Bell
from ringback.clock import Clock, system_clock
from ringback.errors import RingbackError

WATCH_FOR_S = 120.0
LOOK_EVERY_S = 2.0
_ASK_EVERY_S = 60.0  # a reload of queues.conf changes members and sends no event
_REST_S = 0.3
_OF_PHONES = frozenset({"Newchannel", "Hangup", "Rename"})
_NOTHING = Watch()
log = structlog.get_logger()


class SiteQueues:
    """A `Listener` of the edge's recorder.

    Attributes:
        bell: Rung when a snapshot may differ from the one before.

    Args:
        channels: Those that are up.
        clock: Ours.
        look_every_s: How often to look, besides when something has changed.
        watch_for_s: How long what the centre wants to know holds.
    """

    def __init__(
        self,
        channels: Callable[[], Channels],
        clock: Clock = system_clock,
        look_every_s: float = LOOK_EVERY_S,
        watch_for_s: float = WATCH_FOR_S,
    ) -> None:
        self.bell = Bell()
        self._channels = channels
        self._clock = clock
        self._look_every_s = look_every_s
        self._watch_for_s = watch_for_s
        self._queues = Queues()
        self._watch, self._watched_s = _NOTHING, 0.0  # in the loop's time
        self._phones: frozenset[str] = frozenset()  # all that are asked for
        self._asked: dict[str, float] = {}  # queues that this connection has told of; loop's time
        self._told_fault = ""

    def watch(self, watch: Watch) -> None:
        """What the centre wants to know from now on."""
        changed = watch != self._watch
        self._watch, self._watched_s = watch, _now_s()
        self._phones = frozenset(phone for queue in watch.queues for phone in queue.phones)
        if changed:
            self.bell.ring()

    def take(self, frame: Frame, at_s: float) -> None:
        """An event of the PBX."""
        changed = self._queues.feed(frame, at_s)
        if changed or (self._phones and self._is_of_a_phone(frame)):
            self.bell.ring()

    def snapshot(self) -> Snapshot:
        """What is known now of the queues that the centre has asked for."""
        now_s = self._clock().timestamp()
        phones = Phones(self._queues, self._channels())
        wanted = [queue for queue in self._wanted().queues if queue.name in self._asked]
        return Snapshot(now_s, tuple(self._seen(queue, phones, now_s) for queue in wanted))

    async def run(self, connection: AmiConnection) -> NoReturn:
        """Ask the PBX for what its events do not tell, speak to callers; until cancelled."""
        speaking = Speaking(connection)
        try:
            while True:
                heard = self.bell.heard()
                fault = await self._see(connection) or await self._speak(speaking)
                if fault and fault != self._told_fault:
                    log.warning("queues_of_site", fault=fault)
                self._told_fault = fault
                await asyncio.sleep(_REST_S)
                await self.bell.wait(heard, self._look_every_s)
        finally:
            self._asked.clear()  # of a PBX that is not heard nothing is known
            self.bell.ring()

    def _wanted(self) -> Watch:
        is_over = _now_s() - self._watched_s >= self._watch_for_s
        return _NOTHING if is_over else self._watch

    def _seen(self, queue: ToWatch, phones: Phones, now_s: float) -> Seen:
        idle = [phone for phone in queue.phones if phones.is_idle(phone, queue.name)]
        return seen(self._queues, queue.name, queue.mean_over_s, now_s, idle)

    def _is_of_a_phone(self, frame: Frame) -> bool:
        if frame.get("Event") not in _OF_PHONES:
            return False
        names = (frame.get("Channel", ""), frame.get("Newname", ""))
        return any(name.rpartition("-")[0] in self._phones for name in names)

    async def _see(self, connection: AmiConnection) -> str:
        """Callers and members of each queue, at first and now and then; returns what went wrong."""
        fault = ""
        for queue in self._wanted().queues:
            asked_s = self._asked.get(queue.name)
            if asked_s is not None and _now_s() - asked_s < _ASK_EVERY_S:
                continue
            at_s = self._clock().timestamp()
            try:
                answer = await connection.action("QueueStatus", {"Queue": queue.name})
            except RingbackError as wrong:
                fault = f"{queue.name}: {wrong}"
                if not isinstance(wrong, ActionRefused):
                    break
            else:
                self._queues.snapshot(queue.name, answer, at_s)
                self._asked[queue.name] = _now_s()
                self.bell.ring()
        return fault

    async def _speak(self, speaking: Speaking) -> str:
        """Let callers hear of offers, or not any more; returns what went wrong."""
        is_wanted = {queue.name for queue in self._wanted().queues}
        try:
            for queue in self._watch.queues:
                waiting = self._queues.waiting(queue.name)
                offered = queue.offered if queue.name in is_wanted else "never"
                if offered == "never":
                    waiting = speaking.those_who_hear(waiting)
                if offered != "as_it_is":
                    await speaking.tell(waiting, offered == "on", queue.language)
        except RingbackError as wrong:
            return str(wrong)
        finally:
            speaking.forget_others(self._queues.on_the_line())
        return ""


def _now_s() -> float:
    return asyncio.get_running_loop().time()
