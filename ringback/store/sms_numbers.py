"""Where the companies' numbers are registered, beside the accounts that there are. For the operator."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.tables import SmsNumberRow


@dataclass(frozen=True, slots=True)
class Registered:
    """A number of some company's, and the account that it is registered at."""

    e164: str
    account: str


async def numbers_elsewhere(session: AsyncSession, accounts: Collection[str]) -> list[Registered]:
    """The numbers whose account is not one of these: no text goes out from them (operator)."""
    query = (
        select(SmsNumberRow.e164, SmsNumberRow.provider)
        .where(SmsNumberRow.provider.not_in(accounts))
        .order_by(SmsNumberRow.e164, SmsNumberRow.provider)
    )
    return [Registered(e164, account) for e164, account in await session.execute(query)]
