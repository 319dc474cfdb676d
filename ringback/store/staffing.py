"""Who staffs which queue's list, and who of them is there.

In: what a handler chose after signing in; a company's unit of work. Out: `staffing` rows; those who
could ring somebody now, for the offer to callers and for the automatic mode. Somebody is there while
one of his browsers is signed in and was heard from lately.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.errors import BadInput
from ringback.store.changes import Kind, note_change
from ringback.store.people import ABSOLUTE
from ringback.tables import QueueRow, SignInRow, StaffingRow, UserRow

SEEN_WITHIN = timedelta(minutes=3)
"""Longer than the pages take between two signs of life (`people.SEEN_EVERY`)."""


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who staffs a queue's list and is there; `phone` as PJSIP/101, "" when not set."""

    user_id: UUID
    phone: str


async def staff(
    session: AsyncSession, user_id: UUID, queue_ids: Collection[UUID], now: datetime
) -> None:
    """Have a user staff these queues, and no others.

    Raises:
        BadInput: The company has no such queue (any more).
    """
    wanted = set(queue_ids)
    there = await session.scalars(
        select(QueueRow.id).where(QueueRow.id.in_(wanted), QueueRow.removed_at.is_(None))
    )
    if set(there) != wanted:
        raise BadInput("One of the queues no longer exists; choose again.", "queue")
    before = await staffed_by(session, user_id)
    left = before - wanted
    if left:
        await session.execute(
            delete(StaffingRow).where(
                StaffingRow.user_id == user_id, StaffingRow.queue_id.in_(left)
            )
        )
    for queue_id in wanted - before:
        session.add(StaffingRow(user_id=user_id, queue_id=queue_id, since=now))
    await session.flush()
    for queue_id in before ^ wanted:
        await note_change(session, Kind.QUEUE, queue_id, now)


async def staffed_by(session: AsyncSession, user_id: UUID) -> set[UUID]:
    """The queues that a user staffs."""
    query = select(StaffingRow.queue_id).where(StaffingRow.user_id == user_id)
    return set(await session.scalars(query))


async def present(session: AsyncSession, queue_id: UUID, now: datetime) -> list[Present]:
    """Those who staff a queue and are there, longest first."""
    is_there = (
        select(SignInRow.id)
        .where(
            SignInRow.user_id == UserRow.id,
            SignInRow.ended_at.is_(None),
            SignInRow.seen_at > now - SEEN_WITHIN,
            SignInRow.created_at > now - ABSOLUTE,
        )
        .exists()
    )
    found = await session.execute(
        select(UserRow.id, UserRow.phone)
        .join(StaffingRow, StaffingRow.user_id == UserRow.id)
        .where(StaffingRow.queue_id == queue_id, UserRow.disabled_at.is_(None), is_there)
        .order_by(StaffingRow.since, UserRow.id)
    )
    return [Present(user_id, phone) for user_id, phone in found]
