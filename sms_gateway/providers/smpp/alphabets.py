"""Characters ↔ octets, by data_coding. Pure.

In: a text, or a message's octets with its data_coding. Out: octets, text. Beneath `long` and
`joining`.

Source: SMPP 3.4 section 5.2.19 (data_coding); 3GPP TS 23.038 sections 4 and 6.2 (message classes,
alphabet and its extension). data_coding 0 is the SMSC's own alphabet: mostly GSM-7 with an octet for
each septet, at some SMSCs Latin-1; nothing in the protocol tells which.
"""

from typing import Literal

Alphabet = Literal["gsm7", "latin1"]
"""What data_coding 0 means at an SMSC."""

DEFAULT, IA5, UCS_2 = 0, 1, 8  # data_coding
_CLASSES = 0x10  # below: SMPP's own values; from here on: 23.038's groups of bits

_ESCAPE = 0x1B
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_OCTETS = {character: bytes((code,)) for code, character in enumerate(_BASIC) if code != _ESCAPE}
_OCTETS |= {character: bytes((_ESCAPE, code)) for code, character in _EXTENSION.items()}


# Some SMSCs (npm's smpp is one) call GSM-7 data_coding 1. In IA5 these would be no characters.
_CONTROLS = frozenset(range(0x20)) - frozenset(b"\t\n\f\r")


def gsm7(character: str) -> bytes | None:
    """The one or two septets of a character, an octet each; None when the alphabet lacks it."""
    return _OCTETS.get(character)


def from_gsm7(octets: bytes) -> str:
    """The text of septets that stand in an octet each.

    As 23.038 wants it, a code that the extension lacks is shown as the basic character, and a code
    above 127, which none of ours should be, as Latin-1 has it.
    """
    text, escaped = list[str](), False
    for code in octets:
        if code == _ESCAPE and not escaped:
            escaped = True
            continue
        basic = _BASIC[code] if code < len(_BASIC) and code != _ESCAPE else " "
        if code >= len(_BASIC):
            basic = chr(code)
        text.append(_EXTENSION.get(code, basic) if escaped else basic)
        escaped = False
    return "".join(text)


def decode(octets: bytes, data_coding: int, default: Alphabet) -> str:
    """The text of a message without its header; octets that are no text are shown as they can be."""
    alphabet = _alphabet(data_coding, default)
    if alphabet == "gsm7" or (data_coding == IA5 and _CONTROLS.intersection(octets)):
        return from_gsm7(octets)
    return octets.decode("utf-16-be" if alphabet == "ucs2" else "latin-1", errors="replace")


def _alphabet(data_coding: int, default: Alphabet) -> Alphabet | Literal["ucs2"]:
    if data_coding == DEFAULT:
        return default
    if data_coding < _CLASSES:
        return "ucs2" if data_coding == UCS_2 else "latin1"  # IA5 is a part of Latin-1
    if data_coding >= 0xF0:  # with a class: one bit for the alphabet
        return "latin1" if data_coding & 0x04 else default
    two_bits = data_coding >> 2 & 0b11
    return "ucs2" if two_bits == 0b10 else "latin1" if two_bits == 0b01 else default
