"""What one turn of the model knows and has done so far.

Held by the engine for one text: how code reads the text, what the built-in engine would do, the ids
that were given out, and what has been proposed. The model's own words come last (`template`).
"""

from dataclasses import dataclass, field, replace

from dialogue.builtin.engine import take_turn
from dialogue.builtin.known import known_so_far
from dialogue.builtin.reading import Reading, read_message
from dialogue.builtin.replies import moment_text
from dialogue.builtin.which import named_booking
from dialogue.guards.reasons import Refusal
from dialogue.model.ids import Ids
from dialogue.turns import Effect, Memory, Pending, Situation, Turn
from ringback.bookings import Slot


@dataclass
class Board:
    """The state of a turn; see the module."""

    text: str
    situation: Situation
    reading: Reading
    builtin: Turn
    ids: Ids = field(default_factory=Ids)
    effects: tuple[Effect, ...] = ()
    offered: tuple[Slot, ...] = ()
    memory: Memory | None = None  # after the latest proposal
    calls: list[dict[str, object]] = field(default_factory=list)  # for the AI log
    refused: list[Refusal] = field(default_factory=list)

    @staticmethod
    def of(text: str, situation: Situation) -> "Board":
        """A fresh one, with ids for the caller's bookings and for what was offered last."""
        reading = read_message(text, situation)
        board = Board(text, situation, reading, take_turn(text, situation))
        for own in sorted(situation.own, key=lambda one: one.starts_at):
            board.ids.booking(own)
        for slot in situation.memory.offered:
            board.ids.time(slot)
        return board

    @property
    def known(self) -> Memory:
        """What the conversation knows, this text and the proposals so far included."""
        if self.memory is not None:
            return self.memory
        told = self.reading.meant.services or self.reading.heard.anything or self.reading.resource
        return known_so_far(self.reading) if told else self.reading.memory

    def add(self, turn: Turn) -> str:
        """Take over what code made of a proposal; returns the id of its text."""
        self.effects += turn.effects
        self.offered += turn.offered
        self.memory = turn.memory
        return self.ids.proposal(turn.reply or "")

    def written(self) -> dict[str, str]:
        """How times and bookings read, by id."""
        language, zone = self.reading.language, self.reading.business.zone
        times = {
            key: moment_text(language, slot.starts_at, zone) for key, slot in self.ids.times.items()
        }
        bookings = {key: named_booking(self.reading, o) for key, o in self.ids.bookings.items()}
        return times | bookings

    def turn(self, reply: str, used: tuple[str, ...], unanswered: bool) -> Turn:
        """The turn as proposed; a question of ours that was not put again is no longer open."""
        memory = self.memory or replace(self.known, pending=self._still_open(reply))
        language = self.reading.language
        return Turn(
            reply=reply or None,
            memory=replace(memory, language=language, misses=0),
            effects=tuple(dict.fromkeys(self.effects)),
            offered=self.offered,
            understood={
                "engine": "model",
                "language": "other" if self.reading.foreign else language,
                "tools": [str(call["tool"]) for call in self.calls],
            },
            language=language,
            used=used,
            unanswered=unanswered,
        )

    def _still_open(self, reply: str) -> Pending:
        return Pending.NOTHING if reply else self.reading.memory.pending
