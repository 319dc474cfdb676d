"""Tells one PBX what its queues offer, over and over.

In: offers, by the key that the dialplan knows. Out: `DB(ringback-value/<key>)`, written when an offer
has changed and again every half minute, with the second of the PBX's own clock. From its age the
dialplan sees whether anybody still watches.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.commands import VALUES
from pbx_adapter.pbx_clock import second_there
from ringback.offer import Offer, Why, told

TELL_EVERY_S = 30.0
_NONE = Offer(on=False, why=Why.SWITCHED_OFF)


class Telling:
    """What a PBX has been told, on one connection; for the next one make a new object.

    Args:
        put: Writes a value under a key.
        second: What time it is at the PBX, in epoch seconds.
        every_s: After how long a value is written again.
    """

    def __init__(
        self,
        put: Callable[[str, str], Awaitable[object]],
        second: Callable[[], Awaitable[float]],
        every_s: float = TELL_EVERY_S,
    ) -> None:
        self._put = put
        self._second = second
        self._every_s = every_s
        self._told: dict[str, tuple[Offer, float]] = {}  # by key; when, in the loop's time

    async def tell(self, offers: Mapping[str, Offer], left: Collection[str] = ()) -> None:
        """Write what is due; a queue that was told of and is gone offers nothing.

        Args:
            offers: By key.
            left: Keys of queues of which nothing is known now: what was told of them gets old.

        Raises:
            RingbackError: A value was not written; what is due stays so.
        """
        now_s = asyncio.get_running_loop().time()
        every = {**dict.fromkeys(self._told.keys() - left, _NONE), **offers}
        due = {key: offer for key, offer in every.items() if self._is_due(key, offer, now_s)}
        if not due:
            return
        at_s = await self._second()
        for key, offer in due.items():
            await self._put(key, told(offer, at_s))
            self._told[key] = offer, now_s

    def is_on(self, key: str) -> bool | None:
        """Whether callbacks are on offer, as the PBX was told last; None when it was not told yet."""
        return self._told[key][0].on if key in self._told else None

    def _is_due(self, key: str, offer: Offer, now_s: float) -> bool:
        last, last_s = self._told.get(key, (None, 0.0))
        same = last is not None and (last.on, last.choices) == (offer.on, offer.choices)
        return not same or now_s - last_s >= self._every_s


def telling_by_ami(connection: AmiConnection, every_s: float) -> Telling:
    """For the PBX at the far end of the connection."""

    async def put(key: str, value: str) -> None:
        await connection.action("DBPut", {"Family": VALUES, "Key": key, "Val": value})

    async def second() -> float:
        return await second_there(connection)

    return Telling(put, second, every_s)
