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

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from ringback.clock import Clock
from ringback.messages import Inbound, Outbound, Outcome, Receipt, WebhookAnswer
from ringback.phone import masked
from sms_gateway.provider import (
    Capabilities,
    Found,
    NotFound,
    WebhookRequest,
    required_field,
)
from sms_gateway.providers.elks_answers import (
    STATES,
    Sms,
    account_trouble,
    outcome,
    search,
    time_of,
    written,
)
from sms_gateway.providers.history import moment, window
from sms_gateway.providers.hooks import Hooks, check_url, id_in
from sms_gateway.providers.http import Client, Http, NoAnswer, history_page, not_answered

_log = structlog.get_logger()

_PAGE = 100  # the most that 46elks lists at once
_MAX_PAGES = 100  # the time that a look-up may take is bounded too


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
        name: Of the account, among ours.

    Raises:
        BadInput: A value can't work or would send the password in clear text.
    """

    username: str
    password: str = field(repr=False)
    hook_url: str
    hook_secret: str = field(repr=False)
    allowed_sources: tuple[str, ...] = ()
    base_url: str = "https://api.46elks.com/a1"
    name: str = "46elks"

    def __post_init__(self) -> None:
        check_url(self.base_url, "46elks")
        Hooks(self.hook_url, self.hook_secret, self.allowed_sources)


class Elks:
    """One 46elks account; keeps to the contract of `Provider`. The client stays the caller's.

    `read_timeout_s` is how long 46elks may be silent; a short one makes texts of unknown outcome.
    """

    capabilities = Capabilities(idempotent=False, two_way=True, receipts=True, lookup=True)

    def __init__(
        self,
        account: ElksAccount,
        client: Client,
        clock: Clock,
        read_timeout_s: float = 20.0,
    ) -> None:
        self._http = Http(client, (account.username, account.password), read_timeout_s)
        self._url = account.base_url.rstrip("/")
        self._hooks = Hooks(account.hook_url, account.hook_secret, account.allowed_sources)
        self._name = account.name
        self._clock = clock

    @property
    def name(self) -> str:
        """The account's name."""
        return self._name

    @property
    def inbound_url(self) -> str:
        """What to enter as `sms_url` on the number at 46elks."""
        return self._hooks.inbound_url

    def receipt_url(self, token: str) -> str:
        """Where 46elks reports the delivery of the text with this token."""
        return self._hooks.receipt_url(token)

    async def send(self, outbound: Outbound) -> Outcome:
        """Asks 46elks once to take the text; see `Provider`."""
        form = {
            "from": outbound.sender,
            "to": outbound.recipient,
            "message": outbound.text,
            "whendelivered": self.receipt_url(outbound.token),
        }
        answer = await self._http.ask("POST", f"{self._url}/sms", form=form)
        if isinstance(answer, NoAnswer):
            return not_answered("46elks", answer)
        return outcome(answer.status, answer.text, answer.retry_after)

    async def lookup(
        self, outbound: Outbound, since: datetime, known: Collection[str] = ()
    ) -> Found | NotFound | None:
        """Looks for the text in 46elks' history by sender, recipient, words and time.

        Of several that fit, the oldest is taken; see `Provider` for `known`. The days around are
        listed only for what is not found in its moment: some numbers get thousands of texts a day.
        """
        told: Found | NotFound | None = NotFound()
        for first, last in (moment(since), window(since)):
            listed = await self._history(outbound.recipient, first, last)
            told = None if listed is None else search(listed, outbound, since, known)
            if not isinstance(told, NotFound):
                break
        return told

    async def check(self) -> str | None:
        """Asks 46elks for the account, which costs nothing."""
        answer = await self._http.ask("GET", f"{self._url}/me")
        if isinstance(answer, NoAnswer):
            return f"46elks could not be reached ({answer.fault})."
        return account_trouble(answer.status, answer.text)

    @property
    def webhook_answer(self) -> WebhookAnswer:
        """Nothing: a body would be sent on as a text."""
        return WebhookAnswer()

    def verify(self, request: WebhookRequest) -> bool:
        """Whether the path has our secret and the peer is one of 46elks' addresses."""
        return request.method == "POST" and self._hooks.admit(request)

    def parse_inbound(self, request: WebhookRequest) -> list[Inbound]:
        """The caller's text; 46elks joins the parts of a long one."""
        return [
            Inbound(
                provider=self.name,
                provider_id=id_in(request, "id"),
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
                provider=self.name,
                token=request.query.get("token"),
                provider_id=required_field(request, "id"),
                state=state,
                raw_code=raw_code,
                at=time_of(request.form.get("delivered")) or self._clock(),
            )
        ]

    async def _history(self, recipient: str, first: datetime, last: datetime) -> list[Sms] | None:
        """All texts with a recipient and a time, newest first; None when that can't be known."""
        start, listed = written(last), list[Sms]()
        for _ in range(_MAX_PAGES):
            # 46elks pages backwards: `start` is the newest time wanted, `end` the oldest.
            query = {"to": recipient, "start": start, "end": written(first), "limit": str(_PAGE)}
            page = await history_page(self._http, self.name, f"{self._url}/sms", query)
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
