"""Callers' long texts, which come in parts. Pure.

In: deliver_sm. Out: one text when all its parts are there; after a while the text without those
that never came. Stands before `receive`.

Source: 3GPP TS 23.040 section 9.2.3.24.1 (parts belong together by sender, recipient, reference and
number of parts), SMPP 3.4 section 5.3.2.22 to .24 (sar_*, the same without a header).

Parts may come in any order and twice. A text stays here until somebody says that it is stored, so
that it can be handed over again; what was stored is remembered for as long as parts are waited for,
so that a part that comes again does not begin a new text.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from sms_gateway.providers.smpp.alphabets import Alphabet, decode
from sms_gateway.providers.smpp.long import number_of
from sms_gateway.providers.smpp.pdu import Esm, ShortMessage, Tag

_MISSING = "[…]"
_MOST_TEXTS = 10_000
_EIGHT_BIT, _SIXTEEN_BIT = 0, 8  # information elements


class Key(NamedTuple):
    """What the parts of one text have in common.

    `turn` is 0 but for a text that another one with the same reference has pushed aside.
    """

    sender: str
    recipient: str
    reference: int
    total: int
    turn: int = 0


class Piece(NamedTuple):
    """The octets of one part, without its header."""

    octets: bytes
    data_coding: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a long text, or a whole one: then `key` is None and `number` 1."""

    sender: str
    recipient: str
    piece: Piece
    key: Key | None = None
    number: int = 1


def part_of(message: ShortMessage) -> Part:
    """What a deliver_sm carries; one with a header that can't be is taken as a whole text."""
    sender, recipient = number_of(message.source), number_of(message.destination)
    octets, place = message.content, _sar(message)
    if message.esm_class & Esm.UDHI and octets and octets[0] < len(octets):
        place = _concatenation(octets[1 : octets[0] + 1]) or place
        octets = octets[octets[0] + 1 :]
    piece = Piece(octets, message.data_coding)
    if place is None:
        return Part(sender, recipient, piece)
    reference, total, number = place
    return Part(sender, recipient, piece, Key(sender, recipient, reference, total), number)


@dataclass(slots=True)
class _Growing:
    began: datetime
    pieces: dict[int, Piece] = field(default_factory=dict)


class Joining:
    """The texts whose parts are not all stored."""

    def __init__(self, default: Alphabet, patience: timedelta) -> None:
        self._default: Alphabet = default
        self._patience = patience
        self._growing: dict[Key, _Growing] = {}
        self._stored: dict[tuple[Key, int, Piece], datetime] = {}
        self._turn = 0

    @property
    def is_full(self) -> bool:
        """Whether so many texts lack parts that no new one can be begun."""
        return len(self._growing) >= _MOST_TEXTS

    def add(self, part: Part, now: datetime) -> bool:
        """Keep a part of a long text; False when it is stored already, with its text."""
        assert part.key is not None  # noqa: S101 - whole texts need no joining
        if (part.key, part.number, part.piece) in self._stored:
            return False
        growing = self._growing.get(part.key)
        if growing and growing.pieces.get(part.number, part.piece) != part.piece:
            # The phone has come round to the same reference: the rest of the old text never came.
            self._turn += 1
            self._growing[part.key._replace(turn=self._turn)] = self._growing.pop(part.key)
            growing = None
        if growing is None:
            growing = self._growing[part.key] = _Growing(now)
        growing.pieces[part.number] = part.piece
        return True

    def is_whole(self, key: Key) -> bool:
        """Whether all parts are there."""
        return key in self._growing and len(self._growing[key].pieces) == key.total

    def text(self, key: Key) -> str:
        """The text; `[…]` stands for parts that are not there."""
        pieces = self._growing[key].pieces
        row = [pieces.get(number) for number in range(1, key.total + 1)]
        text = list[str]()
        # Neighbours are decoded together, for a character may lie across two parts.
        for coding, run in groupby(row, lambda piece: piece.data_coding if piece else None):
            octets = b"".join(piece.octets for piece in run if piece)
            text.append(_MISSING if coding is None else decode(octets, coding, self._default))
        return "".join(text)

    def stored(self, key: Key, now: datetime) -> None:
        """The text is safe: forget it, but know its parts again."""
        for number, piece in self._growing.pop(key).pieces.items():
            self._stored[key, number, piece] = now

    def overdue(self, now: datetime) -> list[Key]:
        """The texts that have waited long enough; also forgets what was stored long ago."""
        since = now - self._patience
        self._stored = {part: at for part, at in self._stored.items() if at > since}
        return [key for key, growing in self._growing.items() if key.turn or growing.began <= since]

    def all(self) -> list[Key]:
        """All texts that are not stored."""
        return list(self._growing)


def _sar(message: ShortMessage) -> tuple[int, int, int] | None:
    tags = (Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM)
    reference, total, number = (int.from_bytes(message.tlv(tag) or b"", "big") for tag in tags)
    return _possible(reference, total, number)


def _concatenation(header: bytes) -> tuple[int, int, int] | None:
    at = 0
    while at + 2 <= len(header):
        element, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if (element, len(value)) in ((_EIGHT_BIT, 3), (_SIXTEEN_BIT, 4)):
            return _possible(int.from_bytes(value[:-2], "big"), value[-2], value[-1])
        at += 2 + length
    return None


def _possible(reference: int, total: int, number: int) -> tuple[int, int, int] | None:
    return (reference, total, number) if total > 1 and 1 <= number <= total else None
