"""When, to whom and for how much texts are sent, beside what has been spent.

In: `company.texting`, the sums of `spent`, what an administrator types. Out: `views.SendingView`, the
rules changed and a line in the audit trail.
"""

from collections.abc import Mapping
from typing import Annotated

from babel import Locale
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.frame import shell
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.settings.changes import last_changes
from portal_api.settings.faults import of_input, said
from portal_api.settings.menu import SETTINGS_PAGES, done
from portal_api.settings.sending_form import document_of, values_of
from portal_api.settings.views import SendingView, SpentLine
from portal_api.visitors import Visitor, address_of, portal_of
from ringback import audit
from ringback.errors import BadInput
from ringback.store.companies import company
from ringback.store.spent import spent_by_company
from ringback.store.texting import save_texting, texting

router = APIRouter(prefix="/settings/sending", include_in_schema=False)
MayChange = Annotated[Visitor, needs(Permission.CHANGE_SETTINGS)]
_ORE_E4 = 100  # 1/10 000 kr in an öre


@router.get("")
async def page(request: Request, visitor: MayChange) -> HTMLResponse:
    """The rules as they stand."""
    async with portal_of(request).db.read(visitor.company_id) as session:
        values = values_of(await texting(session), visitor.language)
        view = await _view(request, visitor, session, values, {})
    return _page(request, visitor, view)


@router.post("")
async def change(request: Request, visitor: MayChange) -> Response:
    """Keep the rules, all of them or none."""
    form = await request.form()
    typed = {name: str(value).strip() for name, value in form.items()}
    document, wrong = document_of(typed)
    faults = {name: said(text, visitor.language) for name, text in wrong.items()}
    if not faults:
        try:
            return await _save(request, visitor, document)
        except BadInput as bad:
            faults = dict([of_input(bad, visitor.language, "all")])
    async with portal_of(request).db.read(visitor.company_id) as session:
        view = await _view(request, visitor, session, typed, faults)
    return _page(request, visitor, view, 400)


async def _save(request: Request, visitor: Visitor, document: object) -> Response:
    now = portal_of(request).clock()
    remote = request.client.host if request.client else ""
    async with portal_of(request).db.begin(visitor.company_id) as session:
        await save_texting(session, document)
        await audit.record(
            session, now, visitor.actor, "change", "company", visitor.company_id, remote
        )
    return RedirectResponse("/settings/sending?done=saved", 303)


async def _view(
    request: Request,
    visitor: Visitor,
    session: AsyncSession,
    values: Mapping[str, str],
    faults: Mapping[str, str],
) -> SendingView:
    rules = await texting(session)
    spent = await spent_by_company(session, portal_of(request).clock())
    last = await last_changes(session, "company", [str(visitor.company_id)])
    limits = rules.limits
    names = Locale.parse(visitor.language).territories
    return SendingView(
        values=values,
        spent=(
            SpentLine("day", spent.company_day_e4, limits.company_day_ore * _ORE_E4),
            SpentLine("month", spent.company_month_e4, limits.company_month_ore * _ORE_E4),
        ),
        countries=tuple(names.get(code, code) for code in rules.countries),
        notice=f"{address_of(request)}/i/{(await company(session)).code}",
        faults=faults,
        last=last.get(str(visitor.company_id)),
    )


def _page(request: Request, visitor: Visitor, view: SendingView, status: int = 200) -> HTMLResponse:
    html = render(
        "settings_sending.html",
        visitor.language,
        visitor.zone,
        shell=shell(request, visitor, "settings"),
        pages=SETTINGS_PAGES,
        done=done(request),
        sending=view,
    )
    return HTMLResponse(html, status)
