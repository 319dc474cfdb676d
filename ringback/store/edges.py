"""Sites with `ringback edge`: whose they are. Takes an operator's unit of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.pbx import PbxKind
from ringback.tables import PbxRow


@dataclass(frozen=True, slots=True)
class EdgePbx:
    """The PBX behind an edge, and its company."""

    company_id: UUID
    pbx_id: UUID


async def site_is_taken(session: AsyncSession, site: str) -> bool:
    """Whether any company has a PBX of this site."""
    query = select(PbxRow.id).where(
        PbxRow.kind == PbxKind.EDGE, PbxRow.username == site, PbxRow.removed_at.is_(None)
    )
    return await session.scalar(query.limit(1)) is not None


async def edge_sites(session: AsyncSession) -> Sequence[str]:
    """All sites with an edge."""
    query = select(PbxRow.username).where(PbxRow.kind == PbxKind.EDGE, PbxRow.removed_at.is_(None))
    return (await session.scalars(query)).all()


async def edge_of_site(session: AsyncSession, site: str) -> EdgePbx | None:
    """The PBX that this site tells of; None when there is none, or (by mistake) several."""
    query = select(PbxRow.company_id, PbxRow.id).where(
        PbxRow.kind == PbxKind.EDGE, PbxRow.username == site, PbxRow.removed_at.is_(None)
    )
    rows = (await session.execute(query)).all()
    return EdgePbx(*rows[0]) if len(rows) == 1 else None
