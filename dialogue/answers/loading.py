"""The company's texts out of their rows, as an engine is given them.

In: the company's unit of work. Out: `dialogue.turns.Passage`s, for a `Situation`.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.turns import Passage
from ringback.store.passages import passages


async def told_passages(session: AsyncSession) -> tuple[Passage, ...]:
    """All parts of all texts of the company."""
    rows = await passages(session)
    return tuple(Passage(str(row.id), row.title, row.text) for row in rows)
