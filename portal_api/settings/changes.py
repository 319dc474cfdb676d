"""Who changed a setting last, from the audit trail.

In: the kind and ids of rows. Out: names of people and when, by row id.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.tables import AuditRow, UserRow

_USER = "user:"


@dataclass(frozen=True, slots=True)
class LastChange:
    """Who changed something last, and when."""

    name: str
    at: datetime


async def last_changes(
    session: AsyncSession, kind: str, ids: Collection[str]
) -> dict[str, LastChange]:
    """The last change of each of these rows; those that nobody of the company changed are left out."""
    if not ids:
        return {}
    entries = await session.execute(
        select(AuditRow.object_id, AuditRow.actor, AuditRow.at)
        .where(
            AuditRow.object_kind == kind, AuditRow.object_id.in_(ids), AuditRow.action == "change"
        )
        .order_by(AuditRow.number)
    )
    last = {row[0]: (row[1].removeprefix(_USER), row[2]) for row in entries if _USER in row[1]}
    people = await session.scalars(
        select(UserRow).where(UserRow.id.in_([UUID(actor) for actor, _ in last.values()]))
    )
    names = {str(person.id): person.name for person in people}
    return {
        row_id: LastChange(names[actor], at)
        for row_id, (actor, at) in last.items()
        if actor in names
    }
