"""One conversation: the page, what changes on it, and the same as JSON. Each opening is audited.

In: `conversation`, `message`, `turn`, `call`, `callback` and `booking` rows. Out:
`views.ConversationView`. A page of earlier texts stands still; the page with the newest is live.
"""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.authors import Author, authors_of
from portal_api.bookings import entries
from portal_api.frame import shell
from portal_api.missed_rows import held_until
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.views import CallNote, ConversationView, Fact, ThreadMessage, Understanding
from portal_api.visitors import Portal, Visitor, portal_of
from portal_api.wanted import settle_token, wanted_of
from ringback import audit
from ringback.phone import readable
from ringback.store.bookings import coming_bookings_of
from ringback.store.callbacks import open_callbacks
from ringback.store.calls import calls_of
from ringback.store.changes import Change, Kind, latest_position
from ringback.store.companies import business
from ringback.store.conversations import texts_of, turns_of
from ringback.store.standings import standings
from ringback.tables import (
    BookingRow,
    CallRow,
    ConversationRow,
    MessageRow,
    OptOutRow,
    SmsNumberRow,
    TurnRow,
)

router = APIRouter()
MayRead = Annotated[Visitor, needs(Permission.READ_CONVERSATIONS)]
PAGE_TEXTS = 50
Before = Annotated[int | None, Query(ge=1, lt=2**31, description="`next` of the page before")]


@router.get("/conversations/{conversation_id}", include_in_schema=False)
async def page(
    request: Request, visitor: MayRead, conversation_id: UUID, before: Before = None
) -> HTMLResponse:
    """The thread, with what surrounds it."""
    view, position = await _opened(request, visitor, conversation_id, before)
    live = f"/events?topic=conversation&subject={conversation_id}&after={position}"
    frame = shell(request, visitor, "conversation", live if view.latest else None)
    return HTMLResponse(
        render(
            "conversation.html",
            visitor.language,
            visitor.zone,
            shell=frame,
            conversation=view,
            settle=settle_token(visitor),
        )
    )


@router.get("/api/v1/conversations/{conversation_id}")
async def as_json(
    request: Request, visitor: MayRead, conversation_id: UUID, before: Before = None
) -> ConversationView:
    """One conversation with its latest 50 texts, or the 50 before `before`."""
    view, _ = await _opened(request, visitor, conversation_id, before)
    return view


async def _opened(
    request: Request, visitor: Visitor, conversation_id: UUID, before: int | None
) -> tuple[ConversationView, int]:
    """The conversation, and a line in the audit trail that it was read."""
    portal = portal_of(request)
    async with portal.db.begin(visitor.company_id) as session:
        conversation = await session.get_one(ConversationRow, conversation_id)
        remote = request.client.host if request.client else ""
        await audit.record(
            session,
            portal.clock(),
            visitor.actor,
            "read",
            "conversation",
            conversation_id,
            remote,
        )
        position = await latest_position(session)
        return await _view(session, portal, conversation, before), position


async def _view(
    session: AsyncSession, portal: Portal, conversation: ConversationRow, before: int | None = None
) -> ConversationView:
    texts = await texts_of(session, conversation.id, PAGE_TEXTS + 1, before)
    shown = texts[-PAGE_TEXTS:]
    waiting = await open_callbacks(session, [conversation.id])
    company = await business(session)
    bookings = await coming_bookings_of(session, conversation.number, portal.clock())
    stand = await standings(session, [conversation.id])
    told_by = await session.scalar(
        select(OptOutRow.told_by).where(OptOutRow.number_index == conversation.number_index)
    )
    return ConversationView(
        id=str(conversation.id),
        caller=readable(conversation.number),
        our_number=readable(conversation.our_number),
        owner=cast(Literal["assistant", "person", "nobody"], conversation.owner),
        state=stand[conversation.id],
        opened_at=conversation.opened_at,
        closed_at=conversation.closed_at,
        calls=tuple(
            CallNote(call.started_at, call.reason or "missed", call.text_withheld or "")
            for call in await calls_of(session, conversation.id)
        ),
        messages=await _messages(session, shown, portal.clock()),
        bookings=entries(bookings, company),
        next=shown[0].number if len(texts) > PAGE_TEXTS else None,
        latest=before is None,
        opted_out=told_by is not None,
        opted_out_by=told_by or "",
        wanted=wanted_of(waiting.get(conversation.id, ())),
    )


async def _messages(
    session: AsyncSession, rows: Sequence[MessageRow], now: datetime
) -> tuple[ThreadMessage, ...]:
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
    understood = json.loads(turn.understood)
    return Understanding(
        engine=turn.engine,
        understood=tuple(
            Fact(name, _said(value))
            for name, value in understood.items()
            if value and name != "engine"  # said beside it
        ),
        decided=tuple(Fact("action", effect) for effect in json.loads(turn.decided)),
        took_ms=turn.took_ms,
    )


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_said(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_said(one)}" for name, one in value.items() if one)
    return str(value)


async def fragments(
    session: AsyncSession, visitor: Visitor, portal: Portal, subject: UUID | None, change: Change
) -> AsyncIterator[str]:
    """What a change does to the page of the conversation `subject`: all but its texts anew."""
    conversation = await session.get(ConversationRow, subject) if subject else None
    if conversation is None or not await _concerns(session, conversation, change):
        return
    row = await session.get(MessageRow, change.part) if change.part else None
    own = row if row and row.conversation_id == conversation.id else None
    messages = await _messages(session, [own] if own else [], portal.clock())
    yield render(
        "live/conversation.html",
        visitor.language,
        visitor.zone,
        conversation=await _view(session, portal, conversation),
        message=messages[0] if messages else None,
        new=change.new,
        settle=settle_token(visitor),
    )


async def _concerns(session: AsyncSession, conversation: ConversationRow, change: Change) -> bool:
    """Whether it is about the conversation, a call in it, or the same caller's bookings or wish."""
    match change.kind:
        case Kind.CONVERSATION:
            other = await session.get(ConversationRow, change.subject)
            return other is not None and other.number_index == conversation.number_index
        case Kind.CALL:
            call = await session.get(CallRow, change.subject)
            return call is not None and call.conversation_id == conversation.id
        case Kind.BOOKING:
            booking = await session.get(BookingRow, change.subject)
            return booking is not None and booking.number_index == conversation.number_index
        case _:
            return False
