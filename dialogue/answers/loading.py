"""The company's texts out of their rows, as an engine is given them.

In: the company's unit of work. Out: `dialogue.turns.Passage`s, for a `Situation`. Hundreds of parts
are not read and decrypted again at every turn: their ids tell whether they are still the same.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.turns import Passage
from ringback.store.passages import passage_ids, passages

_MOST_KEPT = 64  # companies whose texts are at hand
_kept: dict[tuple[UUID, ...], tuple[Passage, ...]] = {}


async def told_passages(session: AsyncSession) -> tuple[Passage, ...]:
    """All parts of all texts of the company; the same objects as long as nothing is changed."""
    ids = tuple(await passage_ids(session))
    if ids in _kept or not ids:
        return _kept.get(ids, ())
    rows = await passages(session)
    told = tuple(Passage(str(row.id), row.title, row.text) for row in rows)
    if len(_kept) >= _MOST_KEPT:
        del _kept[next(iter(_kept))]
    _kept[tuple(row.id for row in rows)] = told
    return told
