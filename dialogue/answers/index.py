"""The entries of a company, and how well each of them answers a question. Pure.

In: `Entry`s and a question. Out: `Hit`s with a score from 0 to 1, best first. The score is the share of
what the question tells that the entry has (each word weighs by how rare it is among the company's
own entries and how much such a word tells at all), and a little the share of the entry's heading that
the question has. A question below `ENOUGH` is one that the company's information does not answer.
The figures behind the weights: docs/decisions/0016-finding-answers.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from dialogue.answers.lexicon import THINGS
from dialogue.answers.terms import (
    EVERYDAY_WEIGHT,
    Stems,
    Vocabulary,
    Word,
    meanings,
    plain_words,
    read,
)

ENOUGH = 0.5
_ASKED_AGAIN = (
    8  # questions; a turn asks the same twice, for what it says and for what that rests on
)
_HEADING, _BODY = 1.0, 0.8  # fields
_PART, _MEANING = 0.75, 0.8  # ways to match, beside the stem itself
_FIRST_PART, _HEAD_PART = 0.55, 0.45  # shares of a compound
_FOREIGN = 0.5  # of the weight of a word that nothing fits, in another language
_MISSING_TOPIC = 1.2  # of the weight of an everyday topic that nothing is about
_FROM_HEADING = 0.4  # of what is missing
_HAD = 0.5  # from here on an entry has a word
_LEAST_TOLD = 0.6  # weight of the words that an answer has at least: more than an everyday one
_SAME = 0.75  # share of a heading from which on it asks the same, though a word is not had
_OTHER = 0.6  # of the score, for an answer about the same thing and another question


@dataclass(frozen=True, slots=True)
class Entry:
    """Something of the company's that can answer.

    Attributes:
        id: As it is kept with the reply: `faq:parking`, `passage:<id>`, `policy`.
        heading: The question, or the heading of a text.
        body: The answer, or the text.
        written: Further words that it is found by, never shown.
        whole: Always said as a whole.
    """

    id: str
    heading: str
    body: str
    written: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that answers, and how surely.

    Attributes:
        entry: Of the index.
        score: From 0 to 1.
        near: How nearly its heading asks the very same, from 0 to 1.
    """

    entry: Entry
    score: float
    near: float = 0.0


class Index:
    """A company's entries, ready to be asked."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        texts = [text for one in entries for text in (one.heading, one.body, one.written)]
        self.vocabulary = Vocabulary.of(texts)
        self._entries = tuple(entries)
        self.search = lru_cache(maxsize=_ASKED_AGAIN)(self._search)
        asked = {plain_words(one.heading): one for one in reversed(entries) if one.whole}
        self._asked = {words: one for words, one in asked.items() if words}
        self._headings = [self._telling(one.heading) for one in entries]
        self._terms = [self._terms_of(one) for one in entries]
        self._places: dict[str, set[int]] = {}  # of the entries that have a term
        for at, terms in enumerate(self._terms):
            for term in terms:
                self._places.setdefault(term, set()).add(at)

    def _search(
        self, question: str, foreign: bool = False, settled: frozenset[str] = frozenset()
    ) -> tuple[Hit, ...]:
        """The entries that share anything with the question, best first (`search`).

        Args:
            question: In any spelling.
            foreign: Written in another language than the entries, so that a word which they don't
                have tells little.
            settled: Stems, and meanings with `#`, that tell nothing in this question.
        """
        if same := self._headed(question):
            return (Hit(same, 1.0, 1.0),)
        asked = [word for word in self._telling(question) if not _settled(word, settled)]
        if all(word.weight <= EVERYDAY_WEIGHT for word in asked):
            return ()  # "går det bra ändå?" has no topic
        fits = [self._fits(word) for word in asked]
        weights = [
            word.weight * self._rarity(row) * _trust(word, row, foreign)
            for word, row in zip(asked, fits, strict=True)
        ]
        whole, terms = sum(weights), _best_of(term for word in asked for term in _terms(word))
        hits = []
        for at in {at for row in fits for at in row}:
            had = sum(w * row.get(at, 0.0) for w, row in zip(weights, fits, strict=True)) / whole
            share = self._heading_share(at, terms)
            told = sum(
                w.weight for w, row in zip(asked, fits, strict=True) if row.get(at, 0.0) >= _HAD
            )
            if told < _LEAST_TOLD and share < _SAME:
                continue  # "do you offer ...?" shares the offering alone
            missing = (1 - had) * (1 - _FROM_HEADING * share)
            score = (1 - missing) * (_OTHER if self._about_other(asked, fits, at, share) else 1.0)
            hits.append(Hit(self._entries[at], score, min(had, share)))
        return tuple(sorted(hits, key=lambda hit: (-hit.score, -hit.near, hit.entry.id)))

    def _headed(self, question: str) -> Entry | None:
        """The answer whose question this is, word for word, be its words ever so small."""
        return self._asked.get(plain_words(question))

    def _about_other(
        self, asked: Sequence[Word], fits: Sequence[Mapping[int, float]], at: int, share: float
    ) -> bool:
        """Whether an answer has only the thing in common with a question, and not what is asked of it.

        "Är bilen klar?" shares the car with "Kan man vänta på bilen?": what the one asks the other
        has not, and the other way round.
        """
        entry, had = self._entries[at], [row.get(at, 0.0) >= _HAD for row in fits]
        lost = any(
            word.weight > EVERYDAY_WEIGHT and not has for word, has in zip(asked, had, strict=True)
        )
        if not (entry.whole and entry.heading and lost) or share >= _SAME:
            return False
        return all(_is_thing(word) for word, has in zip(asked, had, strict=True) if has)

    def _telling(self, text: str) -> tuple[Word, ...]:
        return tuple(word for word in read(text, self.vocabulary) if word.weight > 0)

    def _terms_of(self, entry: Entry) -> dict[str, float]:
        """Every term of an entry, with how well it stands for the entry."""
        fields = ((entry.heading, _HEADING), (entry.written, _HEADING), (entry.body, _BODY))
        return _best_of(
            (term, field * worth)
            for text, field in fields
            for word in self._telling(text)
            for term, worth in _terms(word)
        )

    def _fits(self, word: Word) -> dict[int, float]:
        """How well the entries have a word, by their place; those that don't are left out."""
        places = set().union(*(self._places.get(term, ()) for term, _ in _terms(word)))
        fits = {at: _fit(word, self._terms[at]) for at in places}
        return {at: fit for at, fit in fits.items() if fit > 0}

    def _rarity(self, fits: Mapping[int, float]) -> float:
        """1 for a word of one entry at most, less the more entries have it."""
        having = sum(fit >= 0.5 for fit in fits.values())
        every = len(self._entries)
        if having <= 1 or every <= 1:
            return 1.0
        return max(0.2, 1 - log(having) / log(every + 1))

    def _heading_share(self, at: int, terms: Mapping[str, float]) -> float:
        heading = self._headings[at]
        whole = sum(word.weight for word in heading)
        return sum(word.weight * _fit(word, terms) for word in heading) / whole if whole else 0.0


def _is_thing(word: Word) -> bool:
    """Whether a word names only what a customer has, or brings, or tells no topic."""
    return word.weight <= EVERYDAY_WEIGHT or (bool(word.meanings) and word.meanings <= THINGS)


def _best_of(terms: Iterable[tuple[str, float]]) -> dict[str, float]:
    best: dict[str, float] = {}
    for term, worth in terms:
        best[term] = max(best.get(term, 0.0), worth)
    return best


def _settled(word: Word, settled: frozenset[str]) -> bool:
    meant = {f"#{meaning}" for meaning in word.meanings}
    return not settled.isdisjoint(word.stems | meant)


def _trust(word: Word, fits: Mapping[int, float], foreign: bool) -> float:
    """A factor for what a word tells that no entry has: a known topic all the more, in another language less."""
    if fits:
        return 1.0
    if word.meanings:
        return _MISSING_TOPIC
    return _FOREIGN if foreign else 1.0


def _terms(word: Word) -> Iterable[tuple[str, float]]:
    for stem in word.stems:
        yield stem, 1.0
    for part in word.parts:
        for stem in part:
            yield stem, _PART
        for meaning in () if word.meanings else meanings(part):
            yield f"#{meaning}", _PART * _MEANING
    for meaning in word.meanings:
        yield f"#{meaning}", _MEANING


def _fit(word: Word, terms: Mapping[str, float]) -> float:
    """How well a word is had among terms: itself, its parts, or another word of its meaning."""
    return max(
        _stem_fit(word.stems, terms),
        _compound_fit(word, terms),
        _meaning_fit(word.meanings, terms),
    )


def _meaning_fit(meant: frozenset[str], terms: Mapping[str, float]) -> float:
    return max((terms.get(f"#{meaning}", 0.0) for meaning in meant), default=0.0)


def _stem_fit(own: Stems, terms: Mapping[str, float]) -> float:
    return max((terms.get(stem, 0.0) for stem in own), default=0.0)


def _compound_fit(word: Word, terms: Mapping[str, float]) -> float:
    if not word.parts:
        return 0.0
    first, head = (_part_fit(part, word, terms) for part in word.parts)
    return _FIRST_PART * first + _HEAD_PART * head


def _part_fit(part: Stems, word: Word, terms: Mapping[str, float]) -> float:
    """A part's own meaning counts only where the whole has none: a gift card is no means to pay."""
    meant = frozenset[str]() if word.meanings else meanings(part)
    return max(_stem_fit(part, terms), _meaning_fit(meant, terms))
