"""What may be keyed, typed or sent as the number to ring back, and what would pay a fraudster."""

import pytest

from ringback.callable import NotCallable, callable_number

NO_NUMBER, PREMIUM, FOREIGN, FORBIDDEN, OWN = NotCallable

RUNG = {
    "070-174 06 05": "+46701740605",
    "0701740605": "+46701740605",
    "0046701740605": "+46701740605",
    "46701740605": "+46701740605",
    "+46701740605": "+46701740605",
    "0701740605;ext=900": "+46701740605",
    "08-465 004 10": "+46846500410",
    "0200-000 000": "+46200000000",  # costs the caller nothing
    "020-00 00 00": "+4620000000",
    "010-400 00 00": "+46104000000",  # companies of no place
}

REFUSED = {
    "0900-100 00 00": PREMIUM,
    "0939-100 00 00": PREMIUM,
    "0944-100 00 00": PREMIUM,
    "+469001000000": PREMIUM,
    "0046 944 100 00 00": PREMIUM,
    "077-100 00 00": PREMIUM,  # shared cost
    "0770-00 00 00": PREMIUM,
    "+47 22 00 00 00": FOREIGN,
    "0047 22 00 00 00": FOREIGN,
    "+45 80 00 00 00": FOREIGN,
    "+1 876 555 0100": FOREIGN,  # the Caribbean, which looks like the USA
    "+1 201 555 0100": FOREIGN,
    "+44 20 7946 0000": FOREIGN,
    "+881 600 000 000": FOREIGN,  # satellites
    "+882 16 00 00 00 00": FOREIGN,
    "+800 0000 0000": FOREIGN,  # no country's
    "074-600 00 00": FORBIDDEN,  # pagers
    "118 000": NO_NUMBER,  # directory enquiries, some of the dearest there are
    "118118": NO_NUMBER,
    "+46118000": NO_NUMBER,
    "112": NO_NUMBER,
    "00112": NO_NUMBER,
    "+46112": NO_NUMBER,
    "1177": NO_NUMBER,
    "11414": NO_NUMBER,
    "90000": NO_NUMBER,
    "101": NO_NUMBER,
    "4711": NO_NUMBER,
    "*72": NO_NUMBER,
    "*21*0701740605#": NO_NUMBER,
    "070174060": NO_NUMBER,
    "070-174 06 05 99": NO_NUMBER,
    "": NO_NUMBER,
    "anonymous": NO_NUMBER,
    "+": NO_NUMBER,
    "0" * 60: NO_NUMBER,
    "٠٧٠": NO_NUMBER,
}


@pytest.mark.parametrize(("typed", "e164"), RUNG.items())
def test_number_that_is_rung_back(typed: str, e164: str) -> None:
    assert callable_number(typed, ("SE",)) == (e164, None)


@pytest.mark.parametrize(("typed", "why"), REFUSED.items())
def test_number_that_is_not_rung_back(typed: str, why: NotCallable) -> None:
    assert callable_number(typed, ("SE",)) == (None, why)


@pytest.mark.parametrize(
    ("typed", "countries", "home", "e164"),
    [
        ("+47 22 00 00 00", ("SE", "NO"), "SE", "+4722000000"),
        ("22 00 00 00", ("NO",), "NO", "+4722000000"),
    ],
)
def test_numbers_of_the_companys_own_countries_are_rung(
    typed: str, countries: tuple[str, ...], home: str, e164: str
) -> None:
    assert callable_number(typed, countries, home) == (e164, None)


def test_own_country_is_no_country_when_it_is_not_in_the_list() -> None:
    assert callable_number("0701740605", ("NO",)) == (None, FOREIGN)


@pytest.mark.parametrize("typed", ["08-465 004 10", "+46846500410", "0046846500410", "46846500410"])
def test_the_companys_own_number_is_not_rung_back(typed: str) -> None:
    assert callable_number(typed, ("SE",), own=("+46846500410",)) == (None, OWN)
    assert callable_number("0701740605", ("SE",), own=("+46846500410",))[1] is None


def test_every_reason_is_a_sentence() -> None:
    assert all(reason.value.endswith(".") for reason in NotCallable)
