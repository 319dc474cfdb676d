"""The edge's end of the line: what is spooled goes to the centre, commands of the centre are done.

In: the spool, a broker, the connection to the PBX. Out: every record published, again and again,
until the centre says that it has committed it; each command done at most once and answered.

Records go out in order, at most a window of them without the centre's word. When the line comes
back, or that word does not come in time, everything unacknowledged is sent again from the oldest on:
the centre keeps what it knows once. What the PBX's queues look like is told beside (`telling_queues`).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.commands import (
    Answer,
    Command,
    CommandKind,
    execute,
    read_answer,
    read_command,
    untimely,
    written_answer,
)
from pbx_adapter.edge.bus import PACE, Bus, LastWill, Received
from pbx_adapter.edge.bus_faults import Broker
from pbx_adapter.edge.spool import Spool
from pbx_adapter.edge.telling_queues import TellingQueues
from pbx_adapter.edge.topics import (
    ACK,
    ANSWER,
    COMMAND,
    STATE,
    WATCH,
    last_will,
    read_ack,
    site_and_kind,
    topic,
    written_state,
)
from pbx_adapter.link import LinkKind, LinkState, Pace
from pbx_adapter.queues.at_site import SiteQueues
from pbx_adapter.site import Site as PbxSite
from ringback.clock import Clock, system_clock
from ringback.errors import BadInput, RingbackError, TryAgain
from ringback.records import LARGEST, record_id

_WINDOW = 20  # records without an acknowledgement
_COMMANDS_AT_ONCE = 8
_AGAIN_S = 3.0  # after the broker has not taken a record
_FAREWELL_S = 2.0
_FREEPBX = PbxSite()
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Resend:
    """How long the centre's word is waited for before all is sent again; doubles up to the most."""

    first_s: float = 30.0
    most_s: float = 600.0


class Edge:
    """One site; `run` it until cancelled.

    Args:
        site: Its name, as in the topics and the broker's ACL.
        spool: Where records wait.
        broker: Where the line leads.
        connection: The present connection to the PBX, if there is one.
        clock: For commands that expire.
        pace: How the line waits between tries.
        resend: How long to wait for the centre.
        pbx: How the PBX dials, for commands.
        queues: Of the PBX; the centre is told of those that it wants to know of.
    """

    def __init__(
        self,
        site: str,
        spool: Spool,
        broker: Broker,
        connection: Callable[[], AmiConnection | None],
        clock: Clock = system_clock,
        pace: Pace = PACE,
        resend: Resend | None = None,
        pbx: PbxSite = _FREEPBX,
        queues: SiteQueues | None = None,
    ) -> None:
        self._site = site
        self._spool = spool
        self._connection = connection
        self._clock = clock
        self._resend = resend or Resend()
        self._pbx = pbx
        self._patience_s = self._resend.first_s
        self._sent: dict[str, float] = {}  # without an acknowledgement: id, when
        self._last_number = 0
        self._came_up = False
        self._complaint = ""
        self._inbox: asyncio.Queue[Received] = asyncio.Queue()
        self._obeying: set[str] = set()
        self.bus = Bus(
            broker,
            f"ringback-edge-{site}",
            [topic(site, kind) for kind in (ACK, COMMAND, WATCH)],
            self._inbox.put_nowait,
            on_up=self._begin,
            will=LastWill(topic(site, STATE), last_will()),
            pace=pace,
        )
        self._queues = TellingQueues(site, queues, self.bus) if queues else None

    async def run(self) -> None:
        """Keep the line up, send, obey; when cancelled, say farewell."""
        async with asyncio.TaskGroup() as tasks:
            line = tasks.create_task(self.bus.run(), name="edge line")
            try:
                async with asyncio.TaskGroup() as work:
                    work.create_task(self._send(), name="edge sends")
                    if self._queues:
                        work.create_task(self._queues.run(), name="edge tells of queues")
                    for number in range(_COMMANDS_AT_ONCE):
                        work.create_task(self._read(), name=f"edge reads {number}")
            finally:
                await self._farewell()
                line.cancel()

    def _begin(self) -> None:
        """The line is up: what was sent on the last one may be lost."""
        self._came_up = True
        self._patience_s = self._resend.first_s
        self._send_all_again()
        if self._queues:
            self._queues.line_up()

    def _send_all_again(self) -> None:
        self._sent.clear()
        self._last_number = 0
        self._spool.bell.ring()

    async def _send(self) -> None:
        bell = self._spool.bell
        while True:
            heard = bell.heard()
            wait_s = self._resend.first_s
            try:
                await self._send_waiting()
                if self._sent:
                    wait_s = max(0.0, min(self._sent.values()) + self._patience_s - _now_s())
            except RingbackError as fault:
                self._complain(str(fault))
                self._sent.clear()
                self._last_number = 0
                wait_s = _AGAIN_S
            await bell.wait(heard, wait_s)

    async def _send_waiting(self) -> None:
        if not self.bus.is_up:
            return
        if self._came_up:
            self._came_up = False
            await self._spool.tell_link()
        if self._sent and min(self._sent.values()) + self._patience_s <= _now_s():
            self._complain(
                f"The centre has not acknowledged anything for {self._patience_s:.0f} s: does "
                "`ringback run` work there with RINGBACK_MQTT_URL, does it know the site "
                f"{self._site!r}, and does the broker's acl_file let it in?"
            )
            self._patience_s = min(2 * self._patience_s, self._resend.most_s)
            self._send_all_again()
        room = _WINDOW - len(self._sent)
        for record in await self._spool.oldest(room, self._last_number) if room > 0 else ():
            self._last_number = record.number
            if len(record.body.encode()) > LARGEST:  # Mosquitto ends the line of who sends it
                await self._spool.refuse(record.id, f"It is larger than {LARGEST // 1024} KB.")
                continue
            self._sent[record.id] = _now_s()
            retain = record.kind == STATE
            where = topic(self._site, record.kind)
            if not await self.bus.publish(where, record.body, retain=retain):
                raise TryAgain("The broker is there, the centre has not connected to it yet.")

    async def _read(self) -> None:
        while True:
            received = await self._inbox.get()
            try:
                await self._take(site_and_kind(received.topic)[1], received.body)
            except (BadInput, ValueError) as fault:  # the latter: text that nobody can write
                log.error("edge_can_not_read", topic=received.topic, fault=str(fault))
            except RingbackError as fault:
                log.warning("edge_not_done", topic=received.topic, fault=str(fault))
                continue  # not acknowledged: it comes again with the next connection
            self.bus.acknowledge(received)

    async def _take(self, kind: str, body: bytes) -> None:
        if kind == ACK:
            await self._take_ack(body)
        elif kind == COMMAND:
            await self._obey(body)
        elif self._queues:
            self._queues.take_watch(body)

    async def _take_ack(self, body: bytes) -> None:
        ack = read_ack(body)
        if ack.ids:
            await self._spool.remove(ack.ids)
            self._patience_s = self._resend.first_s
            self._complaint = ""
        for refusal in ack.refused:
            if refusal.final:
                await self._spool.refuse(refusal.id, refusal.fault)
                self._sent.pop(refusal.id, None)
            else:
                self._complain(refusal.fault)
        for known in ack.ids:
            self._sent.pop(known, None)
        self._spool.bell.ring()

    async def _obey(self, body: bytes) -> None:
        try:
            command = read_command(body)
        except BadInput as fault:
            answer: Answer | None = Answer(record_id(body), False, str(fault))
        else:
            answer = await self._once(command)
        if answer is not None:
            await self.bus.publish(topic(self._site, ANSWER), written_answer(answer))

    async def _once(self, command: Command) -> Answer | None:
        """Do it unless it was begun before; None while it is being done.

        Only calls are remembered: what else is done twice is done once, and comes every half minute.
        """
        if command.kind is not CommandKind.CALL_BACK:
            return await self._do(command)
        if command.id in self._obeying:
            return None
        self._obeying.add(command.id)
        try:
            first, answered = await self._spool.begin_command(command.id)
            if answered is not None:
                return read_answer(answered)
            if not first:
                text = "The edge was stopped while it did this; whether it was done is not known."
                return Answer(command.id, False, text, known=False)
            answer = await self._do(command)
            log.info("command_obeyed", command=command.id, kind=command.kind, done=answer.done)
            await self._spool.finish_command(command.id, written_answer(answer))
            return answer
        finally:
            self._obeying.discard(command.id)

    async def _do(self, command: Command) -> Answer:
        late = untimely(command, self._clock())
        return late or await execute(command, self._connection(), self._pbx)

    def _complain(self, text: str) -> None:
        """Say what is wrong, once each time it changes."""
        if text != self._complaint:
            self._complaint = text
            log.warning("edge_not_heard", site=self._site, text=text, waiting=self._spool.waiting)

    async def _farewell(self) -> None:
        """The broker publishes no will for who takes leave, so say it ourselves."""
        text = "The edge was stopped. Calls are told when it runs again."
        state = LinkState(LinkKind.LOST, text, self._clock())
        if self._queues:
            self._queues.farewell()
        with suppress(RingbackError, TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                body = written_state(state, "")
                await self.bus.publish(topic(self._site, STATE), body, retain=True)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
