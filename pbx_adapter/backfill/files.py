"""A log file read from a mark on, over its rotation.

In: a path and the mark of the last reading. Out: a `Page` of whole lines. A file is known by its first
line, so it does not matter whether it was renamed or copied and cut when it was rotated: the old one
is read to its end, then those that followed it, then the present one. A last line that is not whole
yet waits, in the present file. Where a row of CSV has line ends in a value, its lines are one record.
Of a packed file that is damaged, what can be read is, and the file is named as long as it is there.

A mark is `first line's hash:byte`; `-:0` is a file that was not there or empty.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

import structlog

from pbx_adapter.backfill.records import Page, Record, SourceFault

PAGE_LINES = 2000
_LONGEST_LINE = 64 * 1024
_NOTHING = "-:0"
_MOST_JOINED = 16  # lines of one row
_DAMAGE = (gzip.BadGzipFile, EOFError, zlib.error)
_Line = tuple[str, int, int]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Kept:
    """One file of a rotated log."""

    path: Path
    name: str  # the hash of its first line


class LogFile:
    """One log, with its rotated files beside it.

    Args:
        path: The present file.
        called: What it is, for people: `queue_log`; all others are CSV.
    """

    def __init__(self, path: Path, called: str) -> None:
        self._path = path
        self._called = called
        self._number = 0
        self._damaged: set[Path] = set()

    def end(self) -> str:
        """The mark of what will be written from now on; SourceFault as `read`."""
        with self._readable():
            kept = self._all()  # while the present file is empty, all stands behind the last one
            return f"{kept[-1].name}:{self._end_of(kept[-1].path)}" if kept else _NOTHING

    def _end_of(self, path: Path) -> int:
        if path.suffix == ".gz":
            return max((ends for _, _, ends in self._lines(path, 0)), default=0)
        with path.open("rb") as file:
            return _line_start(file, file.seek(0, 2))

    def start(self) -> str:
        """The mark of the first line that there is, in the oldest rotated file."""
        with self._readable():
            kept = self._all()
            return f"{kept[0].name}:0" if kept else _NOTHING

    def read(self, mark: str) -> Page:
        """What stands behind the mark.

        Raises:
            SourceFault: The file is not there or may not be read.
        """
        with self._readable():
            if not self._path.exists():
                raise FileNotFoundError(2, "no such file")
            return self._page(mark)

    def _page(self, mark: str) -> Page:
        name, _, offset = mark.partition(":")
        kept = self._all()
        found = next((at for at, file in enumerate(kept) if file.name == name), None)
        position = int(offset) if found is not None and offset.isdecimal() else 0
        anew = found is None and name != "-"
        if anew:
            log.warning("back_fill_rotated_away", source=self._called, path=str(self._path))
        if found is None:
            found = 0
        records: list[Record] = []
        after = _NOTHING
        for file in kept[found:]:
            after = f"{file.name}:{position}"
            for line, begins, ends in self._lines(file.path, position):
                self._number += 1
                records.append(Record(self._number, f"{file.name}:{begins}", {"line": line}))
                after = f"{file.name}:{ends}"
                if len(records) >= PAGE_LINES:
                    return Page(tuple(records), after, more=True, anew=anew, fault=self._fault())
            position = 0
        return Page(tuple(records), after, more=False, anew=anew, fault=self._fault())

    def _lines(self, path: Path, position: int) -> Iterator[_Line]:
        """The records behind a byte, as far as they can be read."""
        lines = _lines(path, position)
        try:
            yield from lines if self._called == "queue_log" else _joined(lines)
        except _DAMAGE:
            self._damaged.add(path)

    def _fault(self) -> str:
        self._damaged = {path for path in self._damaged if path.exists()}
        names = ", ".join(str(path) for path in sorted(self._damaged))
        return (
            f"{self._called}: {names} is damaged; calls may be missing. Put a whole copy in its place, "
            "or move it away."
            if names
            else ""
        )

    def _all(self) -> list[_Kept]:
        """The rotated files and the present one, oldest first; empty ones are left out."""
        name = self._path.name
        found = [path for path in self._path.parent.glob(f"{name}[.-]*") if path.is_file()]
        rotated = sorted(found, key=lambda path: path.stat().st_mtime_ns)
        files = [(path, _first_line(path)) for path in (*rotated, self._path)]
        return [_Kept(path, _hash(first)) for path, first in files if first]

    def _readable(self) -> "_Readable":
        return _Readable(self._path, self._called)


class _Readable:
    """Says what is wrong with a file in plain words."""

    def __init__(self, path: Path, called: str) -> None:
        self._path = path
        self._called = called

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> None:
        if isinstance(fault, FileNotFoundError):
            raise SourceFault(
                f"{self._called}: there is no file {self._path}. Correct [back_fill] in the site "
                "file, or have Asterisk write it."
            ) from fault
        if isinstance(fault, OSError):
            raise SourceFault(
                f"{self._called}: {fault.filename or self._path} can't be read ({fault.strerror}). "
                "Give the user that runs ringback the right to read it."
            ) from fault


def _lines(path: Path, position: int) -> Iterator[_Line]:
    """Whole lines from a byte on, each with its first byte and the byte after it."""
    with _opened(path) as file:
        file.seek(position)
        while line := file.readline(_LONGEST_LINE):
            if not line.endswith(b"\n"):
                if len(line) < _LONGEST_LINE:
                    return
                position += len(line)  # a broken one; its rest is another line
                continue
            yield _decoded(line), position, position + len(line)
            position += len(line)


def _joined(lines: Iterable[_Line]) -> Iterator[_Line]:
    """Rows of CSV: while a quote is open, the next line belongs to it, unless that is a row by itself."""
    waiting: list[_Line] = []
    for line in lines:
        whole = line[0].startswith('"') and line[0].count('"') % 2 == 0
        if whole or len(waiting) >= _MOST_JOINED:
            yield from waiting  # broken
            waiting = []
        waiting.append(line)
        if sum(text.count('"') for text, _, _ in waiting) % 2 == 0:
            yield "\n".join(text for text, _, _ in waiting), waiting[0][1], line[2]
            waiting = []


def _first_line(path: Path) -> bytes:
    try:
        with _opened(path) as file:
            first: bytes = file.readline(_LONGEST_LINE)
    except (FileNotFoundError, *_DAMAGE):
        return b""
    return first if first.endswith(b"\n") else b""


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _line_start(file: IO[bytes], size: int) -> int:
    """Where the last line begins that is not whole yet, or the end."""
    back = min(size, _LONGEST_LINE)
    file.seek(size - back)
    return size - back + file.read(back).rfind(b"\n") + 1


def _hash(line: bytes) -> str:
    return sha256(line).hexdigest()[:16]


def _decoded(line: bytes) -> str:
    line = line.rstrip(b"\r\n").replace(b"\x00", b"")  # which no database takes
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
