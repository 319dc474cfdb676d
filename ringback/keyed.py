"""What a caller has keyed, or a program tells of him: a customer number, or a personal one. Pure.

In: the signs as they came. Out: an `Input`. A personal number is one also where nobody asked for it, for
who rings sees a customer number at once and a personal one only when he asks.
Source: Skatteverket's rules for personal and co-ordination numbers (60 is added to the day of these);
the last digit is that of Luhn's sum.
"""

import re
from datetime import date

from ringback.queues import Input

_PERSONAL = re.compile(r"(18|19|20)?([0-9]{2})([0-9]{2})([0-9]{2})[-+ ]?([0-9]{4})")


def kind_of(keyed: str, asks: Input) -> Input:
    """What it is, where the queue asks for this."""
    if asks is Input.PERSONAL_NUMBER or is_personal_number(keyed):
        return Input.PERSONAL_NUMBER
    return asks or Input.CUSTOMER_NUMBER


def is_personal_number(keyed: str) -> bool:
    """Whether these signs are a Swedish personal number, of ten or twelve digits."""
    found = _PERSONAL.fullmatch(keyed.strip())
    if found is None:
        return False
    century, year, month, day, last = found.groups()
    born = int(day) - 60 if int(day) > 60 else int(day)
    try:
        date(int((century or "20") + year), int(month), born)  # 2000 was a leap year, too
    except ValueError:
        return False
    return _luhn(year + month + day + last) == 0


def _luhn(digits: str) -> int:
    doubled = (int(one) * (2 - place % 2) for place, one in enumerate(digits))
    return sum(one // 10 + one % 10 for one in doubled) % 10
