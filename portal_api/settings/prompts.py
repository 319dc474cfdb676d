"""The prompts of the voice menu: listened to, replaced by sounds of the company's own, put back.

In: `prompt` rows, an uploaded WAV file. Out: `prompt_views`; rows changed and lines in the audit trail. A
file is sent with the page's own header instead of a form token, since it is no plain form. What
was recorded by phone lies in Asterisk alone and is not told here.
"""

import asyncio
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from portal_api.frame import shell
from portal_api.headers import CONTENT_POLICY
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.settings import prompt_views
from portal_api.settings.faults import said
from portal_api.settings.menu import SETTINGS_PAGES, done
from portal_api.settings.prompt_views import PromptLine, PromptsView
from portal_api.visitors import Visitor, portal_of, remote_of
from ringback import audit
from ringback.errors import BadInput
from ringback.prompts import Language, spoken
from ringback.queues import Rules
from ringback.recordings import LONGEST_S, MOST_BYTES, Recording, telephone_sound
from ringback.store.prompts import own_sounds, prompt_names, remove_sound, save_sound, wav_of
from ringback.store.queues import queues

router = APIRouter(prefix="/settings/prompts", include_in_schema=False)
MayChange = Annotated[Visitor, needs(Permission.CHANGE_SETTINGS)]
_LISTENING = {"Content-Security-Policy": f"{CONTENT_POLICY}; media-src 'self'"}
_READ_S = 60.0


@router.get("")
async def page(request: Request, visitor: MayChange, voice: Language = "sv") -> HTMLResponse:
    """Every prompt of a language, with its words, and the company's own sounds."""
    async with portal_of(request).db.read(visitor.company_id) as session:
        rows = await queues(session)
        words = spoken((Rules.kept(row.rules) for row in rows), voice)
        own = {sound.name: sound for sound in await own_sounds(session, voice)}
        names = await prompt_names(session)
    one_pbx = len({row.pbx_id for row in rows}) < 2
    lines = [
        PromptLine.of(name, words[name], own.get(name), number if one_pbx else None)
        for number, name in enumerate(names, 1)
    ]
    code = request.query_params.get("fault", "")
    view = PromptsView(
        voice=voice,
        lines=tuple(lines),
        fault=said(prompt_views.FAULTS[code], visitor.language)
        if code in prompt_views.FAULTS
        else "",
        fault_at=request.query_params.get("at", ""),
        most_s=LONGEST_S,
    )
    html = render(
        "settings_prompts.html",
        visitor.language,
        visitor.zone,
        shell=shell(request, visitor, "settings", path=f"{router.prefix}?voice={voice}"),
        pages=SETTINGS_PAGES,
        done=done(request),
        words=prompt_views,
        prompts=view,
    )
    return HTMLResponse(html, headers=_LISTENING)


@router.get("/{prompt_id}.wav")
async def listen(request: Request, visitor: MayChange, prompt_id: UUID) -> Response:
    """A sound of the company's own."""
    async with portal_of(request).db.read(visitor.company_id) as session:
        return Response(await wav_of(session, prompt_id), media_type="audio/wav")


@router.post("/{voice}/{name}")
async def upload(request: Request, visitor: MayChange, voice: Language, name: str) -> Response:
    """Keep an uploaded file as the company's own sound of this prompt."""
    portal = portal_of(request)
    now = portal.clock()
    try:
        sound = await _sound(request)
        async with portal.db.begin(visitor.company_id) as session:
            if name not in await prompt_names(session):
                raise BadInput(prompt_views.NO_PROMPT)
            row_id = await save_sound(session, voice, name, sound, now, visitor.actor)
            await audit.record(
                session, now, visitor.actor, "change", "prompt", row_id, remote_of(request)
            )
    except BadInput as bad:
        told = {"fault": prompt_views.code_of(str(bad)), "at": name}
        return _back(request, voice, told)
    return _back(request, voice, {"done": "prompt_saved"})


@router.post("/{voice}/{name}/remove")
async def remove(request: Request, visitor: MayChange, voice: Language, name: str) -> Response:
    """Have the built-in voice say it again; a sound that is gone already is no fault."""
    portal = portal_of(request)
    now = portal.clock()
    async with portal.db.begin(visitor.company_id) as session:
        row_id = await remove_sound(session, voice, name)
        if row_id is not None:
            await audit.record(
                session, now, visitor.actor, "remove", "prompt", row_id, remote_of(request)
            )
    return _back(request, voice, {"done": "prompt_removed"})


async def _sound(request: Request) -> Recording:
    """The uploaded file as a telephone plays it; read only when it says that it is not too long."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit() and int(length) <= MOST_BYTES):
        raise BadInput(prompt_views.BIG)
    try:
        async with (
            asyncio.timeout(_READ_S),
            request.form(max_files=1, max_fields=4) as form,
        ):
            file = form.get("sound")
            content = await file.read() if isinstance(file, UploadFile) else b""
    except TimeoutError as slow:
        raise BadInput(prompt_views.SLOW) from slow
    return await asyncio.to_thread(telephone_sound, content)


def _back(request: Request, voice: str, told: dict[str, str]) -> Response:
    """To the page; scripts are told where to go, since they would not show what a redirect leads to."""
    where = f"{router.prefix}?{urlencode({'voice': voice, **told})}"
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": where})
    return RedirectResponse(where, 303)
