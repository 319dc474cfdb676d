"""What a part costs: the most particular price that holds on the day."""

from datetime import date

import pytest

from ringback.prices import OUTSOURCING_TARIFF, Price, part_e4

DAY = date(2026, 11, 20)


def price(provider: str, country: str, part: int, since: date = date(2026, 1, 1)) -> Price:
    return Price(provider, country, since, part)


ALL = [
    price("", "", 1),
    price("", "SE", 2),
    price("46elks", "", 3),
    price("46elks", "SE", 4),
]


@pytest.mark.parametrize(
    ("provider", "country", "expected"),
    [("46elks", "SE", 4), ("46elks", "NO", 3), ("twilio", "SE", 2), ("twilio", "NO", 1)],
)
@pytest.mark.parametrize("prices", [ALL, ALL[::-1]])
def test_most_particular_price_holds(
    prices: list[Price], provider: str, country: str, expected: int
) -> None:
    assert part_e4(prices, provider, country, DAY) == expected


def test_accounts_price_goes_before_the_countrys() -> None:
    assert part_e4(ALL[:3], "46elks", "SE", DAY) == 3


def test_price_holds_from_its_day_on() -> None:
    prices = [
        price("", "SE", 640),
        price("", "SE", 700, DAY),
        price("", "SE", 600, date(2025, 1, 1)),
    ]
    assert part_e4(prices, "46elks", "SE", date(2026, 11, 19)) == 640
    assert part_e4(prices, "46elks", "SE", DAY) == 700


def test_newer_price_for_all_does_not_replace_a_particular_one() -> None:
    assert part_e4([price("46elks", "SE", 4), price("", "", 9, DAY)], "46elks", "SE", DAY) == 4


@pytest.mark.parametrize(
    "prices",
    [[], [price("", "NO", 9)], [price("twilio", "", 9)], [price("", "", 9, date(2027, 1, 1))]],
)
def test_without_a_price_that_fits_the_outsourcing_tariff_holds(prices: list[Price]) -> None:
    assert part_e4(prices, "46elks", "SE", DAY) == OUTSOURCING_TARIFF.part_e4 == 640


def test_own_price_from_before_the_tariff_goes_before_it() -> None:
    assert part_e4([price("", "", 500, date(2025, 1, 1))], "46elks", "SE", DAY) == 500
