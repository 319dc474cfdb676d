"""How far each source of a PBX's back-fill has been read."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.tables import PbxMarkRow


async def marks(session: AsyncSession, pbx_id: UUID) -> Mapping[str, str]:
    """The mark of each source, in the source's own words."""
    rows = await session.scalars(select(PbxMarkRow).where(PbxMarkRow.pbx_id == pbx_id))
    return {row.source: row.mark for row in rows}


async def set_mark(session: AsyncSession, pbx_id: UUID, source: str, mark: str) -> None:
    """A source has been read so far."""
    row = await session.get(PbxMarkRow, (pbx_id, source))
    if row is None:
        session.add(PbxMarkRow(pbx_id=pbx_id, source=source, mark=mark))
    else:
        row.mark = mark
