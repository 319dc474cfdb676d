"""46elks: texts out, answers and receipts in, and the search for texts of unknown outcome.

In: `Outbound` values, webhooks. Out: outcomes, `Inbound` and `Receipt` values. Called by the outbox,
the inbox and the reconciler; keeps nothing.

Source: https://46elks.se/docs/ (send-sms, receive-sms, sms-delivery-reports, sms-history,
verify-callback-origin). 46elks has no idempotency key and signs nothing. So our token travels in
each text's receipt URL, which lets a receipt resolve an unknown outcome, and a secret in the path
together with the senders' addresses stands in for a signature.

`dontlog=message` is deliberately not used. It would keep the text out of 46elks' history, which is
good for privacy, but the history is all that `lookup` can compare with: without it a text whose
answer was lost stays unknown until a receipt comes or a person decides. 46elks stores the texts by
its own retention rules; the company's privacy notice has to name it.
"""

import asyncio
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlencode, urlsplit

import httpx
import structlog

from ringback.clock import Clock
from ringback.errors import BadInput
from ringback.messages import Inbound, NotAccepted, Outbound, Outcome, Receipt, Unknown
from ringback.phone import masked
from sms_gateway.elks_answers import (
    STATES,
    Sms,
    object_in,
    outcome,
    search,
    time_of,
    window,
    written,
)
from sms_gateway.provider import (
    Capabilities,
    Found,
    NotFound,
    WebhookRequest,
    carries_secret,
    required_field,
)

_log = structlog.get_logger()

# A kept connection may be closed by the other side just as we write, which would look like a lost
# text. At two texts a second a new connection for each costs nothing.
_HEADERS = {"Connection": "close"}

_RETRY_CONNECT_S = 10.0

_NOTHING_WRITTEN = (
    httpx.ConnectError,  # DNS, refused, TLS
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_PAGE = 100  # the most that 46elks lists at once
_MAX_PAGES = 5


@dataclass(frozen=True, slots=True)
class ElksAccount:
    """How to reach 46elks, and how it reaches us.

    Attributes:
        username: Of the API, not of the web site.
        password: Of the API.
        hook_url: Public URL below which our webhooks are, without the secret.
        hook_secret: At least 16 of A-Z a-z 0-9 _ -; unguessable.
        allowed_sources: Addresses or networks that webhooks may come from; empty allows all. 46elks
            lists them under "Verify callback origin" and announces changes by mail.
        base_url: Of the API.

    Raises:
        BadInput: A value can't work or would send the password in clear text.
    """

    username: str
    password: str = field(repr=False)
    hook_url: str
    hook_secret: str = field(repr=False)
    allowed_sources: tuple[str, ...] = ()
    base_url: str = "https://api.46elks.com/a1"

    def __post_init__(self) -> None:
        url = urlsplit(self.base_url)
        if url.scheme != "https" and url.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise BadInput("46elks' base URL must begin with https://.", "base_url")
        if not re.fullmatch(r"[A-Za-z0-9_-]{16,}", self.hook_secret):
            raise BadInput(
                "The webhook secret must have at least 16 letters, digits, _ or -.", "hook_secret"
            )
        for source in self.allowed_sources:
            try:
                ip_network(source)
            except ValueError:
                raise BadInput(
                    f"{source!r} is no IP address or network; write one like 192.0.2.1.",
                    "allowed_sources",
                ) from None


class Elks:
    """One 46elks account; keeps to the contract of `Provider`. The client stays the caller's.

    `read_timeout_s` is how long 46elks may be silent; a short one makes texts of unknown outcome.
    """

    name = "46elks"
    capabilities = Capabilities(idempotent=False, two_way=True, receipts=True, lookup=True)

    def __init__(
        self,
        account: ElksAccount,
        client: httpx.AsyncClient,
        clock: Clock,
        read_timeout_s: float = 20.0,
    ) -> None:
        self._account = account
        self._client = client
        self._clock = clock
        self._timeout = httpx.Timeout(connect=3.0, read=read_timeout_s, write=10.0, pool=3.0)
        # The read time-out alone would let an answer drip in for ever.
        self._whole_s = 1.5 * read_timeout_s
        self._sources = tuple(ip_network(source) for source in account.allowed_sources)

    @property
    def inbound_url(self) -> str:
        """What to enter as `sms_url` on the number at 46elks."""
        return f"{self._account.hook_url.rstrip('/')}/{self._account.hook_secret}/inbound"

    def receipt_url(self, token: str) -> str:
        """Where 46elks reports the delivery of the text with this token."""
        hooks = f"{self._account.hook_url.rstrip('/')}/{self._account.hook_secret}"
        return f"{hooks}/status?{urlencode({'token': token})}"

    async def send(self, outbound: Outbound) -> Outcome:
        """Asks 46elks once to take the text; see `Provider`."""
        form = {
            "from": outbound.sender,
            "to": outbound.recipient,
            "message": outbound.text,
            "whendelivered": self.receipt_url(outbound.token),
        }
        try:
            response = await self._request("POST", data=form)
        except _NOTHING_WRITTEN as fault:
            return NotAccepted(
                f"46elks could not be reached ({type(fault).__name__}).", _RETRY_CONNECT_S
            )
        except (httpx.HTTPError, TimeoutError) as fault:
            return Unknown(f"46elks' answer was lost ({type(fault).__name__}).")
        return outcome(response.status_code, response.text, response.headers.get("Retry-After", ""))

    async def lookup(
        self, outbound: Outbound, since: datetime, known: Collection[str] = ()
    ) -> Found | NotFound | None:
        """Looks for the text in 46elks' history by sender, recipient, words and time.

        Of several that fit, the oldest is taken; see `Provider` for `known`.
        """
        listed = await self._history(outbound.recipient, *window(since))
        return None if listed is None else search(listed, outbound, since, known)

    def verify(self, request: WebhookRequest) -> bool:
        """Whether the path has our secret and the peer is one of 46elks' addresses."""
        return (
            request.method == "POST"
            and carries_secret(request, self._account.hook_secret)
            and self._allows(request.remote_ip)
        )

    def parse_inbound(self, request: WebhookRequest) -> list[Inbound]:
        """The caller's text; 46elks joins the parts of a long one."""
        return [
            Inbound(
                provider=self.name,
                provider_id=required_field(request, "id"),
                sender=required_field(request, "from"),
                recipient=required_field(request, "to"),
                text=required_field(request, "message"),
                received_at=time_of(request.form.get("created")) or self._clock(),
            )
        ]

    def parse_status(self, request: WebhookRequest) -> list[Receipt]:
        """The receipt; none for a status that 46elks has added since."""
        raw_code = required_field(request, "status")
        state = STATES.get(raw_code)
        if state is None:
            _log.warning("elks_status_unknown", status=raw_code[:40])
            return []
        return [
            Receipt(
                token=request.query.get("token"),
                provider_id=required_field(request, "id"),
                state=state,
                raw_code=raw_code,
                at=time_of(request.form.get("delivered")) or self._clock(),
            )
        ]

    def _allows(self, remote_ip: str) -> bool:
        if not self._sources:
            return True
        try:
            address = ip_address(remote_ip)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in source for source in self._sources)

    async def _history(self, recipient: str, first: datetime, last: datetime) -> list[Sms] | None:
        """All texts with a recipient and a time, newest first; None when that can't be known."""
        start, listed = written(last), list[Sms]()
        for _ in range(_MAX_PAGES):
            # 46elks pages backwards: `start` is the newest time wanted, `end` the oldest.
            page = await self._page(
                {"to": recipient, "start": start, "end": written(first), "limit": str(_PAGE)}
            )
            if page is None:
                return None
            data = page.get("data")
            if not isinstance(data, list):
                return None
            listed += [sms for sms in data if isinstance(sms, dict)]
            if not page.get("next"):
                return listed
            start = str(page["next"])
        _log.warning("elks_history_too_long", recipient=masked(recipient))
        return None

    async def _page(self, params: Mapping[str, str]) -> Sms | None:
        try:
            response = await self._request("GET", params=params)
        except (httpx.HTTPError, TimeoutError) as fault:
            _log.warning("elks_history_failed", fault=type(fault).__name__)
            return None
        if response.status_code != HTTPStatus.OK:
            _log.warning("elks_history_failed", status=response.status_code)
            return None
        return object_in(response.text)

    async def _request(
        self,
        method: str,
        *,
        data: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        async with asyncio.timeout(self._whole_s):
            return await self._client.request(
                method,
                f"{self._account.base_url.rstrip('/')}/sms",
                data=data,
                params=params,
                auth=(self._account.username, self._account.password),
                headers=_HEADERS,
                timeout=self._timeout,
                follow_redirects=False,  # a POST must not be repeated elsewhere
            )
