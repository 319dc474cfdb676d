"""Recorded AMI traffic, as something that can be played.

In: `NAME.ami[.gz]`, the bytes that a server sent on one connection, and `NAME.idx.json[.gz]`, the
clock: `chunks` = [seconds since connecting, byte offset] of every read. Out: whole frames with
their seconds. Used by `player`.
"""

import gzip
import json
import re
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ringback.errors import BadInput

_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Trace:
    """Recorded traffic after the login: whole frames, as they came over the line.

    Attributes:
        name: Of the recording.
        frames: Seconds since connecting (never falling), and the frame's bytes with its end.
    """

    name: str
    frames: tuple[tuple[float, bytes], ...]

    def replaced(self, new_for_old: Mapping[bytes, bytes]) -> "Trace":
        """The same with other bytes: other callers' numbers, another Uniqueid prefix.

        All at once and the longest first, so that replacements never meet each other. An empty
        mapping changes nothing.
        """
        if not new_for_old:
            return self
        longest_first = sorted(new_for_old, key=len, reverse=True)
        olds = re.compile(b"|".join(re.escape(old) for old in longest_first))
        frames = ((at_s, olds.sub(lambda m: new_for_old[m[0]], raw)) for at_s, raw in self.frames)
        return replace(self, frames=tuple(frames))


def read_trace(path: Path) -> Trace:
    """Reads a trace; without a clock beside it, all of it is at second 0.

    Banner and the response to the recorder's login are left out, and so is a last frame that was
    cut off.

    Raises:
        BadInput: No trace, or one that can't be read.
    """
    clock = clock_of(path)
    try:
        recorded = _unpacked(path)
        chunks = json.loads(_unpacked(clock)).get("chunks", []) if clock else []
        frames = tuple(_frames(recorded, chunks))
    except (OSError, EOFError, ValueError, zlib.error) as fault:
        raise BadInput(f"The trace {path} can't be read: {fault}.", "trace") from fault
    if not frames:
        raise BadInput(f"The trace {path} holds no frames.", "trace")
    return Trace(_name(path), frames)


def clock_of(path: Path) -> Path | None:
    """The file beside a trace that tells when each read came, if there is one."""
    beside = [path.with_name(f"{_name(path)}.idx.json{gz}") for gz in ("", ".gz")]
    return next((clock for clock in beside if clock.exists()), None)


def _name(path: Path) -> str:
    return re.sub(r"\.ami(\.gz)?$", "", path.name)


def _unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _frames(recorded: bytes, chunks: list[tuple[float, int]]) -> Iterable[tuple[float, bytes]]:
    offsets = [offset for _, offset in chunks]
    start = recorded.index(b"\r\n") + 2 if recorded.startswith(b"Asterisk Call") else 0
    in_login = True
    while (stop := recorded.find(_END, start) + len(_END)) >= len(_END):
        raw = recorded[start:stop]
        in_login = in_login and raw.startswith(b"Response:")
        if not in_login:
            # The frame was whole when the read came that held its last byte.
            chunk = bisect_left(offsets, stop) - 1
            yield (chunks[chunk][0] if chunk >= 0 else 0.0), raw
        start = stop
