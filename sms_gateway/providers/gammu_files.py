"""The files that Gammu SMSD and we leave for each other: their names and what is in them. Pure.

In: texts to send, names and bytes found in SMSD's folders. Out: names, bytes, texts. Stands behind
`sms_gateway.providers.gammu_spool`, which reads and writes the folders.

Source: man gammu-smsd-files(7), gammu-smsdrc(5). What is not told there: SMSD 1.42, which Debian
ships, writes into a text's file as many UTF-16 units as the text has bytes in UTF-8, so that å leaves
one unit of whatever followed it in memory. The text itself ends in U+0000 (mended in 2026).
"""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from ringback.errors import BadInput

_BOM = b"\xfe\xff"
_OURS = re.compile(r"OUTC(\d{8}_\d{6})_00_\+?\d+_rb-([A-Za-z0-9_-]+)\.txt")
_RECEIVED = re.compile(r"(IN\d{8}_\d{6}_\d+_(.*))_(\d{2})\.txt", re.DOTALL)
_DETAIL = "[SMSBackup"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the name of a text of ours tells."""

    token: str
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """What the name of a received file tells; the parts of one text share their `stem`.

    `sender` can be shown and stored; `stem` has what is no UTF-8 as the file system gave it.
    """

    stem: str
    sender: str
    number: int  # from 0


def name_for(token: str, recipient: str, at: datetime) -> str:
    """The file's name in the outbox; SMSD sends in the order of the names.

    C is its ordinary priority, and what follows the recipient it ignores. 1.42 has room for 99
    characters, which a token of 43 leaves 13 of.
    """
    return f"OUTC{at.astimezone(UTC):%Y%m%d_%H%M%S}_00_{recipient}_rb-{token}.txt"


def ours(name: str) -> Waiting | None:
    """What a name tells that `name_for` has made; None for files of other programs."""
    match = _OURS.fullmatch(name)
    if match is None:
        return None
    try:
        queued_at = datetime.strptime(match[1], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Waiting(match[2], queued_at)


def part_in(name: str) -> Part | None:
    """What the name of a file in the inbox tells; None for what is no text."""
    match = _RECEIVED.fullmatch(name)
    if match is None:
        return None
    sender = os.fsencode(match[2]).decode("utf-8", "replace")
    return Part(match[1], sender, int(match[3]))


def encoded(text: str) -> bytes:
    """The text as SMSD reads it whatever its locale is; it chooses GSM-7 where that is enough."""
    return _BOM + text.encode("utf-16-be")


def decoded(content: bytes) -> str:
    """The text of a received file, in the format `unicode`, or `standard` where that is UTF-8.

    Raises:
        BadInput: It is neither.
    """
    try:
        if not content.startswith(_BOM):
            text = content.decode("utf-8")
        else:
            text = _until_nul(content[len(_BOM) :]).decode("utf-16-be")
    except UnicodeDecodeError:
        raise BadInput("The file is neither UTF-16 nor UTF-8.") from None
    if not text or text.lstrip().startswith(_DETAIL):
        raise BadInput("The file is empty or in SMSD's format 'detail'; set InboxFormat = unicode.")
    return text


def _until_nul(units: bytes) -> bytes:
    for place in range(0, len(units) - 1, 2):
        if units[place : place + 2] == b"\0\0":
            return units[:place]
    return units
