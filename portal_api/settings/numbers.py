"""Numbers that are treated in their own way, and the question whether one wants no texts.

In: `number_rule` and `opt_out` rows, what an administrator types. Out: `views.NumbersView`, rows
changed and a line in the audit trail. Numbers are posted, never part of an address.
"""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.frame import shell
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.settings.faults import of_input
from portal_api.settings.menu import SETTINGS_PAGES, done
from portal_api.settings.views import Asked, Faults, NumberLine, NumbersView, NumberTab
from portal_api.visitors import Visitor, portal_of
from ringback import audit
from ringback.errors import BadInput
from ringback.phone import readable, to_e164
from ringback.policy import NumberRule
from ringback.store.numbers import (
    count_number_rules,
    count_opted_out,
    lift_opt_out,
    number_rules,
    remove_number_rule,
    set_number_rule,
)
from ringback.tables import OptOutRow
from ringback.tenancy import number_index

router = APIRouter(prefix="/settings/numbers", include_in_schema=False)
MayChange = Annotated[Visitor, needs(Permission.CHANGE_SETTINGS)]
PAGE_ROWS = 50
_NO_NUMBER = "That is no telephone number; write it like 070-174 06 05 or +46701740605."
Typed = Annotated[str, Form(max_length=400)]


@router.get("")
async def page(
    request: Request,
    visitor: MayChange,
    rule: NumberRule = NumberRule.EXCLUDED,
    after: UUID | None = None,
) -> HTMLResponse:
    """One of the lists, newest first."""
    async with portal_of(request).db.read(visitor.company_id) as session:
        view = await _view(session, rule, after)
    return _page(request, visitor, view)


@router.post("")
async def add(
    request: Request,
    visitor: MayChange,
    rule: Annotated[NumberRule, Form()],
    number: Typed = "",
    note: Typed = "",
) -> Response:
    """Put a number on a list."""
    now = portal_of(request).clock()
    try:
        async with portal_of(request).db.begin(visitor.company_id) as session:
            row = await set_number_rule(session, number, rule, note, now)
            await audit.record(
                session, now, visitor.actor, "change", "number_rule", row.id, _remote(request)
            )
    except BadInput as bad:
        faults = dict([of_input(bad, visitor.language, "number")])
        return await _again(request, visitor, rule, {"number": number, "note": note}, faults)
    return RedirectResponse(f"/settings/numbers?rule={rule}&done=added", 303)


@router.post("/{rule_id}/remove")
async def remove(
    request: Request, visitor: MayChange, rule_id: UUID, rule: Annotated[NumberRule, Form()]
) -> Response:
    """Take a number off its list; one that is gone already is no fault."""
    now = portal_of(request).clock()
    async with portal_of(request).db.begin(visitor.company_id) as session:
        if await remove_number_rule(session, rule_id):
            await audit.record(
                session, now, visitor.actor, "remove", "number_rule", rule_id, _remote(request)
            )
    return RedirectResponse(f"/settings/numbers?rule={rule}&done=removed", 303)


@router.post("/opted-out")
async def opted_out(
    request: Request,
    visitor: MayChange,
    asked: Typed = "",
    act: Annotated[Literal["ask", "lift"], Form()] = "ask",
) -> Response:
    """Say whether a number wants no texts; `lift` it when its owner has asked for that."""
    e164 = to_e164(asked.strip())
    if e164 is None:
        faults = dict([of_input(BadInput(_NO_NUMBER, "asked"), visitor.language, "asked")])
        return await _again(request, visitor, NumberRule.EXCLUDED, {"asked": asked}, faults)
    if act == "lift":
        return await _lift(request, visitor, e164)
    async with portal_of(request).db.read(visitor.company_id) as session:
        row = await _opt_out(session, e164)
        answer = Asked(
            readable(e164), row.told_by if row else None, row.created_at if row else None
        )
        view = await _view(session, NumberRule.EXCLUDED, None, {"asked": asked}, {}, answer)
    return _page(request, visitor, view)


async def _lift(request: Request, visitor: Visitor, e164: str) -> Response:
    now = portal_of(request).clock()
    async with portal_of(request).db.begin(visitor.company_id) as session:
        row = await _opt_out(session, e164)
        if row is not None and await lift_opt_out(session, e164):
            await audit.record(
                session, now, visitor.actor, "lift", "opt_out", row.id, _remote(request)
            )
    return RedirectResponse("/settings/numbers?done=lifted", 303)


async def _opt_out(session: AsyncSession, e164: str) -> OptOutRow | None:
    return await session.scalar(
        select(OptOutRow).where(OptOutRow.number_index == number_index(e164))
    )


async def _again(
    request: Request, visitor: Visitor, rule: NumberRule, values: dict[str, str], faults: Faults
) -> HTMLResponse:
    async with portal_of(request).db.read(visitor.company_id) as session:
        view = await _view(session, rule, None, values, faults)
    return _page(request, visitor, view, 400)


async def _view(
    session: AsyncSession,
    rule: NumberRule,
    after: UUID | None,
    values: dict[str, str] | None = None,
    faults: Faults | None = None,
    asked: Asked | None = None,
) -> NumbersView:
    rows = await number_rules(session, rule, PAGE_ROWS + 1, after)
    counts = await count_number_rules(session)
    shown = rows[:PAGE_ROWS]
    more = f"/settings/numbers?rule={rule}&after={shown[-1].id}" if len(rows) > PAGE_ROWS else None
    return NumbersView(
        rule=rule,
        tabs=tuple(NumberTab(one, counts[one], one == rule) for one in NumberRule),
        lines=tuple(
            NumberLine(str(row.id), readable(row.number), row.note, row.created_at) for row in shown
        ),
        opted_out=await count_opted_out(session),
        more=more,
        values=values or {},
        asked=asked,
        faults=faults or {},
    )


def _page(request: Request, visitor: Visitor, view: NumbersView, status: int = 200) -> HTMLResponse:
    html = render(
        "settings_numbers.html",
        visitor.language,
        visitor.zone,
        shell=shell(request, visitor, "settings", path=f"{router.prefix}?rule={view.rule}"),
        pages=SETTINGS_PAGES,
        done=done(request),
        numbers=view,
    )
    return HTMLResponse(html, status)


def _remote(request: Request) -> str:
    return request.client.host if request.client else ""
