"""One line to an SMSC, from the bind to its end.

In: requests of ours; what the SMSC sends. Out: its answers, each to the request it belongs to; its
requests, to whoever takes them. Held by `sms_gateway.providers.smpp.provider`.

Source: SMPP 3.4 sections 2.2 to 2.9 and 4; the window after Kannel's max-pending-submits.

What a request knows of its fate is all that keeps texts from being sent twice or lost: `NotWritten`
means that not one octet of it left us, `Unanswered` that the SMSC may have it. A request is
registered before it is written, so no answer can be faster than that.
"""

import asyncio
import contextlib
import ssl
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import structlog

from sms_gateway.providers.smpp.account import SmppAccount, Timing
from sms_gateway.providers.smpp.pdu import (
    LAST_SEQUENCE,
    RESPONSE,
    Bind,
    Command,
    Garbage,
    Pdu,
    take,
)
from sms_gateway.providers.smpp.statuses import Status, refused_bind

_log = structlog.get_logger()

_MOST_LATE = 10_000
_MOST_SILENT = 2  # enquire_link in a row that were not answered
_MOST_UNREAD_OCTETS = 1_000_000  # of ours, before we read no further


class NotWritten(Exception):
    """The request never left us; it may be made again. `busy` when only the window was full."""

    def __init__(self, reason: str, busy: bool = False) -> None:
        super().__init__(reason)
        self.busy = busy


class Unanswered(Exception):
    """The request was written and not answered: the SMSC may or may not have it."""


class BindRefused(Exception):
    """The SMSC does not let us in; `lasting` when a person must mend it, `status` if it gave one."""

    def __init__(self, reason: str, lasting: bool, status: int = 0) -> None:
        super().__init__(reason)
        self.lasting = lasting
        self.status = status


@dataclass(slots=True)
class _Request:
    answer: asyncio.Future[Pdu]
    order: int


OnRequest = Callable[["Line", Pdu], None]
"""Takes a deliver_sm; it has to be answered with `Line.respond`."""

OnLate = Callable[[str, Pdu], None]
"""Takes the answer to a request that was given up, with that request's token."""


class Line(asyncio.Protocol):
    """One connection; made by `open_line`.

    Attributes:
        ended: Done when the connection is gone, with the reason in plain words.
        proven: The SMSC has read all that we wrote up to this place; see `respond`.
    """

    def __init__(self, window: int, timing: Timing, on_request: OnRequest, on_late: OnLate) -> None:
        self._timing = timing
        self._on_request = on_request
        self._on_late = on_late
        self._window = asyncio.Semaphore(window)
        self._may_write = asyncio.Event()
        self._buffer = bytearray()
        self._waiting: dict[int, _Request] = {}
        self._late: OrderedDict[int, str] = OrderedDict()
        self._sequence = 0
        self._order = 0
        self._transport: asyncio.Transport | None = None
        self._reason = "The SMSC closed the line."
        self._closing = ""
        self.proven = 0
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def is_usable(self) -> bool:
        """Whether a request made now would be written."""
        return self._transport is not None and not (self._transport.is_closing() or self._closing)

    # --- what we ask -----------------------------------------------------------------------------

    async def submit(self, body: bytes, token: str | None, until: float) -> Pdu:
        """Send a text and return the SMSC's answer, whatever its status.

        Args:
            body: Of the submit_sm.
            token: Given to `on_late` with an answer that comes after all; None to forget it.
            until: When all must be over, by the loop's clock. The wait for a place in the window
                leaves the time that the SMSC may take to answer.

        Raises:
            NotWritten: It may be sent again.
            Unanswered: It must not be.
        """
        now, timing = asyncio.get_running_loop().time(), self._timing
        last = until - (timing.answer_s if now < until - timing.answer_s else timing.least_answer_s)
        try:
            async with asyncio.timeout_at(last):
                await self._window.acquire()
        except TimeoutError:
            raise NotWritten("All places in the SMSC's window are taken.", busy=True) from None
        try:
            now = asyncio.get_running_loop().time()
            within_s = min(timing.answer_s, until - now)
            return await self._request(Command.SUBMIT_SM, body, token, within_s)
        finally:
            self._window.release()

    async def bind(self, account: SmppAccount) -> None:
        """Ask to be let in as a transceiver.

        Raises:
            BindRefused: With a reason in plain words.
            NotWritten: The connection is gone.
            Unanswered: The same, or the SMSC says nothing.
        """
        body = Bind(account.system_id, account.password, account.system_type).encode()
        answer = await self._request(Command.BIND_TRANSCEIVER, body, None, self._timing.connect_s)
        if answer.status or answer.command != Command.BIND_TRANSCEIVER | RESPONSE:
            status = answer.status or Status.ESME_RINVCMDID
            raise BindRefused(*refused_bind(status), status)

    async def watch(self) -> None:
        """Ask for a sign of life at times, until the line has ended; end it when none comes."""
        silent = 0
        while not self.ended.done():
            if not silent:
                await asyncio.wait((self.ended,), timeout=self._timing.enquire_s)
            try:
                await self._request(Command.ENQUIRE_LINK, b"", None, self._timing.enquire_s)
                silent = 0
            except (NotWritten, Unanswered):
                silent += 1
            if silent >= _MOST_SILENT:
                self.end("The SMSC does not answer enquire_link any more.")
                return

    async def close(self) -> None:
        """Wait a moment for answers, say good-bye, and end the line."""
        self._closing = "Ringback is being stopped."
        answers = [waiting.answer for waiting in self._waiting.values()]
        if answers:
            await asyncio.wait(answers, timeout=self._timing.stop_s)
        self._closing = ""
        if not self.ended.done():
            with contextlib.suppress(NotWritten, Unanswered):  # it ends anyway
                await self._request(Command.UNBIND, b"", None, self._timing.stop_s)
        self.end("Ringback is being stopped.")

    def respond(self, pdu: Pdu) -> int:
        """Write an answer to a request of the SMSC's.

        Returns:
            Its place among all that we wrote, to compare with `proven`; 0 when the line has ended.
        """
        return 0 if self.ended.done() else self._write(pdu)

    def end(self, reason: str) -> None:
        """Drop the line; requests that were written are `Unanswered`."""
        if self._transport is not None and not self._transport.is_closing():
            self._reason = reason
            self._transport.abort()

    # --- asyncio.Protocol ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        transport = cast(asyncio.Transport, transport)  # TCP's or TLS's, of whichever event loop
        # What waits in our own buffer when the line breaks would count as written. (With TLS and a
        # bound of 0, asyncio would pause for ever.)
        transport.set_write_buffer_limits(high=1)
        self._transport = transport
        self._may_write.set()

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._may_write.set()
        transport = self._transport
        if transport and not transport.is_closing() and not transport.is_reading():
            transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._buffer += data
        try:
            for pdu in take(self._buffer):
                self._take(pdu)
        except Garbage as fault:
            _log.error("smpp_garbage", fault=str(fault))
            self._write(Pdu(Command.GENERIC_NACK, Status.ESME_RINVCMDLEN, 0))
            self.end(f"What comes over the line is no SMPP ({fault}); is the port the right one?")

    def connection_lost(self, fault: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        reason = f"The line broke: {fault}." if fault else self._reason
        if not self.ended.done():
            self.ended.set_result(reason)
        self._may_write.set()  # whoever waits shall see that it has ended
        waiting, self._waiting = self._waiting, {}
        for request in waiting.values():
            if not request.answer.done():
                request.answer.set_exception(Unanswered(reason))

    # --- inside ----------------------------------------------------------------------------------

    async def _request(
        self, command: Command, body: bytes, token: str | None, within_s: float
    ) -> Pdu:
        until = asyncio.get_running_loop().time() + within_s
        try:
            async with asyncio.timeout_at(until):
                await self._may_write.wait()
        except TimeoutError:
            raise NotWritten("The SMSC does not read what we write.") from None
        if not self.is_usable:
            raise NotWritten(self._closing or self._reason)
        sequence = self._next_sequence()
        answer: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        self._waiting[sequence] = _Request(answer, self._order + 1)
        self._write(Pdu(command, 0, sequence, body))
        try:
            async with asyncio.timeout_at(until):
                return await answer
        except TimeoutError:
            if token:
                self._late[sequence] = token
                while len(self._late) > _MOST_LATE:
                    self._late.popitem(last=False)
            raise Unanswered(f"The SMSC did not answer within {within_s:.0f} s.") from None
        finally:
            self._waiting.pop(sequence, None)

    def _next_sequence(self) -> int:
        while True:
            self._sequence = self._sequence % LAST_SEQUENCE + 1
            if self._sequence not in self._waiting and self._sequence not in self._late:
                return self._sequence

    def _write(self, pdu: Pdu) -> int:
        if self._transport is None:
            return 0
        self._order += 1
        self._transport.write(pdu.encode())
        unread = self._transport.get_write_buffer_size()
        if unread > _MOST_UNREAD_OCTETS and self._transport.is_reading():
            # Who asks and does not read the answers shall not fill our memory.
            self._transport.pause_reading()
        return self._order

    def _take(self, pdu: Pdu) -> None:
        if pdu.is_response:
            self._take_answer(pdu)
        elif pdu.command == Command.DELIVER_SM:
            self._on_request(self, pdu)
        elif pdu.command == Command.ENQUIRE_LINK:
            self._write(pdu.answer())
        elif pdu.command == Command.UNBIND:
            self._write(pdu.answer())
            self._reason = "The SMSC ended the line (unbind)."
            self._closing = self._reason
            # Answers to our texts may still be on their way.
            loop = asyncio.get_running_loop()
            loop.call_later(self._timing.stop_s if self._waiting else 0, self.end, self._reason)
        else:
            _log.warning("smpp_command_unknown", command=f"0x{pdu.command:08x}")
            self._write(Pdu(Command.GENERIC_NACK, Status.ESME_RINVCMDID, pdu.sequence))

    def _take_answer(self, pdu: Pdu) -> None:
        request = self._waiting.get(pdu.sequence)
        if request is not None:
            self.proven = max(self.proven, request.order)
            if not request.answer.done():
                request.answer.set_result(pdu)
        elif token := self._late.pop(pdu.sequence, None):
            self._on_late(token, pdu)


def _encryption(account: SmppAccount) -> ssl.SSLContext | None:
    if not account.tls:
        return None
    try:
        return ssl.create_default_context(cafile=account.ca_file or None)
    except OSError as fault:
        raise BindRefused(
            f"The file of certificates {account.ca_file} can't be used: {fault}.", lasting=True
        ) from fault


async def open_line(
    account: SmppAccount, timing: Timing, on_request: OnRequest, on_late: OnLate
) -> Line:
    """Connect and bind.

    Raises:
        BindRefused: The SMSC does not let us in.
        OSError: It can't be reached, or its certificate is not right.
        TimeoutError: It takes too long.
        NotWritten: The connection ended before the bind.
        Unanswered: The SMSC did not answer the bind.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(timing.connect_s):
        _, line = await loop.create_connection(
            lambda: Line(account.window, timing, on_request, on_late),
            account.host,
            account.port,
            ssl=_encryption(account),
        )
    try:
        await line.bind(account)
    except BaseException:
        line.end("The bind failed.")
        raise
    return line
