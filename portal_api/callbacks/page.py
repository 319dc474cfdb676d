"""The page of the callback list: its rows, sorted and filtered as the visitor wants, and a search.

In: `callback` rows through `ringback.store.callback_list`. Out: `views.ListView` as a page, or as the
part of it that changes when a heading or filter is pressed. Whoever has a try without a note
(after a crash, too) finds its panel open.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.callbacks.adding_form import AddingView
from portal_api.callbacks.filters import Filter, Sort, filter_of, remember
from portal_api.callbacks.panel import note_opened, panel_of
from portal_api.callbacks.rows import lines_of, rules_by_queue
from portal_api.callbacks.staffing import staffing_of
from portal_api.callbacks.tally import tally_by_queue
from portal_api.callbacks.views import Column, ListView, Option, Said, StaffingView
from portal_api.callbacks.words import FILTERS
from portal_api.frame import shell
from portal_api.permissions import Permission, may, needs
from portal_api.render import render
from portal_api.visitors import Visitor, portal_of
from portal_api.wording import N_
from ringback.store.attempts import mine
from ringback.store.callback_list import listed
from ringback.store.changes import latest_position

router = APIRouter(include_in_schema=False)
MaySee = Annotated[Visitor, needs(Permission.SEE_CALLBACKS)]
_SCOPES = {"mine": N_("My queues"), "all": N_("All queues")}
_MOST_SEARCHED = 40


@router.get("/callbacks")
async def page(request: Request, visitor: MaySee) -> HTMLResponse:
    """The list; with the panel of the visitor's own try, when there is one without a note."""
    user = visitor.signed_in.user_id
    async with portal_of(request).db.read(visitor.company_id) as session:
        attempt = await mine(session, user)
    opened = attempt.callback_id if attempt else None
    return await list_page(request, visitor, opened)


@router.get("/callbacks/list")
async def part(request: Request, visitor: MaySee) -> HTMLResponse:
    """The list alone, for a page that stands."""
    chosen = filter_of(request)
    async with portal_of(request).db.read(visitor.company_id) as session:
        staffing = await staffing_of(session, visitor)
        view = await list_of(session, request, chosen, staffing)
    html = _render("callback_list.html", visitor, view=view, staffing=staffing)
    answer = HTMLResponse(html)
    remember(request, answer, chosen)
    return answer


@router.post("/callbacks/search")
async def search(
    request: Request,
    visitor: MaySee,
    number: Annotated[str, Form(max_length=_MOST_SEARCHED)] = "",
) -> HTMLResponse:
    """The rows whose number holds these digits, in all queues; nothing of it enters an address."""
    chosen = Filter(scope="all") if number.strip() else filter_of(request)
    async with portal_of(request).db.read(visitor.company_id) as session:
        position = await latest_position(session)
        staffing = await staffing_of(session, visitor)
        view = await list_of(session, request, chosen, staffing, number.strip())
    if request.headers.get("hx-request"):
        return HTMLResponse(_render("callback_list.html", visitor, view=view, staffing=staffing))
    views = {"view": view, "staffing": staffing, "panel": None, "adding": None}
    return _whole(request, visitor, position, **views)


async def list_page(
    request: Request,
    visitor: Visitor,
    opened: UUID | None = None,
    said: Said | None = None,
    note: str = "",
    status: int = 200,
    staffing_fault: Mapping[str, Any] | None = None,
    adding: AddingView | None = None,
) -> HTMLResponse:
    """The whole page, with a panel open or not; also the answer to what was refused on it.

    `adding` stands in place of a wish's panel.

    `staffing_fault` is what is wrong with the choice of queues and phone, and that choice as typed:
    `fault`, `typed` and `ticked` of `views.StaffingView`.
    """
    portal, chosen = portal_of(request), filter_of(request)
    async with portal.db.read(visitor.company_id) as session:
        position = await latest_position(session)
        staffing = replace(await staffing_of(session, visitor), **staffing_fault or {})
        view = await list_of(session, request, chosen, staffing)
        panel = None
        if opened is not None:
            panel = await panel_of(session, visitor, portal.clock(), opened, said, note)
    if panel is not None:
        await note_opened(request, visitor, panel)
    views = {"view": view, "staffing": staffing, "panel": panel, "adding": adding}
    answer = _whole(request, visitor, position, **views)
    answer.status_code = status
    remember(request, answer, chosen)
    return answer


async def list_of(
    session: AsyncSession,
    request: Request,
    chosen: Filter,
    staffing: StaffingView,
    searched: str = "",
) -> ListView:
    """The rows and figures of one moment; a company without queues sees all of its wishes."""
    now = portal_of(request).clock()
    scope = chosen.scope if staffing.queues else "all"
    staffed = [UUID(queue.id) for queue in staffing.staffed]
    found = await listed(
        session,
        now,
        queue_ids=[*staffed, None] if scope == "mine" else None,
        status=chosen.status,
        due_now=chosen.due,
        digits="".join(filter(str.isdigit, searched)),
        sort=chosen.sort,
        descending=chosen.descending,
        limit=chosen.rows,
    )
    return ListView(
        rows=lines_of(found.items, await rules_by_queue(session), now),
        total=found.total,
        tally=await tally_by_queue(session, now),
        shown=(*map(str, staffed), "") if scope == "mine" else None,
        columns=tuple(_column(key, chosen) for key in get_args(Sort)),
        statuses=tuple(
            Option(key, text, chosen.address(status=key), key == chosen.status)
            for key, text in FILTERS.items()
        ),
        scopes=tuple(
            Option(key, text, chosen.address(scope=key), key == scope)
            for key, text in _SCOPES.items()
        )
        if staffing.queues
        else (),
        due=Option("due", N_("Due now"), chosen.address(due=not chosen.due), chosen.due),
        sort=chosen.sort,
        descending=chosen.descending,
        status=chosen.status,
        due_now=chosen.due,
        now=now,
        searched=searched,
        more=chosen.more if found.total > chosen.rows and not searched else None,
        whole=chosen.address(scope="all", status="open", due=False),
    )


def _whole(request: Request, visitor: Visitor, position: int, **view: object) -> HTMLResponse:
    """The page in its frame; `position` is that of the changes which its rows show already."""
    live = f"/events?topic=callbacks&after={position}"
    return HTMLResponse(
        _render(
            "callbacks.html",
            visitor,
            shell=shell(request, visitor, "callbacks", live, "/callbacks"),
            user=str(visitor.signed_in.user_id),
            may_ring=may(visitor, Permission.RING_BACK),
            **view,
        )
    )


def _column(key: Sort, chosen: Filter) -> Column:
    way = ("descending" if chosen.descending else "ascending") if key == chosen.sort else ""
    return Column(key, chosen.sorted_by(key), way)


def _render(template: str, visitor: Visitor, **view: object) -> str:
    return render(template, visitor.language, visitor.zone, **view)
