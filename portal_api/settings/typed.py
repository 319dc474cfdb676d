"""What people type into the forms of the settings: numbers, times, countries. Pure.

In: one field's text. Out: its value; or `Wrong`, whose text is a msgid that says how to write it.
"""

from datetime import time
from decimal import Decimal, InvalidOperation

from babel import Locale

from portal_api.wording import N_

_NO_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}  # groups, and what tests use
_COUNTRY_CODES = {
    code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha()
} - _NO_COUNTRIES

CLOCK = N_("Write a time, like 21:00.")
COUNTRIES = N_("Write country codes with two letters and commas between, like SE, NO.")


class Wrong(ValueError):
    """What was typed can't be used; its text is a msgid, in which `about` takes the place of `%s`."""

    def __init__(self, text: str, about: str = "") -> None:
        super().__init__(text)
        self.about = about


def decimal(text: str, wrong: str) -> Decimal:
    """A number with a comma or a point, and spaces between thousands; `wrong` when it is none."""
    bare = "".join(text.split()).replace(",", ".")
    try:
        number = Decimal(bare)
    except InvalidOperation:
        raise Wrong(wrong) from None
    if not bare.isascii() or not number.is_finite() or number < 0 or "e" in bare.lower():
        raise Wrong(wrong)
    return number


def whole(text: str, least: int, most: int, wrong: str) -> int:
    """A whole number within bounds; `wrong` when it is none."""
    bare = "".join(text.split())
    if not (bare.isascii() and bare.isdigit() and len(bare) < 9 and least <= int(bare) <= most):
        raise Wrong(wrong, f"{least}–{most}")
    return int(bare)


def clock(text: str) -> str:
    """A wall-clock time, as `HH:MM`."""
    try:
        at = time.fromisoformat(text)
    except ValueError:
        raise Wrong(CLOCK) from None
    if at.tzinfo or len(text) < len("21:00"):
        raise Wrong(CLOCK)
    return f"{at:%H:%M}"


def countries(text: str) -> list[str]:
    """ISO 3166 codes with commas or spaces between, each once."""
    codes = [code for code in text.upper().replace(",", " ").split() if code]
    if not codes or not _COUNTRY_CODES.issuperset(codes):
        raise Wrong(COUNTRIES)
    return list(dict.fromkeys(codes))
