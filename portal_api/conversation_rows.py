"""One conversation as its page shows it: from `conversation` rows and what belongs to them to a view.

In: a conversation in the company's unit of work, and who looks. Out: `views.ConversationView`. Used by
the page, its live fragments and the JSON API (`conversations.py`).
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.ai_log import facts_of
from portal_api.authors import Author, authors_of
from portal_api.bookings import entries
from portal_api.missed_rows import held_until
from portal_api.permissions import Permission, may
from portal_api.thread_views import (
    Act,
    CallNote,
    ConversationView,
    Fact,
    ThreadMessage,
    Understanding,
)
from portal_api.visitors import Visitor
from portal_api.wanted import wanted_of
from ringback.ownership import Owned, Owner, against_handing_back, against_taking
from ringback.phone import readable
from ringback.store.bookings import coming_bookings_of
from ringback.store.callbacks import open_callbacks, told_at
from ringback.store.calls import calls_of
from ringback.store.companies import business
from ringback.store.conversations import texts_of, turns_of
from ringback.store.ownership import name_of, owned
from ringback.store.standings import standings
from ringback.tables import ConversationRow, MessageRow, OptOutRow, SmsNumberRow, TurnRow

PAGE_TEXTS = 50


async def view_of(
    session: AsyncSession,
    visitor: Visitor,
    now: datetime,
    conversation: ConversationRow,
    before: int | None = None,
) -> ConversationView:
    """The conversation as this visitor may see it, with its latest texts or those `before` one."""
    texts = await texts_of(session, conversation.id, PAGE_TEXTS + 1, before)
    shown = texts[-PAGE_TEXTS:]
    wishes = (await open_callbacks(session, [conversation.id])).get(conversation.id, ())
    company = await business(session)
    bookings = await coming_bookings_of(session, conversation.number, now)
    stand = await standings(session, [conversation.id])
    told_by = await session.scalar(
        select(OptOutRow.told_by).where(OptOutRow.number_index == conversation.number_index)
    )
    return ConversationView(
        id=str(conversation.id),
        caller=readable(conversation.number),
        our_number=readable(conversation.our_number),
        owner=cast(Literal["assistant", "person", "nobody"], conversation.owner),
        owner_name=await name_of(session, conversation.owner_id),
        owner_since=conversation.owner_since,
        acts=acts_of(owned(conversation), visitor),
        whole_log=may(visitor, Permission.READ_AI_LOG),
        state=stand[conversation.id],
        opened_at=conversation.opened_at,
        closed_at=conversation.closed_at,
        calls=tuple(
            CallNote(call.started_at, call.reason or "missed", call.text_withheld or "")
            for call in await calls_of(session, conversation.id)
        ),
        messages=await messages_of(session, shown, now),
        bookings=entries(bookings, company),
        next=shown[0].number if len(texts) > PAGE_TEXTS else None,
        latest=before is None,
        opted_out=told_by is not None,
        opted_out_by=told_by or "",
        wanted=wanted_of(wishes, await told_at(session, wishes)),
    )


async def messages_of(
    session: AsyncSession, rows: Sequence[MessageRow], now: datetime
) -> tuple[ThreadMessage, ...]:
    """The texts, with how those of the caller were understood."""
    turns = await turns_of(session, rows)
    authors = await authors_of(session, rows)
    accounts = set(await session.scalars(select(SmsNumberRow.provider).distinct()))
    several = len(accounts) > 1
    return tuple(
        _message(row, turns.get(row.id), authors[row.id], several=several, now=now) for row in rows
    )


def _message(
    row: MessageRow, turn: TurnRow | None, author: Author, *, several: bool, now: datetime
) -> ThreadMessage:
    received = row.direction == "in"
    return ThreadMessage(
        id=str(row.id),
        at=row.created_at,
        author=author.kind,
        person=author.name,
        text=row.text,
        state=None if received else row.state,
        why=row.why or "",
        held_until=held_until(row, now),
        parts=row.parts,
        cost_e4=None if received else row.cost_e4,
        account=(row.provider or "") if several and not received else "",
        turn=_understanding(turn) if turn else None,
    )


def _understanding(turn: TurnRow) -> Understanding:
    return Understanding(
        engine=turn.engine,
        understood=facts_of(json.loads(turn.understood or "{}")),
        decided=tuple(Fact("action", effect) for effect in json.loads(turn.decided or "[]")),
        took_ms=turn.took_ms,
        dropped=turn.understood is None,
    )


def acts_of(talk: Owned, visitor: Visitor) -> tuple[Act, ...]:
    """What the visitor may do about who answers, as the conversation is now."""
    user = visitor.signed_in.user_id
    if talk.closed or not may(visitor, Permission.ANSWER_CALLERS):
        return ()
    if talk.is_of(user):
        return ("write", "hand_back")
    acts: list[Act] = []
    if against_taking(talk, user) is None:
        acts.append("take")
    for_others = may(visitor, Permission.HAND_BACK_FOR_OTHERS)
    with_person = talk.owner is Owner.PERSON
    if with_person and against_handing_back(talk, user, for_others=for_others) is None:
        acts.append("hand_back")
    return tuple(acts)
