"""The centre's end of all edges' lines: what they tell becomes rows, and they are told so.

In: records of every site, from the broker. Out: rows, by `DatabaseSink`; after the commit an
acknowledgement to the site, and only then one to the broker. Commands go out, answers come back. What a
site's queues look like is only looked at (`queues`), the newest word of each.

Which site a record is of is told by its topic, and the broker's ACL sees to it that a site writes
under its own name only. Each site has an inbox and a loop of its own, so that one whose records
can't be kept stops no other. What can't be read is refused, and kept at the edge; while the database
is away nothing is acknowledged. One process at a time: a second one takes the line over.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import NoReturn

import structlog
from sqlalchemy.exc import SQLAlchemyError

from pbx_adapter.commands import Answer, Command, read_answer, written_command
from pbx_adapter.edge.bus import PACE, Bus, Received
from pbx_adapter.edge.bus_faults import Broker
from pbx_adapter.edge.seen_queues import SeenQueues, SiteSeen
from pbx_adapter.edge.topics import (
    ACK,
    ANSWER,
    CALL,
    CALLBACK,
    COMMAND,
    MARK,
    PROGRESS,
    QUEUES,
    ROOT,
    STATE,
    WATCH,
    Ack,
    Refusal,
    read_mark,
    read_progress,
    read_state,
    site_and_kind,
    topic,
    written_ack,
    written_state,
)
from pbx_adapter.link import LinkKind, LinkState, Pace
from pbx_adapter.queues.snapshot import Watch, written_watch
from pbx_adapter.sink import DatabaseSink, Sink
from ringback.clock import Clock, system_clock
from ringback.db import Database
from ringback.errors import BadInput, RingbackError, TryAgain
from ringback.records import LARGEST, read_call, read_callback, record_id
from ringback.store.edges import EdgePbx, edge_of_site, edge_sites

_HELD_MOST = 15  # unacknowledged at the broker; Mosquitto sends nobody more than 20 as it comes
STUCK_AFTER_S = 5.0
"""How long records that can't be kept may take the place of others'."""
_INBOX_MOST = 1000  # of one site
_SITES_MOST = 10_000
_ACK_MOST = 20  # records in one acknowledgement
LOST_AFTER_S = 30.0
"""How long the line to the broker may be away before the portal says so of every PBX behind it."""
_LONGEST_FAULT = 500
_LOOK_UPS, _LOOK_UP_AGAIN_S = 120, 1.0  # while the database is away
log = structlog.get_logger()


class Centre:
    """All edges; `run` it until cancelled."""

    def __init__(
        self,
        db: Database,
        broker: Broker,
        clock: Clock = system_clock,
        pace: Pace = PACE,
        lost_after_s: float = LOST_AFTER_S,
        stuck_after_s: float = STUCK_AFTER_S,
    ) -> None:
        kinds = (CALL, CALLBACK, PROGRESS, STATE, MARK, ANSWER, QUEUES)
        topics = [f"{ROOT}/+/{kind}" for kind in kinds]
        self._queues = SeenQueues(clock)
        self.bus = Bus(
            broker, "ringback-centre", topics, self._take, on_down=self._line_down, pace=pace
        )
        self._db = db
        self._clock = clock
        self._sites: dict[str, _Site] = {}
        self._held: dict[Received, float] = {}  # in order of arrival, and when that was
        self._asked: dict[tuple[str, str], asyncio.Future[Answer]] = {}  # by site and command
        self._tasks: asyncio.TaskGroup | None = None
        self._lost_after_s = lost_after_s
        self._stuck_after_s = stuck_after_s
        self._doubting: asyncio.Task[None] | None = None

    async def run(self) -> NoReturn:
        """Keep the line up and every site's loop running."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._make_room(), name="centre room")
            await self.bus.run()
        raise AssertionError("the line runs for ever")

    async def send_command(self, site: str, command: Command) -> Answer:
        """Have a site's PBX do something, at most once.

        Raises:
            TryAgain: There is no line to the broker, or no answer came before the command expired;
                it may still have been done.
        """
        wait_s = max(0.0, (command.expires_at - self._clock()).total_seconds())
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[site, command.id] = answer
        try:
            async with asyncio.timeout(wait_s):
                await self.bus.publish(topic(site, COMMAND), written_command(command))
                return await answer
        except TimeoutError as late:
            raise TryAgain(
                f"The edge at {site} did not answer within {wait_s:.0f} s. Whether it rang is not "
                "known; look before you ask again."
            ) from late
        finally:
            self._asked.pop((site, command.id), None)

    def sight(self, site: str) -> SiteSeen | None:
        """What is known of a site's queues now; None when nothing is."""
        return self._queues.of(site)

    def watch(self, site: str, watch: Watch) -> bool:
        """Tell a site which queues we want to know of; False without a line.

        Where no edge hears it, or it would be too large, it counts as told until the next time.
        """
        body = written_watch(watch)
        if len(body.encode()) > LARGEST:  # the broker would end the line
            log.error("watch_too_large", site=site, queues=len(watch.queues))
            return True
        return self.bus.tell(topic(site, WATCH), body)

    def done_with(self, received: Received) -> None:
        """Acknowledge at the broker, unless that was done to make room."""
        if received in self._held:
            del self._held[received]
            self.bus.acknowledge(received)

    def _take(self, received: Received) -> None:
        """Put it into its site's inbox; what is too much is left to the edge, which sends it again."""
        if len(received.body) > LARGEST:  # no edge of ours sends it, and so it will not come again
            log.error("record_too_large", topic=received.topic, size=len(received.body))
            self.bus.acknowledge(received)
            return
        name, kind = site_and_kind(received.topic)
        if kind == QUEUES:
            self._queues.take(name, received.body)
            self.bus.acknowledge(received)
            return
        self._held[received] = _now_s()
        if kind == ANSWER:
            self._take_answer(name, received)
        else:
            self._put(name, received)

    def _put(self, name: str, received: Received) -> None:
        site = self._sites.get(name)
        if site is None and len(self._sites) < _SITES_MOST and self._tasks is not None:
            site = self._sites[name] = _Site(name, self, self._db, self._clock)
            self._tasks.create_task(site.run(), name=f"centre site {name}")
        try:
            if site is None:
                raise asyncio.QueueFull
            site.inbox.put_nowait(received)
        except asyncio.QueueFull:
            log.warning("site_inbox_full", site=name)
            self.done_with(received)

    async def _make_room(self) -> NoReturn:
        """Let go of what is stuck: the broker would send nobody else's records any more.

        What is let go of is in its site's inbox all the same, and the edge has it, too.
        """
        while True:
            await asyncio.sleep(self._stuck_after_s / 5)
            stuck_since_s = _now_s() - self._stuck_after_s
            stuck = [one for one, at_s in self._held.items() if at_s <= stuck_since_s]
            for one in stuck[: max(0, len(self._held) - _HELD_MOST)]:
                self.done_with(one)

    def _line_down(self) -> None:
        if self._tasks is not None and (self._doubting is None or self._doubting.done()):
            self._doubting = self._tasks.create_task(self._doubt(), name="centre line down")

    async def _doubt(self) -> None:
        """Without a line nothing is known of any PBX; the retained states tell it afterwards."""
        since = self._clock()
        await asyncio.sleep(self._lost_after_s)
        try:
            async with self._db.read_across() as session:
                names = await edge_sites(session)
        except (SQLAlchemyError, OSError) as fault:
            log.error("sites_not_read", fault=str(fault))
            return
        if self.bus.is_up:
            return
        state = written_state(LinkState(LinkKind.UNREACHABLE, self.bus.text, since), "")
        for name in names:  # by the inbox, so that what comes later wins
            self._put(name, Received(topic(name, STATE), state.encode(), 0, None))

    def _take_answer(self, name: str, received: Received) -> None:
        try:
            answer = read_answer(received.body)
        except BadInput as fault:
            log.error("answer_unreadable", topic=received.topic, fault=str(fault))
        else:
            asked = self._asked.get((name, answer.id))
            log.info("command_answered", site=name, command=answer.id, done=answer.done)
            if asked is not None and not asked.done():
                asked.set_result(answer)
        self.done_with(received)


class _Site:
    """One site's inbox, and the loop that keeps what comes in, in order."""

    def __init__(self, name: str, centre: Centre, db: Database, clock: Clock) -> None:
        self.inbox: asyncio.Queue[Received] = asyncio.Queue(_INBOX_MOST)
        self._name = name
        self._centre = centre
        self._db = db
        self._clock = clock
        self._edge: EdgePbx | None = None
        self._sink: Sink | None = None
        self._log = log.bind(site=name)

    async def run(self) -> NoReturn:
        while True:
            batch = [await self.inbox.get()]
            while len(batch) < _ACK_MOST and not self.inbox.empty():
                batch.append(self.inbox.get_nowait())
            try:
                await self._keep_all(batch)
            except Exception:
                self._log.exception("site_records_not_kept")
            for received in batch:
                self._centre.done_with(received)

    async def _keep_all(self, batch: list[Received]) -> None:
        """Commit each, then say so.

        What can't be kept now ends the batch, as nothing may overtake it: it is not mentioned, and
        comes again with all that follow. What is wrong itself is refused, and stops no other.
        """
        ack = Ack()
        for received in batch:
            told = record_id(received.body)
            try:
                await self._keep(received)
                ack = replace(ack, ids=(*ack.ids, told)) if told else ack
            except _NotNow as fault:
                ack = _refusing(ack, told, fault, final=False)
                break
            except TryAgain as fault:
                self._log.error("record_not_kept", record=told, fault=str(fault))
                break
            except (RingbackError, ValueError, OverflowError) as fault:
                self._log.error("record_refused", record=told, fault=str(fault))
                ack = _refusing(ack, told, fault, final=True)
            except Exception as fault:
                self._log.exception("record_not_understood", record=told)
                ack = _refusing(ack, told, fault, final=False)
        if ack.ids or ack.refused:
            with suppress(RingbackError):  # the line is gone: all of it comes again
                await self._centre.bus.publish(topic(self._name, ACK), written_ack(ack))

    async def _keep(self, received: Received) -> None:
        sink = await self._sink_now()
        match site_and_kind(received.topic)[1]:
            case "call":
                await sink.keep_call(read_call(received.body))
            case "callback":
                await sink.keep_callback(read_callback(received.body))
            case "progress":
                await sink.keep_progress(read_progress(received.body))
            case "mark":
                await sink.keep_mark(*read_mark(received.body))
            case _:
                await sink.keep_link(read_state(received.body, self._clock()))

    async def _sink_now(self) -> Sink:
        """Where this site's records go; looked up each time, as the site may change hands."""
        edge = await self._edge_now()
        if edge is None:
            self._log.warning("site_unknown")
            raise _NotNow(
                f"The centre knows no site {self._name!r}. Add it there: "
                f"ringback add edge NAME --site {self._name}"
            )
        if self._sink is None or edge != self._edge:
            self._edge = edge
            self._sink = DatabaseSink(self._db, self._clock, edge.company_id, edge.pbx_id)
        return self._sink

    async def _edge_now(self) -> EdgePbx | None:
        """A database that is away is waited for: the edge would come again only after minutes."""
        for attempt in range(_LOOK_UPS):
            if attempt:
                await asyncio.sleep(_LOOK_UP_AGAIN_S)
            try:
                async with self._db.read_across() as session:
                    return await edge_of_site(session, self._name)
            except (SQLAlchemyError, OSError) as fault:
                self._log.error("site_not_read", fault=str(fault))
        raise TryAgain("The database does not answer.")


def _refusing(ack: Ack, told: str, fault: Exception, *, final: bool) -> Ack:
    """The acknowledgement with one refusal more."""
    refusal = Refusal(told, (str(fault) or type(fault).__name__)[:_LONGEST_FAULT], final)
    return replace(ack, refused=(*ack.refused, refusal))


def _now_s() -> float:
    return asyncio.get_running_loop().time()


class _NotNow(TryAgain):
    """The site is to be told why, and may come again."""
