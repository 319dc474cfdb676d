"""Gammu SMSD: a modem or telephone on the desk that texts with its own SIM.

In: `Outbound` values; the folders of an SMSD that runs with `service = files`. Out: outcomes,
`Inbound` and `Receipt` values. Called by the outbox and the reconciler; `run` calls the inbox.

Source: man gammu-smsd-files(7), gammu-smsdrc(5). We write files ourselves: gammu-smsd-inject gives them
names of its own making, so that a text could not be found again after a crash. A text that SMSD has
in `sent/` was taken by the network; SMSD does not report in files whether the phone has it. Between
modem and `sent/` SMSD keeps no record: killed there, it sends that text again; so it does, without
end, with a text that the modem refuses. Therefore few texts wait in its outbox, and none for hours.
"""

import asyncio
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ringback.clock import Clock
from ringback.errors import BadInput, TryAgain
from ringback.messages import (
    Accepted,
    AccountFault,
    Inbound,
    MessageState,
    NotAccepted,
    Outbound,
    Outcome,
    Receipt,
    WebhookAnswer,
    WebhookRequest,
)
from ringback.segments import count
from sms_gateway.provider import Capabilities, Found, NotFound, Receive, Settle
from sms_gateway.providers.gammu_files import ours
from sms_gateway.providers.gammu_intake import Intake
from sms_gateway.providers.gammu_spool import FOLDERS, Spool

_LOOK_EVERY_S = 1.0
_LONGEST_PAUSE_S = 10.0
_MOST_WAITING = 20  # two or three minutes of a modem's work; the rest waits where it can be stopped
_BUSY_S = 30.0
_STUCK_AFTER = timedelta(minutes=15)
_LEFT_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class GammuAccount:
    """Where SMSD's folders are, and whose SIM is in the modem.

    Attributes:
        name: Of the account.
        number: The SIM's own, E.164; SMSD does not tell it.
        spool: The folder with SMSD's `inbox`, `outbox`, `sent` and `error`; we may write in all.

    Raises:
        BadInput: A value can't work.
    """

    name: str
    number: str
    spool: Path = Path("/var/spool/gammu")

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\+[1-9]\d{6,14}", self.number):
            raise BadInput("Write the SIM's number like +46701740605.", "number")
        if not self.spool.is_absolute() or "\0" in str(self.spool):
            raise BadInput("Write the whole path of SMSD's folder, from /.", "spool")


class Gammu:
    """One modem; keeps to the contracts of `Provider` and `Connected`."""

    capabilities = Capabilities(idempotent=True, two_way=True, receipts=True, lookup=True)

    def __init__(
        self, account: GammuAccount, clock: Clock, look_every_s: float = _LOOK_EVERY_S
    ) -> None:
        self._account = account
        self._clock = clock
        self._look_every_s = look_every_s
        self._spool = Spool(account.spool)

    @property
    def name(self) -> str:
        """The account's."""
        return self._account.name

    async def send(self, outbound: Outbound) -> Outcome:
        """Puts the text into SMSD's outbox, where it stays through a restart of anything."""
        if outbound.sender != self._account.number:
            return AccountFault(
                f"The modem {self.name} texts from {self._account.number}, not from "
                f"{outbound.sender}; correct the number of the account or of the company.",
                of_sender=True,
            )
        return await asyncio.to_thread(self._queue, outbound)

    def _queue(self, outbound: Outbound) -> Outcome:
        try:
            if self._spool.place_of(outbound.token) is None:
                waiting = self._spool.waiting()
                if stuck := self._stuck(waiting):
                    return AccountFault(stuck)
                if len(waiting) >= _MOST_WAITING:
                    reason = f"{len(waiting)} texts wait for the modem already."
                    return NotAccepted(reason, _BUSY_S, busy=True)
                self._spool.queue(outbound.token, outbound.recipient, outbound.text, self._clock())
        except TryAgain as held:
            return NotAccepted(str(held), held.after_s)
        except OSError as fault:
            return AccountFault(self._in_words(fault))
        return Accepted(outbound.token, count(outbound.text).parts, cost_e4=None)

    async def lookup(
        self, outbound: Outbound, since: datetime, known: Collection[str] = ()
    ) -> Found | NotFound | None:
        """Looks for the token in the folders; it needs neither `since` nor `known`."""
        try:
            place = await asyncio.to_thread(self._spool.place_of, outbound.token)
        except OSError:
            return None
        if place is None:
            return NotFound()
        state = MessageState.FAILED if place == "error" else MessageState.ACCEPTED
        return Found(outbound.token, state, count(outbound.text).parts, cost_e4=None)

    async def check(self) -> str | None:
        """Whether the folders are ours to use and SMSD works on them."""
        return await asyncio.to_thread(self._fault)

    def _fault(self) -> str | None:
        try:
            self._spool.try_out()
            waiting, refused = self._spool.waiting(), self._spool.refused()
            left = self._spool.left(self._clock() - _LEFT_AFTER)
        except OSError as fault:
            return self._in_words(fault)
        told = [
            _left_in_words(left, self._account.spool),
            _refused_in_words(refused, self._account.spool),
        ]
        return " ".join(filter(None, [*told, self._stuck(waiting)])) or None

    def _stuck(self, waiting: list[str]) -> str | None:
        """What to say when SMSD leaves texts lying."""
        queued = [found.queued_at for name in waiting if (found := ours(name))]
        oldest = min(queued, default=None)
        if oldest is None or self._clock() - oldest < _STUCK_AFTER:
            return None
        return (
            f"gammu-smsd has not sent a text that waits since {oldest:%H:%M} UTC. Look whether it "
            "runs, whether the modem is plugged in and has a network, and what its log says."
        )

    def _in_words(self, fault: OSError) -> str:
        return (
            f"SMSD's folder {fault.filename or self._account.spool} can't be used "
            f"({fault.strerror}). It needs {', '.join(FOLDERS)}, all writable for Ringback."
        )

    @property
    def webhook_answer(self) -> WebhookAnswer:
        """Never asked: SMSD has no webhooks."""
        return WebhookAnswer()

    def verify(self, request: WebhookRequest) -> bool:
        """Never: SMSD has no webhooks."""
        return False

    def parse_inbound(self, request: WebhookRequest) -> list[Inbound]:
        """Nothing: texts come through `run`."""
        return []

    def parse_status(self, request: WebhookRequest) -> list[Receipt]:
        """Nothing: receipts come through `run`."""
        return []

    async def run(self, receive: Receive, settle: Settle) -> None:
        """Looks into the folders every second and hands on what is there."""
        account = self._account
        intake = Intake(account.name, account.number, self._spool, self._clock, receive, settle)
        pause_s = self._look_every_s
        while True:
            await asyncio.sleep(pause_s)
            whole = await intake.look()
            pause_s = self._look_every_s if whole else min(2 * pause_s, _LONGEST_PAUSE_S)


def _left_in_words(left: int, spool: Path) -> str | None:
    """What to do about files that nobody takes out of the inbox."""
    if not left:
        return None
    return (
        f"In {spool}/inbox lie files that are older than a minute ({left}), so callers' texts may not "
        "be heard. Look whether Ringback runs with the part sms and what its log says of gammu_file. Let "
        f"its user read and remove the files (chgrp gammu {spool}/inbox/* and chmod 660 {spool}/inbox/*); "
        "move away what is no text."
    )


def _refused_in_words(refused: int, spool: Path) -> str | None:
    if not refused:
        return None
    return (
        f"{refused} files in {spool}/refused could not be read as texts. Set "
        "InboxFormat = unicode in SMSD's configuration; move what is a text back to inbox, "
        "without the number that a second file of the same name has before it."
    )
