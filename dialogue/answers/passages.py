"""What of a found entry is said: all of a short answer, the best sentences of a long text. Pure.

In: an entry and the question that found it. Out: words that stand in the entry exactly so; nothing is
added, and what is left out are whole sentences.
"""

import re
from functools import lru_cache

from dialogue.answers.index import Entry, Index
from ringback.knowledge import sentences

MOST_SAID = 320  # characters: three parts of a text, less what frames an answer in another language
_YES_OR_NO = re.compile(
    r"^(?:ja|jadå|javisst|jajamän|nej|nejdå|yes|no)\s*[,.!:]\s+(?=\w)", re.IGNORECASE
)
_SHORT = 160  # characters: said whole, as one text
_WORTH_SAYING = 0.6  # of the best sentence's score, for the second


def said(entry: Entry, question: str, foreign: bool = False) -> str:
    """The entry's words that answer the question.

    Args:
        entry: As found. The answers of the company's document are said whole.
        question: As it was asked.
        foreign: In another language than the entry.
    """
    body = " ".join(entry.body.split())
    answers_one = entry.heading.endswith("?") and len(body) <= MOST_SAID
    if entry.whole or answers_one or len(body) <= _SHORT:
        return body
    told = sentences(entry.body)
    chosen = _best(told, question, foreign)
    return _within(" ".join(told[at] for at in sorted(chosen)), told[chosen[0]])


def without_yes_or_no(text: str) -> str:
    """An answer without its yes or no, which answers its own question and no other."""
    rest = _YES_OR_NO.sub("", text)
    return rest[:1].upper() + rest[1:]


def _best(told: list[str], question: str, foreign: bool) -> list[int]:
    """The places of the best sentence and of a second that is worth saying beside it."""
    hits = _index_of(tuple(told)).search(question, foreign)
    if not hits:
        return [at for at in (0, 1) if at < len(told)]
    best, *others = hits[:2]
    worthy = [one for one in others if one.score >= _WORTH_SAYING * best.score]
    return [int(one.entry.id) for one in (best, *worthy)]


@lru_cache(maxsize=16)
def _index_of(told: tuple[str, ...]) -> Index:
    """The sentences of a text as entries, by their places."""
    return Index([Entry(str(at), "", one) for at, one in enumerate(told)])


def _within(text: str, best: str) -> str:
    if len(text) <= MOST_SAID:
        return text
    if len(best) <= MOST_SAID:
        return best
    return best[: MOST_SAID - 3].rsplit(" ", 1)[0].rstrip(",;:") + "..."
