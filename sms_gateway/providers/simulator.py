"""The provider behind `ringback demo`: texts go to simulated phones instead of an operator.

In: `Outbound` values; what is typed on a simulated phone, posted as a webhook. Out: accepted at
once, then a receipt; inbound texts. Stands where `elks` stands, so the demo takes the same way
through outbox and inbox as real texts do.
"""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Protocol

from ringback.clock import Clock
from ringback.messages import Accepted, Inbound, MessageState, Outbound, Receipt, WebhookAnswer
from ringback.segments import count
from sms_gateway.provider import (
    Capabilities,
    Found,
    NotFound,
    WebhookRequest,
    carries_secret,
    required_field,
)


class SimulatedPhones(Protocol):
    """Where the simulated phones keep their texts."""

    async def show(self, outbound: Outbound, at: datetime) -> None:
        """Puts the text on the recipient's phone; one with a token already there changes nothing."""
        ...

    async def shows(self, token: str) -> bool:
        """Whether the text with this token is on a phone."""
        ...


TakeReceipt = Callable[[Receipt], Awaitable[None]]
"""Gets each receipt, before `send` returns; whoever wants it later puts it off with a job."""


class Simulator:
    """All simulated phones; keeps to the contract of `Provider`.

    A crash between the text on the phone and its receipt heals itself: the same token may be sent
    again, shows nothing twice, and gives the receipt again.
    """

    name = "simulator"
    capabilities = Capabilities(idempotent=True, two_way=True, receipts=True, lookup=True)

    def __init__(
        self, phones: SimulatedPhones, take_receipt: TakeReceipt, hook_secret: str, clock: Clock
    ) -> None:
        self._phones = phones
        self._take_receipt = take_receipt
        self._hook_secret = hook_secret
        self._clock = clock

    async def send(self, outbound: Outbound) -> Accepted:
        """Shows the text on the recipient's phone and reports it as delivered."""
        now = self._clock()
        await self._phones.show(outbound, now)
        provider_id = _provider_id(outbound.token)
        await self._take_receipt(
            Receipt(
                self.name, outbound.token, provider_id, MessageState.DELIVERED, "delivered", now
            )
        )
        return Accepted(provider_id, parts=count(outbound.text).parts, cost_e4=0)

    async def lookup(
        self, outbound: Outbound, since: datetime, known: Collection[str] = ()
    ) -> Found | NotFound | None:
        """Looks for the token on the phones; it needs neither `since` nor `known`."""
        if not await self._phones.shows(outbound.token):
            return NotFound()
        return Found(
            _provider_id(outbound.token),
            MessageState.DELIVERED,
            parts=count(outbound.text).parts,
            cost_e4=0,
        )

    async def check(self) -> str | None:
        """Nothing can be wrong."""
        return None

    @property
    def webhook_answer(self) -> WebhookAnswer:
        """Nothing: a body would be sent on as a text."""
        return WebhookAnswer()

    def verify(self, request: WebhookRequest) -> bool:
        """Whether the path has the secret that the phones' page was given."""
        return request.method == "POST" and carries_secret(request, self._hook_secret)

    def parse_inbound(self, request: WebhookRequest) -> list[Inbound]:
        """The text typed on a phone: id (made by the page, once per text), from, to, message."""
        return [
            Inbound(
                provider=self.name,
                provider_id=required_field(request, "id"),
                sender=required_field(request, "from"),
                recipient=required_field(request, "to"),
                text=required_field(request, "message"),
                received_at=self._clock(),
            )
        ]

    def parse_status(self, request: WebhookRequest) -> list[Receipt]:
        """Nothing: receipts are given as values, not posted."""
        return []


def _provider_id(token: str) -> str:
    return f"sim-{token}"
