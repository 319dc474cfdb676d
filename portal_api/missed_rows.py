"""What became of missed calls: from `call` rows to the rows of the list.

In: calls of one company. Out: `views.MissedRow`s, by a few queries for all of them together. Used by
the page, its live fragments and the JSON API (`missed.py`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.views import MissedRow
from portal_api.wanted import wanted_of
from ringback.messages import MessageState
from ringback.phone import readable
from ringback.store.callbacks import open_callbacks
from ringback.store.conversations import first_texts, texts_by_key
from ringback.store.standings import last_texts, standings
from ringback.store.waiting import calls_alone
from ringback.tables import CallbackRow, CallRow, MessageRow


async def rows_of(
    session: AsyncSession, calls: Sequence[CallRow], now: datetime
) -> tuple[MissedRow, ...]:
    """The calls with what became of each, in their order."""
    talks = [call.conversation_id for call in calls if call.conversation_id]
    texts = await _texts_of(session, calls)
    stand, latest = await standings(session, talks), await last_texts(session, talks)
    wishes, alone = await _wishes(session, calls)
    counted = await session.execute(
        select(CallRow.conversation_id, func.count())
        .where(CallRow.conversation_id.in_(talks))
        .group_by(CallRow.conversation_id)
    )
    per_conversation = {row[0]: row[1] for row in counted}
    rows = []
    for call in calls:
        own, text = call.conversation_id, texts.get(call.id)
        rows.append(
            MissedRow(
                id=str(call.id),
                at=call.started_at,
                caller=None if call.withheld else readable(call.caller_e164 or call.caller) or None,
                name=None,
                reason=_reason(call),
                wait_s=call.wait_s,
                did=readable(call.did_e164 or call.did or ""),
                queue=call.queues[-1] if call.queues else None,
                text_state=text.state if text else None,
                text_why=(text.why or "") if text else _why_no_text(call),
                text_held_until=held_until(text, now) if text else None,
                conversation_id=str(own) if own else None,
                conversation_state=stand.get(own) if own else alone.get(call.id),
                last_text=latest.get(own, "") if own else "",
                calls=per_conversation.get(own, 1),
                wanted=wanted_of(wishes.get(call.id, ())),
            )
        )
    return tuple(rows)


def held_until(text: MessageRow, now: datetime) -> datetime | None:
    """When a text that waits will be sent; None once that moment has come."""
    waits = text.state == MessageState.QUEUED
    return text.held_until if waits and text.held_until and text.held_until > now else None


async def _texts_of(session: AsyncSession, calls: Sequence[CallRow]) -> Mapping[UUID, MessageRow]:
    """The text that each call led to: its own, else the first of its conversation."""
    by_key = await texts_by_key(session, [f"first:{call.id}" for call in calls])
    talks = {
        call.id: call.conversation_id
        for call in calls
        if call.conversation_id and call.text_withheld is None
    }
    first = await first_texts(session, list(talks.values()))
    found = {call_id: first[talk] for call_id, talk in talks.items() if talk in first}
    return found | {
        call.id: by_key[f"first:{call.id}"] for call in calls if f"first:{call.id}" in by_key
    }


async def _wishes(
    session: AsyncSession, calls: Sequence[CallRow]
) -> tuple[Mapping[UUID, Sequence[CallbackRow]], Mapping[UUID, str]]:
    """What is wanted of a person, by call; and where calls without a conversation stand."""
    talks = [call.conversation_id for call in calls if call.conversation_id]
    in_talks = await open_callbacks(session, talks)
    alone = await calls_alone(session, [call.id for call in calls if call.conversation_id is None])
    wishes = {
        call.id: in_talks.get(call.conversation_id, ()) if call.conversation_id else ()
        for call in calls
    }
    wishes |= {call_id: one.open for call_id, one in alone.items()}
    return wishes, {call_id: one.standing for call_id, one in alone.items()}


def _reason(call: CallRow) -> str:
    """Why the call was missed; `unknown` when it can't even be known whether it was."""
    return (call.reason or "missed") if call.outcome else "unknown"


def _why_no_text(call: CallRow) -> str:
    return call.text_withheld or ("" if call.outcome else "outcome_unknown")
