"""A question tried from the portal: what the assistant would answer, and from what.

In: a company and a question. Out: `ringback.knowledge.Tried`. The built-in engine takes a turn in a
situation without a caller; nothing is written, sent or booked. `ringback.wiring` gives `Trying.ask` to
the portal.
"""

from uuid import UUID

from dialogue.answers.loading import told_passages
from dialogue.builtin.engine import take_turn
from dialogue.turns import Situation
from ringback.clock import Clock
from ringback.db import Database
from ringback.knowledge import Tried
from ringback.store.companies import business


class Trying:
    """Tries questions of all companies."""

    def __init__(self, db: Database, clock: Clock):
        self._db = db
        self._clock = clock

    async def ask(self, company_id: UUID, question: str) -> Tried:
        """What would be answered to a first text with this question."""
        async with self._db.read(company_id) as session:
            situation = Situation(
                business=await business(session),
                now=self._clock(),
                passages=await told_passages(session),
            )
        turn = take_turn(question, situation)
        return Tried(turn.reply, turn.used, turn.unanswered)
