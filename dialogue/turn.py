"""One turn: a received text is understood, decided on and answered, in one transaction.

In: jobs `turn`, each about one received `message` row, in order per conversation. Out: the reply in
line to be sent, the bookings it speaks of, the conversation's memory, and the log of how the text
was understood. A reply that says booked stands in the same transaction as its booking; if the time
was taken meanwhile, all of it is rolled back and the engine is asked again. An engine that asks for
what it may not is not heard: a person takes over.

A machine that answers our answers is not asked on (`dialogue.robots`). A stop has counted since the
text came in; here it is confirmed, once, and whatever else its writer says after it is left to people.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.builtin.engine import take_turn
from dialogue.effects import ROBOT_LOOP, BookingGone, carry_out
from dialogue.robots import LOOKED_BACK, MOST_A_DAY, MOST_SHORTLY, Loop, Past, looped
from dialogue.turns import HandOver, Memory, OptOut, OwnBooking, Situation, Turn
from ringback import jobs
from ringback.business import Business
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import Refused, TryAgain
from ringback.optout import opts
from ringback.policy import Situation as For
from ringback.store.bookings import SlotTaken, coming_bookings_of, taken_between
from ringback.store.companies import business
from ringback.store.conversations import ASSISTANT, conversation_changed, opted_out, queue_text
from ringback.store.opt_outs import opt_out_of, took_back
from ringback.tables import ConversationRow, MessageRow, TurnRow

_TRIES_ON_CONFLICT = 3
_MOST_PAST = 2 * (MOST_A_DAY + MOST_SHORTLY)  # texts; enough to find every bound passed
log = structlog.get_logger()

Engine = Callable[[str, Situation], Turn]


class Turns:
    """Answers received texts of all companies with the built-in engine."""

    def __init__(self, db: Database, clock: Clock, engine: Engine = take_turn):
        self._db = db
        self._clock = clock
        self._engine = engine

    async def turn(self, job: jobs.Job) -> None:
        """The step `turn`."""
        engine = self._engine
        for _ in range(_TRIES_ON_CONFLICT):
            try:
                async with self._db.begin(job.company_id) as session:
                    await self._answer(session, job, engine)
                    await jobs.finish(session, job, self._clock())
                return
            except (SlotTaken, BookingGone) as conflict:
                log.info("turn_begun_anew", message=str(job.subject), reason=str(conflict))
            except Refused as no:
                log.error("engine_refused", message=str(job.subject), reason=str(no))
                engine = _hand_over
        raise TryAgain("The offered times were taken while the answer was written.", 1.0)

    async def _answer(self, session: AsyncSession, job: jobs.Job, engine: Engine) -> None:
        now = self._clock()
        message = await session.get_one(MessageRow, job.subject)
        conversation = await session.get_one(
            ConversationRow, message.conversation_id, with_for_update={"key_share": True}
        )
        stops = opts(message.text) == "stop"
        if conversation.owner != ASSISTANT and not stops:  # a stop is confirmed whoever has it
            await conversation_changed(session, conversation, now)
            return
        company = await business(session)
        situation = await _situation(session, company, conversation, message, now)
        loop = looped(
            message.text, message.created_at, await _past(session, conversation, message), now
        )
        began = perf_counter()
        turn = _silent(situation, loop) if loop else engine(message.text, situation)
        took_ms = round((perf_counter() - began) * 1000)
        await carry_out(session, turn.effects, company, conversation, message, now)
        conversation.memory = json.dumps(turn.memory.to_json())
        conversation.language = turn.language
        session.add(_log_of(turn, message, took_ms, now))
        await conversation_changed(session, conversation, now, message.id)
        await _reply(session, conversation, message, turn, now)


async def _reply(
    session: AsyncSession,
    conversation: ConversationRow,
    message: MessageRow,
    turn: Turn,
    now: datetime,
) -> None:
    """Put the reply in line, unless the caller has stopped or started since the text was written.

    A stop is confirmed once, however often it is said: the row that keeps it is the cause.
    """
    stops = any(isinstance(effect, OptOut) for effect in turn.effects)
    out = await opt_out_of(session, conversation.number_index)
    if turn.reply is None or stops != (out is not None):
        return
    key = f"opted_out:{out.id}" if out else f"reply:{message.id}"
    await queue_text(session, conversation, key, turn.reply, now, despite_opt_out=stops)


def _silent(situation: Situation, loop: Loop) -> Turn:
    """What is done in place of a turn when a machine seems to answer: a person is asked to look."""
    understood: dict[str, object] = {"engine": "rules", "step": ROBOT_LOOP, "rule": str(loop)}
    effects = (HandOver(ROBOT_LOOP),)
    return Turn(None, situation.memory, effects, understood=understood, language=situation.language)


async def _past(
    session: AsyncSession, conversation: ConversationRow, message: MessageRow
) -> list[Past]:
    """What was written by and to the caller lately, this text and what came after it left out."""
    rows = await session.scalars(
        select(MessageRow)
        .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
        .where(
            ConversationRow.number_index == conversation.number_index,
            MessageRow.created_at > message.created_at - LOOKED_BACK,
        )
        .order_by(MessageRow.created_at.desc(), MessageRow.number.desc())
        .limit(_MOST_PAST)
    )
    texts = rows.all()
    ours = [row for row in texts if row.direction == "out" and row.author == ASSISTANT]
    theirs = [
        row
        for row in texts
        if row.direction == "in"
        and (row.conversation_id != conversation.id or row.number < message.number)
    ]
    return [Past(row.text, row.created_at, True, row.situation == For.REPLY) for row in ours] + [
        Past(row.text, row.created_at, False) for row in theirs
    ]


def _hand_over(text: str, situation: Situation) -> Turn:
    """What is done in place of a turn that was refused: a person is asked to look."""
    return Turn(None, situation.memory, (HandOver("refused"),), language=situation.language)


async def _situation(
    session: AsyncSession,
    company: Business,
    conversation: ConversationRow,
    message: MessageRow,
    now: datetime,
) -> Situation:
    horizon = now + timedelta(days=company.booking_rules.horizon_days + 1)
    own = await coming_bookings_of(session, conversation.number, now)
    return Situation(
        business=company,
        now=now,
        taken=tuple(await taken_between(session, now, horizon)),
        own=tuple(
            OwnBooking(str(row.id), row.service, row.resource, row.starts_at, row.ends_at)
            for row in own
        ),
        memory=Memory.from_json(json.loads(conversation.memory or "null")),
        language=conversation.language,
        opted_out=await opted_out(session, conversation.number_index),
        opted_in=opts(message.text) == "start" and await took_back(session, message),
    )


def _log_of(turn: Turn, message: MessageRow, took_ms: int, now: datetime) -> TurnRow:
    return TurnRow(
        message_id=message.id,
        engine=str((turn.understood or {}).get("engine", "builtin")),
        understood=json.dumps(turn.understood or {}, default=str),
        decided=json.dumps([type(effect).__name__ for effect in turn.effects]),
        took_ms=took_ms,
        created_at=now,
    )
