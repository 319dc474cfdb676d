"""The words that a model may write by itself: courtesy and what joins sentences. A closed class; pure.

In: the model's words of an `answer`, without its places. Out: the pieces that are none of these
phrases. Whatever states, promises, denies or asks stands in a place, which code has filled; so a
model can say nothing untrue of times, prices, rules, bookings or other people, however it puts it.

A phrase stands on a line of its own: `a/b` is either word, `[...]` may be left out. What agrees
("absolut") is only said beside a proposal, since beside a fact it would answer the question; what
welcomes is only said of a booking that is made in the same turn.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from dialogue.model.own_phrases import AGREEING, COURTESY, WELCOMING

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_PART = re.compile(r"\[[^]]*\]|\S+")
_BREAK = re.compile(r"[^\w\s']+|_")
_SHORT = (("'m", " am"), ("'re", " are"), ("'ll", " will"), ("n't", " not"), ("'d", " would"),
          ("let's", "let us"), ("'s", " is"))  # fmt: skip
Phrase = tuple[str, ...]


def not_courtesy(text: str, language: str, *, proposed: bool, booked: bool) -> Iterator[str]:
    """The pieces of a text that are none of the phrases that it may consist of.

    Args:
        text: The model's own words; places and names are gone.
        language: Of the reply, `sv` or `en`.
        proposed: Something is offered, booked, asked or noted in the same turn.
        booked: A time is booked or moved in the same turn.
    """
    allowed = _phrases(language, proposed, booked)
    told = text.casefold().replace("\u2019", "'")
    for short, full in _SHORT:
        told = told.replace(short, full)
    for piece in _BREAK.split(told):
        words = tuple(_WORD.findall(piece))
        if words and not _consists_of(words, allowed):
            yield piece.strip()


def _consists_of(words: Phrase, allowed: frozenset[Phrase]) -> bool:
    """Whether the words are phrases, one after the other."""
    longest = max(map(len, allowed))
    ends = {0}
    for end in range(1, len(words) + 1):
        starts = range(max(0, end - longest), end)
        if any(start in ends and words[start:end] in allowed for start in starts):
            ends.add(end)
    return len(words) in ends


@lru_cache(maxsize=8)
def _phrases(language: str, proposed: bool, booked: bool) -> frozenset[Phrase]:
    told = [COURTESY[language]]
    told += [AGREEING[language]] if proposed else []
    told += [WELCOMING[language]] if booked else []
    lines = (line for written in told for line in written.strip().splitlines())
    return frozenset(phrase for line in lines for phrase in _ways(line) if phrase)


def _ways(line: str) -> Iterator[Phrase]:
    """All ways to say a line: "ha en fin/bra dag" is two."""
    parts = []
    for part in _PART.findall(line):
        optional = part.startswith("[")
        inner = [one.split("/") for one in part.strip("[]").split()]
        said = [tuple(way) for way in product(*inner)]
        parts.append([(), *said] if optional else said)
    for way in product(*parts):
        yield tuple(word for piece in way for word in piece)
