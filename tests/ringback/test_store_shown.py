"""What a feed shows of a resource's bookings when there are more than it takes."""

from datetime import timedelta
from uuid import UUID

from ringback.bookings import Slot
from ringback.db import Database
from ringback.sample import salon
from ringback.store.bookings import book, cancel
from ringback.store.calendars import shown
from tests.clock import HandClock
from tests.ringback.flow import ANNA, ZONE


async def test_feed_that_can_not_take_all_leaves_out_what_is_longest_over(
    db: Database, company: UUID, clock: HandClock
) -> None:
    now, hour = clock.now(), timedelta(hours=1)
    days = (-40, -20, -2, -1, 0, 1, 5)
    async with db.begin(company) as session:
        for day in days:
            begins = now + timedelta(days=day) - hour / 2
            slot = Slot("farg", "Ellen", begins, begins + hour)
            row = await book(session, slot, ANNA, f"b:{day}", ZONE, now)
            assert row is not None
            last = row
        await cancel(session, last, now)
        other = Slot("herr", "Mira", now, now + hour)
        await book(session, other, ANNA, "other", ZONE, now)

    async def seen(most: int) -> list[int]:
        async with db.read(company) as session:
            found = await shown(session, "Ellen", salon(), now, "", most)
            return sorted(round((one.starts_at - now) / timedelta(days=1)) for one in found)

    assert await seen(100) == [-20, -2, -1, 0, 1, 5]
    assert await seen(4) == [-1, 0, 1, 5]
    assert await seen(2) == [0, 1]
