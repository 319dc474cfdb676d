"""Signing in and out, and what a browser prefers.

In: forms. Out: a sign-in row and its cookie. The same words for an unknown address and a wrong
password; failed attempts make the next ones wait, longer each time, but never lock anybody out
for good.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from portal_api.passwords import hash_password, needs_rehash, verify_password
from portal_api.permissions import Permission, needs
from portal_api.render import render
from portal_api.views import LoginView
from portal_api.visitors import Portal, Visitor, language_of, portal_of
from portal_api.wording import N_
from ringback import audit
from ringback.store.people import Account, account, email_index, note_attempt, sign_in, sign_out
from ringback.tables import UserRow
from ringback.words import LANGUAGES, translations

router = APIRouter(include_in_schema=False)

_FREE_ATTEMPTS = 4
_LONGEST_WAIT_S = 300
_YEAR_S = 365 * 24 * 3600
_PREFERENCES = {
    "language": LANGUAGES,
    "theme": ("light", "dark", "auto"),
    "shortcuts": ("on", "off"),
}


_WRONG = N_("The e-mail address or the password is not right.")
_WAIT = N_("Too many attempts. Wait a few minutes and try again.")


@router.get("/login", dependencies=[needs(Permission.PUBLIC)])
async def show(request: Request, onward: str = "/") -> HTMLResponse:
    """The sign-in page."""
    page = _page(request, LoginView(onward=_local(onward), hint=portal_of(request).hint))
    chosen = request.query_params.get("language")
    if chosen in LANGUAGES:
        _remember(page, portal_of(request), "language", chosen)
    return page


@router.post("/login", dependencies=[needs(Permission.PUBLIC)])
async def enter(
    request: Request,
    email: Annotated[str, Form(max_length=254)],
    password: Annotated[str, Form(max_length=1024)],
    onward: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Check the password and set the cookie."""
    portal, now = portal_of(request), portal_of(request).clock()
    async with portal.db.read_across() as session:
        found = await account(session, email_index(portal.db.master, email))
    if found and found.locked_until and found.locked_until > now:
        return _again(request, email, onward, _WAIT)
    right = await asyncio.to_thread(
        verify_password, found.password_hash if found else None, password
    )
    if not right or found is None:
        if found:
            await _note_failure(portal, found, now)
        return _again(request, email, onward, _WRONG)
    async with portal.db.begin_across() as session:
        await note_attempt(session, found.user_id, 0, None)
    stronger = None
    if needs_rehash(found.password_hash):
        stronger = await asyncio.to_thread(hash_password, password)
    async with portal.db.begin(found.company_id) as session:
        if stronger:
            (await session.get_one(UserRow, found.user_id)).password_hash = stronger
        token = await sign_in(session, found.user_id, now)
        actor, remote = f"user:{found.user_id}", request.client.host if request.client else ""
        await audit.record(session, now, actor, "sign_in", "user_account", found.user_id, remote)
    answer = RedirectResponse(_local(onward), 303)
    answer.set_cookie(
        portal.cookie, token, httponly=True, secure=portal.secure, samesite="lax", path="/"
    )
    return answer


@router.post("/logout")
async def leave(
    request: Request, visitor: Annotated[Visitor, needs(Permission.ANYONE)]
) -> Response:
    """End this sign-in."""
    portal, now = portal_of(request), portal_of(request).clock()
    async with portal.db.begin_across() as session:
        await sign_out(session, visitor.signed_in.sign_in_id, now)
    async with portal.db.begin(visitor.company_id) as session:
        user_id = visitor.signed_in.user_id
        await audit.record(session, now, visitor.actor, "sign_out", "user_account", user_id)
    answer = RedirectResponse("/login", 303, headers={"Clear-Site-Data": '"cache", "storage"'})
    answer.delete_cookie(portal.cookie, path="/", secure=portal.secure, httponly=True)
    return answer


@router.post("/preferences", dependencies=[needs(Permission.ANYONE)])
async def prefer(request: Request) -> Response:
    """Keep a choice of language, appearance or shortcuts in this browser."""
    form = await request.form()
    answer = RedirectResponse(_local(str(form.get("onward", "/"))), 303)
    for name, choices in _PREFERENCES.items():
        value = form.get(name)
        if value in choices:
            _remember(answer, portal_of(request), name, str(value))
    return answer


async def _note_failure(portal: Portal, found: Account, now: datetime) -> None:
    failed = found.failed_count + 1
    wait_s = (
        min(2.0 ** (failed - _FREE_ATTEMPTS), _LONGEST_WAIT_S) if failed > _FREE_ATTEMPTS else 0
    )
    until = now + timedelta(seconds=wait_s) if wait_s else None
    async with portal.db.begin_across() as session:
        await note_attempt(session, found.user_id, failed, until)


def _again(request: Request, email: str, onward: str, why: str) -> Response:
    text = translations(language_of(request)).gettext(why)
    hint = portal_of(request).hint
    return _page(request, LoginView(email, _local(onward), text, hint), status=400)


def _page(request: Request, view: LoginView, status: int = 200) -> HTMLResponse:
    html = render("login.html", language_of(request), ZoneInfo("UTC"), login=view)
    return HTMLResponse(html, status)


def _remember(answer: Response, portal: Portal, name: str, value: str) -> None:
    answer.set_cookie(name, value, max_age=_YEAR_S, secure=portal.secure, samesite="lax")


def _local(address: str) -> str:
    """The address when it is one of ours, else the start page: no open redirect."""
    parts = urlsplit(address)
    ours = not parts.scheme and not parts.netloc and address.startswith("/")
    return address if ours and not address.startswith(("//", "/\\")) else "/"
