"""The sound of one call: prompts out every 20 ms, digits in.

In: G.711 to send, and where to. Out: keys, as they are pressed. Follows RFC 3550 and RFC 4733.
"""

import select
import struct
import threading
import time
from collections.abc import Callable, Container

from pyVoIP import RTP

from pbx_adapter.sip.g711 import SILENCE, Law, recoding

_FRAME = 160  # bytes and samples of 20 ms
_FRAME_S = 0.02
_BEHIND_S = 0.5  # who is later than this drops the time instead of sending a burst
_TICK_S = 0.25
_KEYS = 16  # events beyond are not keys


class Voice(RTP.RTPClient):
    """pyVoIP's RTP client with its cures."""

    def __init__(
        self,
        assoc: dict[int, RTP.PayloadType],
        local: tuple[str, int],
        on_key: Callable[[str], None],
        peers: Container[str],
    ) -> None:
        super().__init__(assoc, *local, "", 0, RTP.TransmitType.SENDRECV, on_key)
        self._peers = peers
        self._law = _law_of(self.preference)
        self._recoding: bytes | None = None
        self._held = False
        self._sound = b""
        self._played = threading.Lock()
        self._event_at: int | None = None

    @property
    def law(self) -> Law:
        """How sound must be given, whatever it is sent as."""
        return self._law

    def choose(self, codec: int, digits: int | None) -> None:
        """Sends in this codec from now on, and takes digits of this type."""
        self.preference = RTP.PayloadType(codec)
        law = _law_of(self.preference)
        self._recoding = None if law == self._law else recoding(self._law, law)
        if digits is not None:
            self.assoc[digits] = RTP.PayloadType.EVENT

    def move(self, host: str, port: int, *, held: bool) -> None:
        """Sends there from now on, or not at all while the call is held."""
        self.outIP, self.outPort, self._held = host, port, held

    def stop(self) -> None:
        """Cure: the reader closes the socket itself; and a call never answered has none."""
        self.NSD = False

    def say(self, sound: bytes) -> None:
        """Cure: G.711 is sent as it is, where pyVoIP takes 8-bit samples, which hiss."""
        with self._played:
            self._sound = sound

    def recv(self) -> None:
        """Cure: waits for packets, where pyVoIP asks a hundred times a second."""
        try:
            while self.NSD:
                if select.select([self.sin], [], [], _TICK_S)[0]:
                    self._receive()
        finally:
            self.sin.close()

    def parse_packet(self, packet: bytes) -> None:
        """Takes digits alone.

        Cure: the caller's sound would be kept for ever, and a digit whose marked first packet was
        lost would not count; here the first packet of each event does, whichever it is.
        """
        try:
            message = RTP.RTPMessage(packet, self.assoc)
        except (RTP.RTPParseError, TypeError, ValueError):
            return
        if message.payload_type is not RTP.PayloadType.EVENT or len(message.payload) < 4:
            return
        if message.timestamp != self._event_at and message.payload[0] < _KEYS:
            self._event_at = message.timestamp
            message.marker = True
            self.parse_telephone_event(message)

    def trans(self) -> None:
        """Cure: keeps the beat by the clock; pyVoIP adds every delay to the next."""
        due = time.monotonic()
        marker = 0x80
        while self.NSD:
            head = (0x80, marker | int(self.preference), self.outSequence & 0xFFFF)
            packet = struct.pack("!BBHII", *head, self.outTimestamp & 0xFFFFFFFF, self.outSSRC)
            self._send(packet + self._frame())
            self.outSequence += 1
            self.outTimestamp += _FRAME
            marker = 0
            due += _FRAME_S
            behind = time.monotonic() - due
            if behind > _BEHIND_S:
                due += behind
            time.sleep(max(0.0, -behind))

    def _receive(self) -> None:
        try:
            packet, (source, _) = self.sin.recvfrom(2048)
        except OSError:
            return  # the other side's port is closed; it may open again
        if source == self.outIP or source in self._peers:  # anyone may have found the port
            self.parse_packet(packet)

    def _send(self, packet: bytes) -> None:
        if self._held:
            return
        try:
            self.sout.sendto(packet, (self.outIP, self.outPort))
        except OSError:
            return  # sound has no second chance; signalling tells when the call is over

    def _frame(self) -> bytes:
        with self._played:
            frame, self._sound = self._sound[:_FRAME], self._sound[_FRAME:]
        whole = frame + bytes([SILENCE[self.law]]) * (_FRAME - len(frame))
        return whole.translate(self._recoding)


def _law_of(codec: RTP.PayloadType) -> Law:
    return "alaw" if codec is RTP.PayloadType.PCMA else "ulaw"
