"""What a handler changes about a wish from its panel: the number, the interval, that it is over; the call.

In: a form of the panel. Out: the `callback` row changed, a line in the audit trail, and the panel as it
is then, or what is wrong beside its field. To hang up is a job (`ringing.hanging_up`), for the PBX may
be another process's.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.callbacks.page import list_page
from portal_api.callbacks.panel import panel_part
from portal_api.callbacks.views import Said
from portal_api.permissions import Permission, needs
from portal_api.visitors import Visitor, portal_of, remote_of
from ringback import audit
from ringback.errors import BadInput, Refused
from ringback.store.attempts import ask_hang_up, try_for
from ringback.store.callback_requests import cancel_callback, change_interval, set_number
from ringback.store.callbacks import settle_callback

router = APIRouter(include_in_schema=False)
MayRing = Annotated[Visitor, needs(Permission.RING_BACK)]
MaySettle = Annotated[Visitor, needs(Permission.SETTLE_CALLBACKS)]
_MOST_NUMBER, _MOST_CHOICE = 40, 40
_FIELDS = {"set_number": "number", "move": "interval"}  # of the panel, by what was done
_Change = Callable[[AsyncSession], Awaitable[object]]


@router.post("/callbacks/{callback_id}/number")
async def change_number(
    request: Request,
    visitor: MayRing,
    callback_id: UUID,
    number: Annotated[str, Form(max_length=_MOST_NUMBER)] = "",
) -> Response:
    """Ring another number; one that costs extra or lies abroad is refused."""
    now = portal_of(request).clock()
    return await _changed(
        request,
        visitor,
        callback_id,
        "set_number",
        lambda session: set_number(session, callback_id, number, now),
    )


@router.post("/callbacks/{callback_id}/interval")
async def move(
    request: Request,
    visitor: MayRing,
    callback_id: UUID,
    choice: Annotated[str, Form(max_length=_MOST_CHOICE)],
) -> Response:
    """Ring in another interval, which the caller was asked for."""
    now = portal_of(request).clock()
    return await _changed(
        request,
        visitor,
        callback_id,
        "move",
        lambda session: change_interval(session, callback_id, choice, now),
    )


@router.post("/callbacks/{callback_id}/handled")
async def handled(request: Request, visitor: MaySettle, callback_id: UUID) -> Response:
    """Nobody needs to ring any more: it was seen to otherwise."""
    now = portal_of(request).clock()
    return await _changed(
        request,
        visitor,
        callback_id,
        "handle",
        lambda session: settle_callback(session, callback_id, now),
    )


@router.post("/callbacks/{callback_id}/cancelled")
async def cancelled(request: Request, visitor: MaySettle, callback_id: UUID) -> Response:
    """The caller does not want to be rung any more."""
    now = portal_of(request).clock()
    return await _changed(
        request,
        visitor,
        callback_id,
        "cancel",
        lambda session: cancel_callback(session, callback_id, now),
    )


@router.post("/callbacks/{callback_id}/hangup")
async def hang_up(
    request: Request, visitor: MayRing, callback_id: UUID, attempt: Annotated[UUID, Form()]
) -> Response:
    """End the visitor's own call, or what rings of it; the note is written all the same."""
    user_id, now = visitor.signed_in.user_id, portal_of(request).clock()

    async def end_it(session: AsyncSession) -> bool:
        await try_for(session, callback_id, attempt)
        return await ask_hang_up(session, attempt, user_id, now)

    return await _changed(request, visitor, callback_id, "hang_up", end_it)


async def _changed(
    request: Request, visitor: Visitor, callback_id: UUID, act: str, change: _Change
) -> Response:
    """The panel after a change, or with what is wrong with it; what had happened before is no line."""
    portal, said = portal_of(request), None
    try:
        async with portal.db.begin(visitor.company_id) as session:
            if await change(session):
                who, remote = visitor.actor, remote_of(request)
                at = portal.clock()
                await audit.record(session, at, who, act, "callback", callback_id, remote)
    except (BadInput, Refused) as no:
        said = Said(str(no), kind=_FIELDS.get(act, ""))
    status = 400 if said else 200
    if request.headers.get("hx-request"):
        return await panel_part(request, visitor, callback_id, said=said, status=status)
    if said:
        return await list_page(request, visitor, callback_id, said, status=status)
    return RedirectResponse(f"/callbacks/{callback_id}", 303)
