"""The short ids of one turn: t1 a time, b1 a booking of the caller's, f1 a sentence, p1 a proposal.

A model names what code has found, and nothing else: it never sees, and never writes, a moment that
code has to believe. Ids live as long as the turn.
"""

from dataclasses import dataclass, field
from typing import TypeVar

from dialogue.turns import OwnBooking
from ringback.bookings import Slot

T = TypeVar("T")


@dataclass
class Ids:
    """What the ids of this turn stand for."""

    times: dict[str, Slot] = field(default_factory=dict)
    bookings: dict[str, OwnBooking] = field(default_factory=dict)
    sentences: dict[str, str] = field(default_factory=dict)
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)  # what a sentence rests on
    proposals: dict[str, str] = field(default_factory=dict)  # texts that code has written

    def time(self, slot: Slot) -> str:
        """The id of a time; the same for the same one."""
        return _kept(self.times, slot, "t")

    def booking(self, own: OwnBooking) -> str:
        """The id of a booking of the caller's."""
        return _kept(self.bookings, own, "b")

    def sentence(self, text: str, *sources: str) -> str:
        """The id of a sentence that code, or the company, has written, and what it rests on."""
        key = _kept(self.sentences, text, "f")
        self.sources[key] = sources
        return key

    def proposal(self, text: str) -> str:
        """The id of what a proposal says."""
        key = f"p{len(self.proposals) + 1}"
        self.proposals[key] = text
        return key


def _kept(kept: dict[str, T], value: T, letter: str) -> str:
    for key, one in kept.items():
        if one == value:
            return key
    key = f"{letter}{len(kept) + 1}"
    kept[key] = value
    return key
