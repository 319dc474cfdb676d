"""A handler puts a customer on the list, who asked by mail, in person or in another call.

In: the form of the panel (`adding_form.py`). Out: a `callback` row, the customer's open one where he
waits in that list already, a line in the audit trail, and its panel; or the form as it was filled in,
with what is wrong beside its field. What programs ask for is `asking.py`.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from portal_api.callbacks.adding_form import AddingView, Typed, adding_of, new_form
from portal_api.callbacks.page import list_page
from portal_api.callbacks.panel import panel_part
from portal_api.callbacks.views import Said
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.visitors import Visitor, portal_of, remote_of
from portal_api.wording import N_
from ringback import audit
from ringback.errors import BadInput, Refused
from ringback.store.staff_callbacks import ask_for_customer

router = APIRouter(include_in_schema=False)
MayRing = Annotated[Visitor, needs(Permission.RING_BACK)]
_ADDED = N_("The customer is on the list.")
_JOINED = N_("The customer was on this list already. What you wrote stands in that row now.")


@router.get("/callbacks/new")
async def page(request: Request, visitor: MayRing) -> HTMLResponse:
    """The list with an empty form."""
    return await list_page(request, visitor, adding=await _empty(request, visitor))


@router.get("/callbacks/new/panel")
async def part(request: Request, visitor: MayRing) -> HTMLResponse:
    """The empty form alone, for a page that stands."""
    return _part(visitor, await _empty(request, visitor))


@router.post("/callbacks/new/times")
async def times(request: Request, visitor: MayRing, typed: Annotated[Typed, Form()]) -> Response:
    """The form as it is, with the intervals of the queue that was chosen."""
    return await _form(request, visitor, typed)


@router.post("/callbacks/new")
async def add(request: Request, visitor: MayRing, typed: Annotated[Typed, Form()]) -> Response:
    """Put the customer on the list."""
    try:
        callback_id, is_new = await _keep(request, visitor, typed)
    except BadInput as no:
        return await _form(request, visitor, typed, {no.field or "interval": str(no)})
    except Refused as no:
        return await _form(request, visitor, typed, {"interval": str(no)})
    if not request.headers.get("hx-request"):
        return RedirectResponse(f"/callbacks/{callback_id}", 303)
    said = Said(_ADDED if is_new else _JOINED, kind="done")
    return await panel_part(request, visitor, callback_id, said=said)


async def _keep(request: Request, visitor: Visitor, typed: Typed) -> tuple[UUID, bool]:
    portal, now = portal_of(request), portal_of(request).clock()
    async with portal.db.begin(visitor.company_id) as session:
        row, is_new = await ask_for_customer(
            session,
            typed.number,
            now,
            key=str(typed.key),
            queue_id=typed.queue_id,
            choice=typed.interval,
            customer_input=typed.customer,
            note=typed.note,
        )
        remote = remote_of(request)
        await audit.record(session, now, visitor.actor, "ask", "callback", row.id, remote)
        return row.id, is_new


async def _empty(request: Request, visitor: Visitor) -> AddingView:
    portal = portal_of(request)
    async with portal.db.read(visitor.company_id) as session:
        return await adding_of(session, await new_form(session, visitor), portal.clock())


async def _form(
    request: Request, visitor: Visitor, typed: Typed, faults: dict[str, str] | None = None
) -> HTMLResponse:
    portal, status = portal_of(request), 400 if faults else 200
    async with portal.db.read(visitor.company_id) as session:
        view = await adding_of(session, typed, portal.clock(), faults)
    if request.headers.get("hx-request"):
        return _part(visitor, view, status)
    return await list_page(request, visitor, adding=view, status=status)


def _part(visitor: Visitor, view: AddingView, status: int = 200) -> HTMLResponse:
    html = render(
        "callback_adding.html", visitor.language, visitor.zone, adding=view, csrf=visitor.csrf
    )
    return HTMLResponse(html, status)
