"""An SMSC that takes every text at once: the same sink behind Ringback and behind Kannel.

Arguments: the port, and `receipts` if each text shall be reported as delivered. Prints, a few times a
second, how many texts it has taken, how many receipts were acknowledged, and the moment of the
machine's monotonic clock. No code of the product's: SMPP 3.4, and of it only what both of them send.
"""

import asyncio
import itertools
import struct
import sys
import time

_HEADER = struct.Struct("!IIII")
_BIND = {0x01, 0x02, 0x09}
_SUBMIT, _DELIVER, _ENQUIRE, _UNBIND, _ANSWER = 0x04, 0x05, 0x15, 0x06, 0x80000000
_REPORT_EVERY_S = 0.05


class Counts:
    """What has come in over all lines."""

    def __init__(self) -> None:
        self.ids = itertools.count(1)
        self.texts = 0
        self.acknowledged = 0


class Line(asyncio.Protocol):
    """One bound client."""

    def __init__(self, counts: Counts, receipts: bool) -> None:
        self._counts = counts
        self._receipts = receipts
        self._sequence = itertools.count(1)
        self._kept = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the line."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP's are
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers all that is whole."""
        kept, at, out = self._kept + data, 0, []
        while len(kept) - at >= _HEADER.size:
            length, command, _, sequence = _HEADER.unpack_from(kept, at)
            if len(kept) - at < length:
                break
            out.append(self._answer(command, sequence, kept[at + _HEADER.size : at + length]))
            at += length
        self._kept = kept[at:]
        self._transport.write(b"".join(out))

    def _answer(self, command: int, sequence: int, body: bytes) -> bytes:
        if command in _BIND:
            return _pdu(command | _ANSWER, sequence, b"sink\0")
        if command == _SUBMIT:
            return self._take(sequence, body)
        if command == _DELIVER | _ANSWER:
            self._counts.acknowledged += 1
        elif command in (_ENQUIRE, _UNBIND):
            return _pdu(command | _ANSWER, sequence, b"")
        return b""

    def _take(self, sequence: int, body: bytes) -> bytes:
        self._counts.texts += 1
        name = b"%010d" % next(self._counts.ids)
        taken = _pdu(_SUBMIT | _ANSWER, sequence, name + b"\0")
        if not self._receipts:
            return taken
        return taken + _pdu(_DELIVER, next(self._sequence), _receipt(body, name))


def _receipt(body: bytes, name: bytes) -> bytes:
    """A deliver_sm that says that the text of this submit_sm was delivered."""
    service_type, rest = body.split(b"\0", 1)
    sender, rest = rest[:2], rest[2:]
    sender_number, rest = rest.split(b"\0", 1)
    to, rest = rest[:2], rest[2:]
    to_number = rest.split(b"\0", 1)[0]
    words = b"id:%s sub:001 dlvrd:001 submit date:2611211200 done date:2611211200 " % name
    words += b"stat:DELIVRD err:000 text:"
    head = service_type + b"\0" + to + to_number + b"\0" + sender + sender_number + b"\0"
    return head + b"\x04\0\0\0\0\0\0\0\0" + bytes([len(words)]) + words


def _pdu(command: int, sequence: int, body: bytes) -> bytes:
    return _HEADER.pack(_HEADER.size + len(body), command, 0, sequence) + body


async def _serve(port: int, receipts: bool) -> None:
    counts, told = Counts(), (-1, -1)
    await asyncio.get_running_loop().create_server(
        lambda: Line(counts, receipts), "127.0.0.1", port
    )
    while True:
        now = (counts.texts, counts.acknowledged)
        if now != told:
            told = now
            sys.stdout.write(f"{now[0]} {now[1]} {time.monotonic():.3f}\n")
            sys.stdout.flush()
        await asyncio.sleep(_REPORT_EVERY_S)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), "receipts" in sys.argv[2:]))
