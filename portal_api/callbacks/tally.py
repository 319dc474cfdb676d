"""How many wishes wait in each queue, counted by the database: the figures above the list.

In: `callback` rows. Out: a `Tally` for each queue that has any, by the queue's id ("" for none); whoever
shows several queues adds them up, so that one count serves every open page.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.callbacks.views import Tally
from ringback.store.callback_list import REQUEUED, in_hand
from ringback.store.callbacks import OPEN
from ringback.tables import CallbackRow


async def tally_by_queue(session: AsyncSession, now: datetime) -> dict[str, Tally]:
    """The figures of what is open at this moment."""
    row = CallbackRow
    over = row.to_at.is_not(None) & (row.to_at <= now)
    held = in_hand(now)
    due = and_(
        or_(row.from_at.is_(None), row.from_at <= now),
        or_(row.not_before.is_(None), row.not_before <= now),
        or_(row.to_at.is_(None), row.to_at > now),
        ~held,
    )
    counted = await session.execute(
        select(row.queue_id, func.count(), *map(_times, (REQUEUED, held, due, over)))
        .where(row.state == OPEN)
        .group_by(row.queue_id)
    )
    return {str(one[0] or ""): Tally(*map(int, one[1:])) for one in counted}


def _times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
