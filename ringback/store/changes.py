"""What changed, in order: the source of the live pages.

The id is the stream's position. On PostgreSQL a transaction that took a lower id may commit after
one with a higher id, so readers look back over a short window and skip what they have seen.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, event, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from ringback.bell import CHANGES, ring_after
from ringback.tables import ChangeRow
from ringback.tenancy import into

LOOK_BACK = 200
MOST_BEHIND = 500
KEEP = timedelta(hours=24)
_NOTED = "noted changes"
_INTO = into(ChangeRow)


class Kind(StrEnum):
    """What kind of row changed."""

    CALL = "call"
    CONVERSATION = "conversation"
    BOOKING = "booking"
    CALLBACK = "callback"
    QUEUE = "queue"  # its rules, its offer, who staffs it
    PBX = "pbx"
    GAP = "gap"  # in which a PBX was not listened to
    PHONE = "phone"  # a simulated one
    SMS_ACCOUNT = "sms_account"  # how an account with an SMS provider is


@dataclass(frozen=True, slots=True)
class Change:
    """A row that pages may show was changed, or (new) made.

    `part` is the text by which a conversation changed, if it was one.
    """

    id: int
    kind: Kind
    subject: UUID
    part: UUID | None
    new: bool


async def note_change(
    session: AsyncSession,
    kind: Kind,
    subject: UUID,
    at: datetime,
    *,
    part: UUID | None = None,
    new: bool = False,
) -> None:
    """Tell the live pages, when this unit of work is committed."""
    ring_after(session.info, CHANGES)
    company_id = session.info["company"]
    change = {"kind": kind, "subject": subject, "part": part, "new": new, "at": at}
    session.info.setdefault(_NOTED, []).append({"company_id": company_id, **change})


@event.listens_for(Session, "before_commit")
def _write_noted(session: Session) -> None:
    """All at once: one by one each would be a statement, for nobody needs their ids here."""
    if noted := session.info.pop(_NOTED, None):
        session.execute(_INTO, noted)


async def changes_since(session: AsyncSession, position: int) -> list[Change]:
    """The changes after the position, and those shortly before it, in order."""
    rows = await session.scalars(
        select(ChangeRow)
        .where(ChangeRow.id > position - LOOK_BACK)
        .order_by(ChangeRow.id)
        .limit(MOST_BEHIND + LOOK_BACK)
    )
    return [Change(row.id, Kind(row.kind), row.subject, row.part, row.new) for row in rows]


async def latest_position(session: AsyncSession) -> int:
    """Where the stream stands now."""
    return await session.scalar(select(func.max(ChangeRow.id))) or 0


async def is_forgotten(session: AsyncSession, position: int) -> bool:
    """Whether changes after this position may have been dropped, or are too many to tell.

    So may those of a position that is far ahead: it is from before the database was restored.
    """
    oldest = await session.scalar(select(func.min(ChangeRow.id)))
    behind = await session.scalar(select(func.count()).where(ChangeRow.id > position))
    if position > await latest_position(session) + LOOK_BACK or (behind or 0) > MOST_BEHIND:
        return True
    return bool(position and oldest and position < oldest)


async def forget_old(session: AsyncSession, now: datetime) -> None:
    """Drop what no page will ask for any more."""
    await session.execute(delete(ChangeRow).where(ChangeRow.at < now - KEEP))
