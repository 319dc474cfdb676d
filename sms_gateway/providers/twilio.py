"""Twilio: texts out, answers and receipts in, and the search for texts of unknown outcome.

In: `Outbound` values, webhooks. Out: outcomes, `Inbound` and `Receipt` values. Called by the outbox, the
inbox and the reconciler; keeps nothing.

Source: twilio.com/docs (messaging/api/message-resource, messaging/guides/webhook-request,
usage/security). Sending is not idempotent: the same text asked for twice is two texts. So our token
travels in each text's StatusCallback, which lets a receipt resolve an unknown outcome. Twilio signs
what it calls; the signature is over all fields that came, for new ones are added without notice.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

import structlog

from ringback.clock import Clock
from ringback.errors import BadInput
from ringback.messages import Inbound, Outbound, Outcome, Receipt, WebhookAnswer
from sms_gateway.provider import (
    Capabilities,
    Found,
    NotFound,
    WebhookRequest,
    required_field,
)
from sms_gateway.providers.history import search
from sms_gateway.providers.hooks import Hooks, check_url, id_in
from sms_gateway.providers.http import Client, Http, NoAnswer, history_page, not_answered
from sms_gateway.providers.twilio_answers import (
    STATES,
    account_trouble,
    entries,
    opted_out,
    outcome,
    raw_code,
)
from sms_gateway.providers.twilio_signature import is_signed

_VERSION = "/2010-04-01/"
_PAGE = "1000"
_MAX_PAGES = 5
_REPEATS = "rc=5&rp=all"  # usage/webhooks/webhooks-connection-overrides: five times, at any fault
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """How to reach Twilio, and how it reaches us.

    Attributes:
        account_sid: AC… of the account or subaccount.
        auth_token: Its primary token; it also signs the webhooks.
        hook_url: Public URL below which our webhooks are, without the secret, exactly as Twilio
            calls it: the signature is over it.
        hook_secret: At least 16 of A-Z a-z 0-9 _ -; unguessable.
        allowed_sources: Addresses that webhooks may come from; empty allows all. Twilio names none.
        old_auth_token: Taken for signatures as well, while the token is being changed; or empty.
        base_url: Of the API.
        name: Of the account, among ours.

    Raises:
        BadInput: A value can't work or would send the token in clear text.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    hook_url: str
    hook_secret: str = field(repr=False)
    allowed_sources: tuple[str, ...] = ()
    old_auth_token: str = field(default="", repr=False)
    base_url: str = "https://api.twilio.com"
    name: str = "twilio"

    def __post_init__(self) -> None:
        check_account_sid(self.account_sid)
        check_url(self.base_url, "Twilio")
        Hooks(self.hook_url, self.hook_secret, self.allowed_sources)

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens that may have signed a webhook; never an empty one, which anybody has."""
        return tuple(token for token in (self.auth_token, self.old_auth_token) if token)


def check_account_sid(sid: str) -> str:
    """The account's SID; BadInput when it is none, such as an API key's."""
    if not re.fullmatch(r"AC[0-9a-f]{32}", sid):
        raise BadInput(
            "The account SID is AC and 32 hexadecimal digits; Twilio's console shows it.",
            "account_sid",
        )
    return sid


class Twilio:
    """One Twilio account; keeps to the contract of `Provider`. The client stays the caller's."""

    capabilities = Capabilities(idempotent=False, two_way=True, receipts=True, lookup=True)

    def __init__(
        self, account: TwilioAccount, client: Client, clock: Clock, read_timeout_s: float = 20.0
    ) -> None:
        self._http = Http(client, (account.account_sid, account.auth_token), read_timeout_s)
        self._base = account.base_url.rstrip("/")
        self._account_path = f"{_VERSION}Accounts/{account.account_sid}"
        self._hooks = Hooks(account.hook_url, account.hook_secret, account.allowed_sources)
        self._tokens = account.tokens
        self._name = account.name
        self._clock = clock

    @property
    def name(self) -> str:
        """The account's name."""
        return self._name

    @property
    def inbound_url(self) -> str:
        """What to enter at the number as "A message comes in", with HTTP POST.

        The fragment makes Twilio repeat what could not be kept. It is not a part of what is called
        or signed: the signature is over the address up to the end of its query.
        """
        return f"{self._hooks.inbound_url}#{_REPEATS}"

    def receipt_url(self, token: str) -> str:
        """Where Twilio reports what becomes of the text with this token."""
        return self._hooks.receipt_url(token)

    async def send(self, outbound: Outbound) -> Outcome:
        """Asks Twilio once to take the text; see `Provider`."""
        form = {
            "From": outbound.sender,
            "To": outbound.recipient,
            "Body": outbound.text,
            "StatusCallback": self.receipt_url(outbound.token),
        }
        url = f"{self._base}{self._account_path}/Messages.json"
        answer = await self._http.ask("POST", url, form=form)
        if isinstance(answer, NoAnswer):
            return not_answered("Twilio", answer)
        return outcome(answer.status, answer.text, answer.retry_after)

    async def lookup(
        self, outbound: Outbound, since: datetime, known: Collection[str] = ()
    ) -> Found | NotFound | None:
        """Looks for the text among all between the two numbers, by words and time.

        Twilio could narrow the list down by the time of sending, but a text that waits there has none.
        """
        ends = f"From={quote(outbound.sender)}&To={quote(outbound.recipient)}"
        path: str | None = f"{self._account_path}/Messages.json?{ends}&PageSize={_PAGE}"
        listed = list[Mapping[str, object]]()
        for _ in range(_MAX_PAGES):
            page = await history_page(self._http, self.name, f"{self._base}{path}")
            messages = page.get("messages") if page else None
            if page is None or not isinstance(messages, list):
                return None
            listed += [message for message in messages if isinstance(message, dict)]
            onward = page.get("next_page_uri")
            if not onward:
                return search(entries(listed), outbound, since, known)
            if not (isinstance(onward, str) and onward.startswith(self._account_path)):
                return None  # our password goes nowhere else
            path = onward
        _log.warning("twilio_history_too_long", account=self.name)
        return None

    async def check(self) -> str | None:
        """Asks Twilio for the account, which costs nothing."""
        answer = await self._http.ask("GET", f"{self._base}{self._account_path}.json")
        if isinstance(answer, NoAnswer):
            return f"Twilio could not be reached ({answer.fault})."
        return account_trouble(answer.status, answer.text)

    @property
    def webhook_answer(self) -> WebhookAnswer:
        """TwiML that says nothing to the caller."""
        return WebhookAnswer(200, "text/xml", b"<Response/>")

    def verify(self, request: WebhookRequest) -> bool:
        """Whether the path has our secret and Twilio signed the request."""
        if request.method != "POST" or not self._hooks.admit(request):
            return False
        url = self._hooks.at(request.path.rpartition("/")[2])
        query = f"?{request.raw_query}" if request.raw_query else ""
        return is_signed(request, url + query, self._tokens)

    def parse_inbound(self, request: WebhookRequest) -> list[Inbound]:
        """The caller's text; Twilio joins the parts of a long one."""
        return [
            Inbound(
                provider=self.name,
                provider_id=id_in(request, "MessageSid"),
                sender=required_field(request, "From"),
                recipient=required_field(request, "To"),
                text=required_field(request, "Body"),
                received_at=self._clock(),
            )
        ]

    def parse_status(self, request: WebhookRequest) -> list[Receipt]:
        """The receipt; none for a status that Twilio has added since."""
        told = required_field(request, "MessageStatus")
        state = STATES.get(told)
        if state is None:
            _log.warning("twilio_status_unknown", status=told[:40])
            return []
        return [
            Receipt(
                provider=self.name,
                token=request.query.get("token"),
                provider_id=required_field(request, "MessageSid"),
                state=state,
                raw_code=raw_code(told, request.form.get("ErrorCode", "")),
                at=self._clock(),
                opted_out=opted_out(request.form.get("ErrorCode", "")),
            )
        ]
