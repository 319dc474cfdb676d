"""One conversation: the page, its live texts, and the same as JSON. Each opening is audited.

In: `conversation`, `message`, `turn` and `booking` rows. Out: `views.ConversationView`.
"""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.bookings import entries
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.views import CallNote, ConversationView, Fact, ThreadMessage, Understanding
from portal_api.visitors import Portal, Visitor, portal_of, shell
from ringback import audit
from ringback.phone import readable
from ringback.store.bookings import coming_bookings_of
from ringback.store.calls import calls_of
from ringback.store.changes import Change, Kind, latest_position
from ringback.store.companies import business
from ringback.store.conversations import opted_out, texts_of, turns_of
from ringback.store.standings import standings
from ringback.tables import ConversationRow, MessageRow, TurnRow

router = APIRouter()
MayRead = Annotated[Visitor, needs(Permission.READ_CONVERSATIONS)]


@router.get("/conversations/{conversation_id}", include_in_schema=False)
async def page(request: Request, visitor: MayRead, conversation_id: UUID) -> HTMLResponse:
    """The thread, with what surrounds it."""
    portal = portal_of(request)
    view, position = await _opened(request, portal, visitor, conversation_id)
    live = f"/events?topic=conversation&subject={conversation_id}&after={position}"
    frame = shell(request, visitor, "conversation", live)
    return HTMLResponse(
        render("conversation.html", visitor.language, visitor.zone, shell=frame, conversation=view)
    )


@router.get("/api/v1/conversations/{conversation_id}")
async def as_json(request: Request, visitor: MayRead, conversation_id: UUID) -> ConversationView:
    """One conversation with its latest 50 texts."""
    view, _ = await _opened(request, portal_of(request), visitor, conversation_id)
    return view


async def _opened(
    request: Request, portal: Portal, visitor: Visitor, conversation_id: UUID
) -> tuple[ConversationView, int]:
    """The conversation, and a line in the audit trail that it was read."""
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
        return await _view(session, portal, conversation), position


async def _view(
    session: AsyncSession, portal: Portal, conversation: ConversationRow
) -> ConversationView:
    company = await business(session)
    bookings = await coming_bookings_of(session, conversation.number, portal.clock())
    stand = await standings(session, [conversation.id])
    return ConversationView(
        id=str(conversation.id),
        caller=readable(conversation.number),
        our_number=readable(conversation.our_number),
        owner=cast(Literal["assistant", "person", "nobody"], conversation.owner),
        state=stand[conversation.id],
        opened_at=conversation.opened_at,
        closed_at=conversation.closed_at,
        calls=tuple(
            CallNote(call.started_at, call.reason or "no_answer")
            for call in await calls_of(session, conversation.id)
        ),
        messages=await _messages(session, await texts_of(session, conversation.id)),
        bookings=entries(bookings, company),
        opted_out=await opted_out(session, conversation.number_index),
    )


async def _messages(session: AsyncSession, rows: Sequence[MessageRow]) -> tuple[ThreadMessage, ...]:
    turns = await turns_of(session, rows)
    return tuple(_message(row, turns.get(row.id)) for row in rows)


def _message(row: MessageRow, turn: TurnRow | None) -> ThreadMessage:
    received = row.direction == "in"
    return ThreadMessage(
        id=str(row.id),
        at=row.created_at,
        author="caller" if received else "assistant",
        text=row.text,
        state=None if received else row.state,
        why=row.why or "",
        parts=row.parts,
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
    """What a change does to the page of the conversation `subject`."""
    if subject is None or change.kind is not Kind.CONVERSATION or change.subject != subject:
        return
    conversation = await session.get_one(ConversationRow, subject)
    row = await session.get(MessageRow, change.part) if change.part else None
    messages = await _messages(session, [row] if row else [])
    yield render(
        "live/conversation.html",
        visitor.language,
        visitor.zone,
        conversation=await _view(session, portal, conversation),
        message=messages[0] if messages else None,
        new=change.new,
    )
