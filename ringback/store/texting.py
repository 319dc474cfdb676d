"""A company's rules for texts (`ringback.texting`): read and kept. Both take its unit of work."""

from sqlalchemy.ext.asyncio import AsyncSession

from ringback.store.companies import company, locked_company
from ringback.texting import Texting


async def texting(session: AsyncSession) -> Texting:
    """The rules as they stand."""
    return Texting.kept((await company(session)).texting)


async def save_texting(session: AsyncSession, document: object) -> Texting:
    """Keep new rules in the place of the old; what the document leaves out gets its default.

    Args:
        session: A unit of work that writes.
        document: Of the shape of `ringback.texting.Texting`, as from JSON.

    Raises:
        BadInput: A line for every fault, with where it stands; nothing is changed.
    """
    rules = Texting.from_document(document)
    row = await locked_company(session)
    row.texting = rules.model_dump(mode="json")
    await session.flush()
    return rules


async def privacy_url(session: AsyncSession, address: str) -> str:
    """Where callers read the privacy notice: the company's own, else the one that we show.

    Args:
        session: The company's unit of work.
        address: Where the portal is reached from outside, without a stroke at the end.
    """
    row = await company(session)
    own = Texting.kept(row.texting).privacy_url
    return own or f"{address.rstrip('/')}/i/{row.code}"
