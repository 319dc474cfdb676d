"""What the assistant may answer from besides the company's document: texts that were pasted. Pure.

In: a text as somebody typed or copied it from a web page. Out: its `Part`s: one for each question
with its answer, each heading's text, or each few paragraphs. Also what a tried question gives
(`Tried`), which the portal shows and the dialogue finds out.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from ringback.errors import BadInput

MOST_TEXT = 60_000  # characters that are taken at once; some twenty printed pages
MOST_PARTS = 200
MOST_PART = 1_500  # of a part's text; a longer one is cut between paragraphs or sentences
MOST_TITLE = 200
MOST_NAME = 120

_ASKED = re.compile(r"^(?:(?:fråga|question|q|f)\s*[:.]\s*)(?P<asked>\S.*)$", re.IGNORECASE)
_TOLD = re.compile(r"^(?:(?:svar|answer|a|s)\s*[:.]\s*)(?P<told>\S.*)$", re.IGNORECASE)
_HEADING = re.compile(r"^#{1,6}\s+(?P<heading>\S.*?)\s*#*$")
_UNDERLINED = re.compile(r"^(?:={3,}|-{3,})$")
_BULLET = re.compile(r"^(?:[-*•·–]|\d+[.)])\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[^\W\d_a-zåäö]|\d)")
_MOST_HEADING = 80  # characters of a line that stands alone


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text: a question and its answer, or a heading and what stands below it."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What the assistant would answer to a question, without anything being sent.

    Attributes:
        reply: What would be sent; None where it would stay silent.
        used: Ids of what the reply rests on: `faq:<id>`, `passage:<id>`, `policy`, `hours`, ...
        unanswered: Whether it was a question that the company's information does not answer.
    """

    reply: str | None
    used: tuple[str, ...]
    unanswered: bool


def split_text(text: str, name: str = "") -> list[Part]:
    """The parts of a text, in its order.

    Args:
        text: As pasted; headings begin with `#`, are underlined, stand alone on a line without a
            full stop, or are questions; `Fråga: ... Svar: ...` is read too.
        name: The title of what has no heading.

    Raises:
        BadInput: The text is empty, too long, or falls into too many parts.
    """
    clean = cleaned(text)
    if not clean.strip():
        raise BadInput("The text is empty; paste what the assistant may answer from.", "text")
    if len(clean) > MOST_TEXT:
        raise BadInput("The text is too long; paste at most 60,000 characters at a time.", "text")
    parts = [part for title, body in _sections(clean, name) for part in _bounded(title, body)]
    if not parts:
        raise BadInput("There are only headings; paste the text below them too.", "text")
    if len(parts) > MOST_PARTS:
        raise BadInput("The text has too many parts; add it as several texts.", "text")
    return parts


def cleaned(text: str) -> str:
    """One kind of line end and space, nothing that can't be shown."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = re.sub(r"[^\S\n]+", " ", text.replace("\u2028", "\n"))
    shown = (one for one in text if one == "\n" or unicodedata.category(one)[0] != "C")
    return "".join(shown)


def sentences(text: str) -> list[str]:
    """The sentences of a text, each as it is written; a line that is a list's item is one."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return [one for line in lines for one in _SENTENCE_END.split(line) if one.strip()]


def _sections(text: str, name: str) -> Iterator[tuple[str, str]]:
    """Headings with the text below each; a heading that has none is left out."""
    title, body = name, list[str]()
    lines = text.split("\n")
    for at, line in enumerate(lines):
        line = line.strip()
        before = not at or not lines[at - 1].strip()
        following = lines[at + 1].strip() if at + 1 < len(lines) else ""
        if _UNDERLINED.match(line):
            continue
        heading = _heading(line, before, following)
        if heading:
            if any(body):
                yield title, "\n".join(body)
            title, body = heading, []
        else:
            told = _TOLD.match(line)
            body.append(told["told"] if told else line)
    if any(body):
        yield title, "\n".join(body)


def _heading(line: str, after_gap: bool, following: str) -> str:
    """The heading that a line is, or ""."""
    if marked := _HEADING.match(line):
        return marked["heading"]
    if asked := _ASKED.match(line):
        return asked["asked"]
    if not line or len(line) > _MOST_HEADING or _BULLET.match(line) or _TOLD.match(line):
        return ""
    if _UNDERLINED.match(following) or line.endswith("?"):
        return line
    stands_out = after_gap and line[0].isupper() and line[-1] not in ".!,;"
    return line.rstrip(":") if stands_out and line.count(" ") <= 7 else ""


def _bounded(title: str, body: str) -> Iterator[Part]:
    """A section as one part, or several when it is long: cut between paragraphs, else sentences."""
    title = title[:MOST_TITLE].strip()
    held = ""
    for piece in _pieces(re.sub(r"\n{3,}", "\n\n", body.strip())):
        if held and len(held) + len(piece) + 2 > MOST_PART:
            yield Part(title, held)
            held = ""
        held = f"{held}\n{piece}" if held else piece
    if held:
        yield Part(title, held)


def _pieces(body: str) -> Iterator[str]:
    for paragraph in body.split("\n\n"):
        if len(paragraph) <= MOST_PART:
            yield paragraph.strip()
            continue
        for sentence in sentences(paragraph):
            for start in range(0, len(sentence), MOST_PART):
                yield sentence[start : start + MOST_PART]
