"""A bell between loops of one process: rung after a commit, so that waiting is short.

It only makes things fast. What is due is found in the rows, with or without a ring. Who waits names
what for, so that a busy loop wakes only those who have something to do then. A job is done by one
worker, so its ring wakes one of those who wait; pages are drawn again by everyone.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, MutableMapping
from typing import Any

CHANGES = "changes"
"""Topic: pages must be drawn again. The other topics are kinds of jobs."""
_FOR_ALL = (CHANGES, "")
_TOPICS = "topics of the bell"
_ONE = ("",)


def ring_after(info: MutableMapping[Any, Any], topic: str) -> None:
    """Ask, in a session's `info`, for the bell to ring once the unit of work is committed."""
    info.setdefault(_TOPICS, set()).add(topic)


def topics_of(info: MutableMapping[Any, Any]) -> Collection[str]:
    """What the unit of work asked for."""
    topics: Collection[str] = info.get(_TOPICS, ())
    return topics


class Bell:
    """Wakes who waits for one of the topics; "" is one too, where one is enough."""

    def __init__(self) -> None:
        self._rung: Counter[str] = Counter()
        self._waiting: defaultdict[str, dict[asyncio.Event, None]] = defaultdict(dict)

    def heard(self, *topics: str) -> int:
        """A number that tells whether it rang since one last looked."""
        return sum(self._rung[topic] for topic in topics or _ONE)

    def ring(self, *topics: str) -> None:
        """Wake all that wait now; for a job, one that no other ring has woken yet."""
        for topic in topics or _ONE:
            self._rung[topic] += 1
            asleep = [waiting for waiting in self._waiting[topic] if not waiting.is_set()]
            for waiting in asleep if topic in _FOR_ALL else asleep[:1]:
                waiting.set()

    async def wait(self, heard: int, timeout_s: float, *topics: str) -> None:
        """Return when it has rung since `heard`, or when the time is out."""
        if self.heard(*topics) != heard:
            return
        rung = asyncio.Event()
        for topic in topics or _ONE:
            self._waiting[topic][rung] = None
        try:
            async with asyncio.timeout(timeout_s):
                await rung.wait()
        except TimeoutError:
            return
        finally:
            for topic in topics or _ONE:
                self._waiting[topic].pop(rung, None)
