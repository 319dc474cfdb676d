"""Patterns of numbers that may be rung, against the rule that decides."""

import random
import re

import pytest

from asterisk_conf.numbers import allowed_patterns, calling_code, trunk_prefix
from ringback.callable import callable_number
from ringback.errors import BadInput

ALLOWED = ("0701740605", "0846500401", "0201234567", "0101234567", "031123456")
REFUSED = {
    "premium": ("0900123456", "0939123456", "0944123456", "0991123456"),
    "shared cost": ("0771123456", "0770456789"),
    "personal and pagers": ("0751234567", "0740123456"),
    "foreign": ("004721234567", "0014155550123", "00870773123456", "0088213123456"),
    "short and internal": ("112", "11414", "118118", "101", "4711", "0", "00", "08123"),
    "too long": ("07017406051", "0846500401123"),
}


@pytest.mark.parametrize("number", ALLOWED)
def test_numbers_of_subscribers_may_be_keyed(number: str) -> None:
    assert matched(number, allowed_patterns("SE", ("SE",)))


@pytest.mark.parametrize("number", [one for row in REFUSED.values() for one in row])
def test_costly_foreign_forbidden_and_short_numbers_may_not(number: str) -> None:
    assert not matched(number, allowed_patterns("SE", ("SE",)))


def test_another_country_that_may_be_rung_is_dialled_with_its_code() -> None:
    patterns = allowed_patterns("SE", ("SE", "NO"))
    assert matched("004721234567", patterns)
    assert not matched("004782012345", patterns)  # premium there
    assert not matched("21234567", patterns)


@pytest.mark.parametrize("country", ["SE", "NO", "GB"])
def test_patterns_say_what_the_rule_says(country: str) -> None:
    """Of thousands of numbers none is let through that is refused when it is to be rung.

    The other way round a few differ: of a series in which any is costly none may be keyed.
    """
    patterns = allowed_patterns(country, (country,))
    code, trunk = calling_code(country), trunk_prefix(country)
    dice = random.Random(country)
    wrong = lost = allowed = 0
    for _ in range(4000):
        number = f"{dice.randrange(10 ** dice.choice((7, 8, 9, 10))):07}".lstrip("0")
        rule = callable_number(f"+{code}{number}", (country,), country)[0] is not None
        menu = matched(trunk + number, patterns)
        allowed += rule
        lost += rule and not menu
        kind = callable_number(f"+{code}{number}", (country,), country)[1]
        wrong += menu and kind is not None and kind.name != "NO_NUMBER"
    assert allowed > 100
    assert wrong == 0
    assert lost < allowed / 20


def test_a_country_that_is_none_is_said() -> None:
    with pytest.raises(BadInput, match="no country"):
        allowed_patterns("SE", ("XX",))


def matched(number: str, patterns: tuple[str, ...]) -> bool:
    return any(re.fullmatch(pattern[1:].replace("X", "[0-9]"), number) for pattern in patterns)
