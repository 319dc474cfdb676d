"""The edge's word on its PBX's queues: told when they change, and every few seconds.

In: `SiteQueues`, the line. Out: snapshots on the topic `queues`; what the centre wants to know, from
the topic `watch`. Neither is kept by anybody for later (QoS 0, not retained): a snapshot that is lost
is followed by the next, and one that is not followed by another is soon not believed any more.
"""

import asyncio
from typing import NoReturn

import structlog

from pbx_adapter.edge.bus import Bus
from pbx_adapter.edge.topics import QUEUES, topic
from pbx_adapter.queues.at_site import SiteQueues
from pbx_adapter.queues.snapshot import Seen, Snapshot, read_watch, written_snapshot
from ringback.records import LARGEST

TELL_EVERY_S = 10.0
_REST_S = 0.5  # between two snapshots
log = structlog.get_logger()


class TellingQueues:
    """One site's; `run` until cancelled.

    Args:
        site: Its name.
        queues: What is known of them.
        bus: The line.
        every_s: After how long a snapshot is told again.
    """

    def __init__(
        self, site: str, queues: SiteQueues, bus: Bus, every_s: float = TELL_EVERY_S
    ) -> None:
        self._topic = topic(site, QUEUES)
        self._queues = queues
        self._bus = bus
        self._every_s = every_s
        self._told: tuple[Seen, ...] | None = None  # None: say that we are here
        self._told_s = 0.0
        self._was_too_large = False

    async def run(self) -> NoReturn:
        """Tell what is new, or due."""
        bell = self._queues.bell
        while True:
            heard = bell.heard()
            snapshot = self._queues.snapshot()
            if self._bus.is_up and self._is_due(snapshot):
                self._tell(snapshot)
            await asyncio.sleep(_REST_S)
            await bell.wait(heard, self._every_s)

    def line_up(self) -> None:
        """The centre may have lost what was told on the last line."""
        self._told = None
        self._queues.bell.ring()

    def take_watch(self, body: bytes) -> None:
        """What the centre wants to know; BadInput when it can't be read."""
        self._queues.watch(read_watch(body))

    def farewell(self) -> None:
        """Nothing is known from now on."""
        self._tell(Snapshot(self._queues.snapshot().at_s))

    def _is_due(self, snapshot: Snapshot) -> bool:
        if snapshot.queues != self._told:
            return True
        return bool(snapshot.queues) and _now_s() - self._told_s >= self._every_s - _REST_S

    def _tell(self, snapshot: Snapshot) -> None:
        body = written_snapshot(snapshot)
        too_large = len(body.encode()) > LARGEST
        if too_large and not self._was_too_large:
            log.error("queues_too_large", queues=len(snapshot.queues), size=len(body))
        self._was_too_large = too_large
        if not too_large and self._bus.tell(self._topic, body):
            self._told, self._told_s = snapshot.queues, _now_s()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
