"""What an SMSC delivers, until it is stored and only then acknowledged.

In: deliver_sm from the line. Out: `Inbound` and `Receipt` values to `receive` and `settle`; then the
deliver_sm_resp. Stands between `sms_gateway.providers.smpp.session` and the inbox.

Many are taken at once, so that they can share a transaction. What can't be stored for a while is
answered with the status that makes the SMSC deliver it again, and so is what nobody foresaw. A field
that makes no sense never is: it would come again for ever.

Parts of long texts go by way of `sms_gateway.providers.smpp.parts`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

import structlog

from ringback.clock import Clock
from ringback.errors import BadInput, TryAgain
from ringback.messages import Inbound, MessageState, Receipt
from sms_gateway.provider import Receive, Settle
from sms_gateway.providers.smpp import receipts
from sms_gateway.providers.smpp.account import SmppAccount, Timing
from sms_gateway.providers.smpp.alphabets import decode
from sms_gateway.providers.smpp.joining import Part, part_of
from sms_gateway.providers.smpp.parts import LongTexts
from sms_gateway.providers.smpp.pdu import Pdu, ShortMessage, read_c_string
from sms_gateway.providers.smpp.repeats import Repeats
from sms_gateway.providers.smpp.session import Line
from sms_gateway.providers.smpp.statuses import Status, name

_log = structlog.get_logger()

_MOST_AT_ONCE = 256
_NO_ID = b"\0"  # message_id of deliver_sm_resp, which is not used
_LONGEST_PAUSE_S = 5.0
_CODE_LENGTH = 40


class Deliveries:
    """All that is being taken in over an account's lines, one after the other."""

    def __init__(
        self,
        account: SmppAccount,
        timing: Timing,
        clock: Clock,
        ids: receipts.Ids,
        receive: Receive,
        settle: Settle,
    ) -> None:
        self._account = account
        self._timing = timing
        self._clock = clock
        self._ids = ids
        self._receive = receive
        self._settle = settle
        self._zone = ZoneInfo(account.zone) if account.zone else None
        self._is_closing = False
        self._tasks = set[asyncio.Task[None]]()
        self._repeats = Repeats()
        self._proven: tuple[Line, int] | None = None
        self._long = LongTexts(account, timing, clock, self._receive_one)

    def take(self, line: Line, pdu: Pdu) -> None:
        """Begin with a deliver_sm; it is answered when it is stored."""
        if len(self._tasks) >= _MOST_AT_ONCE or self._is_closing:
            line.respond(pdu.answer(self._account.later_status, _NO_ID))
            return
        self._note_proof(line)
        self._start(self._deliver(line, pdu))

    def take_late(self, token: str, answer: Pdu) -> None:
        """Tell what became of a text whose answer comes after it was given up as unknown."""
        message_id = read_c_string(answer.body).strip()
        receipt = Receipt(
            provider=self._account.name,
            token=token,
            provider_id=self._ids.of_answer(message_id) if message_id else None,
            state=MessageState.FAILED if answer.status else MessageState.ACCEPTED,
            raw_code=name(answer.status),
            at=self._clock(),
        )
        _log.info("smpp_answer_late", account=self._account.name, status=receipt.raw_code)
        self._start(self._settle_late(receipt))

    def line_ended(self, line: Line) -> None:
        """What was answered on the line without a sign that it was read may come again."""
        self._note_proof(line)
        self._repeats.ended(line, self._clock())

    def _note_proof(self, line: Line) -> None:
        if self._proven != (line, line.proven):  # noting it takes time, and it is seldom new
            self._proven = (line, line.proven)
            self._repeats.proven(line, line.proven)

    async def flush(self) -> None:
        """Hand over, for ever, the long texts whose parts did not all come in time."""
        await self._long.flush()

    async def finish(self) -> None:
        """Begin nothing new, and finish and answer what is under way, within bounds."""
        self._is_closing = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._timing.stop_s)

    async def close(self) -> None:
        """The line is gone: give up what could not be finished, hand over what is incomplete."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._long.close()

    # --- one deliver_sm --------------------------------------------------------------------------

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, line: Line, pdu: Pdu) -> None:
        try:
            await self._take(line, pdu)
        except Exception as fault:
            _log.exception("smpp_delivery_unforeseen", fault=type(fault).__name__)
            line.respond(pdu.answer(self._account.later_status, _NO_ID))

    async def _take(self, line: Line, pdu: Pdu) -> None:
        message = ShortMessage.decode(pdu.body)
        if receipts.is_receipt(message):
            line.respond(pdu.answer(await self._take_receipt(message), _NO_ID))
            return
        if receipts.is_acknowledgement(message):
            _log.info("smpp_acknowledgement", account=self._account.name, esm=message.esm_class)
            line.respond(pdu.answer(Status.ESME_ROK, _NO_ID))
            return
        part = part_of(message)
        if part.key is None:
            await self._take_text(line, pdu, part)
        else:
            line.respond(pdu.answer(await self._long.take(part), _NO_ID))

    async def _take_receipt(self, message: ShortMessage) -> int:
        report = receipts.read(message, self._zone)
        if report.message_id is None or report.state is None:
            _log.warning("smpp_receipt_says_nothing", account=self._account.name, code=report.code)
            return Status.ESME_ROK
        provider_id, *other_ids = self._ids.of_receipt(report.message_id)
        receipt = Receipt(
            provider=self._account.name,
            token=None,
            provider_id=provider_id,
            state=report.state,
            raw_code=report.code[:_CODE_LENGTH],
            at=report.at or self._clock(),
            other_ids=tuple(other_ids),
        )
        return await self._until_taken(lambda: self._settle(receipt))

    async def _settle_late(self, receipt: Receipt) -> None:
        await self._until_taken(lambda: self._settle(receipt))

    async def _take_text(self, line: Line, pdu: Pdu, part: Part) -> None:
        text = decode(part.piece.octets, part.piece.data_coding, self._account.alphabet)
        delivery = self._repeats.begin((part.sender, part.recipient, text), line, self._clock())
        status, order = self._account.later_status, 0
        try:
            status = await self._receive_one(delivery.id, part.sender, part.recipient, text)
            order = line.respond(pdu.answer(status, _NO_ID))
        finally:
            self._repeats.answered(delivery, order, not status, self._clock())

    async def _receive_one(self, text_id: str, sender: str, recipient: str, text: str) -> int:
        inbound = Inbound(self._account.name, text_id, sender, recipient, text, self._clock())
        return await self._until_taken(lambda: self._receive(inbound))

    # --- until it is stored ----------------------------------------------------------------------

    async def _until_taken(self, act: Callable[[], Awaitable[None]]) -> int:
        """Do it until it is done, within bounds; the status that tells the SMSC how it went."""
        pause_s, later = 0.5, self._account.later_status
        try:
            async with asyncio.timeout(self._timing.deliver_s):
                while True:
                    try:
                        await act()
                        return Status.ESME_ROK
                    except BadInput as fault:  # it will never be better
                        _log.error("smpp_delivery_refused", fault=str(fault))
                        return Status.ESME_RX_P_APPN
                    except TryAgain as fault:
                        pause_s = fault.after_s
                    except Exception as fault:  # the database may be away; nothing may be lost
                        _log.warning("smpp_delivery_not_stored", fault=type(fault).__name__)
                        pause_s *= 2
                    await asyncio.sleep(min(pause_s, _LONGEST_PAUSE_S))
        except TimeoutError:
            _log.error("smpp_delivery_put_off", account=self._account.name)
            return later
