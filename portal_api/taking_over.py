"""A person takes a conversation over from the assistant, or hands it back: by page and by JSON.

In: a click, or a key. Out: the conversation's new owner, or 409 with who was faster. All open pages
draw the change by themselves.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from portal_api.conversations import conversation_page
from portal_api.permissions import Permission, may, needs
from portal_api.thread_views import ReplyBox
from portal_api.visitors import Visitor, portal_of, remote_of
from ringback.ownership import NotYours, Owner
from ringback.store.ownership import hand_back, name_of, take_over

router = APIRouter()
MayAnswer = Annotated[Visitor, needs(Permission.ANSWER_CALLERS)]


class Ownership(BaseModel):
    """Who answers in a conversation, and since when."""

    model_config = ConfigDict(frozen=True)

    owner: Owner
    name: str
    since: datetime | None


@router.post("/conversations/{conversation_id}/take", include_in_schema=False)
async def take(request: Request, visitor: MayAnswer, conversation_id: UUID) -> Response:
    """Take over, and go on writing."""
    try:
        await _take(request, visitor, conversation_id)
    except NotYours as no:
        return await _refused(request, visitor, conversation_id, no)
    return RedirectResponse(f"/conversations/{conversation_id}#reply-text", 303)


@router.post("/conversations/{conversation_id}/hand-back", include_in_schema=False)
async def give_back(request: Request, visitor: MayAnswer, conversation_id: UUID) -> Response:
    """Let the assistant answer again."""
    try:
        await _hand_back(request, visitor, conversation_id)
    except NotYours as no:
        return await _refused(request, visitor, conversation_id, no)
    return RedirectResponse(f"/conversations/{conversation_id}", 303)


@router.post("/api/v1/conversations/{conversation_id}/take")
async def take_as_json(request: Request, visitor: MayAnswer, conversation_id: UUID) -> Ownership:
    """Take over: the assistant is silent from now on. 409 tells who has it."""
    return await _take(request, visitor, conversation_id)


@router.post("/api/v1/conversations/{conversation_id}/hand-back")
async def give_back_as_json(
    request: Request, visitor: MayAnswer, conversation_id: UUID
) -> Ownership:
    """Let the assistant answer again. 409 tells who has it."""
    return await _hand_back(request, visitor, conversation_id)


async def _take(request: Request, visitor: Visitor, conversation_id: UUID) -> Ownership:
    portal, user = portal_of(request), visitor.signed_in.user_id
    async with portal.db.begin(visitor.company_id) as session:
        row = await take_over(session, conversation_id, user, portal.clock(), remote_of(request))
        name = await name_of(session, row.owner_id)
        return Ownership(owner=Owner(row.owner), name=name, since=row.owner_since)


async def _hand_back(request: Request, visitor: Visitor, conversation_id: UUID) -> Ownership:
    portal, user = portal_of(request), visitor.signed_in.user_id
    for_others = may(visitor, Permission.HAND_BACK_FOR_OTHERS)
    async with portal.db.begin(visitor.company_id) as session:
        row = await hand_back(
            session,
            conversation_id,
            user,
            portal.clock(),
            remote_of(request),
            for_others=for_others,
        )
        return Ownership(owner=Owner(row.owner), name="", since=row.owner_since)


async def _refused(
    request: Request, visitor: Visitor, conversation_id: UUID, no: NotYours
) -> Response:
    """The conversation as it is now, and who was faster."""
    reply = ReplyBox(key=str(uuid4()), fault=str(no), faster=no.name)
    return await conversation_page(request, visitor, conversation_id, reply=reply, status=409)
