"""What many live streams show is read once and drawn once, however many there are.

In: streams of one process that ask for the same at the same moment. Out: the changes of a company, and
the events that a change makes, for all of them. A hundred handlers at one list cost one reading of
the changes and one rendering of a row in each language. What differs from one person to the next is
never among it.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from uuid import UUID

from ringback.db import Database
from ringback.store.changes import LOOK_BACK, MOST_BEHIND, Change, changes_since

_MOST_DRAWN = 500
_GOOD_S = 0.25
"""On a database that others write to as well, no bell tells of their changes: look again after that."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """The changes as they were read once."""

    heard: int
    position: int
    at: float
    changes: Sequence[Change]

    def serves(self, heard: int, position: int) -> bool:
        """Whether it holds all that a stream at this position may miss."""
        whole = len(self.changes) < LOOK_BACK + MOST_BEHIND
        fresh = time.monotonic() - self.at < _GOOD_S
        return self.heard == heard and self.position <= position and whole and fresh


class Broadcast:
    """Shared by all streams of a process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._readings: dict[UUID, _Reading] = {}
        self._locks: dict[UUID, asyncio.Lock] = {}
        self._drawn: OrderedDict[Hashable, asyncio.Task[Sequence[bytes]]] = OrderedDict()

    async def changes(self, company_id: UUID, position: int, heard: int) -> Sequence[Change]:
        """As `changes_since`; `heard` is the bell's number that the stream heard before it asks."""
        async with self._locks.setdefault(company_id, asyncio.Lock()):
            known = self._readings.get(company_id)
            if known and known.serves(heard, position):
                return known.changes
            at = time.monotonic()
            async with self._db.read(company_id) as session:
                found = await changes_since(session, position)
            self._readings[company_id] = _Reading(heard, position, at, found)
            return found

    async def drawn(
        self, key: Hashable, draw: Callable[[], Awaitable[Sequence[bytes]]]
    ) -> Sequence[bytes]:
        """The events under this key: drawn by the first who asks, handed to all who ask later.

        Args:
            key: Company, language and change; whatever the events depend on.
            draw: Draws them, in a session of its own.
        """
        task = self._drawn.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.ensure_future(_awaited(draw))
            self._drawn[key] = task
            if len(self._drawn) > _MOST_DRAWN:
                self._drawn.popitem(last=False)
        return await asyncio.shield(task)  # a browser that leaves stops it for nobody else


async def _awaited(draw: Callable[[], Awaitable[Sequence[bytes]]]) -> Sequence[bytes]:
    return await draw()
