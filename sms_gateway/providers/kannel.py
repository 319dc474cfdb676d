"""Kannel, or any gateway in its form: texts out through smsbox, receipts and callers' texts in.

In: `Outbound` values, webhooks. Out: outcomes, `Receipt` and `Inbound` values. Called by the outbox and
the inbox; keeps nothing.

Source: Kannel 1.4.5's user guide, and what its smsbox was seen to do (tests/kannel.py runs a real
one). A POST takes its fields from headers and the text from the body, so that neither the password
nor the text stands in an address. Kannel gives no id of the text: our token stands in for it, in the
address of the receipt. It signs nothing; a secret in that address and the gateway's own address
stand in for a signature. There is no history to look in, so a text whose answer was lost waits for its
receipt.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from ringback.clock import Clock
from ringback.errors import BadInput
from ringback.messages import Inbound, Outbound, Outcome, Receipt, WebhookAnswer
from ringback.segments import count
from sms_gateway.provider import Capabilities, Found, NotFound, WebhookRequest
from sms_gateway.providers.hooks import Hooks, check_line, check_url
from sms_gateway.providers.http import Client, Http, NoAnswer, not_answered
from sms_gateway.providers.kannel_answers import (
    account_trouble,
    outcome,
    raw_code,
    state_of,
    text_in,
)

_CODING = {"gsm7": "0", "ucs2": "2"}
_ALL_RECEIPTS = "31"


@dataclass(frozen=True, slots=True)
class KannelAccount:
    """How to reach a Kannel, and how it reaches us.

    Attributes:
        username: Of a `group = sendsms-user`.
        password: Its password.
        hook_url: Public URL below which our webhooks are, without the secret.
        hook_secret: At least 16 of A-Z a-z 0-9 _ -; unguessable.
        allowed_sources: Addresses or networks that webhooks may come from; empty allows all.
        base_url: Of smsbox, with its path.
        smsc: The id of the SMSC that texts go out through; empty leaves it to Kannel.
        name: Of the account, among ours.

    Raises:
        BadInput: A value can't work or would send the password in clear text over the internet.
    """

    username: str
    password: str = field(repr=False)
    hook_url: str
    hook_secret: str = field(repr=False)
    allowed_sources: tuple[str, ...] = ()
    base_url: str = "http://127.0.0.1:13013/cgi-bin/sendsms"
    smsc: str = ""
    name: str = "kannel"

    def __post_init__(self) -> None:
        check_url(self.base_url, "Kannel")
        for key in ("username", "password", "smsc"):
            check_line(getattr(self, key), key)
        Hooks(self.hook_url, self.hook_secret, self.allowed_sources)
        if "%" in self.hook_url:
            raise BadInput("A % in the public address would be an escape to Kannel.", "hook_url")


class Kannel:
    """One account with a Kannel; keeps to the contract of `Provider`. The client stays the caller's."""

    capabilities = Capabilities(idempotent=False, two_way=True, receipts=True, lookup=False)

    def __init__(
        self, account: KannelAccount, client: Client, clock: Clock, read_timeout_s: float = 20.0
    ) -> None:
        self._account = account
        self._http = Http(client, None, read_timeout_s, keep=True)
        self._hooks = Hooks(account.hook_url, account.hook_secret, account.allowed_sources)
        self._clock = clock

    @property
    def name(self) -> str:
        """The account's name."""
        return self._account.name

    @property
    def inbound_url(self) -> str:
        """What to write as `post-url` into Kannel's group sms-service."""
        return f"{self._hooks.inbound_url}?from=%p&to=%P&id=%I"

    def receipt_url(self, token: str) -> str:
        """Where Kannel reports on the text with this token; %d is the status, %A the SMSC's words."""
        return f"{self._hooks.receipt_url(token)}&status=%d&answer=%A"

    async def send(self, outbound: Outbound) -> Outcome:
        """Asks Kannel once to take the text; see `Provider`."""
        fields = {
            "From": outbound.sender,
            "To": outbound.recipient,
            "Coding": _CODING[count(outbound.text).encoding],
            "DLR-Mask": _ALL_RECEIPTS,
            "DLR-Url": self.receipt_url(outbound.token),
        }
        if self._account.smsc:
            fields["SMSC"] = self._account.smsc
        answer = await self._http.ask(
            "POST",
            self._account.base_url,
            headers=self._headers(fields),
            body=outbound.text.encode(),
        )
        if isinstance(answer, NoAnswer):
            return not_answered("Kannel", answer)
        return outcome(answer.status, answer.text, outbound.token)

    async def lookup(
        self, outbound: Outbound, since: datetime, known: Collection[str] = ()
    ) -> Found | NotFound | None:
        """Kannel has no history to look in."""
        return None

    async def check(self) -> str | None:
        """Asks Kannel to send nothing to nobody, which it refuses only after the password."""
        headers = self._headers({})
        answer = await self._http.ask("POST", self._account.base_url, headers=headers, body=b"-")
        if isinstance(answer, NoAnswer):
            return f"Kannel could not be reached at {self._account.base_url} ({answer.fault})."
        return account_trouble(answer.status, answer.text)

    @property
    def webhook_answer(self) -> WebhookAnswer:
        """200 without a body: Kannel repeats what it hears 204 for."""
        return WebhookAnswer(200, "text/plain")

    def verify(self, request: WebhookRequest) -> bool:
        """Whether the path has our secret and the peer is the gateway."""
        return request.method in ("GET", "POST") and self._hooks.admit(request)

    def parse_inbound(self, request: WebhookRequest) -> list[Inbound]:
        """The caller's text, the body of a POST; Kannel joins the parts of a long one."""
        if request.method != "POST":
            raise BadInput("Callers' texts come by POST: use post-url, not get-url.")
        return [
            Inbound(
                provider=self.name,
                provider_id=_needed(request, "id"),
                sender=_needed(request, "from"),
                recipient=_needed(request, "to"),
                text=text_in(request.body, request.headers.get("content-type", "")),
                received_at=self._clock(),
            )
        ]

    def parse_status(self, request: WebhookRequest) -> list[Receipt]:
        """The receipt; none for a status that says nothing of the text's fate."""
        token, status = _needed(request, "token"), _needed(request, "status")
        state = state_of(status)
        if state is None:
            return []
        return [
            Receipt(
                provider=self.name,
                token=token,
                provider_id=token,
                state=state,
                raw_code=raw_code(status, request.query.get("answer", "")),
                at=self._clock(),
            )
        ]

    def _headers(self, fields: dict[str, str]) -> dict[bytes, bytes]:
        who = {"Username": self._account.username, "Password": self._account.password}
        named = {f"X-Kannel-{name}": value for name, value in (who | fields).items()}
        headers = {"Content-Type": "text/plain; charset=UTF-8", **named}
        return {name.encode(): value.encode() for name, value in headers.items()}


def _needed(request: WebhookRequest, name: str) -> str:
    value = request.query.get(name)
    if not value:
        raise BadInput(
            f"The address that Kannel called lacks {name!r}; copy it from docs/sms.md once more.",
            name,
        )
    return value
