"""Callers' long texts, which come in parts. Pure.

In: deliver_sm. Out: one text when all its parts are there; after a while the text without those
that never came. Stands before `receive`.

Source: 3GPP TS 23.040 section 9.2.3.24.1 (parts belong together by sender, recipient, reference and
number of parts), SMPP 3.4 section 5.3.2.22 to .24 (sar_*, the same without a header).

Parts may come in any order and twice. A text stays here until somebody says that it is stored, so
that it can be handed over again. From the moment that it is handed over it takes no more parts: what
is stored then is what was read, and a part that comes meanwhile begins a new text. What was stored is
remembered for as long as parts are waited for, so that a part that comes again belongs to its old text;
but phones that give all texts one reference may begin the next one in the same words, so such a part is
kept for the text to which the parts after it belong.
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
    """What the parts of one text have in common; the next text may have it too."""

    sender: str
    recipient: str
    reference: int
    total: int


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


@dataclass(slots=True, eq=False)  # two texts may look the same
class LongText:
    """One text, as far as its parts have come.

    Attributes:
        key: Of its parts.
        began: When the first of them came.
        pieces: By their numbers.
        is_closed: Whether it takes no more parts: it is whole, handed over, or another text has come
            with the same reference.
        stored_at: When it was safe; None before.
    """

    key: Key
    began: datetime
    pieces: dict[int, Piece] = field(default_factory=dict)
    is_closed: bool = False
    stored_at: datetime | None = None


class Joining:
    """The texts whose parts are not all stored."""

    def __init__(self, default: Alphabet, patience: timedelta) -> None:
        self._default: Alphabet = default
        self._patience = patience
        self._texts: dict[LongText, None] = {}  # not stored; in the order in which they began
        self._growing: dict[Key, LongText] = {}  # those of them that take parts
        self._text_of: dict[tuple[Key, int, Piece], LongText] = {}  # of every part, stored or not
        self._again: dict[Key, dict[int, Piece]] = {}  # parts of stored texts that came once more

    @property
    def is_full(self) -> bool:
        """Whether so many texts lack parts that no new one can be begun."""
        return len(self._texts) >= _MOST_TEXTS

    def add(self, part: Part, now: datetime) -> LongText:
        """Keep a part of a long text; the text that it belongs to, which may be stored already."""
        assert part.key is not None  # noqa: S101 - whole texts need no joining
        place = (part.key, part.number, part.piece)
        text = self._growing.get(part.key)
        if known := self._text_of.get(place):
            if known.stored_at is None:
                return known
            if text is None or part.number in text.pieces:
                self._again.setdefault(part.key, {})[part.number] = part.piece
                return known
        if text and part.number in text.pieces:
            # The phone has come round to the same reference: the rest of the old text never came.
            self.close(text)
            text = None
        if text is None:
            begun = self._again.pop(part.key, {})
            text = self._growing[part.key] = LongText(part.key, now, begun)
            self._texts[text] = None
        text.pieces[part.number] = part.piece
        self._text_of[place] = text
        if len(text.pieces) == part.key.total:
            self.close(text)
        return text

    def close(self, text: LongText) -> None:
        """The text takes no more parts."""
        text.is_closed = True
        if self._growing.get(text.key) is text:
            del self._growing[text.key]

    def words(self, text: LongText) -> str:
        """What the text says; `[…]` stands for parts that are not there."""
        row = [text.pieces.get(number) for number in range(1, text.key.total + 1)]
        words = list[str]()
        # Neighbours are decoded together, for a character may lie across two parts.
        for coding, run in groupby(row, lambda piece: piece.data_coding if piece else None):
            octets = b"".join(piece.octets for piece in run if piece)
            words.append(_MISSING if coding is None else decode(octets, coding, self._default))
        return "".join(words)

    def stored(self, text: LongText, now: datetime) -> None:
        """The text is safe: forget it, but know its parts again."""
        self.close(text)
        text.stored_at = now
        del self._texts[text]

    def overdue(self, now: datetime) -> list[LongText]:
        """The texts that have waited long enough; also forgets what was stored long ago."""
        since = now - self._patience
        self._text_of = {
            place: text
            for place, text in self._text_of.items()
            if text.stored_at is None or text.stored_at > since
        }
        keys = {key for key, _, _ in self._text_of}
        self._again = {key: pieces for key, pieces in self._again.items() if key in keys}
        return [text for text in self._texts if text.is_closed or text.began <= since]

    def all(self) -> list[LongText]:
        """All texts that are not stored."""
        return list(self._texts)


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
