"""A text as terms that can be compared: stems, parts of Swedish compounds, meanings. Pure.

In: a text in any spelling. Out: `Word`s. Swedish and English stems (Snowball, by `snowballstemmer`)
stand beside each other, since both languages are written to a company and its own words may be of
either. Swedish ones are cut further where a verb and its noun part ("parkera", "parkering"). A
compound is split where both parts are words of the company's own or common ones (lexicon.HEADS).
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer  # type: ignore[import-untyped]  # ships no types

from dialogue.answers.lexicon import EVERYDAY, HEADS, MEANINGS, SMALL
from dialogue.builtin.words import Shelves, normal, plain, shelved, slips_of, words

_SWEDISH = snowballstemmer.stemmer("swedish")
_ENGLISH = snowballstemmer.stemmer("english")
_NOUN_OF_VERB = re.compile(r"(?<=[a-z]{4})(?:ning|ing|else|ande|are|ar|er)$")
_NEUTER_END = re.compile(r"(?<=[a-z]{3})ets?$|(?<=[a-z]{3}o)ts?$")
_LINKS = ("", "s", "e", "a", "o", "u")  # between the parts of a compound
_LEAST_PART = 3
_SHORT = 4
_LEAST_SLIP = 5  # shorter words are others, not slips
_SURE_SLIP = 8  # letters, from which on a slip is also one with another consonant
_LONGEST = 40
EVERYDAY_WEIGHT, _MEANT = 0.25, 0.5  # weights of everyday words, without and with a meaning
_UNKNOWN = 0.8  # tells a little less than what could have been found
_VOWELS = frozenset("aeiouy")

Stems = frozenset[str]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text.

    Attributes:
        text: In small letters, without dots.
        stems: Its Swedish and its English stem.
        parts: The stems of its parts when it is a compound, else empty.
        meanings: Those of `lexicon.MEANINGS` that it, or the expression that it is part of, has.
        weight: How much it tells: 0 nothing, 1 a topic.
    """

    text: str
    stems: Stems
    parts: tuple[Stems, ...] = ()
    meanings: frozenset[str] = frozenset()
    weight: float = 1.0


_NO_WORD = 60  # letters; the longest that people write in a text have about 40


@lru_cache(maxsize=16384)
def stems(word: str) -> Stems:
    """The Swedish and the English stem of a word without dots."""
    if len(word) > _NO_WORD:  # thousands of letters take the stemmers half a minute
        return frozenset({word})
    swedish = _NOUN_OF_VERB.sub("", _SWEDISH.stemWord(word))
    if len(swedish) <= _SHORT and len(word) - len(swedish) > _SHORT:
        swedish = word  # "billigare" would be "bil"
    return frozenset({swedish, _ENGLISH.stemWord(word)})


def plain_words(text: str) -> tuple[str, ...]:
    """The words of a text, without dots; numbers alone are none."""
    found = words(plain(normal(text).replace("/", " ")))
    return tuple(one for one in found if not one.isdigit())


@lru_cache(maxsize=8192)
def parts(word: str, known: Stems) -> tuple[Stems, ...]:
    """The two parts of a compound, of which at least one is known as a stem; empty when it is none."""
    if len(word) > _LONGEST:
        return ()
    return _compound(word, known) or _half_known(word, known)


def _compound(word: str, known: Stems) -> tuple[Stems, ...]:
    for cut in range(len(word) - _LEAST_PART, _LEAST_PART - 1, -1):
        head = stems(word[cut:])
        if head.isdisjoint(known):
            continue
        for link in _LINKS:
            first = word[:cut].removesuffix(link) if word[:cut].endswith(link) else ""
            if len(first) >= _LEAST_PART and not stems(first).isdisjoint(known):
                return (stems(first), head)
    return ()


def _half_known(word: str, known: Stems) -> tuple[Stems, ...]:
    """The parts of a compound of which only one is known: the longest such."""
    for length in range(len(word) - _SHORT, _SHORT - 1, -1):
        if not stems(word[-length:]).isdisjoint(known):
            return (stems(word[:-length]), stems(word[-length:]))
        if not stems(word[:length]).isdisjoint(known):
            return (stems(word[:length]), stems(word[length:]))
    return ()


@lru_cache(maxsize=1024)
def read(text: str, vocabulary: "Vocabulary") -> tuple[Word, ...]:
    """The words of a text that tell anything; slips are read as the known word that was meant."""
    typed = [vocabulary.meant(one) for one in plain_words(text)]
    expressed = _expressions(typed)
    return tuple(_word(one, expressed[at], vocabulary) for at, one in enumerate(typed))


def _word(text: str, expressed: frozenset[str], vocabulary: "Vocabulary") -> Word:
    own = stems(text)
    means = expressed | meanings(own)
    if text in SMALL:
        weight, means = (_MEANT if expressed else 0.0), expressed
    elif text in EVERYDAY or not own.isdisjoint(_EVERYDAY_STEMS):
        weight = _MEANT if means else EVERYDAY_WEIGHT
    else:
        weight = 1.0 if means or not own.isdisjoint(vocabulary.stems) else _UNKNOWN
    return Word(text, own, parts(text, vocabulary.stems), means, weight)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that are known: the company's own, those of the lexicon, and the common ones.

    Attributes:
        words: Without dots.
        stems: Of `words` and of `lexicon.HEADS`.
    """

    words: frozenset[str]
    stems: Stems

    @staticmethod
    def of(texts: Collection[str]) -> "Vocabulary":
        """The vocabulary of a company's texts."""
        own = {word for text in texts for word in plain_words(text)}
        known = {stem for word in own if len(word) >= _LEAST_PART for stem in stems(word)}
        return Vocabulary(frozenset(own), frozenset(known) | _COMMON_STEMS | _TOPIC_STEMS)

    def meant(self, typed: str) -> str:
        """The word, or the known one of which it is a slip."""
        if len(typed) < _LEAST_SLIP or typed in self.words or typed in _LISTED:
            return typed
        own = stems(typed)
        unknown = own.isdisjoint(self.stems) and own.isdisjoint(_LISTED_STEMS)
        if not unknown or _compound(typed, self.stems):
            return typed
        for known in (self.words, _LISTED):
            close = [one for one in slips_of(typed, _shelves(known)) if _sure(typed, one)]
            if close:
                return min(close, key=lambda one: (abs(len(one) - len(typed)), one))
        return typed


@lru_cache(maxsize=64)
def _shelves(known: frozenset[str]) -> Shelves:
    return shelved(known)


def _sure(typed: str, known: str) -> bool:
    """Whether a slip is no other word: "hästar" is not "hämtar"."""
    one, other = set(typed) - _VOWELS, set(known) - _VOWELS
    return len(known) >= _SURE_SLIP or one <= other or other <= one


def meanings(own: Stems) -> frozenset[str]:
    """What a word with these stems means."""
    found: frozenset[str] = frozenset()
    for stem in own:
        found |= _MEANING_OF.get((stem,)) or _MEANING_OF.get((_indefinite(stem),), frozenset())
    return found


def _indefinite(stem: str) -> str:
    """A neuter without its end: the stemmer leaves short ones whole, "barnet"."""
    return _NEUTER_END.sub("", stem)


def _expressions(typed: Sequence[str]) -> list[frozenset[str]]:
    """For each word the meanings of the expressions of several words that it stands in."""
    found: list[frozenset[str]] = [frozenset()] * len(typed)
    ways = [sorted(stems(one)) for one in typed]
    for at in range(len(typed)):
        for length in (2, 3, 4):
            meaning = _expression(ways[at : at + length], length)
            for one in range(at, at + length) if meaning else ():
                found[one] |= meaning
    return found


def _expression(ways: Sequence[Sequence[str]], length: int) -> frozenset[str]:
    if len(ways) < length or (ways[0][0] not in _FIRST and ways[0][-1] not in _FIRST):
        return frozenset()
    for side in (0, -1):
        key = tuple(way[side] for way in ways)
        if key in _MEANING_OF:
            return _MEANING_OF[key]
    return frozenset()


def _meaning_of() -> dict[tuple[str, ...], frozenset[str]]:
    """Meanings by the stems of the words that have them."""
    table: dict[tuple[str, ...], frozenset[str]] = {}
    for meaning, expressions in MEANINGS.items():
        for expression in expressions:
            said = [stems(word) for word in plain_words(expression.replace("_", " "))]
            keys = (
                [(stem,) for stem in said[0]]
                if len(said) == 1
                else [tuple(sorted(one)[side] for one in said) for side in (0, -1)]
            )
            for key in keys:
                table[key] = table.get(key, frozenset()) | {meaning}
    return table


_MEANING_OF = _meaning_of()
_FIRST = frozenset(key[0] for key in _MEANING_OF if len(key) > 1)
_LISTED = frozenset(
    word
    for expressions in MEANINGS.values()
    for expression in expressions
    for word in plain_words(expression.replace("_", " "))
)
_TOPIC_STEMS = frozenset(
    stem for word in _LISTED for stem in stems(word) if len(stem) >= _SHORT
) - frozenset(stem for word in SMALL | EVERYDAY for stem in stems(word))
_LISTED_STEMS = frozenset(stem for word in _LISTED | SMALL | EVERYDAY for stem in stems(word))
_EVERYDAY_STEMS = frozenset(stem for word in EVERYDAY for stem in stems(word) if len(stem) > 3)
_COMMON_STEMS = frozenset(stem for head in HEADS for stem in stems(plain(head)))
