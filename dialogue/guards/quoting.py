"""The company's own words: what a reply may say as it stands written. Pure.

In: the situation. Out: the document's and passages' sentences and names, and a reply without them.
What is repeated word for word is true by the company's word; only the rest of a reply is judged.
What is read out of the document is kept for the next turn: it is the same for thousands of them.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from dialogue.answers.passages import without_yes_or_no
from dialogue.builtin.replies import fitted
from dialogue.turns import Passage, Situation
from ringback.business import Answer, Business, SpecialDay
from ringback.phone import readable

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_LEAST_WORDS = 3  # of a sentence that may be repeated; "Ja." says nothing by itself
_COMPANIES = 256  # whose words are kept at hand


@dataclass(frozen=True, slots=True)
class Words:
    """What a company has written about itself, as it would stand in a text."""

    texts: tuple[str, ...]
    quotes: tuple[str, ...]  # its sentences, the longest first


def company_texts(situation: Situation) -> tuple[str, ...]:
    """All that the company has written about itself, as it would stand in a text."""
    return _words_of(situation).texts


def without_quotes(reply: str, situation: Situation) -> str:
    """The reply without what is the company's own words, the longest first."""
    for quote in [one for one in _words_of(situation).quotes if one in reply]:
        reply = re.sub(rf"(?<!\w){re.escape(quote)}(?!\w)", " ", reply)
    return reply


def without_names(text: str, situation: Situation) -> str:
    """The text without names of the company, its people and what it sells: they are in no language."""
    business = situation.business
    sold = tuple(name for service in business.services for name in service.names)
    return _any_name((business.name, *business.resources, *sold)).sub(" ", text)


def _words_of(situation: Situation) -> Words:
    one: Business = situation.business
    ways = (one.address, one.phone)
    return _words(one.faq, one.exceptions, one.cancellation_policy, ways, situation.passages)


@lru_cache(maxsize=_COMPANIES)
def _words(
    faq: tuple[Answer, ...],
    exceptions: tuple[SpecialDay, ...],
    policy: str,
    ways: tuple[str, str],
    passages: tuple[Passage, ...],
) -> Words:
    address, phone = ways
    written = [policy, address, *(special.reason for special in exceptions)]
    written += [text for entry in faq for text in (entry.answer, entry.question)]
    written += [text for one in passages for text in (one.text, one.title)]
    texts = tuple(fitted(text) for text in written if text)
    pieces = {part for text in texts for part in (text, *SENTENCE_END.split(text))}
    quotes = {fitted(way) for way in (address, readable(phone) if phone else "") if way}
    pieces |= {without_yes_or_no(piece) for piece in pieces}
    quotes |= {piece for piece in pieces if len(piece.split()) >= _LEAST_WORDS}
    return Words(texts, _longest_first(quotes))


@lru_cache(maxsize=_COMPANIES)
def _any_name(names: tuple[str, ...]) -> re.Pattern[str]:
    told = "|".join(
        map(re.escape, _longest_first({fitted(name) for name in names if len(name) > 1}))
    )
    return re.compile(rf"(?<!\w)(?:{told})(?!\w)", re.IGNORECASE)


def _longest_first(words: set[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: (-len(word), word)))
