"""Until when the texts of a batch may begin, come back and be recorded; a stop makes all that sooner.

In: the lease of their jobs; that the process is to stop. Out: moments by the loop's clock, and the
sends that are still open then broken off.
"""

import asyncio

from sms_gateway.sending import Sent

_BEGIN_SHARE, _END_SHARE = 0.2, 0.7  # of the lease: of a minute's, a send has half a minute
_RECORD_SHARE = 0.85  # before the worker's own limit: what came back is worth the rest of the lease


class Bounds:
    """Of the texts that were claimed together.

    Args:
        leased_s: How much of their lease is left.

    Attributes:
        end_by: When a send is given up as unknown.
        record_by: Until when a database that is away is waited for.
    """

    def __init__(self, leased_s: float) -> None:
        self._now = asyncio.get_running_loop().time
        self._begin_by = self._now() + _BEGIN_SHARE * leased_s
        self.end_by = self._now() + _END_SHARE * leased_s
        self.record_by = self._now() + _RECORD_SHARE * leased_s
        self._under_way: set[asyncio.Task[Sent]] = set()

    @property
    def may_begin(self) -> bool:
        """Whether texts may still be marked and sent."""
        return self._now() < self._begin_by

    def began(self, send: asyncio.Task[Sent]) -> None:
        """A send is under way."""
        self._under_way.add(send)
        send.add_done_callback(self._under_way.discard)

    def stop(self, record_within_s: float) -> None:
        """No more texts begin, and what comes back is to be recorded within so long."""
        self._begin_by = self._now()
        self.record_by = min(self.record_by, self._now() + record_within_s)

    def hang_up(self) -> None:
        """Break off the sends that are still open: nobody knows what became of those texts."""
        for send in self._under_way:
            send.cancel()
