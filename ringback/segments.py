"""How a text is encoded and into how many parts it is cut. Pure.

In: a text. Out: its encoding, length and parts, which is what an operator bills. Stands before the
budget is reserved and beside the box where staff write.

Source: 3GPP TS 23.038 (alphabet and extension table) and TS 23.040 (concatenation with a six-octet
header, so 153 septets or 67 UTF-16 units in each of several parts). Parts are filled greedily: a
character that takes two units never straddles, so dividing the length by 153 counts too few.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from ringback.errors import BadInput

Encoding = Literal["gsm7", "ucs2"]

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")  # two septets each: escape and character
_ALPHABET = _BASIC | _EXTENSION

_ALONE: dict[Encoding, int] = {"gsm7": 160, "ucs2": 70}
_JOINED: dict[Encoding, int] = {"gsm7": 153, "ucs2": 67}

_WIDE: dict[Encoding, re.Pattern[str]] = {
    "gsm7": re.compile(f"[{re.escape(''.join(sorted(_EXTENSION)))}]"),
    "ucs2": re.compile("[\U00010000-\U0010ffff]"),
}
"""Characters that take two units."""

_PLAIN = str.maketrans(
    {
        **dict.fromkeys(
            "\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"
        ),  # hyphens, dashes, minus
        **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\t", " "),  # no-break and thin spaces, tab
        **dict.fromkeys("\u00ad\u200b\ufeff", ""),  # soft hyphen and zero widths: nothing to see
        "\u2026": "...",
    }
)


@dataclass(frozen=True, slots=True)
class Parts:
    """The size of a text: `units` are septets in gsm7 and UTF-16 code units in ucs2."""

    encoding: Encoding
    units: int
    parts: int


def count(text: str) -> Parts:
    """The encoding, length and number of parts of a text, counted as it stands.

    Raises:
        BadInput: The text is empty.
    """
    encoding = _encoding(text)
    wide = len(_WIDE[encoding].findall(text))
    units = len(text) + wide
    is_one = 0 < units <= _ALONE[encoding]
    return Parts(encoding, units, 1 if is_one else len(split(text)))


def split(text: str) -> list[str]:
    """The text of each part, in order; joined they are the text.

    Raises:
        BadInput: The text is empty.
    """
    if not text:
        raise BadInput("The text is empty; write something to send.", "text")
    encoding = _encoding(text)
    whole = _packed(text, encoding, _ALONE[encoding])
    return whole if len(whole) == 1 else _packed(text, encoding, _JOINED[encoding])


def to_gsm7(text: str) -> str:
    """The text with typographic characters made plain, when that makes it no dearer.

    Word processors and models write – — ” “ ’ … and no-break spaces, each of which moves the whole
    text to UCS-2 and doubles its price. They are replaced by what says the same. If the text still
    needs UCS-2 (an emoji, another script), or would take more parts, it comes back unchanged.
    Meant for the assistant's own replies, never for what a person wrote.
    """
    plain = unicodedata.normalize("NFC", text).translate(_PLAIN)
    if not plain or _encoding(plain) == "ucs2" or count(plain).parts > count(text).parts:
        return text
    return plain


def _encoding(text: str) -> Encoding:
    return "gsm7" if _ALPHABET.issuperset(text) else "ucs2"


def _width(character: str, encoding: Encoding) -> int:
    return 2 if _WIDE[encoding].match(character) else 1


def _packed(text: str, encoding: Encoding, room: int) -> list[str]:
    parts, begin, used = [], 0, 0
    for position, character in enumerate(text):
        width = _width(character, encoding)
        if used + width > room:
            parts.append(text[begin:position])
            begin, used = position, 0
        used += width
    return [*parts, text[begin:]]
