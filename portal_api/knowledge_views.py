"""What the page of the company's knowledge shows: plain frozen values, as in `portal_api.views`.

Faults are sentences in the visitor's language already, by the name of the field that they stand at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ringback.business import Answer
from ringback.knowledge import Part, Tried


@dataclass(frozen=True, slots=True)
class TextLine:
    """A text that was pasted, or an answer to one question (then its only part's title asks it)."""

    id: str
    name: str
    parts: tuple[Part, ...]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """What a caller asked in vain; `wrong` and the values are of an answer that was refused."""

    id: str
    text: str
    conversation: str
    asked_at: datetime
    question: str = ""
    answer: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UsedLine:
    """What a tried reply rests on: a kind (`wording.KNOWLEDGE`), and its heading and words."""

    kind: str
    title: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class TrialView:
    """A question that was tried."""

    question: str
    tried: Tried
    used: tuple[UsedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class KnowledgeView:
    """The page.

    Attributes:
        questions: What could not be answered, the newest first.
        texts: The pasted ones.
        answers: What the staff answered to single questions.
        document: The questions and answers of the company's document.
        policy: The document's rule on cancelling.
        trial: The question that was just tried.
        may_try: Whether this portal can try questions.
    """

    questions: tuple[QuestionLine, ...] = ()
    texts: tuple[TextLine, ...] = ()
    answers: tuple[TextLine, ...] = ()
    document: tuple[Answer, ...] = ()
    policy: str = ""
    trial: TrialView | None = None
    may_try: bool = True


@dataclass(frozen=True, slots=True)
class TextView:
    """The page where a text is pasted: what is typed, how it is split, and what is wrong."""

    id: str = ""
    name: str = ""
    text: str = ""
    parts: tuple[Part, ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)
