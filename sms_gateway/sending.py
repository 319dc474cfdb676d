"""Texts handed to their providers, side by side, with no database session open.

In: texts that were marked submitting, and until when their jobs are leased. Out: what became of each,
as they come back. Every process has so many sends under way at an account as the account is set to. A
send that could not begin in good time is not begun, so that its answer is still recorded under the
lease; one that takes longer than the lease allows is given up as unknown.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

import structlog

from ringback.messages import Outcome, Unknown
from sms_gateway.marking import Marked
from sms_gateway.provider import Account

_BEGIN_SHARE, _END_SHARE = 0.2, 0.7  # of the lease: of a minute's, a send has half a minute
_TOGETHER_S = 0.25  # what comes back so soon after each other is recorded together
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a text; `outcome` is None when the provider was not asked."""

    marked: Marked
    outcome: Outcome | None


class Sending:
    """The sends under way in this process."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts
        self._turns = {
            name: asyncio.Semaphore(max(account.at_once, 1)) for name, account in accounts.items()
        }

    async def each(
        self, texts: Sequence[Marked], lease_s: float
    ) -> AsyncGenerator[Sequence[Sent], None]:
        """What became of the texts, in lots: none waits long for a slower one of its batch.

        Args:
            texts: Of one batch.
            lease_s: How long their jobs are still leased.
        """
        begun = asyncio.get_running_loop().time()
        begin_by, end_by = begun + _BEGIN_SHARE * lease_s, begun + _END_SHARE * lease_s
        under_way = {asyncio.create_task(self._send(text, begin_by, end_by)) for text in texts}
        try:
            while under_way:
                done, under_way = await asyncio.wait(under_way, timeout=_TOGETHER_S)
                if done:
                    yield [task.result() for task in done]
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _send(self, text: Marked, begin_by: float, end_by: float) -> Sent:
        turn = self._turns[text.account]
        try:
            async with asyncio.timeout_at(begin_by):
                await turn.acquire()
        except TimeoutError:
            return Sent(text, None)
        try:
            return Sent(text, await self._ask(text, end_by))
        finally:
            turn.release()

    async def _ask(self, text: Marked, end_by: float) -> Outcome:
        provider = self._accounts[text.account].provider
        try:
            async with asyncio.timeout_at(end_by):
                return await provider.send(text.outbound)
        except TimeoutError:
            return Unknown("the provider did not answer in time")
        except Exception as fault:  # a fault of ours; the provider may have the text all the same
            log.exception("send_failed", account=text.account)
            return Unknown(f"the send broke off ({type(fault).__name__})")
