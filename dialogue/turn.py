"""One turn: a received text is understood, decided on and answered, in one transaction.

In: jobs `turn`, each about one received `message` row, in order per conversation. Out: the reply in
line to be sent, the bookings it speaks of, the conversation's memory, and the log of how the text
was understood. A reply that says booked stands in the same transaction as its booking; if the time
was taken meanwhile, all of it is rolled back and the engine is asked again. An engine that asks for
what it may not is not heard: a person takes over.

A model is asked between two transactions: the first reads what it needs, the second finds that all
of that still stands and does the turn, or reads anew. The last try is the built-in engine's, which
needs no such gap.

A machine that answers our answers is not asked on (`dialogue.robots`). A stop has counted since the
text came in; here it is confirmed, once, and whatever else its writer says after it is left to people.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.builtin.engine import take_turn
from dialogue.effects import ROBOT_LOOP, carry_out
from dialogue.engines import (
    Decided,
    Engine,
    Question,
    by_builtin,
    by_model,
    over_budget,
    wants_no_model,
)
from dialogue.handing_over import ask_again_later, ask_for_answer
from dialogue.holding import hold_proposed
from dialogue.model.engine import Asks
from dialogue.robots import Loop, looped
from dialogue.situation import answers_person, past_of, situation_of
from dialogue.thinking import Thought, model_for, paid, stands, with_costs
from dialogue.turns import HandOver, OptIn, OptOut, Situation, Turn
from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import Refused, TryAgain
from ringback.optout import opts
from ringback.store.bookings import BookingGone, SlotTaken
from ringback.store.callbacks import want_person
from ringback.store.companies import business
from ringback.store.conversations import (
    ASSISTANT,
    conversation_changed,
    queue_text,
    text_to_answer,
    turns_of,
)
from ringback.store.opt_outs import opt_out_of
from ringback.tables import ConversationRow, MessageRow, OptOutRow, TurnRow

_TRIES_ON_CONFLICT = 3
ANSWERED_PERSON = "answered_person"
"""Why a person is wanted who asked the caller something, and has the answer now."""
log = structlog.get_logger()

__all__ = ["Engine", "Turns"]


class Turns:
    """Answers received texts of all companies, with the built-in engine or the company's model."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        engine: Engine = take_turn,
        models: Mapping[str, Asks] | None = None,
    ):
        self._db = db
        self._clock = clock
        self._engine = engine
        self._models = models or {}

    async def turn(self, job: jobs.Job) -> None:
        """The step `turn`."""
        engine, thought, models = self._engine, None, self._models
        for tries in range(1, _TRIES_ON_CONFLICT + 1):
            try:
                question = await self._try(job, engine, models, thought)
                if question is not None:
                    thought = paid(thought, Thought(question, await by_model(question, engine)))
                    last = tries == _TRIES_ON_CONFLICT - 1
                    models = {} if last else models
                    question = await self._try(job, engine, models, thought)
                if question is None:
                    return
                log.info("turn_begun_anew", message=str(job.subject), reason="it is out of date")
            except (SlotTaken, BookingGone) as conflict:
                log.info("turn_begun_anew", message=str(job.subject), reason=str(conflict))
            except Refused as no:
                log.error("engine_refused", message=str(job.subject), reason=str(no))
                engine, models = _hand_over, {}
        raise TryAgain("The offered times were taken while the answer was written.", 1.0)

    async def give_up(self, job: jobs.Job, fault: str) -> None:
        """Put a turn aside that failed too often: a person answers the caller, who is told so."""
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            await jobs.give_up(session, job, now, fault)
            message = await session.get_one(MessageRow, job.subject)
            talk = await session.get_one(
                ConversationRow, message.conversation_id, with_for_update={"key_share": True}
            )
            row = await want_person(session, talk, message, "refused", now)
            if row is not None:
                await ask_again_later(session, row, now)

    async def _try(
        self, job: jobs.Job, engine: Engine, models: Mapping[str, Asks], thought: Thought | None
    ) -> Question | None:
        """Answer and end the job; or the question that a model must be asked first."""
        async with self._db.begin_in_passing(job.company_id) as session:
            question = await self._answer(session, job, engine, models, thought)
            if question is None:
                await jobs.finish(session, job, self._clock())
            return question

    async def _answer(
        self,
        session: AsyncSession,
        job: jobs.Job,
        engine: Engine,
        models: Mapping[str, Asks],
        thought: Thought | None,
    ) -> Question | None:
        now = self._clock()
        message, conversation = await text_to_answer(session, job.subject)
        stops = opts(message.text) == "stop"
        if conversation.owner != ASSISTANT and not stops:  # a stop is confirmed whoever has it
            await ask_for_answer(session, message, now)
            await conversation_changed(session, conversation, now)
            return None
        if job.key != f"turn:{message.id}" and await turns_of(session, [message]):
            return None  # handed back twice, and answered since
        company = await business(session)
        out = await opt_out_of(session, conversation.number_index)
        stopped = out is not None
        situation = await situation_of(
            session, company, conversation, message, now, stopped=stopped
        )
        past = await past_of(session, conversation, message)
        loop = looped(message.text, message.created_at, past, now)
        if loop:
            decided = Decided(_silent(situation, loop), "rules")
        elif thought and await stands(session, thought, message, situation):
            decided = thought.decided
        else:
            decided = by_builtin(engine, message.text, situation)
            if await answers_person(session, message, decided.turn):
                decided = Decided(_for_person(situation), "rules")
            elif models and not opts(message.text) and not wants_no_model(decided.turn):
                asked = await model_for(session, models, message, situation, now)
                if isinstance(asked, Question):
                    return asked
                decided = over_budget(decided) if asked else decided
            decided = with_costs(decided, thought)
        turn = decided.turn
        await carry_out(session, turn.effects, company, conversation, message, now)
        await hold_proposed(session, turn, situation, conversation, message)
        conversation.memory = json.dumps(turn.memory.to_json())
        conversation.language = turn.language
        session.add(_log_of(decided, message, now))
        await conversation_changed(session, conversation, now, message.id)
        if any(isinstance(effect, OptOut | OptIn) for effect in turn.effects):
            out = await opt_out_of(session, conversation.number_index)
        await _reply(session, conversation, message, turn, out, now)
        return None


async def _reply(
    session: AsyncSession,
    conversation: ConversationRow,
    message: MessageRow,
    turn: Turn,
    out: OptOutRow | None,
    now: datetime,
) -> None:
    """Put the reply in line, unless the caller has stopped or started since the text was written.

    A stop is confirmed once, however often it is said: the row that keeps it (`out`) is the cause.
    """
    stops = any(isinstance(effect, OptOut) for effect in turn.effects)
    if turn.reply is None or stops != (out is not None):
        return
    key = f"opted_out:{out.id}" if out else f"reply:{message.id}"
    is_new = out is None  # an answer stands in the transaction that ends its text's job
    await queue_text(
        session, conversation, key, turn.reply, now, despite_opt_out=stops, is_new=is_new
    )


def _silent(situation: Situation, loop: Loop) -> Turn:
    """What is done in place of a turn when a machine seems to answer: a person is asked to look."""
    understood: dict[str, object] = {"engine": "rules", "step": ROBOT_LOOP, "rule": str(loop)}
    effects = (HandOver(ROBOT_LOOP),)
    return Turn(None, situation.memory, effects, understood=understood, language=situation.language)


def _for_person(situation: Situation) -> Turn:
    """What is done in place of a turn when the text answers what a person asked."""
    understood: dict[str, object] = {"engine": "rules", "step": ANSWERED_PERSON}
    effects = (HandOver(ANSWERED_PERSON),)
    return Turn(None, situation.memory, effects, understood=understood, language=situation.language)


def _hand_over(text: str, situation: Situation) -> Turn:
    """What is done in place of a turn that was refused: a person is asked to look."""
    return Turn(None, situation.memory, (HandOver("refused"),), language=situation.language)


def _log_of(decided: Decided, message: MessageRow, now: datetime) -> TurnRow:
    turn, asked = decided.turn, decided.tokens_in + decided.tokens_out > 0
    proposed = {"offered": [asdict(slot) for slot in turn.offered], "calls": decided.calls}
    return TurnRow(
        message_id=message.id,
        engine=decided.engine,
        version=decided.version,
        understood=json.dumps(turn.understood or {}, default=str),
        # What was sent, after the guards: evaluation reads the offered times here.
        proposed=json.dumps(proposed, default=str),
        decided=json.dumps([type(effect).__name__ for effect in turn.effects]),
        used=json.dumps(turn.used),
        refused=json.dumps(decided.refused),
        unanswered=turn.unanswered,
        tokens_in=decided.tokens_in if asked else None,
        tokens_out=decided.tokens_out if asked else None,
        cost_e4=decided.cost_e4 if asked else None,
        took_ms=decided.took_ms,
        created_at=now,
    )
