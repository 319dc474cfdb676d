"""What a company's programs sign their requests with: made, found, used, ended.

In: a name. Out: the key in full, once: `rb_<id>_<secret>`; the row keeps the SHA-256 of it. Finding a
key happens before the company is known, so that takes an operator's unit of work.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID, uuid4

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import audit
from ringback.errors import BadInput
from ringback.store.companies import locked_company
from ringback.tables import ApiKeyRow

USED_EVERY = timedelta(minutes=1)
_BEGINS = "rb"
_MOST_NAME_SIGNS = 60


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that is good, and whose."""

    id: UUID
    company_id: UUID
    used_at: datetime | None


async def add_api_key(
    session: AsyncSession, name: str, now: datetime, actor: str = "system", remote: str = ""
) -> str:
    """A new key of the session's company, in full; it can't be shown again.

    Args:
        session: The company's unit of work.
        name: Says where it is used; spaces around it are dropped.
        now: Aware.
        actor: Who makes it, for the audit trail, asked from `remote`.
        remote: An address, or "".

    Raises:
        BadInput: The name can't be one, or a key that is in use has it.
    """
    name = _checked(name)
    await locked_company(session)  # two at once would not see each other's name
    if any(row.name == name for row in await api_keys(session)):
        raise BadInput(
            "There is an API key of that name already; end it first, or choose another name.",
            "name",
        )
    key_id = uuid4()
    written = f"{_BEGINS}_{key_id.hex}_{token_urlsafe(32)}"
    session.add(ApiKeyRow(id=key_id, name=name, key_hash=_hash(written), created_at=now))
    await session.flush()
    await audit.record(session, now, actor, "add", "api_key", key_id, remote)
    return written


async def api_keys(session: AsyncSession) -> Sequence[ApiKeyRow]:
    """The company's keys that are in use, by name."""
    query = select(ApiKeyRow).where(ApiKeyRow.ended_at.is_(None)).order_by(ApiKeyRow.name)
    return (await session.scalars(query)).all()


async def end_api_key(session: AsyncSession, name: str, now: datetime) -> None:
    """Let the key in no more; what it did stays.

    Raises:
        BadInput: No key that is in use has the name.
    """
    found = [row for row in await api_keys(session) if row.name == name]
    if not found:
        raise BadInput(f"There is no API key {name!r}; see `ringback list`.")
    await end_api_key_of(session, found[0].id, now)


async def end_api_key_of(
    session: AsyncSession, key_id: UUID, now: datetime, actor: str = "system", remote: str = ""
) -> bool:
    """The same by the key's id; False when it was ended already, or is not the company's."""
    row = await session.get(ApiKeyRow, key_id)
    if row is None or row.ended_at is not None:
        return False
    row.ended_at = now
    await audit.record(session, now, actor, "end", "api_key", key_id, remote)
    return True


async def key_of(session: AsyncSession, written: str) -> ApiKey | None:
    """Whose key this is, if it is good (operator).

    It is found by its id and compared in constant time, so that nobody learns a hash by the clock.
    """
    key_id = _id_of(written)
    row = await session.get(ApiKeyRow, key_id) if key_id else None
    right = hmac.compare_digest(row.key_hash if row else bytes(32), _hash(written))
    if row is None or not right or row.ended_at is not None:
        return None
    return ApiKey(row.id, row.company_id, row.used_at)


async def note_used(session: AsyncSession, key_id: UUID, now: datetime) -> None:
    """Keep when a key was last used (operator); written at most once a minute."""
    before = or_(ApiKeyRow.used_at.is_(None), ApiKeyRow.used_at < now - USED_EVERY)
    await session.execute(
        update(ApiKeyRow).where(ApiKeyRow.id == key_id, before).values(used_at=now)
    )


def _checked(name: str) -> str:
    name = name.strip()
    if not name:
        raise BadInput(
            "An API key needs a name that tells where it is used, like cash-register.", "name"
        )
    if len(name) > _MOST_NAME_SIGNS or not name.isprintable():
        raise BadInput(
            f"The name must be one line of at most {_MOST_NAME_SIGNS} characters.", "name"
        )
    return name


def _id_of(written: str) -> UUID | None:
    begins, _, rest = written.partition("_")
    try:
        return UUID(hex=rest.partition("_")[0]) if begins == _BEGINS else None
    except ValueError:
        return None


def _hash(written: str) -> bytes:
    return sha256(written.encode(errors="replace")).digest()
