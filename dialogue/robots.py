"""Does a machine answer us? Pure rules that end a loop before it costs anything.

In: a caller's text and what was written to and by that number lately. Out: which rule says that no
reply may go out, or None. Asked by `dialogue.turn` before the engine. What an answering machine may
say is not guessed at: only that it repeats itself, or us, or answers faster than people do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LOOKED_BACK = timedelta(days=1)
SHORTLY = timedelta(minutes=10)
MOST_SHORTLY = 10  # replies; people who type get three or four in ten minutes, the hastiest eight
MOST_A_DAY = 40  # replies; a talk that ends in a booking takes three to six
MOST_THE_SAME = 2  # times that a text is answered; the third is a machine's, or a person is needed
SENTENCE = 16  # letters; a person may well say yes, or yes please, three times in ten minutes


class Loop(StrEnum):
    """Why a text is left to a person."""

    ECHO = "echo"  # it says what we said
    REPEATED = "repeated"  # it says the same for the third time
    TOO_FAST = "too_fast"  # too many replies of ours within ten minutes
    TOO_MANY = "too_many"  # or within a day


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier text to or from the number.

    Attributes:
        text: As sent or received.
        at: Aware.
        ours: Written by the assistant; else by the caller.
        reply: To a text of the caller's.
    """

    text: str
    at: datetime
    ours: bool
    reply: bool = False


def looped(text: str, at: datetime, past: Sequence[Past], now: datetime) -> Loop | None:
    """Which rule keeps a text from being answered by the assistant.

    Args:
        text: As received.
        at: When it came; aware.
        past: What came before it, and what we wrote since `LOOKED_BACK`.
        now: Aware.
    """
    words = _words(text)
    before = [one for one in past if one.at > now - LOOKED_BACK]
    replies = [one.at for one in before if one.ours and one.reply]
    same = [one for one in before if _words(one.text) == words]
    if words and any(one.ours for one in same):
        return Loop.ECHO
    lately = [one for one in same if not one.ours and one.at > at - SHORTLY]
    if len(words) >= SENTENCE and len(lately) >= MOST_THE_SAME:
        return Loop.REPEATED
    if sum(one > now - SHORTLY for one in replies) >= MOST_SHORTLY:
        return Loop.TOO_FAST
    return Loop.TOO_MANY if len(replies) >= MOST_A_DAY else None


def _words(text: str) -> str:
    """Small letters and digits alone: networks change signs and spaces on the way."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())
