"""The table of questions, the companies it asks, and what plain BM25 finds: to compare with.

In: `tests/data/questions.yaml`. Out: `Company`s with their questions; `Score`s of a way to find answers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import log
from pathlib import Path

import snowballstemmer
import yaml

from dialogue.answers.lexicon import SMALL
from dialogue.builtin.words import normal, plain, words
from dialogue.turns import Passage
from ringback.business import Business
from ringback.knowledge import split_text

_STEMMER = snowballstemmer.stemmer("swedish")
_K, _B = 1.2, 0.75
NOTHING = "none"


@dataclass(frozen=True)
class Company:
    """A made-up company, and pairs of a question and the id of what answers it."""

    business: Business
    passages: tuple[Passage, ...]
    tuned: bool
    questions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Score:
    """How a way to find answers did.

    Attributes:
        precision: The share of what it answered that was right.
        recall: The share of the questions with an answer that got it.
        silent: The share of the questions without one that got none.
    """

    precision: float
    recall: float
    silent: float


def companies() -> list[Company]:
    """All companies of the table; the ids of their passages are `text:` and the heading."""
    table = Path(__file__).parents[2] / "data/questions.yaml"
    return [_company(written) for written in yaml.safe_load(table.read_text("utf-8"))]


def score(pairs: Iterable[tuple[str, str]]) -> Score:
    """The score of pairs of what was found and what was wanted."""
    pairs = list(pairs)
    answered = [(got, want) for got, want in pairs if got != NOTHING]
    right = sum(got == want for got, want in answered)
    with_answer = sum(want != NOTHING for _, want in pairs)
    kept_silent = sum(got == want == NOTHING for got, want in pairs)
    return Score(
        right / max(1, len(answered)),
        right / with_answer,
        kept_silent / (len(pairs) - with_answer),
    )


def bm25(company: Company, least: float) -> Callable[[str], str]:
    """Okapi BM25 over stems, with a threshold: what a search library gives without more work."""
    texts = {f"faq:{one.id}": f"{one.question} {one.answer}" for one in company.business.faq}
    texts |= {one.id: f"{one.title} {one.text}" for one in company.passages}
    texts["policy"] = company.business.cancellation_policy
    entries = {entry: _stems(text) for entry, text in texts.items()}
    average = sum(map(len, entries.values())) / len(entries)

    def weight(stem: str, entry: list[str]) -> float:
        having = sum(stem in other for other in entries.values())
        often = entry.count(stem)
        rarity = log(1 + (len(entries) - having + 0.5) / (having + 0.5))
        return rarity * often * (_K + 1) / (often + _K * (1 - _B + _B * len(entry) / average))

    def find(question: str) -> str:
        asked = set(_stems(question))
        sums = {one: sum(weight(stem, told) for stem in asked) for one, told in entries.items()}
        best = max(sums, key=lambda one: sums[one])
        return best if sums[best] >= least else NOTHING

    return find


def _stems(text: str) -> list[str]:
    return [_STEMMER.stemWord(one) for one in words(normal(text)) if plain(one) not in SMALL]


def _company(written: dict) -> Company:
    parts = [part for one in written["texts"] for part in split_text(one["text"], one["name"])]
    services = [
        {"id": f"s{number}", "names": [name], "duration_min": 30, "price_sek": 500,
         "resources": ["A"]}
        for number, name in enumerate(written["services"])
    ]  # fmt: skip
    business = Business.model_validate(
        {
            "id": written["id"],
            "name": written["name"],
            "locale": written["locale"],
            "opening_hours": {"mon": [["08:00", "17:00"]]},
            "resources": ["A"],
            "services": services,
            "cancellation_policy": written["policy"],
            "faq": [dict(zip(("id", "question", "answer"), one, strict=True)) for one in written["faq"]],
        }
    )  # fmt: skip
    return Company(
        business,
        tuple(Passage(f"text:{part.title}", part.title, part.text) for part in parts),
        written["tuned"],
        tuple((question, want) for question, want in written["questions"]),
    )
