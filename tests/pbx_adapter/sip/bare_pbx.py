"""A PBX of one UDP socket, that sends bytes as the test wrote them; for what Asterisk never does."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from pbx_adapter.sip.messages import Message, parsed, reply_to

HOST = "127.0.0.1"
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)


@dataclass
class BarePbx(asyncio.DatagramProtocol):
    """Grants every registration; replies and requests of ours are kept in order."""

    port: int = 0
    registers: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    heard: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    grants: bool = True
    _ours: tuple[str, int] = ("", 0)
    _transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, 0))
        self._transport, self.port = transport, transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._transport is not None:
            self._transport.close()
        await asyncio.sleep(0)

    @property
    def address_of_ours(self) -> tuple[str, int]:
        """Where the latest REGISTER came from."""
        return self._ours

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = parsed(data)
        assert message is not None, data
        if message.first_line.startswith("REGISTER"):
            self._ours = addr
            self.registers.put_nowait(message)
            if self.grants:
                self.send(reply_to(message, "200 OK", "pbx", (("Expires", "60"),)).encoded())
        else:
            self.heard.put_nowait(message)

    def send(self, datagram: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(datagram, self._ours)

    async def hears(self, start: str, within_s: float = 30.0) -> Message:
        """The next message whose first line begins so; others are passed over."""
        try:
            async with asyncio.timeout(within_s):
                while not (message := await self.heard.get()).first_line.startswith(start):
                    pass
                return message
        except TimeoutError:
            raise TimeoutError(f"{start} did not come.") from None

    def send_from(self, host: str, datagram: bytes) -> None:
        """As a stranger at another address."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind((host, 0))
            stranger.sendto(datagram, self._ours)


def request(
    method: str,
    call: str,
    cseq: int = 1,
    *,
    to: str = "<sip:900@127.0.0.1>",
    sender: bytes = b"From: <sip:0701740605@127.0.0.1>;tag=far",
    more: bytes = b"",
    body: str = "",
    branch: str = "",
) -> bytes:
    """The bytes of a request; `more` are further header lines, each with its line end."""
    head = (
        f"{method} sip:900@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK{branch or f'{call}{method}{cseq}'}\r\n"
        f"To: {to}\r\nCall-ID: {call}\r\nCSeq: {cseq} {method}\r\n"
        "Contact: <sip:pbx@127.0.0.1>\r\nMax-Forwards: 70\r\n"
    )
    kind = b"" if b"Content-Type" in more or not body else b"Content-Type: application/sdp\r\n"
    return head.encode() + sender + b"\r\n" + more + kind + b"\r\n" + body.encode()


@asynccontextmanager
async def bare_pbx() -> AsyncIterator[BarePbx]:
    """Opened and closed."""
    async with BarePbx() as pbx:
        yield pbx
