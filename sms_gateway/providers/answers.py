"""What providers' HTTP answers have in common, read. Pure.

In: bodies and headers as they came. Out: values, and sentences that may be shown and logged. Called
by the modules that read one provider's answers.
"""

import json
import re
from collections.abc import Mapping

from ringback.phone import masked

_RETRY_BUSY_S = 30.0
_RETRY_MAX_S = 3600.0
LARGEST = 2**31 - 1  # in 1/10 000 kronor, 200 000 kronor


def object_in(body: str) -> Mapping[str, object] | None:
    """The JSON object in a body, or None when there is none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def sentence(words: str) -> str:
    """A provider's own words, short, with numbers masked: staff read them and logs keep them."""
    text = " ".join(words.split())[:200].rstrip(".")
    return re.sub(r"\+?\d{7,}", lambda number: masked(number[0]), text or "no reason given") + "."


def retry_after_s(asked: str) -> float:
    """How long to wait by a header `Retry-After`; only seconds are understood, within an hour."""
    if not re.fullmatch(r"[0-9]{1,9}", asked):
        return _RETRY_BUSY_S
    return min(max(float(asked), 1.0), _RETRY_MAX_S)


def whole(value: object) -> int | None:
    """A number of parts or a cost; None when it is none, or more than anything costs."""
    return value if isinstance(value, int) and 0 <= value <= LARGEST else None
