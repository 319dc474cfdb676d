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
from ringback.store.ownership import PERSON_AUTHOR
from ringback.tables import ApiKeyRow, MessageRow, UserRow

_PROGRAM = "api:"
_KINDS: Mapping[str, Literal["program", "person"]] = {_PROGRAM: "program", PERSON_AUTHOR: "person"}


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a text; the name of a person, or of a program's key."""

    kind: Literal["caller", "assistant", "person", "program"]
    name: str = ""


async def authors_of(session: AsyncSession, rows: Sequence[MessageRow]) -> Mapping[UUID, Author]:
    """The author of each text, by the text's id."""
    keys = [id_ for row in rows if (id_ := _id(row.author, _PROGRAM))]
    people = [id_ for row in rows if (id_ := _id(row.author, PERSON_AUTHOR))]
    names: dict[UUID, str] = {}
    for table, ids in ((ApiKeyRow, keys), (UserRow, people)):
        if ids:
            found = await session.execute(select(table.id, table.name).where(table.id.in_(ids)))
            names |= {row[0]: row[1] for row in found}
    return {row.id: _author(row, names) for row in rows}


def _author(row: MessageRow, names: Mapping[UUID, str]) -> Author:
    if row.direction == "in":
        return Author("caller")
    if row.author == ASSISTANT:
        return Author("assistant")
    for prefix, kind in _KINDS.items():
        if row.author.startswith(prefix):
            id_ = _id(row.author, prefix)
            return Author(kind, names.get(id_, "") if id_ else "")
    return Author("person", row.author)


def _id(author: str, prefix: str) -> UUID | None:
    """The id after the prefix; None when it is another kind of author, or no id."""
    try:
        return UUID(author.removeprefix(prefix)) if author.startswith(prefix) else None
    except ValueError:
        return None
