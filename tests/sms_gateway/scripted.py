"""An account with a provider that answers as a test orders; it keeps the contract of `Provider`."""

import asyncio
from collections import deque
from collections.abc import Collection
from datetime import datetime

from ringback.messages import (
    Accepted,
    Inbound,
    Outbound,
    Outcome,
    Receipt,
    WebhookAnswer,
    WebhookRequest,
)
from sms_gateway.provider import Capabilities, Found, NotFound


class Scripted:
    """Accepts everything, but for the outcomes in `answers`, which come first.

    Attributes:
        answers: Outcomes of the next sends; an exception is raised.
        asked: The texts it was asked to take.
        found: What a look-up finds, by token; it never knows more.
        hold: When set to an event, sends wait for it.
    """

    def __init__(
        self,
        name: str = "46elks",
        *,
        idempotent: bool = False,
        receipts: bool = True,
        lookup: bool = True,
        receipts_by_id: bool = False,
    ) -> None:
        self._name = name
        self._capabilities = Capabilities(
            idempotent=idempotent,
            two_way=True,
            receipts=receipts,
            lookup=lookup,
            receipts_by_id=receipts_by_id,
        )
        self.answers: deque[Outcome | Exception] = deque()
        self.asked: list[Outbound] = []
        self.found: dict[str, Found | NotFound] = {}
        self.hold: asyncio.Event | None = None
        self.at_once = self.most_at_once = 0

    @property
    def name(self) -> str:
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    def words(self) -> list[str]:
        return [outbound.text for outbound in self.asked]

    async def send(self, outbound: Outbound) -> Outcome:
        self.asked.append(outbound)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            if self.hold:
                await self.hold.wait()
        finally:
            self.at_once -= 1
        answer = self.answers.popleft() if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer or Accepted(f"{self.name}-{outbound.token}", parts=None, cost_e4=None)

    async def lookup(
        self, outbound: Outbound, since: datetime, known: Collection[str] = ()
    ) -> Found | NotFound | None:
        return self.found.get(outbound.token)

    async def check(self) -> str | None:
        return None

    @property
    def webhook_answer(self) -> WebhookAnswer:
        return WebhookAnswer()

    def verify(self, request: WebhookRequest) -> bool:
        return False

    def parse_inbound(self, request: WebhookRequest) -> list[Inbound]:
        return []

    def parse_status(self, request: WebhookRequest) -> list[Receipt]:
        return []
