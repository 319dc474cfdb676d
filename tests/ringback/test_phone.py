"""Which country a number belongs to."""

import pytest

from ringback.phone import country


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+46701740605", "SE"),
        ("+46846500455", "SE"),
        ("+4740612345", "NO"),
        ("+12025550123", "US"),
        ("+80012345678", ""),  # free in several countries at once
        ("+881612345678", ""),  # a satellite's
        ("+999123456", ""),
        ("Salongen", ""),
        ("", ""),
    ],
)
def test_number_belongs_to_a_country_or_to_none(number: str, expected: str) -> None:
    assert country(number) == expected
