"""Which numbers a caller may key to be rung at, as patterns of a dialplan. Pure.

In: the country that the PBX stands in, the countries whose numbers may be rung. Out: patterns that
match what may be rung and nothing else, after `ringback.callable`, which alone decides and is asked
again before each call. So the menu refuses at once what would be refused later: premium numbers,
numbers of other countries, short ones and the company's own extensions.
Source: the library's series are told apart by their first three digits and their length.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberType

from ringback.callable import callable_number
from ringback.errors import BadInput

_PREFIX = 3
_Series = tuple[str, int]
"""The first digits of a number without its country's code, and how many there are in all."""


def calling_code(country: str) -> str:
    """Of an ISO 3166 country: `46`.

    Raises:
        BadInput: There is no such country.
    """
    _metadata(country)
    return str(phonenumbers.country_code_for_region(country))


def trunk_prefix(country: str) -> str:
    """What stands before a number within the country: `0`, or nothing."""
    return _metadata(country).national_prefix or ""


def dialled(home: str, e164: str) -> str:
    """A number as the menu has it: `0846500410`, `004721234567`."""
    own, digits = calling_code(home), e164.removeprefix("+")
    return f"{trunk_prefix(home)}{digits[len(own) :]}" if digits.startswith(own) else f"00{digits}"


def allowed_patterns(home: str, countries: Iterable[str]) -> tuple[str, ...]:
    """The patterns, as `_07[02369]XXXXXXX`; numbers of other countries begin with 00.

    Args:
        home: ISO 3166 code of the country that the PBX stands in.
        countries: Those whose numbers may be rung.

    Raises:
        BadInput: There is no such country.
    """
    found: list[str] = []
    for country in sorted(set(countries)):
        lead = trunk_prefix(home) if country == home else f"00{calling_code(country)}"
        found += (f"_{lead}{pattern}" for pattern in _patterns(_allowed(country)))
    return tuple(found)


@cache
def _allowed(country: str) -> frozenset[_Series]:
    """The series of which some numbers may be rung and none is refused."""
    described = _metadata(country).general_desc
    code = phonenumbers.country_code_for_region(country)
    return frozenset(
        (f"{prefix:03}", length)
        for length in (described.possible_length if described else ())
        if length > _PREFIX
        for prefix in range(1000)
        if _is_allowed(country, code, f"{prefix:03}", length)
    )


def _is_allowed(country: str, code: int, prefix: str, length: int) -> bool:
    allowed = False
    for digit in "1234567890":
        number = prefix + digit * (length - _PREFIX)
        if not _is_assigned(code, number):
            continue
        if callable_number(f"+{code}{number}", (country,), country)[0] is None:
            return False
        allowed = True
    return allowed


def _is_assigned(code: int, number: str) -> bool:
    if number.startswith("0"):
        return False  # Italy alone has such numbers; they are written otherwise
    parsed = PhoneNumber(country_code=code, national_number=int(number))
    return phonenumbers.number_type(parsed) is not PhoneNumberType.UNKNOWN


def _patterns(series: Iterable[_Series]) -> Iterator[str]:
    """As few patterns as match just these: digits that stand for each other are put in brackets."""
    last: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for prefix, length in sorted(series):
        last[length, prefix[:2]].append(prefix[2])
    middle: defaultdict[tuple[int, str, str], list[str]] = defaultdict(list)
    for (length, first), digits in last.items():
        middle[length, first[0], "".join(digits)].append(first[1])
    for (length, first, thirds), seconds in sorted(middle.items()):
        open_end = "X" * (length - _PREFIX)
        yield f"{first}{_digits(''.join(seconds))}{_digits(thirds)}{open_end}"


def _digits(digits: str) -> str:
    """One of these, in increasing order: `7`, `[2-59]`, `X`."""
    if len(digits) == 1:
        return digits
    if digits == "0123456789":
        return "X"
    runs = groupby(digits, key=lambda digit: int(digit) - digits.index(digit))
    return f"[{''.join(_run(list(run)) for _, run in runs)}]"


def _run(run: list[str]) -> str:
    return f"{run[0]}-{run[-1]}" if len(run) > 2 else "".join(run)


def _metadata(country: str) -> PhoneMetadata:
    found = PhoneMetadata.metadata_for_region(country, None)
    if found is None:
        raise BadInput(f"{country!r} is no country; write two capital letters like SE.")
    return found
