"""No numbers of people, no ids of ours, nothing that a program left behind. Pure."""

import re
from collections.abc import Iterator

from dialogue.guards.reasons import Reason, Refusal

# Seven figures or more, however they are set apart: a telephone, a card, a personal number.
_LONG_NUMBER = re.compile(r"\+?(?<![\d.:])\d(?:[ \-()/]{0,2}\d){6,}")
_INTERNAL = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f-]+\b|[{}<>\[\]`]|\b[a-z]+_[a-z_]+\b|\b[tbfp]\d+\b|"
    r"\b(?:system prompt|systemprompt|tool call|json)\b|\b(?:null|undefined|none\)|nan)\b",
    re.IGNORECASE,
)


def private(reply: str) -> Iterator[Refusal]:
    """Numbers and ids in a reply that has been rid of the company's own words."""
    for match in _LONG_NUMBER.finditer(reply):
        yield Refusal(Reason.PERSONAL, match.group()[:4])
    for match in _INTERNAL.finditer(reply):
        yield Refusal(Reason.INTERNAL, match.group())
