"""The commands `ringback add price` and `ringback remove price`: what a part of a text costs.

In: options. Out: the operator's rows, which budgets and previews count with. Prices are in kronor
without VAT, down to a hundredth of an öre.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import typer

from ringback.cli.rows import do
from ringback.clock import system_clock
from ringback.db import Database
from ringback.errors import BadInput
from ringback.phone import is_country
from ringback.prices import Price
from ringback.settings import Settings
from ringback.store.prices import add_price, price_rows, remove_price
from sms_gateway.accounts import read_accounts

Country = Annotated[str, typer.Argument(help="SE, NO, …; any for wherever nothing else is said.")]
At = Annotated[str, typer.Option("--account", help="At this account only.")]
From = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="From this day; else today.")
]
Of = Annotated[
    datetime | None,
    typer.Option(
        "--from", formats=["%Y-%m-%d"], help="From this day; not needed for the only one."
    ),
]
_KRONA_E4 = 10_000
_KRONOR = re.compile(r"-?[0-9]{1,9}([.,][0-9]{1,9})?")


def add_a_price(
    country: Country,
    kronor: Annotated[str, typer.Argument(help="For one part, without VAT: 0,39")],
    account: At = "",
    from_day: From = None,
) -> None:
    """Add what a part of a text costs; one for the same account, country and day is replaced."""

    async def work(db: Database, settings: Settings) -> str:
        price = Price(_known(settings, account), _code(country), _day(from_day), _e4(kronor))
        async with db.begin_across() as session:
            await add_price(session, price)
        return f"Added: {shown(price)}."

    do(work)


def remove_a_price(country: Country, account: At = "", from_day: Of = None) -> None:
    """Forget a price; what it was without it holds again."""

    async def work(db: Database, settings: Settings) -> str:
        where = (account, _code(country))
        async with db.begin_across() as session:
            found = [
                row
                for row in await price_rows(session)
                if (row.provider, row.country) == where
                if from_day is None or row.valid_from == from_day.date()
            ]
            if len(found) > 1:
                days = ", ".join(row.valid_from.isoformat() for row in found)
                raise BadInput(f"There are several; say with --from which day's: {days}.")
            if not found:
                raise BadInput("There is no such price; see `ringback list`.")
            await remove_price(session, found[0].id)
        return "Removed the price."

    do(work)


def shown(price: Price) -> str:
    """A price in a line."""
    where = f"in {price.country}" if price.country else "in any country"
    at = f"at {price.provider}" if price.provider else "at any account"
    kronor = f"{Decimal(price.part_e4) / _KRONA_E4:f}".replace(".", ",")
    return f"{kronor} kr a part {where}, {at}, from {price.valid_from.isoformat()}"


def _known(settings: Settings, account: str) -> str:
    names = [known.name for known in read_accounts(settings.sms_accounts)]
    if account and account not in names:
        raise BadInput(f"There is no account {account!r}; there are {', '.join(names)}.")
    return account


def _code(country: str) -> str:
    code = "" if country.lower() == "any" else country.upper()
    if not country or (code and not is_country(code)):
        raise BadInput(
            f"{country!r} is no country; write two letters, like SE, or any for all others."
        )
    return code


def _day(given: datetime | None) -> date:
    return (given or system_clock()).date()


def _e4(kronor: str) -> int:
    if _KRONOR.fullmatch(kronor):
        price = Decimal(kronor.replace(",", ".")) * _KRONA_E4
        if price == int(price):
            return int(price)
    raise BadInput(f"{kronor!r} is no price; write it like 0,39, with four decimals at most.")
