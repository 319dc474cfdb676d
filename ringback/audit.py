"""The audit trail: one hash chain per company, written in the transaction of what it records.

An entry says who did what to which row and when; never text or numbers, so that erasing a person
never breaks the chain. `hash` is SHA-256 over the previous hash and the entry in canonical JSON.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.store.companies import company, locked_company
from ringback.tables import AuditRow


async def record(
    session: AsyncSession,
    at: datetime,
    actor: str,
    action: str,
    object_kind: str,
    object_id: UUID | str,
    remote: str = "",
) -> None:
    """Add an entry to the chain of the session's company.

    Args:
        session: A unit of work that writes.
        at: When it was done.
        actor: `user:<id>`, `assistant` or `system`.
        action: A constant verb: `read`, `book`, `sign_in` …
        object_kind: The table's name.
        object_id: The row's id.
        remote: The address that it was asked from, where there is one.
    """
    chain = await locked_company(session)
    row = AuditRow(
        number=chain.audit_number + 1,
        at=at,
        actor=actor,
        action=action,
        object_kind=object_kind,
        object_id=str(object_id),
        remote=remote,
        previous_hash=chain.audit_head,
    )
    row.hash = entry_hash(row)
    session.add(row)
    chain.audit_number, chain.audit_head = row.number, row.hash
    await session.flush()


def entry_hash(row: AuditRow) -> str:
    """The hash of an entry, over everything it says and the one before it."""
    entry = {
        "number": row.number,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": row.actor,
        "action": row.action,
        "object_kind": row.object_kind,
        "object_id": row.object_id,
        "remote": row.remote,
    }
    canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    return sha256((row.previous_hash + canonical).encode()).hexdigest()


async def first_break(session: AsyncSession) -> int | None:
    """The number of the first entry that was altered or is missing; None when the chain holds.

    Takes a unit of work that reads: entries that are being added would look like a break.
    """
    expected, previous = 1, ""
    rows = await session.stream_scalars(select(AuditRow).order_by(AuditRow.number))
    async for row in rows:
        whole = row.number == expected and row.previous_hash == previous
        if not whole or row.hash != entry_hash(row):
            return expected
        expected, previous = expected + 1, row.hash
    chain = await company(session)
    whole = (chain.audit_number, chain.audit_head) == (expected - 1, previous)
    return None if whole else expected
