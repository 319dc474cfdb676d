"""Intervals that people and programs ask for: of those that can be kept, and that are not full.

In: a choice as a queue offers it (`ringback.queues`), or both ends. Out: from and to, for a `callback`
row; or why not. What the voice menu takes was on offer when it was chosen, and is not asked here.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.business import Business
from ringback.errors import BadInput, Refused
from ringback.queues import MOST_DAYS, can_be_kept, interval_of
from ringback.store.companies import business
from ringback.store.queues import rules_of
from ringback.store.wishes import ANY_TIME, OPEN, Interval
from ringback.tables import CallbackRow


async def wanted_interval(
    session: AsyncSession,
    queue_id: UUID | None,
    asked: Interval | str,
    now: datetime,
    own: UUID | None = None,
) -> Interval:
    """From and to of what is asked for; None for no bound.

    Args:
        session: A unit of work.
        queue_id: Whose list; None for the company's own.
        asked: A choice, or both ends.
        now: Aware.
        own: The wish that it is for, whose own place is no other's.

    Raises:
        BadInput: It is no interval, over, too far away, or the company is closed in it.
        Refused: It is full.
    """
    company = await business(session)
    wanted = (interval_of(asked, company) or ANY_TIME) if isinstance(asked, str) else asked
    if not _is_ahead(wanted, company, now):
        raise BadInput("The interval is over, too far away, or you are closed then.", "interval")
    if queue_id is not None and wanted != ANY_TIME:
        await _check_room(session, queue_id, wanted, own)
    return wanted


def _is_ahead(interval: Interval, company: Business, now: datetime) -> bool:
    from_at, to_at = interval
    if to_at is None:
        return from_at is None or from_at <= now + timedelta(days=MOST_DAYS)
    begins = from_at or now
    return begins < to_at and can_be_kept((begins, to_at), company, now)


async def _check_room(
    session: AsyncSession, queue_id: UUID, interval: Interval, own: UUID | None
) -> None:
    most = (await rules_of(session, queue_id)).most_each
    if not most:
        return
    query = select(func.count(CallbackRow.id)).where(
        CallbackRow.queue_id == queue_id,
        CallbackRow.state == OPEN,
        CallbackRow.from_at == interval[0],
        CallbackRow.to_at == interval[1],
    )
    if own is not None:
        query = query.where(CallbackRow.id != own)
    if (await session.scalar(query) or 0) >= most:
        raise Refused("That interval is full; choose another.", "full")
