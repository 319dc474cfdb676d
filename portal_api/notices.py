"""The privacy notice that callers reach from their first text.

In: the code in its address, `/i/<code>`. Out: a page in plain words for a phone, without signing in
and without cookies; nothing on it is personal. What it tells follows `docs/privacy.md` and the
General Data Protection Regulation (EU 2016/679), Articles 13 and 28.
"""

from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.visitors import portal_of
from ringback.business import Business
from ringback.phone import readable, to_e164
from ringback.tables import CompanyRow
from ringback.words import choose_language

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class NoticeView:
    """Whose notice it is; `address` and `phone` are empty when the company has not written them."""

    company: str
    address: str
    phone: str
    code: str


@router.get("/i/{code}", dependencies=[needs(Permission.PUBLIC)])
async def notice(request: Request, code: str) -> HTMLResponse:
    """Who answers for the caller's data, what is kept, why, how long, and what one may ask for."""
    if not (code.isascii() and code.isalnum()):
        raise HTTPException(404)
    async with portal_of(request).db.read_across() as session:
        found = await session.scalars(select(CompanyRow).where(CompanyRow.code == code))
        row = found.one()
    about = Business.model_validate(row.business)
    view = NoticeView(
        company=row.name,
        address=about.address,
        phone=readable(to_e164(about.phone) or about.phone),
        code=row.code,
    )
    asked = request.query_params.get("language")
    accepted = f"{request.headers.get('accept-language', '')},{row.language};q=0.001"
    return HTMLResponse(
        render("notice.html", choose_language(asked, accepted), about.zone, notice=view)
    )
