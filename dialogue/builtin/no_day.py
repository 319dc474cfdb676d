"""Dates that there are none of: "31 februari", "30/2", "den 32:a". Pure.

In: a text in normal form and today's local date. Out: whether it names such a day. dates.py reads only days that exist, so
that these would be passed over in silence.
"""

import re
from calendar import isleap
from datetime import date

from dialogue.builtin.calendar_words import MONTH, ORDINAL_END

_LENGTHS = (31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAY_AND_MONTH = re.compile(rf"\b(?P<d>\d{{1,2}})(?:{ORDINAL_END})?(?: of)? (?:{MONTH})\b")
_SLASHED = re.compile(r"(?<![\d/:.])(?P<d>\d{1,2})/(?P<month>1[0-2]|0?[1-9])(?![\d/])")
_OF_MONTH = re.compile(
    rf"\bden (?P<d>3[2-9]|[4-9]\d)\b(?! ?(?:kr|min|%))|\b(?P<e>3[2-9]|[4-9]\d) ?{ORDINAL_END}\b"
)


def names_no_day(text: str, today: date) -> bool:
    """Whether a text in normal form names a day that neither this year nor the next one has."""
    lengths = (31, 29 if any(map(isleap, (today.year, today.year + 1))) else 28, *_LENGTHS)
    for found in _DAY_AND_MONTH.finditer(text):
        month = next(n for n in range(1, 13) if found.group(f"m{n}"))
        if not 1 <= int(found.group("d")) <= lengths[month - 1]:
            return True
    for found in _SLASHED.finditer(text):
        if not 1 <= int(found.group("d")) <= lengths[int(found.group("month")) - 1]:
            return True
    return bool(_OF_MONTH.search(text))
