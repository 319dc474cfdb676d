"""The queues that offer callbacks: added, switched, their rules changed, removed.

In: `queue` rows, what an administrator types. Out: `queue_views`; rows changed and lines in the audit
trail. What is offered is decided beside the PBX within a second; this page tells it and why.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.frame import shell
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.settings import queue_views
from portal_api.settings.faults import of_input, said
from portal_api.settings.menu import SETTINGS_PAGES, done
from portal_api.settings.queue_form import document_of, install_is_due, values_of
from portal_api.settings.queue_rows import queue_of, queues_of
from portal_api.visitors import Visitor, portal_of, remote_of
from ringback import audit
from ringback.errors import BadInput
from ringback.queues import Rules
from ringback.store.queues import add_queue, remove_queue, save_rules
from ringback.tables import QueueRow

router = APIRouter(prefix="/settings/queues", include_in_schema=False)
MayChange = Annotated[Visitor, needs(Permission.CHANGE_SETTINGS)]
Typed = Annotated[str, Form(max_length=400)]
Mode = Literal["off", "always", "when_long"]


@router.get("")
async def page(request: Request, visitor: MayChange) -> HTMLResponse:
    """The company's queues, and those that calls came through."""
    return await _list(request, visitor)


@router.post("")
async def add(
    request: Request, visitor: MayChange, pbx: Typed = "", name: Typed = "", label: Typed = ""
) -> Response:
    """Add a queue as the PBX names it; its rules are on the page that follows."""
    now = portal_of(request).clock()
    try:
        async with portal_of(request).db.begin(visitor.company_id) as session:
            row = await add_queue(session, _pbx(pbx), name, label, now)
            await _note(session, request, visitor, row.id, now)
    except BadInput as bad:
        values = {"pbx": pbx, "name": name, "label": label}
        return await _list(
            request, visitor, values, dict([of_input(bad, visitor.language, "name")])
        )
    return RedirectResponse(f"{router.prefix}/{row.id}?done=queue_added", 303)


@router.get("/{queue_id}")
async def one(request: Request, visitor: MayChange, queue_id: UUID) -> HTMLResponse:
    """One queue: what is offered now, and its rules."""
    return await _page(request, visitor, queue_id)


@router.post("/{queue_id}")
async def change(request: Request, visitor: MayChange, queue_id: UUID) -> Response:
    """Keep the rules, all of them or none; how the offer is switched stays."""
    form = await request.form()
    typed = {name: str(value).strip() for name, value in form.items()}
    faults, install = await _save(request, visitor, queue_id, typed)
    if faults:
        return await _page(request, visitor, queue_id, typed, faults)
    code = "queue_install" if install else "queue_saved"
    return RedirectResponse(f"{router.prefix}/{queue_id}?done={code}", 303)


async def _save(
    request: Request, visitor: Visitor, queue_id: UUID, typed: Mapping[str, str]
) -> tuple[dict[str, str], bool]:
    """What is wrong, by field; when nothing is, the rules are kept. And whether an install is due."""
    now = portal_of(request).clock()
    try:
        async with portal_of(request).db.begin(visitor.company_id) as session:
            before = Rules.kept((await _there(session, queue_id)).rules)
            document, wrong = document_of(typed, before.offer)
            if not wrong:
                after = Rules.from_document(document)
                await save_rules(session, queue_id, typed.get("label", ""), after, now)
                await _note(session, request, visitor, queue_id, now)
                return {}, install_is_due(before, after)
    except BadInput as bad:
        return dict([of_input(bad, visitor.language, "all")]), False
    language = visitor.language
    return {name: said(text, language, about) for name, (text, about) in wrong.items()}, False


@router.post("/{queue_id}/offer")
async def switch(
    request: Request,
    visitor: MayChange,
    queue_id: UUID,
    mode: Annotated[Mode, Form()],
    shown: Annotated[Literal["list", "queue"], Form()] = "queue",
) -> Response:
    """Switch the offer, with one click; all other rules stay."""
    now = portal_of(request).clock()
    try:
        async with portal_of(request).db.begin(visitor.company_id) as session:
            row = await _there(session, queue_id)
            document = Rules.kept(row.rules).model_dump(mode="json") | {"offer": mode}
            rules = _switched(document)
            await save_rules(session, queue_id, row.label, rules, now)
            await _note(session, request, visitor, queue_id, now)
    except BadInput as bad:
        faults = dict([of_input(bad, visitor.language, "soonest")])
        return await _page(request, visitor, queue_id, None, faults)
    where = router.prefix if shown == "list" else f"{router.prefix}/{queue_id}"
    return RedirectResponse(f"{where}?done=queue_switched", 303)


@router.post("/{queue_id}/remove")
async def remove(request: Request, visitor: MayChange, queue_id: UUID) -> Response:
    """Offer nothing in it any more; its callbacks stay in the list."""
    now = portal_of(request).clock()
    async with portal_of(request).db.begin(visitor.company_id) as session:
        await _there(session, queue_id)
        await remove_queue(session, queue_id, now)
        await _note(session, request, visitor, queue_id, now, "remove")
    return RedirectResponse(f"{router.prefix}?done=queue_removed", 303)


def _switched(document: object) -> Rules:
    try:
        return Rules.from_document(document)
    except BadInput as bad:
        raise BadInput(queue_views.NOTHING, "soonest") from bad


def _pbx(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise BadInput(queue_views.NO_PBX, "pbx") from None


async def _there(session: AsyncSession, queue_id: UUID, *, locked: bool = True) -> QueueRow:
    """The queue as it stands; locked, so that two who change it do not undo each other."""
    lock: dict[str, Any] = {"with_for_update": {"key_share": True}} if locked else {}
    row = await session.get_one(QueueRow, queue_id, **lock)
    if row.removed_at is not None:
        raise NoResultFound("The queue was removed.")
    return row


async def _note(
    session: AsyncSession,
    request: Request,
    visitor: Visitor,
    queue_id: UUID,
    now: datetime,
    action: str = "change",
) -> None:
    remote = remote_of(request)
    await audit.record(session, now, visitor.actor, action, "queue", queue_id, remote)


async def _list(
    request: Request,
    visitor: Visitor,
    values: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> HTMLResponse:
    async with portal_of(request).db.read(visitor.company_id) as session:
        view = await queues_of(session, values or {}, faults or {})
    html = _render(request, visitor, "settings_queues.html", router.prefix, queues=view)
    return HTMLResponse(html, 400 if faults else 200)


async def _page(
    request: Request,
    visitor: Visitor,
    queue_id: UUID,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> HTMLResponse:
    async with portal_of(request).db.read(visitor.company_id) as session:
        row = await _there(session, queue_id, locked=False)
        values = typed or {
            "label": row.label,
            **values_of(Rules.kept(row.rules), visitor.language),
        }
        view = await queue_of(session, row, values, faults or {}, portal_of(request).clock())
    path = f"{router.prefix}/{queue_id}"
    html = _render(request, visitor, "settings_queue.html", path, queue=view)
    return HTMLResponse(html, 400 if faults else 200)


def _render(request: Request, visitor: Visitor, template: str, path: str, **views: object) -> str:
    return render(
        template,
        visitor.language,
        visitor.zone,
        shell=shell(request, visitor, "settings", path=path),
        pages=SETTINGS_PAGES,
        done=done(request),
        words=queue_views,
        **views,
    )
