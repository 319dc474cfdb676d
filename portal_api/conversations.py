"""One conversation: the page, what changes on it, and the same as JSON. Each opening is audited.

In: `conversation`, `message`, `turn`, `call`, `callback` and `booking` rows. Out:
`views.ConversationView`. A page of earlier texts stands still; the page with the newest is live.
Who answers is changed in `taking_over.py`, and what a person writes is taken in `replying.py`.
"""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.conversation_rows import messages_of, view_of
from portal_api.frame import shell
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.thread_views import ConversationView, ReplyBox
from portal_api.visitors import Portal, Visitor, portal_of, remote_of
from portal_api.wanted import settle_token
from ringback import audit
from ringback.store.changes import Change, Kind, latest_position
from ringback.tables import BookingRow, CallRow, ConversationRow, MessageRow

router = APIRouter()
MayRead = Annotated[Visitor, needs(Permission.READ_CONVERSATIONS)]
Before = Annotated[int | None, Query(ge=1, lt=2**31, description="`next` of the page before")]


@router.get("/conversations/{conversation_id}", include_in_schema=False)
async def page(
    request: Request, visitor: MayRead, conversation_id: UUID, before: Before = None
) -> HTMLResponse:
    """The thread, with what surrounds it."""
    return await conversation_page(request, visitor, conversation_id, before)


async def conversation_page(
    request: Request,
    visitor: Visitor,
    conversation_id: UUID,
    before: int | None = None,
    reply: ReplyBox | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The page, also as the answer to what was refused: what was typed is in it still."""
    view, position = await _opened(request, visitor, conversation_id, before)
    live = f"/events?topic=conversation&subject={conversation_id}&after={position}"
    posted = reply is not None  # to an address that shows nothing
    frame = shell(
        request,
        visitor,
        "conversation",
        live if view.latest else None,
        path=f"/conversations/{conversation_id}" if posted else "",
    )
    html = render(
        "conversation.html",
        visitor.language,
        visitor.zone,
        shell=frame,
        conversation=view,
        reply=reply or ReplyBox(key=str(uuid4())),
        settle=settle_token(visitor),
    )
    return HTMLResponse(html, status)


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
    now = portal.clock()
    async with portal.db.begin(visitor.company_id) as session:
        conversation = await session.get_one(ConversationRow, conversation_id)
        await audit.record(
            session,
            now,
            visitor.actor,
            "read",
            "conversation",
            conversation_id,
            remote_of(request),
        )
        position = await latest_position(session)
        return await view_of(session, visitor, now, conversation, before), position


async def fragments(
    session: AsyncSession, visitor: Visitor, portal: Portal, subject: UUID | None, change: Change
) -> AsyncIterator[str]:
    """What a change does to the page of the conversation `subject`: all but its texts anew."""
    conversation = await session.get(ConversationRow, subject) if subject else None
    if conversation is None or not await _concerns(session, conversation, change):
        return
    row = await session.get(MessageRow, change.part) if change.part else None
    own = row if row and row.conversation_id == conversation.id else None
    messages = await messages_of(session, [own] if own else [], portal.clock())
    yield render(
        "live/conversation.html",
        visitor.language,
        visitor.zone,
        conversation=await view_of(session, visitor, portal.clock(), conversation),
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
