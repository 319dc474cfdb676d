"""Asking a model between two units of work, in which nothing of the situation is locked.

In: the first unit of work, which reads the question; the second, with what the model made of it.
Out: whether there is a model to ask, and whether all that it went by still stands: if not, the turn
is read anew. What a thought that came to nothing has cost is put to the turn that was taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.engines import Decided, Question
from dialogue.guards.grounds import slots_of
from dialogue.model.engine import Asks
from dialogue.situation import said_before
from dialogue.turns import Move, Situation
from ringback.bookings import free_resources
from ringback.store.assistant import assistant, model_spent
from ringback.tables import MessageRow


@dataclass(frozen=True, slots=True)
class Thought:
    """What a model made of a question, while nothing was locked."""

    question: Question
    decided: Decided


async def model_for(
    session: AsyncSession,
    models: Mapping[str, Asks],
    message: MessageRow,
    situation: Situation,
    now: datetime,
) -> Question | bool:
    """The question for the company's model; else whether it has one that is over its budget."""
    settings = await assistant(session)
    model = models.get(settings.endpoint) if settings.engine == "model" else None
    if model is None or situation.opted_out or situation.opted_in:
        return False
    if not settings.has_left(await model_spent(session, now)):
        return True
    said, last = await said_before(session, message)
    return Question(message.text, situation, model, said, last)


async def stands(
    session: AsyncSession, thought: Thought, message: MessageRow, now: Situation
) -> bool:
    """Whether all that the model went by is still so: texts, memory, bookings, the slots it names.

    What others have booked meanwhile matters only where it is a time of this turn.
    """
    then = thought.question.situation
    if replace(then, now=now.now, taken=now.taken) != now:
        return False
    _, last = await said_before(session, message)
    if last != thought.question.last:
        return False
    turn = thought.decided.turn
    moving = {one.booking_id for one in turn.effects if isinstance(one, Move)} | {
        turn.memory.booking_id
    }
    busy = [one for one in now.taken if not one.booking or one.booking not in moving]
    return all(
        free_resources(now.business, slot.service, slot.starts_at, busy, now.now, slot.resource)
        for slot in (*slots_of(turn), *turn.offered)
    )


def paid(before: Thought | None, thought: Thought) -> Thought:
    """The thought, with what an earlier one that came to nothing has cost."""
    return replace(thought, decided=with_costs(thought.decided, before))


def with_costs(decided: Decided, thought: Thought | None) -> Decided:
    """The turn, with what a thought before it has cost; the budget counts that, too."""
    if thought is None:
        return decided
    earlier = thought.decided
    return replace(
        decided,
        tokens_in=decided.tokens_in + earlier.tokens_in,
        tokens_out=decided.tokens_out + earlier.tokens_out,
        cost_e4=decided.cost_e4 + earlier.cost_e4,
        took_ms=decided.took_ms + earlier.took_ms,
    )
