"""What the sites' queues look like, as their edges told last.

In: snapshots as they come, of any site. Out: a site's queues, while what it told is young enough. Used
by the centre: for the offers (`queues.at_edges`) and for whom to ring by itself (`ringing.automatic`).

Only the newest word of a site is kept, and it is read when somebody looks: however often a site
tells, it costs no more than the looks. What can't be read is refused, and what was known before it
is not believed any more, for the site has told something else since.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from pbx_adapter.queues.snapshot import Seen, Snapshot, read_snapshot
from ringback.clock import Clock
from ringback.errors import BadInput

BELIEVED_FOR = timedelta(seconds=30)
_SITES_MOST = 10_000
_SAME_CLOCK_S = 2.0
log = structlog.get_logger()


class SiteSeen:
    """One site's queues, in moments of our clock; `ringing` reads them as it reads `Phones`."""

    def __init__(self, queues: Sequence[Seen]) -> None:
        self._queues = {queue.name: queue for queue in queues}

    def get(self, name: str) -> Seen | None:
        """The queue; None when it is not known."""
        return self._queues.get(name)

    def callers(self, queue: str) -> Sequence[float]:
        """When those arrived who wait in this queue, epoch seconds."""
        known = self._queues.get(queue)
        return known.arrived_s if known else ()

    def is_idle(self, phone: str, queue: str) -> bool:
        """Whether a handler of the queue can be rung on his phone; no where that is not known."""
        known = self._queues.get(queue)
        return known is not None and phone in known.idle


@dataclass(slots=True)
class _Word:
    """What a site told last; `read` once somebody has looked."""

    body: bytes
    heard_at: datetime
    is_read: bool = False
    read: SiteSeen | None = None


class SeenQueues:
    """Of all sites."""

    def __init__(self, clock: Clock, believed_for: timedelta = BELIEVED_FOR) -> None:
        self._clock = clock
        self._believed_for = believed_for
        self._words: dict[str, _Word] = {}  # by site
        self._refused: set[str] = set()  # sites whose last word that was looked at can't be read

    def take(self, site: str, body: bytes) -> None:
        """A site's newest word."""
        if site in self._words or len(self._words) < _SITES_MOST:
            self._words[site] = _Word(body, self._clock())

    def of(self, site: str) -> SiteSeen | None:
        """What is known of a site's queues now; None when nothing is."""
        word = self._words.get(site)
        if word is None or abs(self._clock() - word.heard_at) > self._believed_for:
            return None
        if not word.is_read:
            word.is_read, word.read, word.body = True, self._read(site, word), b""
        return word.read

    def _read(self, site: str, word: _Word) -> SiteSeen | None:
        try:
            snapshot = read_snapshot(word.body)
        except BadInput as fault:
            if site not in self._refused:  # once, until it tells something better
                self._refused.add(site)
                log.error("queues_unreadable", site=site, fault=str(fault))
            return None
        self._refused.discard(site)
        return SiteSeen(_by_our_clock(snapshot, word.heard_at.timestamp()))


def _by_our_clock(snapshot: Snapshot, heard_s: float) -> Sequence[Seen]:
    """Its queues, with the arrivals moved by as much as the edge's clock is behind ours."""
    behind_s = heard_s - snapshot.at_s
    if abs(behind_s) <= _SAME_CLOCK_S:
        return snapshot.queues
    return [
        replace(queue, arrived_s=tuple(arrived_s + behind_s for arrived_s in queue.arrived_s))
        for queue in snapshot.queues
    ]
