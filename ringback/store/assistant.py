"""A company's settings of its assistant, and what its model has cost. All take its unit of work."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.assistant import Assistant, ModelSpent
from ringback.store.companies import company, locked_company
from ringback.tables import TurnRow


async def assistant(session: AsyncSession) -> Assistant:
    """The settings as they stand."""
    return Assistant.kept((await company(session)).assistant)


async def save_assistant(session: AsyncSession, document: object) -> Assistant:
    """Keep new settings in the place of the old; what the document leaves out gets its default.

    Raises:
        BadInput: A line for every fault, with where it stands; nothing is changed.
    """
    settings = Assistant.from_document(document)
    row = await locked_company(session)
    row.assistant = settings.model_dump(mode="json")
    await session.flush()
    return settings


async def model_spent(session: AsyncSession, now: datetime) -> ModelSpent:
    """What the model took since the first of the month, in the company's zone.

    Counted from the AI log, turns that the built-in engine had to answer in the end included: their
    tokens are paid for as well. Turns under way are not in it, so a budget is overdrawn by those.
    """
    zone = ZoneInfo((await company(session)).zone)
    first = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    tokens = func.coalesce(TurnRow.tokens_in, 0) + func.coalesce(TurnRow.tokens_out, 0)
    sums = select(func.coalesce(func.sum(TurnRow.cost_e4), 0), func.coalesce(func.sum(tokens), 0))
    cost_e4, taken = (await session.execute(sums.where(TurnRow.created_at >= first))).one()
    return ModelSpent(int(cost_e4 or 0), int(taken or 0))
