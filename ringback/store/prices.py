"""What a text costs at each account and in each country: the operator's rows, any unit of work."""

from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.errors import BadInput
from ringback.prices import Price
from ringback.tables import SmsPriceRow
from ringback.tenancy import prepared

_IN_ORDER = prepared(
    select(SmsPriceRow).order_by(SmsPriceRow.provider, SmsPriceRow.country, SmsPriceRow.valid_from)
)
_MOST_E4 = 1_000_000  # 100 kr a part: more is a slip of the pen


async def prices(session: AsyncSession) -> tuple[Price, ...]:
    """All that were entered, for `ringback.prices.part_e4`, by account, country and day."""
    return tuple(
        Price(row.provider, row.country, row.valid_from, row.part_e4)
        for row in await price_rows(session)
    )


async def price_rows(session: AsyncSession) -> list[SmsPriceRow]:
    """The same as rows, in the same order."""
    return list(await session.scalars(_IN_ORDER))


async def add_price(session: AsyncSession, price: Price) -> SmsPriceRow:
    """Keep a price; one for the same account, country and day is replaced.

    Args:
        session: A unit of work that writes, mostly the operator's (`Database.begin_across`).
        price: `provider` is an account's name, `country` an ISO 3166 code; `""` means any.

    Raises:
        BadInput: The country is no code, or the price can't be one.
    """
    if price.country and not _is_code(price.country):
        raise BadInput("The country must be two capital letters, like SE.", "country")
    if not 0 <= price.part_e4 <= _MOST_E4:
        raise BadInput("The price of a part must be between 0 and 100 kronor.", "price")
    row = await session.scalar(
        select(SmsPriceRow).where(
            SmsPriceRow.provider == price.provider,
            SmsPriceRow.country == price.country,
            SmsPriceRow.valid_from == price.valid_from,
        )
    )
    if row is None:
        row = SmsPriceRow(
            id=uuid4(),
            provider=price.provider,
            country=price.country,
            valid_from=price.valid_from,
        )
        session.add(row)
    row.part_e4 = price.part_e4
    await session.flush()
    return row


async def remove_price(session: AsyncSession, price_id: UUID) -> bool:
    """Take a price away; False when it was gone already."""
    row = await session.get(SmsPriceRow, price_id)
    if row is None:
        return False
    await session.delete(row)
    await session.flush()
    return True


def _is_code(country: str) -> bool:
    return len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()
