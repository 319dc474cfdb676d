"""Forged requests are refused: pure ASGI, before any route sees them.

In: a request that changes something. It passes when the browser says that it comes from our own
pages, and, once signed in, when it also carries the form token of that very session. What needs
no such proof: programs, with a bearer token or without any sign-in (no browser adds a token by
itself, and without a sign-in there is nothing to misuse), and providers' webhooks (they prove
themselves by signature or address). Source: ASVS 5.0, 3.5.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FIELD = "csrf"
HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_LIMIT_BYTES = 256 * 1024
BODY_TIMEOUT_S = 30

Refusal = Callable[[HTTPConnection], str]
"""Makes the page that a refused visitor sees."""


def form_token(key: bytes, session_token: str) -> str:
    """The token that forms carry: worthless in any other session, and without our key."""
    return hmac.new(key, b"form\0" + session_token.encode(), hashlib.sha256).hexdigest()


class RefuseForged:
    """Refuses with 403 what a page of somebody else made the browser send.

    Args:
        app: What comes next.
        key: Secret of the installation; 32 random bytes.
        refusal: The page for whoever is refused.
        cookie: Name of the session cookie.
        exempt: Path prefixes that prove themselves otherwise, each ending in `/`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        key: bytes,
        refusal: Refusal,
        cookie: str = "__Host-session",
        exempt: Sequence[str] = (),
    ):
        self.app = app
        self.key = key
        self.refusal = refusal
        self.cookie = cookie
        self.exempt = tuple(exempt)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer 403."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        if self._needs_no_proof(request):
            await self.app(scope, receive, send)
            return
        accepted, receive = await self._judge(request, receive)
        if accepted:
            await self.app(scope, receive, send)
        else:
            page = HTMLResponse(self.refusal(request), status_code=403)
            await page(scope, receive, send)

    def _needs_no_proof(self, request: HTTPConnection) -> bool:
        path: str = request.scope["path"]
        bearer = request.headers.get("authorization", "").lower().startswith("bearer ")
        program = bearer or path.startswith("/api/")
        return path.startswith(self.exempt) or (program and self.cookie not in request.cookies)

    async def _judge(self, request: HTTPConnection, receive: Receive) -> tuple[bool, Receive]:
        if not comes_from_us(request):
            return False, receive
        session = request.cookies.get(self.cookie)
        if session is None:
            return True, receive
        given = request.headers.get(HEADER)
        if given is None and _is_form(request):
            body, receive = await _read_ahead(receive)
            given = parse_qs(body.decode("latin-1")).get(FIELD, [""])[0]
        expected = form_token(self.key, session)
        return hmac.compare_digest(expected.encode(), (given or "").encode()), receive


def comes_from_us(request: HTTPConnection) -> bool:
    """Whether the browser says that the request was made by one of our own pages.

    Browsers send `Sec-Fetch-Site` on https and on this machine; where it is absent, `Origin`
    must name the very host that was asked (`Referrer-Policy` in headers.py lets it).
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    try:
        origin = urlsplit(request.headers.get("origin", "")).netloc
    except ValueError:  # such as http://[
        return False
    return bool(origin) and origin == request.headers.get("host")


def _is_form(request: HTTPConnection) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/x-www-form-urlencoded"


async def _read_ahead(receive: Receive) -> tuple[bytes, Receive]:
    """The form's body, and a `receive` that hands the same messages on to the route.

    A form that is too long or too slow counts as one without a token.
    """
    kept: list[Message] = []
    body = b""
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            while True:
                message = await receive()
                kept.append(message)
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    break
                if len(body) > FORM_LIMIT_BYTES:
                    return b"", receive
    except TimeoutError:
        return b"", receive

    async def again() -> Message:
        return kept.pop(0) if kept else await receive()

    return body, again
