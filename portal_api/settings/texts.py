"""The words of the texts: all that hold, and an editor with a preview that counts and prices.

In: `template` rows, the built-in words, what an administrator types. Out: `views.TemplateLine`s,
`views.EditorView`, rows changed and a line in the audit trail.
"""

from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.frame import shell
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.settings.changes import LastChange, last_changes
from portal_api.settings.faults import of_input, of_template
from portal_api.settings.menu import SETTINGS_PAGES, done
from portal_api.settings.previewing import made_plain, preview_of
from portal_api.settings.views import EditorView, TemplateLine
from portal_api.visitors import Visitor, portal_of
from ringback import audit
from ringback.errors import BadInput
from ringback.phone import readable
from ringback.policy import Situation
from ringback.store.templates import delete_template, save_template, template_rows
from ringback.tables import CallRow, TemplateRow
from ringback.templates import BUILT_IN, LANGUAGES, Template, faults

router = APIRouter(prefix="/settings/texts", include_in_schema=False)
MayChange = Annotated[Visitor, needs(Permission.CHANGE_SETTINGS)]
SITUATIONS = tuple(dict.fromkeys(situation for situation, _ in BUILT_IN))
_MOST_TYPED = 4_000
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
_CALLS_LOOKED_AT = 300


class Words(BaseModel):
    """What the editor posts."""

    model_config = ConfigDict(extra="ignore")

    situation: Situation
    language: Literal["sv", "en"]
    text: Annotated[str, Field(max_length=_MOST_TYPED)] = ""
    did: Annotated[str, Field(max_length=40, pattern=_PRINTABLE)] = ""
    queue: Annotated[str, Field(max_length=200, pattern=_PRINTABLE)] = ""
    new: bool = False
    act: Literal["save", "preview", "plain", "reset"] = "preview"

    def template(self) -> Template:
        """The words as a template; browsers send line ends as two characters."""
        text = self.text.replace("\r\n", "\n")
        return Template(self.situation, self.language, text, self.did, self.queue)


@router.get("")
async def page(request: Request, visitor: MayChange) -> HTMLResponse:
    """All words that hold, built in or the company's own."""
    async with portal_of(request).db.read(visitor.company_id) as session:
        rows = await template_rows(session)
        changed = await last_changes(session, "template", [str(row.id) for row in rows])
    lines = {situation: _lines(situation, rows, changed) for situation in SITUATIONS}
    return HTMLResponse(
        render(
            "settings_texts.html",
            visitor.language,
            visitor.zone,
            shell=shell(request, visitor, "settings"),
            pages=SETTINGS_PAGES,
            done=done(request),
            lines=lines,
        )
    )


@router.get("/edit")
async def edit(request: Request, visitor: MayChange, asked: Annotated[Words, Query()]) -> Response:
    """The editor, with the words that hold now."""
    template = asked.template()
    async with portal_of(request).db.read(visitor.company_id) as session:
        own = await _own(session, template)
        text = own.text if own else BUILT_IN[_checked(template), template.language]
        view = await _editor(request, session, asked, text, own)
    return _page(request, visitor, view)


@router.post("/edit")
async def change(request: Request, visitor: MayChange, typed: Annotated[Words, Form()]) -> Response:
    """Keep the words, go back to the built-in ones, or show the same page with a preview."""
    portal, template = portal_of(request), typed.template()
    _checked(template)
    if typed.act == "reset":
        return await _reset(request, visitor, template)
    wrong = [*of_template(faults(template.situation, template.text), visitor.language)]
    if typed.act == "save" and not wrong:
        try:
            return await _save(request, visitor, template)
        except BadInput as bad:
            wrong.append(of_input(bad, visitor.language, "text"))
    text = made_plain(template.text) if typed.act == "plain" else template.text
    async with portal.db.read(visitor.company_id) as session:
        own = await _own(session, template)
        view = await _editor(request, session, typed, text, own, wrong)
    return _page(request, visitor, view, 400 if typed.act == "save" else 200)


@router.post("/preview")
async def preview(
    request: Request, visitor: MayChange, typed: Annotated[Words, Form()]
) -> HTMLResponse:
    """The preview alone, while somebody types."""
    template = typed.template()
    wrong = of_template(faults(_checked(template), template.text), visitor.language)
    async with portal_of(request).db.read(visitor.company_id) as session:
        view = await preview_of(request, session, template.text, template.language)
    return HTMLResponse(
        render("live/text_preview.html", visitor.language, visitor.zone, preview=view, wrong=wrong)
    )


async def _save(request: Request, visitor: Visitor, template: Template) -> Response:
    now = portal_of(request).clock()
    async with portal_of(request).db.begin(visitor.company_id) as session:
        row = await save_template(session, template, now)
        await audit.record(
            session, now, visitor.actor, "change", "template", row.id, _remote(request)
        )
    return RedirectResponse("/settings/texts?done=saved", 303)


async def _reset(request: Request, visitor: Visitor, template: Template) -> Response:
    now = portal_of(request).clock()
    async with portal_of(request).db.begin(visitor.company_id) as session:
        row = await _own(session, template)
        if row and await delete_template(session, row.id):
            await audit.record(
                session, now, visitor.actor, "remove", "template", row.id, _remote(request)
            )
    return RedirectResponse("/settings/texts?done=reset", 303)


async def _editor(
    request: Request,
    session: AsyncSession,
    typed: Words,
    text: str,
    own: TemplateRow | None,
    wrong: Sequence[tuple[str, str]] = (),
) -> EditorView:
    dids, queues = await _seen(session) if typed.new else ((), ())
    return EditorView(
        situation=typed.situation,
        language=typed.language,
        did=typed.did,
        queue=typed.queue,
        text=text,
        built_in=BUILT_IN[typed.situation, typed.language],
        preview=await preview_of(request, session, text, typed.language),
        template_id=str(own.id) if own else "",
        new=typed.new,
        dids=dids,
        queues=queues,
        faults=tuple(wrong),
    )


def _page(request: Request, visitor: Visitor, view: EditorView, status: int = 200) -> HTMLResponse:
    html = render(
        "settings_text.html",
        visitor.language,
        visitor.zone,
        shell=shell(request, visitor, "settings", path=_address(view.situation, view.place)),
        pages=SETTINGS_PAGES,
        done="",
        editor=view,
        situations=SITUATIONS,
        languages=LANGUAGES,
    )
    return HTMLResponse(html, status)


def _lines(
    situation: Situation, rows: Sequence[TemplateRow], changed: dict[str, LastChange]
) -> list[TemplateLine]:
    """For each language what holds everywhere, then what holds for one number or queue."""
    own = {(row.language, row.did, row.queue): row for row in rows if row.situation == situation}
    places = [(language, "", "") for language in LANGUAGES]
    places += [place for place in own if place not in places]
    return [
        _line(situation, place, own.get(place), changed)
        for place in sorted(places, key=lambda place: (LANGUAGES.index(place[0]), place[1:]))
    ]


def _line(
    situation: Situation,
    place: tuple[str, str, str],
    row: TemplateRow | None,
    changed: dict[str, LastChange],
) -> TemplateLine:
    language, did, queue = place
    last = changed.get(str(row.id)) if row else None
    return TemplateLine(
        situation=situation,
        language=language,
        text=row.text if row else BUILT_IN[situation, language],
        address=_address(situation, place),
        did=readable(did) if did else "",
        queue=queue,
        changed_at=row.changed_at if row else None,
        changed_by=last.name if last else "",
    )


def _address(situation: str, place: tuple[str, str, str]) -> str:
    """Of the editor."""
    names = ("situation", "language", "did", "queue")
    asked = zip(names, (situation, *place), strict=True)
    return "/settings/texts/edit?" + urlencode([pair for pair in asked if pair[1]])


async def _own(session: AsyncSession, template: Template) -> TemplateRow | None:
    """The company's own words for exactly this place."""
    return await session.scalar(
        select(TemplateRow).where(
            TemplateRow.situation == template.situation,
            TemplateRow.language == template.language,
            TemplateRow.did == template.did,
            TemplateRow.queue == template.queue,
        )
    )


async def _seen(session: AsyncSession) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Numbers that were dialled lately, and queues that callers waited in."""
    latest = select(CallRow.did_e164, CallRow.queues).order_by(CallRow.started_at.desc())
    found = (await session.execute(latest.limit(_CALLS_LOOKED_AT))).all()
    dids = sorted({row[0] for row in found if row[0]})
    queues = sorted({str(queue) for row in found for queue in row[1]})
    return tuple(map(readable, dids)), tuple(queues)


def _checked(template: Template) -> Situation:
    """The situation, when there are built-in words for it."""
    if (template.situation, template.language) not in BUILT_IN:
        raise BadInput("There are no templates for this situation.", "situation")
    return template.situation


def _remote(request: Request) -> str:
    return request.client.host if request.client else ""
