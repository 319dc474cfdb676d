"""Prices in the database: the operator's, read by every company's unit of work."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from ringback.db import Database
from ringback.errors import BadInput
from ringback.prices import Price, part_e4
from ringback.store.prices import add_price, price_rows, prices, remove_price

SINCE = date(2026, 11, 1)
PRICE = Price("46elks", "SE", SINCE, 3500)


async def add(db: Database, price: Price) -> None:
    async with db.begin_across() as session:
        await add_price(session, price)


async def test_prices_are_read_back_as_they_were_entered(db: Database, company: UUID) -> None:
    later, any_country = replace(PRICE, valid_from=date(2027, 1, 1)), replace(PRICE, country="")
    for price in (later, PRICE, any_country):
        await add(db, price)
    async with db.read(company) as session:
        found = await prices(session)
    assert found == (any_country, PRICE, later)
    assert part_e4(found, "46elks", "SE", date(2026, 12, 1)) == 3500


async def test_price_for_the_same_place_and_day_is_replaced(db: Database) -> None:
    await add(db, PRICE)
    await add(db, replace(PRICE, part_e4=4000))
    async with db.read_across() as session:
        assert await prices(session) == (replace(PRICE, part_e4=4000),)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"country": "se"}, "country"),
        ({"country": "SWE"}, "country"),
        ({"country": "ÅÄ"}, "country"),
        ({"part_e4": -1}, "price"),
        ({"part_e4": 1_000_001}, "price"),
    ],
)
async def test_what_can_be_no_price_is_refused(
    db: Database, change: dict[str, str | int], field: str
) -> None:
    with pytest.raises(BadInput) as wrong:
        await add(db, replace(PRICE, **change))  # type: ignore[arg-type]
    assert wrong.value.field == field


async def test_removed_price_is_gone(db: Database) -> None:
    await add(db, PRICE)
    async with db.begin_across() as session:
        (row,) = await price_rows(session)
        assert await remove_price(session, row.id)
    async with db.begin_across() as session:
        assert not await remove_price(session, row.id)
        assert await prices(session) == ()
