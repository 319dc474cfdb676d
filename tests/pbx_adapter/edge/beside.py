"""A PBX beside an edge, and the centre's side of its offers and rings, all in one process.

In: an Asterisk, a broker, a database with a company, a clock that both places share. Out: the loops of
`ringback edge` and of the centre, each of which can be ended by itself.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.edge.bus_faults import MqttVersion
from pbx_adapter.edge.centre import Centre
from pbx_adapter.edge.sender import Edge
from pbx_adapter.edge.spool import open_spool
from pbx_adapter.link import Backoff, Pace
from pbx_adapter.queues.at_edges import OffersAtEdges
from pbx_adapter.queues.at_site import SiteQueues
from pbx_adapter.queues.snapshot import Seen
from pbx_adapter.recorder import Recorder
from pbx_adapter.ringing.asking import Ringing
from pbx_adapter.ringing.automatic import Automatic
from pbx_adapter.site import Site
from ringback.business import WEEKDAYS, Business
from ringback.clock import Clock
from ringback.db import Database
from ringback.following import Following
from ringback.pbx import PbxKind
from ringback.queues import Rules, offer_key
from ringback.sample import salon
from ringback.store.claims import RING
from ringback.store.queues import add_queue, save_rules
from ringback.tables import PbxRow
from ringback.worker import Worker, side_by_side
from tests.asterisk.office import AMI_NARROW_USER, AMI_SECRET, HOST
from tests.asterisk.server import Asterisk
from tests.mosquitto import CENTRE, SITE, Mosquitto
from tests.pbx_adapter.queues.office import until

FAST = Pace(unreachable=Backoff(0.05, 0.1), refused=Backoff(0.05, 0.1))
_SITE_FILE = Path(__file__).parents[2] / "asterisk/site.toml"
_LEASE_S = 30.0


async def edge_with_queue(
    db: Database, company: UUID, name: str, rules: Rules, clock: Clock
) -> tuple[UUID, UUID]:
    """Ids of the PBX behind the edge, and of its queue."""
    kind, id_ = PbxKind.EDGE, uuid4()
    async with db.begin(company) as session:
        session.add(
            PbxRow(id=id_, name="office", kind=kind, host="", port=0, username=SITE, secret="")
        )
        await session.flush()
        queue = await add_queue(session, id_, name, "", clock())
        await save_rules(session, queue.id, "", rules, clock())
        return id_, queue.id


def always_open() -> Business:
    """The sample company, which never closes."""
    hours = dict.fromkeys(WEEKDAYS, ((time(0), time(23, 59)),))
    never = {"exceptions": (), "closed_holidays": ""}
    return salon().model_copy(update={"opening_hours": hours, **never})


async def value(asterisk: Asterisk, queue_id: UUID) -> tuple[str, str]:
    """What the dialplan would read: when it was told, whether it is on."""
    printed = await asterisk.cli(f"database get ringback-value offer_{offer_key(queue_id)}")
    found = re.search(r"Value: ([0-9]+)\|([01])\|", printed)
    return (found[1], found[2]) if found else ("", "")


async def speaks(asterisk: Asterisk, language: str) -> None:
    """The one caller who waits."""

    async def is_so() -> bool:
        listed = await asterisk.cli("core show channels concise")
        (channel,) = [line for line in listed.splitlines() if "!Queue!" in line]
        shown = await asterisk.cli(f"core show channel {channel.partition('!')[0]}")
        return re.search(rf"Language: {language}\n", shown) is not None

    await until(is_so, f"the caller's channel speaks {language}")


@dataclass
class Places:
    """The centre, which works while `at_work` lasts, and the edge, while `edge` does."""

    asterisk: Asterisk
    mosquitto: Mosquitto
    db: Database
    clock: Clock
    folder: Path
    mqtt: MqttVersion = "auto"
    tell_every_s: float = 0.2

    def __post_init__(self) -> None:
        address = self.mosquitto.address(CENTRE, self.mqtt)
        self.centre = Centre(self.db, address, self.clock, FAST)
        self.following = Following(
            self.db, self.clock, self.folder, look_every_s=0.1, centre=self.centre
        )

    @asynccontextmanager
    async def at_work(self, *, automatic: bool = False) -> AsyncIterator[None]:
        """The centre's loops."""
        db, clock, following = self.db, self.clock, self.following
        offers = OffersAtEdges(db, clock, following.execute, self.centre, 0.1, self.tell_every_s)
        ring = side_by_side(Ringing(db, clock, following).ring, 4)
        worker = Worker(db, clock, {RING: ring}, _LEASE_S)
        runs = [self.centre.run(), following.run(), offers.run(), worker.run()]
        if automatic:
            runs.append(Automatic(db, clock, following, every_s=0.1).run())
        async with _running(runs):
            yield

    @asynccontextmanager
    async def edge(self) -> AsyncIterator[None]:
        """The loops of `ringback edge`, logged in as docs/asterisk.md asks for."""
        site = Site.from_toml(_SITE_FILE.read_text())
        address = PbxAddress(HOST, self.asterisk.ami_port, AMI_NARROW_USER, AMI_SECRET)
        async with open_spool(self.folder / "spool", clock=self.clock) as spool:
            queues = SiteQueues(lambda: recorder.channels, self.clock, 0.1)
            recorder = Recorder(address, site, spool, self.clock, listeners=[queues])
            edge = Edge(
                SITE,
                spool,
                self.mosquitto.address(SITE, self.mqtt),
                lambda: recorder.connection,
                self.clock,
                FAST,
                pbx=site,
                queues=queues,
            )
            async with _running([recorder.run(FAST), edge.run()]):
                yield

    def seen(self, queue: str) -> Seen | None:
        """What the centre knows of a queue."""
        sight = self.centre.sight(SITE)
        return sight.get(queue) if sight else None

    async def is_seen(self, queue: str, waiting: int) -> None:
        """Returns when the centre knows of so many callers in the queue."""

        async def is_so() -> bool:
            known = self.seen(queue)
            return known is not None and known.waiting == waiting

        await until(is_so, f"{waiting} are seen in {queue}")


@asynccontextmanager
async def _running(runs: list[Coroutine[Any, Any, Any]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(run) for run in runs]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
