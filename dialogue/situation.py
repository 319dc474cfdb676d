"""What is read for a turn: the situation, and what was said before.

In: the rows of a conversation, in the unit of work of its turn. Out: pure values for the engines.
Everything here belongs to the company of the unit of work; nothing of another can be reached.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.answers.loading import told_passages
from dialogue.model.prompt import Said
from dialogue.promises.own import GIVEN_UP_AFTER, own_calls, spoken_since
from dialogue.robots import LOOKED_BACK, MOST_A_DAY, MOST_SHORTLY, Past
from dialogue.turns import Memory, OwnBooking, OwnCall, Pending, Situation, Turn, When
from ringback.business import Business
from ringback.messages import MessageState
from ringback.optout import opts
from ringback.policy import OF_CALLBACK
from ringback.policy import Situation as For
from ringback.store.bookings import coming_bookings_of, taken_between
from ringback.store.conversations import ASSISTANT, latest_of_ours, texts_of
from ringback.store.opt_outs import took_back
from ringback.store.ownership import PERSON_AUTHOR
from ringback.tables import ConversationRow, MessageRow
from ringback.tenancy import prepared

_MOST_PAST = 2 * (MOST_A_DAY + MOST_SHORTLY)  # texts; enough to find every bound passed
_MOST_SAID = 8  # texts that a model is shown
_QUESTION_STANDS = timedelta(hours=24)
_BARE = ("courtesy", "not_understood")  # steps of a yes that no question of ours is open for
_NEVER_SENT = (MessageState.REJECTED, MessageState.FAILED)
_ABOUT_CALL = frozenset({*OF_CALLBACK, For.CALLBACK_NOTICE})
_PAST = prepared(
    select(MessageRow)
    .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
    .where(
        ConversationRow.number_index == bindparam("own"),
        MessageRow.created_at > bindparam("since"),
    )
    .order_by(MessageRow.created_at.desc(), MessageRow.number.desc())
    .limit(_MOST_PAST)
)
_CALL_QUESTIONS = (Pending.CALL_WHEN, Pending.CALL_CANCEL)


async def situation_of(
    session: AsyncSession,
    company: Business,
    conversation: ConversationRow,
    message: MessageRow,
    now: datetime,
    *,
    stopped: bool,
) -> Situation:
    """The situation in which a text is answered; `stopped` when its writer wants none."""
    horizon = now + timedelta(days=company.booking_rules.horizon_days + 1)
    own = await coming_bookings_of(session, conversation.number, now)
    calls = await own_calls(session, company, conversation, now)
    last = await latest_of_ours(session, message.conversation_id)
    return Situation(
        business=company,
        now=now,
        taken=tuple(await taken_between(session, now, horizon, now, conversation.number)),
        own=tuple(
            OwnBooking(str(row.id), row.service, row.resource, row.starts_at, row.ends_at)
            for row in own
        ),
        memory=await _memory_of(session, conversation, message, last, calls),
        language=conversation.language,
        opted_out=stopped,
        opted_in=opts(message.text) == "start" and await took_back(session, message),
        passages=await told_passages(session),
        calls=calls,
        about_call=bool(calls) and last is not None and last.situation in _ABOUT_CALL,
        reminded_of=_reminded_of(last),
    )


def _reminded_of(last: MessageRow | None) -> str:
    """The id of the booking that our latest text reminds of; "" where it is something else."""
    reminds = last is not None and last.situation == For.REMINDER
    return last.key.split(":")[1] if reminds and last else ""  # `reminder_key`


async def _memory_of(
    session: AsyncSession,
    conversation: ConversationRow,
    message: MessageRow,
    last: MessageRow | None,
    calls: Sequence[OwnCall],
) -> Memory:
    """What the conversation knows; a question of ours counts only while it is the latest we said.

    A yes that comes after a reminder, after words of a person or the next day answers that, or
    nothing: it must not cancel or book what was spoken of before. Nor must one that comes after the
    caller was spoken with on the phone.
    """
    memory = Memory.from_json(json.loads(conversation.memory or "null"))
    about_call = memory.pending in _CALL_QUESTIONS
    if memory.pending is Pending.NOTHING and not memory.offered:
        return memory
    asked = last is not None and _was_asked(last, message, about_call=about_call)
    over = about_call and not calls
    if asked and last and not over:
        over = await spoken_since(session, conversation, last.created_at)
    if asked and not over:
        return memory
    if memory.booking_id or about_call:  # that was to be moved or cancelled
        return Memory(language=memory.language, booked=memory.booked)
    return replace(memory, pending=Pending.NOTHING, offered=(), unsure_services=(), when=When())


def _was_asked(last: MessageRow, message: MessageRow, *, about_call: bool) -> bool:
    """Whether that is what asked: an answer of the assistant's, or when to ring, and not an old one."""
    asks_when = about_call and last.situation in _ABOUT_CALL
    if last.author != ASSISTANT or not (asks_when or last.situation == For.REPLY):
        return False
    stands = GIVEN_UP_AFTER if asks_when else _QUESTION_STANDS
    return message.created_at - last.created_at <= stands and last.state not in _NEVER_SENT


async def answers_person(session: AsyncSession, message: MessageRow, turn: Turn) -> bool:
    """Whether a text is the answer to what a person asked, so that a person is to read it.

    Such is a bare yes or no that says nothing to the assistant, after a question of a person's.
    """
    if turn.effects or (turn.understood or {}).get("step") not in _BARE:
        return False
    last = await latest_of_ours(session, message.conversation_id)
    return (
        last is not None
        and last.author.startswith(PERSON_AUTHOR)
        and last.state not in _NEVER_SENT
        and "?" in last.text
    )


async def past_of(
    session: AsyncSession, conversation: ConversationRow, message: MessageRow
) -> list[Past]:
    """What was written by and to the caller lately, this text and what came after it left out."""
    since = message.created_at - LOOKED_BACK
    texts = list(await session.scalars(_PAST, {"own": conversation.number_index, "since": since}))
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


async def said_before(session: AsyncSession, message: MessageRow) -> tuple[tuple[Said, ...], int]:
    """The latest texts of the conversation before this one, and the number of its very last.

    What people of the company wrote is shown as ours: the caller has read it.
    """
    texts: Sequence[MessageRow] = await texts_of(session, message.conversation_id, _MOST_SAID + 1)
    last = max((text.number for text in texts), default=0)
    before = [text for text in texts if text.number < message.number]
    return tuple(Said(text.direction == "out", text.text) for text in before[-_MOST_SAID:]), last
