"""Whether waiting callers are offered a callback: decided every few seconds, told to Asterisk.

In: who waits (`waits`), what the rows say (`watched`). Out: what the dialplan reads when a caller
presses the digit (`telling`), what waiting callers hear (`speaking`), and the offer on the queue's row,
for the portal.

While we, the link or the database are away nothing is told, and after two minutes the dialplan does
what the queue's rules say of that.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NoReturn
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.frames import Frame
from pbx_adapter.queues.snapshot import Seen, seen
from pbx_adapter.queues.speaking import Speaking
from pbx_adapter.queues.telling import TELL_EVERY_S, Telling, telling_by_ami
from pbx_adapter.queues.waits import Queues
from pbx_adapter.queues.watched import Watched, watched
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import RingbackError
from ringback.offer import Offer, Waits, offer
from ringback.store.queues import note_offer

LOOK_EVERY_S = 2.0
READ_EVERY_S = 5.0
_SNAPSHOT_EVERY_S = 60.0  # a reload of queues.conf changes members and sends no event
_REST_S = 0.3  # so that what comes in a burst is looked at once
log = structlog.get_logger()


class Offering:
    """The offers of one PBX's queues: hears its events, and runs after each login.

    Attributes:
        queues: What is known of them.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        company_id: UUID,
        pbx_id: UUID,
        look_every_s: float = LOOK_EVERY_S,
        read_every_s: float = READ_EVERY_S,
        tell_every_s: float = TELL_EVERY_S,
    ) -> None:
        self._db = db
        self._clock = clock
        self._company_id = company_id
        self._pbx_id = pbx_id
        self._look_every_s = look_every_s
        self._read_every_s = read_every_s
        self._tell_every_s = tell_every_s
        self.queues = Queues()
        self._news = asyncio.Event()
        self._watched: Sequence[Watched] = ()
        self._noted = Noted(db, clock, company_id)
        self._asked: dict[str, float] = {}  # rows, and queues of this connection; loop's time

    def take(self, frame: Frame, at_s: float) -> None:
        """An event of the PBX."""
        if self.queues.feed(frame, at_s):
            self._news.set()

    async def run(self, connection: AmiConnection) -> NoReturn:
        """Look, decide, tell; until cancelled. What goes wrong is tried again with the next look."""
        telling = telling_by_ami(connection, self._tell_every_s)
        speaking = Speaking(connection)
        self._asked.clear()
        last_fault = ""
        while True:
            self._news.clear()
            fault = ""
            try:
                await self._read()
                await self._see(connection)
                await self._decide(telling, speaking)
            except (SQLAlchemyError, RingbackError, OSError) as wrong:
                fault = f"{type(wrong).__name__}: {wrong}"
            if fault and fault != last_fault:
                log.warning("offers_not_told", pbx=str(self._pbx_id), fault=fault)
            last_fault = fault
            await self._until_next()

    async def _until_next(self) -> None:
        await asyncio.sleep(_REST_S)
        try:
            async with asyncio.timeout(self._look_every_s):
                await self._news.wait()
        except TimeoutError:
            return

    async def _read(self) -> None:
        """The rows; those of a PBX whose queues nobody has added yet more seldom."""
        if self._is_due("", self._read_every_s * (1 if self._watched else 3)):
            async with self._db.read(self._company_id) as session:
                self._watched = await watched(session, self._pbx_id, self._clock())
            self._did("")

    async def _see(self, connection: AmiConnection) -> None:
        """Ask Asterisk for the callers and members of its queues, at first and now and then."""
        for queue in self._watched:
            if self._is_due(queue.name, _SNAPSHOT_EVERY_S):
                asked_s = self._clock().timestamp()
                answer = await connection.action("QueueStatus", {"Queue": queue.name})
                self.queues.snapshot(queue.name, answer, asked_s)
                self._did(queue.name)

    def _is_due(self, what: str, every_s: float) -> bool:
        asked_s = self._asked.get(what)
        return asked_s is None or asyncio.get_running_loop().time() - asked_s >= every_s

    def _did(self, what: str) -> None:
        self._asked[what] = asyncio.get_running_loop().time()

    async def _decide(self, telling: Telling, speaking: Speaking) -> None:
        now = self._clock()
        sights = {queue.id: self._sight(queue, now) for queue in self._watched}
        offers = [(queue, decided(queue, sights[queue.id], now)) for queue in self._watched]
        await telling.tell({queue.key: made for queue, made in offers})
        for queue, made in offers:
            waiting = self.queues.waiting(queue.name)
            if queue.rules.offer == "off":
                waiting = speaking.those_who_hear(waiting)
            await speaking.tell(waiting, made.on, queue.rules.language)
        speaking.forget_others(self.queues.on_the_line())
        await self._noted.note({one.id: (made, sights[one.id].waiting) for one, made in offers})

    def _sight(self, queue: Watched, now: datetime) -> Seen:
        return seen(self.queues, queue.name, queue.mean_over_s, now.timestamp())


class Noted:
    """The offers that stand on a company's rows, as far as this process has written them there."""

    def __init__(self, db: Database, clock: Clock, company_id: UUID) -> None:
        self._db = db
        self._clock = clock
        self._company_id = company_id
        self._noted: dict[UUID, tuple[Offer, int]] = {}  # by queue; with how many wait

    async def note(self, seen: Mapping[UUID, tuple[Offer, int]]) -> None:
        """Write what has changed: offers, and how many wait, by queue."""
        changed = {id_: what for id_, what in seen.items() if self._noted.get(id_) != what}
        if changed:
            async with self._db.begin(self._company_id) as session:
                for queue_id, (made, waiting) in changed.items():
                    await note_offer(session, queue_id, made, waiting, self._clock())
        self._noted = dict(seen)


def decided(queue: Watched, sight: Seen, now: datetime) -> Offer:
    """What the queue's callers are offered at this moment, as it looks now."""
    longest_s = now.timestamp() - sight.arrived_s[0] if sight.arrived_s else 0.0
    waits = Waits(
        waiting=sight.waiting,
        longest_s=max(0.0, longest_s),
        mean_s=sight.mean_s,
        staff=sight.members + queue.handlers,
    )
    return offer(queue.rules, queue.company, waits, queue.taken, now)
