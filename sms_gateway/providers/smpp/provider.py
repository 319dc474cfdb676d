"""An account at an SMSC as a provider: texts out by submit_sm, and a line that is kept up.

In: `Outbound` values; `receive` and `settle`. Out: outcomes; what `delivering` makes of the SMSC's
requests. Stands where `sms_gateway.providers.elks` stands, but for the webhooks: all comes over the line.

Source: SMPP 3.4. It has no idempotency key and no way to look for a text that works everywhere
(query_sm needs the id that was lost), so an unknown text is resolved by a receipt or by an answer
that comes late. The rules of outcomes:

- not written to the line: not accepted; written and not answered: unknown;
- slow down: not accepted, nobody else is asked; for a later part: tried again for a while, the
  parts that were taken never again;
- some parts taken and the next refused: rejected with the code `partial`.
"""

import asyncio
import contextlib
import itertools
import os
import random
import re
import ssl
import uuid
from collections.abc import Callable, Collection
from datetime import datetime

import structlog

from ringback.clock import Clock
from ringback.errors import BadInput
from ringback.messages import (
    Accepted,
    AccountFault,
    Inbound,
    NotAccepted,
    Outbound,
    Outcome,
    Receipt,
    Rejected,
    Unknown,
    WebhookAnswer,
    WebhookRequest,
)
from ringback.segments import count
from sms_gateway.provider import Capabilities, Found, NotFound, Receive, Settle
from sms_gateway.providers.smpp.account import SmppAccount, Timing
from sms_gateway.providers.smpp.delivering import Deliveries
from sms_gateway.providers.smpp.long import messages
from sms_gateway.providers.smpp.pdu import RESPONSE, Command, Pdu, read_c_string
from sms_gateway.providers.smpp.receipts import Ids
from sms_gateway.providers.smpp.session import BindRefused, Line, NotWritten, Unanswered, open_line
from sms_gateway.providers.smpp.statuses import Status, refused_text

_log = structlog.get_logger()

_CHANCE = random.SystemRandom().random
_AGAIN_S = 5.0
_PART_AGAIN_S = 1.0
_REFUSED_GROWTH = 10
_PARTIAL = "partial"
_ANSWER = Command.SUBMIT_SM | RESPONSE
_MAY_BE_HELD = (Status.ESME_RALYBND, Status.ESME_RBINDFAIL)
_HELD = (
    "This was tried on a line of its own: an SMSC that allows one only refuses it while Ringback runs. "
    "The portal says how the running line is."
)
# A ValueError is a host that the resolver takes for no name.
_NO_LINE = (BindRefused, OSError, TimeoutError, NotWritten, Unanswered, ValueError)


class Smpp:
    """One account at an SMSC; keeps to the contracts of `Provider` and `Connected`.

    Texts can be sent while `run` is at work, in the same event loop.
    """

    capabilities = Capabilities(
        idempotent=False, two_way=True, receipts=True, lookup=False, receipts_by_id=True
    )

    def __init__(
        self,
        account: SmppAccount,
        clock: Clock,
        timing: Timing | None = None,
        chance: Callable[[], float] = _CHANCE,
    ) -> None:
        self._account = account
        self._clock = clock
        self._timing = timing or Timing()
        self._chance = chance
        self._ids = Ids(account.message_ids)
        self._references = itertools.count(int(chance() * 0x10000))
        self._line: Line | None = None
        self._is_up = asyncio.Event()
        self._is_run = False
        self._fault: tuple[str, bool] | None = None  # of the last bind; whether it is lasting
        self._failures = 0

    @property
    def name(self) -> str:
        """The account's name."""
        return self._account.name

    # --- out -------------------------------------------------------------------------------------

    async def send(self, outbound: Outbound) -> Outcome:
        """Sends the text: its first part, and when that is taken the others; see `Provider`."""
        try:
            parts = messages(outbound, self._account, next(self._references))
        except BadInput as fault:
            return Rejected(fault.field or "text", str(fault))
        until = asyncio.get_running_loop().time() + self._timing.send_s
        first, *others = (part.encode() for part in parts)
        told = [await self._submit(first, None if others else outbound.token, until)]
        if isinstance(told[0], str) and others:
            told += await asyncio.gather(*(self._send_part(part, until) for part in others))
        ids = tuple(outcome for outcome in told if isinstance(outcome, str))
        refused = [outcome for outcome in told if not isinstance(outcome, str)]
        if refused:
            return _partly(refused, len(ids), len(parts)) if ids else refused[0]
        billed = len(parts) if others else count(outbound.text).parts
        return Accepted(ids[0], billed, None, ids if others else ())

    async def _send_part(self, body: bytes, until: float) -> str | Outcome:
        """The SMSC's id of a part after the first; it may be tried again while there is time."""
        last = until - self._timing.least_answer_s
        while True:
            outcome = await self._submit(body, None, until)
            if not isinstance(outcome, NotAccepted):
                return outcome
            pause_s = min(outcome.retry_after_s, _PART_AGAIN_S)
            if asyncio.get_running_loop().time() + pause_s >= last:
                return outcome
            await asyncio.sleep(pause_s)

    async def _submit(self, body: bytes, token: str | None, until: float) -> str | Outcome:
        line = await self._ready()
        if not isinstance(line, Line):
            return line
        try:
            answer = await line.submit(body, token, until)
        except NotWritten as fault:
            return NotAccepted(str(fault), _AGAIN_S, fault.busy)
        except Unanswered as fault:
            return Unknown(str(fault))
        if answer.command == _ANSWER and not answer.status:
            message_id = read_c_string(answer.body).strip()
            return self._ids.of_answer(message_id) if message_id else f"none-{uuid.uuid4().hex}"
        if answer.status == Status.ESME_RINVBNDSTS:
            line.end("The SMSC has forgotten our bind.")
        return _refused(answer, self._account.account_statuses)

    async def _ready(self) -> Line | NotAccepted | AccountFault:
        """The line; waits a moment for one that is being opened."""
        if self._line is not None and not self._line.is_usable:
            self._is_up.clear()  # it is about to end
        if not self._is_up.is_set() and self._is_run and self._fault is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timing.connect_s):
                    await self._is_up.wait()
        if self._line is not None and self._is_up.is_set():
            return self._line
        reason, is_lasting = self._fault or ("There is no line to the SMSC.", False)
        return AccountFault(reason) if is_lasting else NotAccepted(reason, _AGAIN_S)

    # --- the line --------------------------------------------------------------------------------

    async def run(self, receive: Receive, settle: Settle) -> None:
        """Keeps a line up and takes what comes over it; see `Connected`."""
        deliveries = Deliveries(
            self._account, self._timing, self._clock, self._ids, receive, settle
        )
        flushing = asyncio.create_task(deliveries.flush(), name=f"{self.name}-parts")
        self._is_run = True
        try:
            while True:
                line = await self._open(deliveries)
                if line is not None:
                    await self._hold(line, deliveries)
                await asyncio.sleep(self._pause_s())
        finally:
            self._is_run = False
            flushing.cancel()
            await asyncio.gather(flushing, return_exceptions=True)
            await deliveries.close()

    async def check(self) -> str | None:
        """The state of the line; where it is not run, tries a bind of its own."""
        if self._line is not None:
            return None
        if self._is_run:
            return self._fault[0] if self._fault else "The line to the SMSC is being opened."
        try:
            line = await open_line(self._account, self._timing, self._put_off, _ignore)
        except _NO_LINE as fault:
            words, _ = _told(fault, self._account)
            is_held = isinstance(fault, BindRefused) and fault.status in _MAY_BE_HELD
            return f"{words} {_HELD}" if is_held else words
        await line.close()
        return None

    def _put_off(self, line: Line, pdu: Pdu) -> None:
        """A check stores nothing: what comes meanwhile has to come again."""
        line.respond(pdu.answer(self._account.later_status, b"\0"))

    async def _open(self, deliveries: Deliveries) -> Line | None:
        try:
            line = await open_line(
                self._account, self._timing, deliveries.take, deliveries.take_late
            )
        except _NO_LINE as fault:
            self._fault = _told(fault, self._account)
            self._failures += 1
            _log.warning("smpp_no_line", account=self.name, reason=self._fault[0])
            return None
        _log.info("smpp_bound", account=self.name, host=self._account.host)
        return line

    async def _hold(self, line: Line, deliveries: Deliveries) -> None:
        """Use the line until it ends; an orderly end when we are cancelled."""
        loop = asyncio.get_running_loop()
        began, self._line, self._fault = loop.time(), line, None
        self._is_up.set()
        watching = asyncio.create_task(line.watch(), name=f"{self.name}-watch")
        try:
            reason = await asyncio.shield(line.ended)
            _log.warning("smpp_line_ended", account=self.name, reason=reason)
        except asyncio.CancelledError:
            self._is_run = False  # from here on nobody waits for another line
            await deliveries.finish()
            raise
        finally:
            self._line = None
            self._is_up.clear()
            watching.cancel()
            await line.close()
            deliveries.line_ended(line)
            # A line that breaks at once, again and again, must not make us knock without a pause.
            lived_long = loop.time() - began > self._timing.most_s
            self._failures = 0 if lived_long else self._failures + 1

    def _pause_s(self) -> float:
        """Doubled after each failure, up to a quarter longer by chance."""
        timing, (_, is_lasting) = self._timing, self._fault or ("", False)
        first_s, most_s = timing.first_s, timing.most_s
        if is_lasting:  # knocking often with a wrong password gets accounts locked
            first_s, most_s = timing.refused_s, _REFUSED_GROWTH * timing.refused_s
        grown_s = first_s * 2.0 ** min(max(self._failures - 1, 0), 30)
        return min(grown_s, most_s) * (1 + self._chance() / 4)

    # --- what SMPP has not -----------------------------------------------------------------------

    async def lookup(
        self, outbound: Outbound, since: datetime, known: Collection[str] = ()
    ) -> Found | NotFound | None:
        """None: an SMSC can't be asked without the id that was lost."""
        return None

    @property
    def webhook_answer(self) -> WebhookAnswer:
        """There are no webhooks."""
        return WebhookAnswer()

    def verify(self, request: WebhookRequest) -> bool:
        """False: there are no webhooks."""
        return False

    def parse_inbound(self, request: WebhookRequest) -> list[Inbound]:
        """Nothing: there are no webhooks."""
        return []

    def parse_status(self, request: WebhookRequest) -> list[Receipt]:
        """Nothing: there are no webhooks."""
        return []


def _partly(refused: list[Outcome], taken: int, total: int) -> Outcome:
    """What it means for the text that some of its parts were taken and some not."""
    so_far = f"The SMSC took {taken} of {total} parts"
    for outcome in refused:
        if isinstance(outcome, Unknown):
            return Unknown(f"{so_far}; of the others: {outcome.reason}")
    reasons = {outcome.reason for outcome in refused if not isinstance(outcome, Accepted)}
    return Rejected(_PARTIAL, f"{so_far} and not the others: {' '.join(sorted(reasons))}")


def _refused(answer: Pdu, account_statuses: Collection[int]) -> Outcome:
    if answer.command not in (_ANSWER, Command.GENERIC_NACK):
        return Unknown(f"The SMSC gave an answer of another kind (0x{answer.command:08x}).")
    status = answer.status or Status.ESME_RINVCMDID  # a generic_nack that names no reason
    return refused_text(status, account_statuses)


def _told(fault: Exception, account: SmppAccount) -> tuple[str, bool]:
    """What is wrong with the line, in plain words, and whether a person must mend it."""
    where = f"{account.host}:{account.port}"
    if isinstance(fault, BindRefused):
        return str(fault), fault.lasting
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"The certificate of {where} is not right: {fault.verify_message}.", True
    if isinstance(fault, ssl.SSLError):
        return f"{where} does not speak TLS as we do; is `tls` right for this port?", True
    if isinstance(fault, Unanswered | NotWritten):
        return f"{where} does not answer the bind: is our address allowed, the port right?", False
    if isinstance(fault, TimeoutError):
        return f"{where} can't be reached: it does not answer. Is a firewall between?", False
    if isinstance(fault, ValueError):
        return f"The host {account.host!r} is no name; correct it in the accounts file.", True
    return f"{where} can't be reached: {_why(fault)}.", False


def _why(fault: Exception) -> str:
    """The system's words, without its number."""
    number = fault.errno or 0 if isinstance(fault, OSError) else 0
    return os.strerror(number) if number > 0 else re.sub(r"\[Errno -?\d+\] ", "", str(fault))


def _ignore(token: str, answer: Pdu) -> None:
    """A check sends no texts."""
