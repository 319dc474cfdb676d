"""Who wrote each text, by name: the caller, the assistant, a person, or a program of the company's.

In: `message.author` (`ringback.store.conversations`). Out: an `Author` for the pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.store.conversations import ASSISTANT
from ringback.tables import ApiKeyRow, MessageRow

_PROGRAM = "api:"


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a text; the name of a person, or of a program's key."""

    kind: Literal["caller", "assistant", "person", "program"]
    name: str = ""


async def authors_of(session: AsyncSession, rows: Sequence[MessageRow]) -> Mapping[UUID, Author]:
    """The author of each text, by the text's id."""
    programs = {row.author: _key_id(row.author) for row in rows}
    ids = [key_id for key_id in programs.values() if key_id]
    names: dict[UUID, str] = {}
    if ids:
        found = await session.execute(
            select(ApiKeyRow.id, ApiKeyRow.name).where(ApiKeyRow.id.in_(ids))
        )
        names = {row[0]: row[1] for row in found}
    return {row.id: _author(row, names) for row in rows}


def _author(row: MessageRow, keys: Mapping[UUID, str]) -> Author:
    if row.direction == "in":
        return Author("caller")
    if row.author == ASSISTANT:
        return Author("assistant")
    if row.author.startswith(_PROGRAM):
        key_id = _key_id(row.author)
        return Author("program", keys.get(key_id, "") if key_id else "")
    return Author("person", row.author)


def _key_id(author: str) -> UUID | None:
    """The id of the key that a program signed with; None when it is none."""
    try:
        return UUID(author.removeprefix(_PROGRAM)) if author.startswith(_PROGRAM) else None
    except ValueError:
        return None
