"""The public holidays of a country, by date, with their names. Pure.

In: a country, a year, a language. Out: names by date, from the library `holidays`. Used by
`ringback.hours` for companies that close on them (`Business.closed_holidays`).

What counts: the public holidays by law (in Sweden lag 1989:253), and the days that the library calls
de facto, which the law treats like them: in Sweden Midsummer's Eve, Christmas Eve and New Year's Eve
(semesterlagen 1977:480, section 7), when nearly every company is closed. Eves that are half days
(Maundy Thursday, Walpurgis, Twelfth Night) and ordinary Sundays don't count. A company that is open on
one of the days names it in its `exceptions`, with its hours.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from holidays import country_holidays

_CLOSING = ("public", "de_facto")


@lru_cache(maxsize=256)
def is_known(country: str) -> bool:
    """Whether the holidays of a country (ISO 3166, two letters) are known."""
    if len(country) != 2:
        return False
    try:
        country_holidays(country)
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=256)
def public_holidays(country: str, year: int, language: str) -> Mapping[date, str]:
    """Name of each holiday of a year, in `sv`, `en` …, or in the country's own language if not in that.

    Args:
        country: A known one.
        year: Of our calendar.
        language: Two letters.
    """
    known = country_holidays(country)
    names_in = next((name for name in known.supported_languages if name[:2] == language), None)
    categories = [one for one in _CLOSING if one in known.supported_categories]
    found = country_holidays(
        country,
        years=year,
        expand=False,
        language=names_in or known.default_language,
        categories=categories,
    )
    return MappingProxyType(dict(found.items()))
