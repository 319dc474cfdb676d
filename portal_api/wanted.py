"""What callers wait for a person to do: as views, and marked as done.

In: `callback` rows, and a click on *Mark as handled*. Out: `views.Wanted`; the rows done, a line in the
audit trail, and a change that all open pages draw.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
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
CALL_BACK = "call_back"  # the caller named the time; else the promise is ours
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


def wanted_of(
    rows: Iterable[CallbackRow], told: Mapping[UUID, datetime] = MappingProxyType({})
) -> tuple[Wanted, ...]:
    """What is wanted, in the order of the rows; the same wish told twice is one, with the first time.

    Args:
        rows: Open callbacks of one caller.
        told: When the caller was told that somebody will be in touch, by the row's id.
    """
    same: dict[tuple[object, ...], list[CallbackRow]] = {}
    for row in rows:
        asked = (row.from_at, row.to_at) if row.why == CALL_BACK else ()
        same.setdefault((row.why, *asked), []).append(row)
    return tuple(
        Wanted(
            wish[0].why,
            wish[0].from_at,
            wish[0].to_at,
            tuple(str(row.id) for row in wish),
            min((told[row.id] for row in wish if row.id in told), default=None),
        )
        for wish in same.values()
    )
