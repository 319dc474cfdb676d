"""Ringing somebody back: take the wish, ring, write what came of it, or let it go.

In: clicks in the list and the panel, or the same as JSON (`api.py`). Out: an `attempt` row and the
panel, or why not: who was faster, which note is missing, that it is not the time. What is typed in a
refused note is in the answer still.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from portal_api.callbacks.page import list_page
from portal_api.callbacks.panel import panel_part
from portal_api.callbacks.views import Said
from portal_api.permissions import Permission, needs
from portal_api.problems import status_of
from portal_api.visitors import Visitor, portal_of, remote_of
from portal_api.wording import N_
from ringback import audit
from ringback.attempts import NoteMissing, Outcome, OutsideBounds, Taken
from ringback.errors import BadInput, Refused
from ringback.store.attempts import claim, release, try_for, write_note
from ringback.store.callback_list import one
from ringback.tables import AttemptRow

router = APIRouter(include_in_schema=False)
MayRing = Annotated[Visitor, needs(Permission.RING_BACK)]
MaySee = Annotated[Visitor, needs(Permission.SEE_CALLBACKS)]
MOST_NOTE, MOST_WHY = 4_000, 200
_TAKEN = N_("{name} has been on it since {time}.")
_NOTE_MISSING = N_("Write the note of your last call first; then ring the next.")


@router.get("/callbacks/{callback_id}")
async def opened(request: Request, visitor: MaySee, callback_id: UUID) -> HTMLResponse:
    """The list with the panel of this wish."""
    return await list_page(request, visitor, callback_id)


@router.post("/callbacks/{callback_id}/ring")
async def ring(
    request: Request,
    visitor: MayRing,
    callback_id: UUID,
    outside_why: Annotated[str, Form(max_length=MOST_WHY)] = "",
) -> Response:
    """Take the wish and have the PBX ring: the handler's own phone, then the customer."""
    try:
        await take(request, visitor, callback_id, outside_why)
    except (BadInput, Refused) as no:
        return await _panel(request, visitor, callback_id, said_of(no), status=status_of(no))
    return await _panel(request, visitor, callback_id)


@router.post("/callbacks/{callback_id}/note")
async def note(
    request: Request,
    visitor: MayRing,
    callback_id: UUID,
    attempt: Annotated[UUID, Form()],
    outcome: Annotated[Outcome, Form()],
    note: Annotated[str, Form(max_length=MOST_NOTE)] = "",
    interval: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Write what came of the call: it ends the wish when the caller was reached, else requeues it."""
    try:
        await write(request, visitor, callback_id, attempt, outcome, note, interval)
    except (BadInput, Refused) as no:
        said = said_of(no)
        return await _panel(request, visitor, callback_id, said, note, status_of(no))
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Trigger": "callback:noted"})
    return RedirectResponse("/callbacks", 303)


@router.post("/callbacks/{callback_id}/release")
async def let_go(
    request: Request, visitor: MayRing, callback_id: UUID, attempt: Annotated[UUID, Form()]
) -> Response:
    """Let go of a wish whose customer was not rung."""
    try:
        await give_back(request, visitor, callback_id, attempt)
    except (BadInput, Refused) as no:
        return await _panel(request, visitor, callback_id, said_of(no), status=status_of(no))
    return await _panel(request, visitor, callback_id)


async def take(
    request: Request, visitor: Visitor, callback_id: UUID, outside_why: str
) -> AttemptRow:
    """The try that is now this visitor's; noted in the audit trail.

    Raises:
        Taken, NoteMissing, OutsideBounds, BadInput: As `ringback.store.attempts.claim`.
    """
    portal, now = portal_of(request), portal_of(request).clock()
    async with portal.db.begin(visitor.company_id) as session:
        await one(session, callback_id)  # of this company, or nothing
        row = await claim(
            session,
            callback_id,
            visitor.signed_in.user_id,
            now,
            outside_why=outside_why.strip(),
        )
        await audit.record(
            session, now, visitor.actor, "ring", "callback", callback_id, remote_of(request)
        )
        return row


async def write(
    request: Request,
    visitor: Visitor,
    callback_id: UUID,
    attempt_id: UUID,
    outcome: Outcome,
    note: str,
    interval: str,
) -> None:
    """Keep the note; `interval` is a choice of `ringback.queues`, or "" for as before."""
    portal = portal_of(request)
    async with portal.db.begin(visitor.company_id) as session:
        await try_for(session, callback_id, attempt_id)
        await write_note(
            session,
            attempt_id,
            visitor.signed_in.user_id,
            outcome,
            note.strip(),
            portal.clock(),
            interval=interval or None,
        )


async def give_back(
    request: Request, visitor: Visitor, callback_id: UUID, attempt_id: UUID
) -> None:
    """Put the wish back in line as it was."""
    portal = portal_of(request)
    async with portal.db.begin(visitor.company_id) as session:
        row = await try_for(session, callback_id, attempt_id)
        if row.user_id != visitor.signed_in.user_id:
            raise Refused("Somebody else is working on this callback.")
        await release(session, attempt_id, portal.clock())


def said_of(no: Exception) -> Said:
    """A refusal in words for the panel."""
    match no:
        case Taken():
            return Said(_TAKEN, name=no.who, since=no.since)
        case NoteMissing():
            return Said(_NOTE_MISSING, link=f"/callbacks/{no.callback_id}")
        case OutsideBounds():
            return Said(str(no), kind="outside")
        case BadInput():
            return Said(str(no), kind=no.field or "")
        case _:
            return Said(str(no))


async def _panel(
    request: Request,
    visitor: Visitor,
    callback_id: UUID,
    said: Said | None = None,
    note: str = "",
    status: int = 200,
) -> Response:
    """The panel for a page with scripts, the whole page for another."""
    if request.headers.get("hx-request"):
        return await panel_part(request, visitor, callback_id, said=said, note=note, status=status)
    if said is None:
        return RedirectResponse(f"/callbacks/{callback_id}", 303)
    return await list_page(request, visitor, callback_id, said, note, status)
