"""A caller's text out of the files that Gammu SMSD wrote its parts into.

In: the files of one text. Out: the text, or what of it is no text. Stands between
`sms_gateway.providers.gammu_files`, which reads names and bytes, and `gammu_spool`, which knows the folders.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ringback.errors import BadInput
from sms_gateway.providers.gammu_files import Part, decoded

_MISSING = "[…]"


@dataclass(frozen=True, slots=True)
class Garbage:
    """A file in the inbox that is no text."""

    file: Path
    why: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file in the inbox that the disk does not give us; it stays there until a person mends that."""

    file: Path
    why: str


@dataclass(frozen=True, slots=True)
class Received:
    """A caller's text and the files it stands in.

    Attributes:
        id: The same each time these files are read.
        text: `[…]` stands for parts that are not there or can't be read.
        at: Seconds since 1970 at which it was written down.
        files: With what was read, in the order of the parts.
        unread: The parts that can't be read; a person may look at them when the text is taken.
    """

    id: str
    sender: str
    text: str
    at: float
    files: tuple[Path, ...]
    unread: tuple[Garbage, ...] = ()


def joined(parts: list[tuple[Part, Path]]) -> Iterator[Received | Garbage | Unreadable]:
    """The text whose parts are in these files, in order, and what is none; nothing when they are gone.

    While the disk does not give us one of them, the others are left with it: the text may be whole yet.
    """
    if parts[0][0].number != 0:
        yield from (Garbage(path, "it is a part of a text without its first") for _, path in parts)
        return
    read: dict[int, tuple[Path, str]] = {}
    unread: list[Garbage] = []
    at = time.time()
    for part, path in parts:
        try:
            read[part.number] = path, decoded(path.read_bytes())
            at = min(at, path.stat().st_mtime)
        except FileNotFoundError:
            return  # taken by another process of ours
        except OSError as fault:
            yield Unreadable(path, fault.strerror or type(fault).__name__)
            return
        except BadInput as fault:
            unread.append(Garbage(path, str(fault)))
    if not read:
        yield from unread
        return
    first, last = parts[0][0], parts[-1][0]
    words = [read[number][1] if number in read else _MISSING for number in range(last.number + 1)]
    # The name alone is not enough: SMSD gives it again when the file is gone, so two texts that a
    # sender wrote in the same second could share it.
    digest = sha256("\0".join(words).encode() + b"\0" + os.fsencode(first.stem)).hexdigest()
    files = tuple(path for path, _ in read.values())
    yield Received(digest[:32], first.sender, "".join(words), at, files, tuple(unread))
