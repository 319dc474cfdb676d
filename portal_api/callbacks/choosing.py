"""A handler chooses the queues to staff, and the phone that rings first.

In: the form above the list. Out: `staffing` rows and the account's phone; or what is wrong with the
phone, beside its field.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from portal_api.callbacks.own_phone import phone_of
from portal_api.callbacks.page import list_page
from portal_api.permissions import Permission, needs
from portal_api.visitors import Visitor, portal_of, remote_of
from ringback import audit
from ringback.errors import BadInput
from ringback.store.staffing import staff
from ringback.tables import UserRow

router = APIRouter(include_in_schema=False)
MayRing = Annotated[Visitor, needs(Permission.RING_BACK)]
_MOST_PHONE = 60
_MOST_QUEUES = 200


@router.post("/callbacks/staffing")
async def choose(
    request: Request,
    visitor: MayRing,
    queue: Annotated[list[UUID] | None, Form(max_length=_MOST_QUEUES)] = None,
    phone: Annotated[str, Form(max_length=_MOST_PHONE)] = "",
) -> Response:
    """Staff these queues from now on, and no others."""
    try:
        await _keep(request, visitor, queue or [], phone_of(phone))
    except BadInput as no:
        fault = {"fault": str(no), "typed": phone, "ticked": tuple(map(str, queue or ()))}
        return await list_page(request, visitor, status=400, staffing_fault=fault)
    return RedirectResponse("/callbacks", 303)


async def _keep(request: Request, visitor: Visitor, queues: list[UUID], phone: str) -> None:
    portal, now = portal_of(request), portal_of(request).clock()
    user_id, remote = visitor.signed_in.user_id, remote_of(request)
    async with portal.db.begin(visitor.company_id) as session:
        await staff(session, user_id, queues, now)
        user = await session.get_one(UserRow, user_id)
        if user.phone == phone:
            return
        user.phone = phone
        actor = visitor.actor
        await audit.record(session, now, actor, "set_phone", "user_account", user_id, remote)
