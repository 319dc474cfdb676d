"""A message's questions, and the company's own answers to them. Pure.

In: a company's document and passages, a message in normal form. Out: `Found` answers, at most two: the
best one of each question in the message. Stands between index.py and `dialogue.builtin.facts`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dialogue.answers.index import ENOUGH, Entry, Hit, Index
from dialogue.answers.passages import said, without_yes_or_no
from dialogue.turns import Passage
from ringback.business import Answer, Business

SURE = 0.85  # needed where nothing is asked, or where the document's own figures answer already
_NEARLY = 0.6  # the same question: from here on its "yes" is one
_MOST_ANSWERS = 2
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
_AND = "och|samt|men|eller|and|but|also|or"
_CLAUSE = re.compile(rf",\s+(?:(?:{_AND})\s+)?|\s+(?:{_AND})\s+")
_AGE, _CHILD_AGE, _GROWN_UP = "ålder", "barn ålder", 20
_DIGITS = re.compile(r"\d+")
_OWN_CHILD = re.compile(r"\b(?:son|dotter|barn|unge|grabb|flicka|pojk|daughter|child|kid)")
_TELLS_AGE = re.compile(
    r"\b(?:jag|hon|han|son|sonen|dotter|dottern|barnet|tjejen|killen|grabben|flickan|pojken|i'?m|i am|he is|she is|he's|she's|"
    r"son is|daughter is|child is|kid is) (?:(?:är|fyller|blir|har fyllt|turned|just|only|bara|snart|nyss) )*(?P<n>\d{1,2})"
    r"(?! ?(?:st\b|min|kr|pers|gäst|people|%|[.:]\d|cm|kg|kilo|dagar|veck|timm|hour|days))\b|"
    r"\b(?:son|dotter|barn|tjej|kille|unge|grabb|flicka|pojke|daughter|child|kid) (?:på|som är|who is|aged) \d{1,2}\b"
)
_RULE = "avboka avbokning ombokning sen avbokning uteblivet besök cancellation no-show"


@dataclass(frozen=True, slots=True)
class Found:
    """An answer of the company's own.

    Attributes:
        id: Of the entry: `faq:<id>`, `passage:<id>`, `policy`.
        text: What is said of it, as it is written there.
        score: From 0 to 1.
        near: How nearly its heading asks the same, from 0 to 1 (`Hit.near`).
    """

    id: str
    text: str
    score: float
    near: float = 0.0


def find(
    business: Business,
    passages: Sequence[Passage],
    text: str,
    *,
    asks: Callable[[str], bool],
    foreign: bool = False,
    settled: frozenset[str] = frozenset(),
    needed: Callable[[str], float] = lambda piece: ENOUGH,
) -> list[Found]:
    """The company's own answers to what a message asks.

    Args:
        business: Whose questions, answers and rule are looked through.
        passages: The company's texts.
        text: The message in normal form.
        asks: Whether a piece of it is put as a question.
        foreign: Written in another language than the company's.
        settled: Terms that are answered otherwise and so find nothing here.
        needed: The score from which on an answer to a piece is one.
    """
    index = index_of(business.faq, business.cancellation_policy, tuple(passages))
    return find_in(index, text, asks=asks, foreign=foreign, settled=settled, needed=needed)


def find_in(
    index: Index,
    text: str,
    *,
    asks: Callable[[str], bool],
    foreign: bool,
    settled: frozenset[str],
    needed: Callable[[str], float],
) -> list[Found]:
    """The same, of all that a company has told (`index_of`)."""
    found: list[Found] = []
    for question in questions(text, asks):
        least = needed(question)
        hit = next(
            filter(
                None,
                (_best(index.search(one, foreign, settled), least) for one in _asked(question)),
            ),
            None,
        )
        if hit and hit.entry.id not in [one.id for one in found]:
            told = said(hit.entry, question, foreign)
            told = told if hit.near >= _NEARLY else without_yes_or_no(told)
            found.append(Found(hit.entry.id, told, hit.score, hit.near))
    return sorted(found[:_MOST_ANSWERS], key=lambda one: -one.score)


def questions(text: str, asks: Callable[[str], bool]) -> list[str]:
    """The pieces of a message that ask something, in its order; the whole when none shows it."""
    sentences = [one.strip() for one in _SENTENCE.findall(text) if one.strip()]
    asked = []
    for sentence in (one for one in sentences if asks(one)):
        clauses = _CLAUSE.split(sentence)
        apart = [clause for clause in clauses if asks(clause.rstrip(" ?!."))]
        asked += apart if len(apart) > 1 else [sentence]
        if len(apart) == 1 and len(clauses) > 1:
            asked += apart
    return asked or [text]


def _asked(question: str) -> tuple[str, ...]:
    """The question; first with what it tells by a number alone: "min son är 4, får han börja?"."""
    told = _TELLS_AGE.search(question)
    if told is None:
        return (question,)
    young = _OWN_CHILD.search(told.group()) and int(_DIGITS.findall(told.group())[-1]) < _GROWN_UP
    return (f"{question} {_CHILD_AGE if young else _AGE}", question)


@lru_cache(maxsize=64)
def index_of(faq: tuple[Answer, ...], policy: str, passages: tuple[Passage, ...]) -> Index:
    """All that a company has told; the same object as long as nothing is changed."""
    entries = [
        Entry(f"faq:{one.id}", one.question, one.answer, one.id.replace("_", " "), whole=True)
        for one in faq
    ]
    if policy:
        entries.append(Entry("policy", "", policy, _RULE, whole=True))
    entries += [Entry(f"passage:{one.id}", one.title, one.text) for one in passages]
    return Index(entries)


def _best(hits: Sequence[Hit], least: float) -> Hit | None:
    return hits[0] if hits and hits[0].score >= least else None
