"""Who is looking: the sign-in behind a request's cookie, and what that browser prefers.

In: a request. Out: a `Visitor`. Also the portal's own state (`Portal`), which the wiring makes once
and every route finds through its request.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request

from portal_api.csrf import form_token
from portal_api.views import Theme
from ringback.calendars import Place, Wrong
from ringback.clock import Clock
from ringback.db import Database
from ringback.knowledge import Tried
from ringback.messages import Inbound, Receipt, WebhookAnswer, WebhookRequest
from ringback.store.people import SignedIn, note_seen, who
from ringback.tables import CompanyRow, UserRow
from ringback.words import choose_language


class Webhooks(Protocol):
    """What the SMS gateway gives the portal to hand one account's webhooks to."""

    @property
    def webhook_answer(self) -> WebhookAnswer:
        """What the provider wants to hear."""
        ...

    def verify(self, request: WebhookRequest) -> bool:
        """Whether it comes from the provider."""
        ...

    def parse_inbound(self, request: WebhookRequest) -> list[Inbound]:
        """Callers' texts."""
        ...

    def parse_status(self, request: WebhookRequest) -> list[Receipt]:
        """Receipts."""
        ...


@dataclass(frozen=True, slots=True)
class DemoPhone:
    """The simulated phone of `ringback demo`.

    `call` rings the company from the number and nobody answers (`is_ringing` meanwhile); `type_text`
    sends a text.
    """

    number: str
    company_number: str
    call: Callable[[], Awaitable[None]]
    is_ringing: Callable[[], bool]
    type_text: Callable[[str], Awaitable[None]]


@dataclass(slots=True)
class Portal:
    """What the routes work with."""

    db: Database
    clock: Clock
    csrf_key: bytes = field(repr=False)
    secure: bool
    language: str
    webhooks: Mapping[str, Webhooks]  # by the account's name, which stands in their addresses
    receive: Callable[[Inbound], Awaitable[None]]
    settle: Callable[[Receipt], Awaitable[None]]
    phone: DemoPhone | None = None
    hint: str = ""
    address: str = ""  # of the portal from outside, without a slash at the end; "": as it was asked
    try_calendar: Callable[[Place], Awaitable[Wrong | None]] | None = None  # asks its server
    ask: Callable[[UUID, str], Awaitable[Tried]] | None = None  # tries a question of a company
    beat_s: float = 20.0  # how often a live stream says that it is there, and checks its sign-in

    @property
    def cookie(self) -> str:
        """Name of the sign-in cookie; the browser guards `__Host-` ones, which need https."""
        return "__Host-session" if self.secure else "session"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone who is signed in, and how the portal is to look for them."""

    signed_in: SignedIn
    name: str
    company: str
    zone: ZoneInfo
    language: str
    theme: Theme
    shortcuts: bool
    csrf: str

    @property
    def role(self) -> str:
        """One of `permissions.ROLES`."""
        return self.signed_in.role

    @property
    def company_id(self) -> UUID:
        """Whose rows the visitor sees."""
        return self.signed_in.company_id

    @property
    def actor(self) -> str:
        """How the audit trail names the visitor."""
        return f"user:{self.signed_in.user_id}"


def portal_of(request: Request) -> Portal:
    """The portal that this request came to."""
    return cast(Portal, request.app.state.portal)


def address_of(request: Request) -> str:
    """Where the portal is reached from outside, without a slash at the end."""
    return portal_of(request).address or str(request.base_url).rstrip("/")


def remote_of(request: Request) -> str:
    """The address that was asked from, for the audit trail."""
    return request.client.host if request.client else ""


async def visitor_of(request: Request) -> Visitor | None:
    """The visitor behind the cookie, or None."""
    portal = portal_of(request)
    token = request.cookies.get(portal.cookie)
    if not token:
        return None
    now = portal.clock()
    async with portal.db.read_across() as session:
        signed_in = await who(session, token, now)
    if signed_in is None:
        return None
    async with portal.db.begin_across() as session:
        await note_seen(session, signed_in.sign_in_id, now)
    async with portal.db.read(signed_in.company_id) as session:
        user = await session.get_one(UserRow, signed_in.user_id)
        company = await session.get_one(CompanyRow, signed_in.company_id)
    theme = request.cookies.get("theme")
    return Visitor(
        signed_in=signed_in,
        name=user.name,
        company=company.name,
        zone=ZoneInfo(company.zone),
        language=language_of(request, user.language),
        theme=cast(Theme, theme) if theme in ("light", "dark") else "auto",
        shortcuts=request.cookies.get("shortcuts") != "off",
        csrf=form_token(portal.csrf_key, token),
    )


def language_of(request: Request, stored: str | None = None) -> str:
    """The language to answer in: chosen in this browser, else the account's, else the browser's."""
    chosen = request.query_params.get("language") or request.cookies.get("language") or stored
    return choose_language(chosen, request.headers.get("accept-language", ""))
