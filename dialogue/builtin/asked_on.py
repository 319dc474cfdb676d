"""A question that goes on with the one before: "och på lördag?", "and a private lesson?". Pure.

In: a reading, whose memory holds what the latest message asked. Out: the same reading, as if it asked
that again. Only what names a day alone, or a service alone, goes on; a clock time is a wish for a time.
"""

import re
from dataclasses import replace

from dialogue.builtin.intent import Intent
from dialogue.builtin.offer import tells_offer
from dialogue.builtin.reading import Reading
from dialogue.builtin.words import SMALL_WORDS, words
from dialogue.turns import Pending

_GOES_ON = re.compile(
    r"^(?:(?:ok\w*|jaha|aha|tack|bra)[ ,.!]+)?(?:och|men|eller|samt|and|or|but|what about|how about|hur är det(?: med)?|sen)\b|"
    r"\b(?:då|then)\W*$|\?\s*$"
)
_EMPTY = SMALL_WORDS | frozenset(
    ("men", "eller", "då", "then", "and", "or", "but", "what", "about", "how", "hur", "är", "sen", "ok", "okej", "jaha", "aha")
) | frozenset(("tack", "bra", "samt", "dag", "dagen", "on", "idag", "a", "an"))  # fmt: skip
_BY_DAY, _BY_SERVICE = (Intent.HOURS,), (Intent.PRICE, Intent.DURATION)
_IDLE = frozenset((Intent.QUESTION, Intent.THANKS, Intent.GREETING))


def kinds_asked(reading: Reading) -> tuple[str, ...]:
    """What a message asks that another may go on with."""
    return tuple(str(one) for one in (*_BY_DAY, *_BY_SERVICE) if reading.has(one))


def asked_on(reading: Reading) -> Reading:
    """The reading; with the intents of the question before, when it goes on with that."""
    asked = {one for one in (*_BY_DAY, *_BY_SERVICE) if str(one) in reading.memory.asked}
    idle = reading.memory.pending is Pending.NOTHING and reading.intents <= _IDLE
    if not asked or not idle or not _GOES_ON.search(reading.text):
        return reading
    if reading.heard.when.has_clock or reading.resource:
        return reading
    services = bool(reading.meant.services)
    named = asked.intersection(_BY_SERVICE if services else _BY_DAY)
    if not named or services == bool(reading.heard.when.days) or not _names_only(reading):
        return reading
    return replace(reading, intents=reading.intents | named)


def _names_only(reading: Reading) -> bool:
    """Whether nothing is told but the day, or the service."""
    left = (one for one in words(reading.heard.rest) if one not in _EMPTY)
    return all(tells_offer(one, reading.business) for one in left)
