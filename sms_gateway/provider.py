"""What the outbox and the inbox may expect of any account with an SMS provider.

In: texts to send, webhooks as values. Out: outcomes, receipts, inbound texts. A provider keeps
nothing and knows no database; a provider's own words stop in its file.
"""

import hmac
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from ringback.errors import BadInput
from ringback.messages import (
    Inbound,
    MessageState,
    Outbound,
    Outcome,
    Receipt,
    WebhookAnswer,
    WebhookRequest,
)

__all__ = [
    "Account",
    "Capabilities",
    "Connected",
    "Found",
    "NotFound",
    "Provider",
    "Receive",
    "Settle",
    "WebhookAnswer",
    "WebhookRequest",
    "carries_secret",
    "required_field",
]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do.

    Attributes:
        idempotent: The same token sent again is never a second text.
        two_way: Callers' answers come in through `parse_inbound`.
        receipts: Delivery is reported, through `parse_status` or `run`.
        lookup: `lookup` can find a text whose outcome is unknown.
        receipts_by_id: Receipts carry the provider's id alone, not our token, so one may come
            before the id is stored.
    """

    idempotent: bool
    two_way: bool
    receipts: bool
    lookup: bool
    receipts_by_id: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The provider has the text; fields as in `Accepted`, with the state it has reached."""

    provider_id: str
    state: MessageState
    parts: int | None
    cost_e4: int | None


@dataclass(frozen=True, slots=True)
class NotFound:
    """The provider was asked and has no such text."""


class Provider(Protocol):
    """One account with an SMS provider.

    Sending: `send` asks once, never retries by itself, and answers with a value; it raises for no
    outcome, only `CancelledError` when we are stopped. Commit `submitting` before calling it: a
    crash in the middle must be read as unknown. Every wait inside is bounded (half a minute in
    all). Unless `capabilities.idempotent`, the same text sent twice is two texts, so only
    `NotAccepted` and `AccountFault` may be followed by another `send` of the same token.

    Receiving: call `verify` first and answer 403 when it says no, without parsing. `parse_inbound`
    and `parse_status` raise `BadInput` for a webhook that lacks what it must have. The same inbound
    text or receipt may come many times, in any order, also before `send` has returned: dedupe on
    (provider, provider_id) and ask `may_follow`. Answer with 204 and an empty body after the
    commit, or with `webhook_answer`: some providers send a body back as a text.

    Reconciling: `lookup` is for unknown texts. None means that the provider could not be asked or
    could not say: ask again later. `NotFound` counts only some minutes after the send, for the
    provider may have been working on the text while we asked.
    """

    @property
    def name(self) -> str:
        """The account's name, as stored beside the provider's ids and in webhook addresses."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What this provider can do; constant."""
        ...

    async def send(self, outbound: Outbound) -> Outcome:
        """Asks the provider once to take the text."""
        ...

    async def lookup(
        self, outbound: Outbound, since: datetime, known: Collection[str] = ()
    ) -> Found | NotFound | None:
        """Whether the provider has a text of unknown outcome.

        Args:
            outbound: The text, exactly as it was sent.
            since: When its last attempt began, by our clock.
            known: Provider ids that belong to other texts of ours and so can't be this one. Give
                them whenever the same words may have gone to the same number twice.
        """
        ...

    async def check(self) -> str | None:
        """What is wrong with the account, in plain English, without sending a text; else None."""
        ...

    @property
    def webhook_answer(self) -> WebhookAnswer:
        """What the provider wants to hear when its webhook was taken; constant."""
        ...

    def verify(self, request: WebhookRequest) -> bool:
        """Whether the webhook comes from the provider."""
        ...

    def parse_inbound(self, request: WebhookRequest) -> list[Inbound]:
        """The callers' texts that a verified webhook carries."""
        ...

    def parse_status(self, request: WebhookRequest) -> list[Receipt]:
        """The receipts that a verified webhook carries."""
        ...


Receive = Callable[[Inbound], Awaitable[None]]
Settle = Callable[[Receipt], Awaitable[None]]


@runtime_checkable
class Connected(Protocol):
    """A provider that hears of texts and receipts over a line or a folder of its own."""

    async def run(self, receive: Receive, settle: Settle) -> None:
        """Works until it is cancelled; connects again by itself, with bounded waits.

        What `receive` or `settle` refuse with `TryAgain` (or a database that is away) is handed to
        them again later: it is acknowledged to the provider only when they have returned.
        """
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """A provider, and how fast we may use it.

    Attributes:
        per_second: Texts in all; 0 for no bound of ours.
        sender_per_second: Texts from one of our numbers; 0 for no bound of ours.
        at_once: How many sends one process has under way.
    """

    provider: Provider
    per_second: float = 0.0
    sender_per_second: float = 0.0
    at_once: int = 32


def carries_secret(request: WebhookRequest, secret: str) -> bool:
    """Whether the webhook's path is `…/<secret>/<what>`, compared in constant time."""
    segments = request.path.split("/")
    return len(segments) > 1 and hmac.compare_digest(segments[-2].encode(), secret.encode())


def required_field(request: WebhookRequest, name: str) -> str:
    """A form field that the webhook must have.

    Raises:
        BadInput: It is missing.
    """
    value = request.form.get(name)
    if value is None:
        raise BadInput(
            f"The webhook lacks the form field {name!r}; check that the URL was given to the right "
            "provider for the right purpose.",
            name,
        )
    return value
