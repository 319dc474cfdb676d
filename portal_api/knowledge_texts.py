"""The page where a text is pasted: how it is split is shown before it is kept.

In: what an administrator pastes, `passage` rows. Out: `TextView`; rows changed and a line in the audit
trail.
"""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from portal_api.frame import shell
from portal_api.knowledge_views import TextView
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.settings.faults import of_input
from portal_api.visitors import Visitor, portal_of, remote_of
from ringback import audit
from ringback.errors import BadInput
from ringback.knowledge import MOST_TEXT, split_text
from ringback.store.passages import add_text, replace_text, texts

router = APIRouter(prefix="/knowledge/text", include_in_schema=False)
MayChange = Annotated[Visitor, needs(Permission.CHANGE_SETTINGS)]


@router.get("")
async def page(request: Request, visitor: MayChange, source: UUID | None = None) -> Response:
    """An empty page, or the text that is to be changed."""
    if source is None:
        return _page(request, visitor, TextView())
    async with portal_of(request).db.read(visitor.company_id) as session:
        kept = next((one for one in await texts(session) if one.id == source), None)
    if kept is None:
        return RedirectResponse("/knowledge", 303)
    written = "\n\n".join(f"# {part.title}\n{part.text}".strip() for part in kept.parts)
    return _page(request, visitor, TextView(str(kept.id), kept.name, written, kept.parts))


@router.post("")
async def change(
    request: Request,
    visitor: MayChange,
    name: Annotated[str, Form(max_length=400)] = "",
    text: Annotated[str, Form(max_length=2 * MOST_TEXT)] = "",
    source: Annotated[UUID | Literal[""], Form()] = "",
    act: Annotated[Literal["split", "save"], Form()] = "split",
) -> Response:
    """Keep the text, or show how it would be split."""
    faults, parts = {}, []
    try:
        parts = split_text(text, name)
        if act == "save":
            await _save(request, visitor, name, text, source or None)
            return RedirectResponse("/knowledge?done=saved", 303)
    except BadInput as bad:
        faults = dict([of_input(bad, visitor.language, "text")])
    view = TextView(str(source), name, text, tuple(parts), faults)
    return _page(request, visitor, view, 400 if faults else 200)


async def _save(
    request: Request, visitor: Visitor, name: str, text: str, source: UUID | None
) -> None:
    """Put the text in the place of the one it was changed from; add it when there is none."""
    now = portal_of(request).clock()
    async with portal_of(request).db.begin(visitor.company_id) as session:
        if source is None or not await replace_text(session, source, name, text, now):
            source = await add_text(session, name, text, now)
        await audit.record(
            session, now, visitor.actor, "change", "passage", source, remote_of(request)
        )


def _page(request: Request, visitor: Visitor, view: TextView, status: int = 200) -> HTMLResponse:
    html = render(
        "knowledge_text.html",
        visitor.language,
        visitor.zone,
        shell=shell(request, visitor, "knowledge", path=router.prefix),
        typed=view,
    )
    return HTMLResponse(html, status)
