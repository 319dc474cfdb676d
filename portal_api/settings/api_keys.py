"""What the company's programs sign their requests with: listed, made, ended.

In: `api_key` rows, the name that an administrator types. Out: `views.ApiKeysView`; a new key in full,
on the page that answers its making and never again; lines in the audit trail.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from portal_api.frame import shell
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.settings.faults import said
from portal_api.settings.menu import SETTINGS_PAGES, done
from portal_api.settings.views import ApiKeyLine, ApiKeysView
from portal_api.visitors import Visitor, address_of, portal_of
from ringback.errors import BadInput
from ringback.store.api_keys import add_api_key, api_keys, end_api_key_of

router = APIRouter(prefix="/settings/api-keys", include_in_schema=False)
MayChange = Annotated[Visitor, needs(Permission.CHANGE_SETTINGS)]


@router.get("")
async def page(request: Request, visitor: MayChange) -> HTMLResponse:
    """The keys that are in use."""
    return await _page(request, visitor)


@router.post("")
async def add(
    request: Request, visitor: MayChange, name: Annotated[str, Form(max_length=400)] = ""
) -> Response:
    """Make a key and show it: not by another address, since only its hash is kept."""
    now = portal_of(request).clock()
    try:
        async with portal_of(request).db.begin(visitor.company_id) as session:
            made = await add_api_key(session, name, now, visitor.actor, _remote(request))
    except BadInput as bad:
        fault = said(str(bad), visitor.language)
        return await _page(request, visitor, name=name, fault=fault)
    return await _page(request, visitor, name=name.strip(), made=made)


@router.post("/{key_id}/end")
async def end(request: Request, visitor: MayChange, key_id: UUID) -> Response:
    """Let programs with this key in no more; one that is ended already is no fault."""
    now = portal_of(request).clock()
    async with portal_of(request).db.begin(visitor.company_id) as session:
        await end_api_key_of(session, key_id, now, visitor.actor, _remote(request))
    return RedirectResponse("/settings/api-keys?done=ended", 303)


async def _page(
    request: Request, visitor: Visitor, name: str = "", made: str = "", fault: str = ""
) -> HTMLResponse:
    async with portal_of(request).db.read(visitor.company_id) as session:
        rows = await api_keys(session)
    lines = tuple(ApiKeyLine(str(row.id), row.name, row.created_at, row.used_at) for row in rows)
    html = render(
        "settings_api_keys.html",
        visitor.language,
        visitor.zone,
        shell=shell(request, visitor, "settings", path=router.prefix),
        pages=SETTINGS_PAGES,
        done=done(request),
        keys=ApiKeysView(lines, address_of(request), made, name, fault),
    )
    return HTMLResponse(html, 400 if fault else 200)


def _remote(request: Request) -> str:
    return request.client.host if request.client else ""
