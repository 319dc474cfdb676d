"""What a text costs: the price of one part, by account, country and day. Pure.

In: the rows of `sms_price`. Out: 1/10 000 of the currency per part (640 is 0,064 kr), VAT excluded.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one part from a day on; `""` means any account or country."""

    provider: str
    country: str
    valid_from: date
    part_e4: int


OUTSOURCING_TARIFF = Price("", "", date(2026, 1, 1), 640)
"""What holds where nothing else is entered: 0,064 kr, the tariff of the outsourcing terms (T7)."""


def part_e4(prices: Collection[Price], provider: str, country: str, day: date) -> int:
    """The price of one part: the newest valid one of the most particular that fit.

    Account and country go before account alone, that before country alone, that before neither.
    """
    fitting = [
        price
        for price in prices
        if price.provider in ("", provider)
        and price.country in ("", country)
        and price.valid_from <= day
    ]
    best = max(fitting, key=_particular, default=OUTSOURCING_TARIFF)
    return best.part_e4


def _particular(price: Price) -> tuple[bool, bool, date]:
    return bool(price.provider), bool(price.country), price.valid_from
