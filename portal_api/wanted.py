"""What callers wait for a person to do: as views, and marked as done.

In: `callback` rows, and a click on *Mark as handled*. Out: `views.Wanted`; the rows done, a line in the
audit trail, and a change that all open pages draw.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from portal_api.permissions import Permission, may, needs
from portal_api.views import Wanted
from portal_api.visitors import Visitor, portal_of
from ringback import audit
from ringback.store.callbacks import settle_callbacks
from ringback.store.waiting import settle_call
from ringback.tables import CallbackRow

router = APIRouter(include_in_schema=False)
MaySettle = Annotated[Visitor, needs(Permission.SETTLE_CALLBACKS)]


@router.post("/conversations/{conversation_id}/handled")
async def handled(
    request: Request,
    visitor: MaySettle,
    conversation_id: UUID,
    callback: Annotated[list[UUID], Form(min_length=1, max_length=200)],
) -> Response:
    """Mark as done what the page showed; what came in since stays open."""
    portal = portal_of(request)
    now = portal.clock()
    remote = request.client.host if request.client else ""
    async with portal.db.begin(visitor.company_id) as session:
        if await settle_callbacks(session, conversation_id, callback, now):
            await audit.record(
                session, now, visitor.actor, "handle", "conversation", conversation_id, remote
            )
    return RedirectResponse(f"/conversations/{conversation_id}", 303)


@router.post("/calls/{call_id}/handled")
async def call_handled(
    request: Request,
    visitor: MaySettle,
    call_id: UUID,
    callback: Annotated[list[UUID], Form(min_length=1, max_length=200)],
) -> Response:
    """The same for a call that has no conversation; the list itself is redrawn by its live line."""
    portal = portal_of(request)
    now = portal.clock()
    remote = request.client.host if request.client else ""
    async with portal.db.begin(visitor.company_id) as session:
        if await settle_call(session, call_id, callback, now):
            await audit.record(session, now, visitor.actor, "handle", "call", call_id, remote)
    return RedirectResponse(f"/missed#call-{call_id}", 303)


def settle_token(visitor: Visitor) -> str:
    """The form token for the button; empty, and no button, for who may not press it."""
    return visitor.csrf if may(visitor, Permission.SETTLE_CALLBACKS) else ""


def wanted_of(rows: Iterable[CallbackRow]) -> tuple[Wanted, ...]:
    """What is wanted, oldest first; the same wish told twice is one."""
    ids: dict[tuple[str, datetime | None, datetime | None], list[str]] = {}
    for row in rows:
        ids.setdefault((row.why, row.from_at, row.to_at), []).append(str(row.id))
    return tuple(Wanted(*wish, tuple(callbacks)) for wish, callbacks in ids.items())
