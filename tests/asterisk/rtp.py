"""The sound of one call: a socket that sends A-law every 20 ms, and digits as RFC 2833 events.

In: where the other side listens. Out: packets, and a count of those that came. Below `sip_agent`.
Without sound Asterisk does not optimise Local channels away, and traces look unlike real life.
"""

import asyncio
import struct
from collections import deque

_FRAME_S = 0.02
_FRAME = 160  # samples, and bytes of A-law
_AUDIO, _EVENT = 8, 101  # payload types, as in `sip_codec.sdp_for`
_MARKER = 0x80
_EVENT_END = 0x80
_VOLUME = 10
_DIGITS = "0123456789*#ABCD"
_DIGIT_FRAMES = 6
_GAP_FRAMES = 4
SILENCE = b"\xd5" * _FRAME
TONE = (b"\x95" * 10 + b"\x15" * 10) * 8  # a square wave of 400 Hz


class Sound(asyncio.DatagramProtocol):
    """One call's RTP; send() starts it, close() ends it.

    Attributes:
        port: Where we listen.
        received: Packets that came so far.
    """

    def __init__(self, frame: bytes = SILENCE) -> None:
        self.received = 0
        self.port = 0
        self._frame = frame
        self._ticks: deque[tuple[str, int] | None] = deque()  # (digit, frame of it), None: a gap
        self._transport: asyncio.DatagramTransport | None = None
        self._sending: asyncio.Task[None] | None = None
        self._sequence = 0
        self._timestamp = 0

    async def open(self, host: str) -> None:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=(host, 0)
        )
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.received += 1

    def send(self, address: tuple[str, int]) -> None:
        """Sends sound there from now on; a second call does nothing."""
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_on(address), name=f"rtp-{self.port}")

    def press(self, digits: str) -> None:
        """Sends the digits, one after the other."""
        for digit in digits:
            self._ticks.extend((digit, frame) for frame in range(1, _DIGIT_FRAMES + 1))
            self._ticks.extend([None] * _GAP_FRAMES)

    def close(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
        if self._transport is not None:
            self._transport.close()

    async def _send_on(self, address: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        event_start = 0
        while True:
            tick = self._ticks.popleft() if self._ticks else None
            if tick is None:
                self._send_packet(address, _AUDIO, self._timestamp, self._frame)
            else:
                digit, frame = tick
                event_start = self._timestamp if frame == 1 else event_start
                self._send_event(address, digit, event_start, frame)
            self._timestamp += _FRAME
            due += _FRAME_S
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _send_event(self, address: tuple[str, int], digit: str, start: int, frame: int) -> None:
        last = frame == _DIGIT_FRAMES
        flags = _VOLUME | (_EVENT_END if last else 0)
        payload = struct.pack("!BBH", _DIGITS.index(digit), flags, frame * _FRAME)
        for _ in range(3 if last else 1):  # the end is said three times, for it must arrive
            self._send_packet(address, _EVENT, start, payload, marker=_MARKER if frame == 1 else 0)

    def _send_packet(
        self, address: tuple[str, int], kind: int, timestamp: int, payload: bytes, marker: int = 0
    ) -> None:
        if self._transport is None:
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        head = struct.pack(
            "!BBHII", 0x80, marker | kind, self._sequence, timestamp & 0xFFFFFFFF, self.port
        )
        self._transport.sendto(head + payload, address)
