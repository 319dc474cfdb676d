"""Texts handed to their providers, side by side, with no database session open.

In: texts that were marked submitting, and until when a send may take. Out: what became of each. Every
process has so many sends under way at an account as the account is set to; room for a send is kept
before its text is marked (`Booking`), so that each marked text begins at once.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from ringback.messages import Outcome, Unknown
from sms_gateway.marked import Marked
from sms_gateway.provider import Account

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a text."""

    marked: Marked
    outcome: Outcome


class Sending:
    """The sends under way in this process."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts
        self._room = Counter({name: max(account.at_once, 1) for name, account in accounts.items()})
        self._freed = asyncio.Event()

    def room(self, account: str) -> int:
        """How many sends can begin through the account, or through any for ""."""
        return self._room[account] if account else sum(self._room.values())

    async def wait_for_room(self, longest_s: float) -> None:
        """Return when a send has ended, or after so long."""
        try:
            await asyncio.wait_for(self._freed.wait(), longest_s)
        except TimeoutError:
            return

    def book(self) -> "Booking":
        """For texts that are being marked."""
        return Booking(self)

    def begin(self, text: Marked, end_by: float) -> asyncio.Task[Sent]:
        """Ask the provider, in room that was booked.

        Args:
            text: Marked.
            end_by: When it is given up as unknown, by the loop's clock.
        """
        asking = asyncio.create_task(self._ask(text, end_by))
        asking.add_done_callback(lambda _: self.give_back(text.account))
        return asking

    def take(self, account: str) -> bool:
        """Keep room for one send."""
        if self._room[account] <= 0:
            return False
        self._room[account] -= 1
        return True

    def give_back(self, account: str) -> None:
        """The send is over, or was never begun."""
        self._room[account] += 1
        self._freed.set()
        self._freed = asyncio.Event()

    async def _ask(self, text: Marked, end_by: float) -> Sent:
        provider = self._accounts[text.account].provider
        try:
            async with asyncio.timeout_at(end_by):
                return Sent(text, await provider.send(text.outbound))
        except TimeoutError:
            return Sent(text, Unknown("the provider did not answer in time"))
        except Exception as fault:  # a fault of ours; the provider may have the text all the same
            log.exception("send_failed", account=text.account)
            return Sent(text, Unknown(f"the send broke off ({type(fault).__name__})"))


class Booking:
    """Room kept in one unit of work, for as long as nobody knows whether it is committed."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._taken: Counter[str] = Counter()

    def take(self, account: str) -> bool:
        """Keep room for one more send through the account; False when it has none."""
        taken = self._sending.take(account)
        self._taken[account] += 1 if taken else 0
        return taken

    def give_back(self, account: str) -> None:
        """One is not needed after all."""
        self._taken[account] -= 1
        self._sending.give_back(account)

    def cancel(self) -> None:
        """The unit of work came to nothing."""
        for account in list(self._taken.elements()):
            self.give_back(account)
