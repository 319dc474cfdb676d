"""The simulated phone of the demo: the visitor is the caller.

In: clicks on Call and typed answers. Out: a missed call on the demo's PBX and texts to the company,
both on the same way as real ones.
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.frame import shell
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.views import PhoneEntry, PhoneView
from portal_api.visitors import DemoPhone, Portal, Visitor, portal_of
from ringback.errors import BadInput
from ringback.phone import readable
from ringback.store.changes import Change, Kind, latest_position
from ringback.store.phones import calls_from, texts_on
from ringback.tables import CallRow, SimulatedTextRow

router = APIRouter(include_in_schema=False)
MayPlay = Annotated[Visitor, needs(Permission.PLAY_CALLER)]


@router.get("/phone")
async def page(request: Request, visitor: MayPlay) -> HTMLResponse:
    """The phone."""
    portal, phone = portal_of(request), phone_of(portal_of(request))
    async with portal.db.read(visitor.company_id) as session:
        position = await latest_position(session)
        view = await _view(session, visitor, phone)
    frame = shell(request, visitor, "phone", f"/events?topic=phone&after={position}")
    return HTMLResponse(
        render("phone.html", visitor.language, visitor.zone, shell=frame, phone=view)
    )


@router.post("/phone/calls", dependencies=[needs(Permission.PLAY_CALLER)])
async def ring(request: Request) -> Response:
    """Ring the company; nobody answers."""
    await phone_of(portal_of(request)).call()
    return Response(status_code=204)


@router.post("/phone/texts", dependencies=[needs(Permission.PLAY_CALLER)])
async def answer(
    request: Request, text: Annotated[str, Form(min_length=1, max_length=600)]
) -> Response:
    """Send a text to the company."""
    await phone_of(portal_of(request)).type_text(text)
    return Response(status_code=204)


def phone_of(portal: Portal) -> DemoPhone:
    """The demo's phone; BadInput where there is none."""
    if portal.phone is None:
        raise BadInput("There is a simulated phone only in the demo: start `ringback demo`.")
    return portal.phone


async def _view(session: AsyncSession, visitor: Visitor, phone: DemoPhone) -> PhoneView:
    entries = [_text(row) for row in await texts_on(session, phone.number)]
    entries += [_call(row) for row in await calls_from(session, phone.number)]
    return PhoneView(
        number=readable(phone.number),
        company=visitor.company,
        company_number=readable(phone.company_number),
        entries=tuple(sorted(entries, key=lambda entry: entry.at)),
        ringing=phone.is_ringing(),
    )


def _text(row: SimulatedTextRow) -> PhoneEntry:
    return PhoneEntry(str(row.id), row.created_at, "sent" if row.typed else "received", row.body)


def _call(row: CallRow) -> PhoneEntry:
    return PhoneEntry(str(row.id), row.ended_at, "call")


async def fragments(
    session: AsyncSession, visitor: Visitor, portal: Portal, change: Change
) -> AsyncIterator[str]:
    """What a change does to the phone's screen."""
    if change.kind not in (Kind.PHONE, Kind.CALL):
        return
    phone = phone_of(portal)
    view = await _view(session, visitor, phone)
    entry = next((one for one in view.entries if one.id == str(change.subject)), None)
    yield render(
        "live/phone.html",
        visitor.language,
        visitor.zone,
        phone=view,
        entry=entry if change.new else None,
        csrf=visitor.csrf,
    )
