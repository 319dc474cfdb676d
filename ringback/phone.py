"""Telephone numbers: one choke point for E.164, kind and masking. Pure.

Source: Google's numbering data through `phonenumbers`; the Swedish mobile series after PTS's
numbering plan (70, 72, 73, 76, 79), because the library also counts 078.
"""

from functools import lru_cache

import phonenumbers

_SWEDISH_MOBILE = ("+4670", "+4672", "+4673", "+4676", "+4679")
_MOBILE_KINDS = (
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
)


@lru_cache(maxsize=4096)
def to_e164(number: str, country: str = "SE") -> str | None:
    """The number in E.164, or None when it is none.

    Args:
        number: As delivered or typed: `070-174 06 05`, `0046701740605`, `46701740605`, `+46…`.
        country: ISO 3166 code that national forms belong to.
    """
    international = f"+{number.lstrip('+0')}"
    own_code = f"{phonenumbers.country_code_for_region(country)}"
    # Trunks deliver 46… too, which may pass for a national number whose first 0 is left out.
    own_first = number.startswith(own_code)
    for candidate in (international, number) if own_first else (number, international):
        try:
            parsed = phonenumbers.parse(candidate, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(parsed) and phonenumbers.is_valid_number(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return None


@lru_cache(maxsize=4096)
def is_mobile(e164: str) -> bool:
    """Whether texts to the number can be expected to arrive."""
    if e164.startswith("+46"):
        return e164.startswith(_SWEDISH_MOBILE)
    return phonenumbers.number_type(phonenumbers.parse(e164)) in _MOBILE_KINDS


@lru_cache(maxsize=4096)
def country(e164: str) -> str:
    """The ISO 3166 code of the country that the number belongs to, `SE`; "" when it is none's.

    Numbers of several countries at once (satellites, +800) belong to none.
    """
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return ""
    return region if region and region.isalpha() else ""


def is_country(code: str) -> bool:
    """Whether this is the ISO 3166 code of a country that has telephone numbers, as `country` gives it."""
    return code in phonenumbers.SUPPORTED_REGIONS


def masked(e164: str) -> str:
    """The number as logs may show it: `+46•••0605`."""
    return f"{e164[:3]}•••{e164[-4:]}" if len(e164) > 7 else "•••"


def readable(e164: str) -> str:
    """The number as people in its country write it, for pages: `070-174 06 05`."""
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    kind = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if parsed.country_code == 46
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, kind)
