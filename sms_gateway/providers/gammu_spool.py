"""The folders that we share with one Gammu SMSD: texts are put in, and what came of them taken out.

In: texts, each with our token. Out: where a text is; received texts; files put aside. Every call
blocks on the disk, so `sms_gateway.providers.gammu` makes them in threads.

A token is queued at most once. SMSD moves files one way, outbox to sent or error, and we look in that
order, under a lock that dies with its process; what we remove from sent or error has left its mark in
`ringback/` before. So whoever holds the lock sees the token wherever it is.
"""

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import chain, count
from pathlib import Path

from ringback.errors import TryAgain
from sms_gateway.providers.gammu_files import Part, encoded, name_for, ours, part_in
from sms_gateway.providers.gammu_received import Garbage, Received, Unreadable, joined

FOLDERS = ("inbox", "outbox", "sent", "error")
_WHOLE_AFTER_S = 2.0  # SMSD writes a text at once, but not under another name
_LOCK_WAIT_S = 2.0
_LARGEST = 100_000  # bytes; 255 parts are 80,000
_LONGEST_NAME = 255  # bytes, on all usual file systems
_MARKS_KEPT = timedelta(days=7)  # nothing is sent again after some hours


class Spool:
    """One SMSD's folders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._marks = folder / "ringback"

    def queue(self, token: str, recipient: str, text: str, now: datetime) -> None:
        """Put a text into the outbox, on the disk for good, unless SMSD has or had it.

        Raises:
            TryAgain: Another process holds the folders; nothing was done.
            OSError: The disk does not let us; nothing was done.
        """
        self._marks.mkdir(mode=0o770, exist_ok=True)
        with self._locked():
            if self.place_of(token) is not None:
                return
            name = name_for(token, recipient, now)
            outbox = self._folder / "outbox"
            hidden = outbox / f".{token}"  # SMSD passes over names that begin so
            _write(hidden, encoded(text))
            hidden.rename(outbox / name)
            # From here on SMSD may have it, so no fault may say otherwise.
            with suppress(OSError):
                self._mark(token)
                _sync(outbox)

    def place_of(self, token: str) -> str | None:
        """Where a text is: outbox, sent, error, `ringback` when that was told; None: never queued."""
        for place in FOLDERS[1:]:
            for name in _names(self._folder / place):
                waiting = ours(name)
                if waiting and waiting.token == token:
                    return place
        return "ringback" if (self._marks / token).exists() else None

    def waiting(self) -> list[str]:
        """The texts in the outbox, of ours and others, in the order in which they are sent."""
        return sorted(name for name in _names(self._folder / "outbox") if name.startswith("OUT"))

    def ended(self, place: str) -> Iterator[tuple[str, Path, float]]:
        """Token and file of each text of ours in sent or error, and when it was moved there."""
        folder = self._folder / place
        for name in sorted(_names(folder)):
            if waiting := ours(name):
                with suppress(FileNotFoundError):
                    yield waiting.token, folder / name, (folder / name).stat().st_ctime

    def forget(self, token: str, file: Path) -> None:
        """Remove a text that was told of; its token stays known."""
        self._mark(token)
        file.unlink(missing_ok=True)

    def withdraw(self, before: datetime) -> None:
        """Take back what SMSD has not sent since then."""
        for name in self.waiting():
            waiting = ours(name)
            if waiting and waiting.queued_at < before:
                # It was sent just now, or can't be moved, and then `check` tells that it waits.
                with suppress(OSError):
                    (self._folder / "outbox" / name).rename(self._folder / "error" / name)

    def sweep(self, now: datetime) -> None:
        """Drop marks of texts that nobody can send again."""
        oldest = (now - _MARKS_KEPT).timestamp()
        for name in _names(self._marks) - {"lock"}:
            mark = self._marks / name
            with suppress(OSError):  # swept by another process of ours, or one that stays
                if mark.stat().st_mtime < oldest:
                    mark.unlink(missing_ok=True)

    def received(self, now: datetime) -> Iterator[Received | Garbage | Unreadable]:
        """Every whole text in the inbox, oldest first, and every file that is none.

        The parts of a text are files that SMSD writes together, the first first. We remove them in
        that order, so files without their first are what a power cut left of a text we have.
        """
        texts: dict[str, list[tuple[Part, Path]]] = {}
        young: set[str] = set()
        for name in sorted(_names(self._folder / "inbox")):
            path, part = self._folder / "inbox" / name, part_in(name)
            try:
                status = path.lstat()
            except FileNotFoundError:  # taken by another process of ours
                continue
            except OSError as fault:
                young.add(part.stem if part else "")
                yield Unreadable(path, fault.strerror or type(fault).__name__)
                continue
            if not stat.S_ISREG(status.st_mode) or _is_young(status.st_mtime, now):
                young.add(part.stem if part else "")
            elif part is None or status.st_size > _LARGEST:
                yield Garbage(path, "its name or size is not one that SMSD gives to a text")
            else:
                texts.setdefault(part.stem, []).append((part, path))
        for stem, parts in texts.items():
            if stem not in young:
                yield from joined(parts)

    def take(self, text: Received) -> None:
        """Remove a text that is kept elsewhere now."""
        for file in text.files:
            file.unlink(missing_ok=True)

    def put_aside(self, garbage: Garbage) -> None:
        """Move a file to `refused/`, where a person may look at it.

        SMSD gives a name again when its file is gone, so a second one of the same name gets a number;
        of a name that is too long for it the end is cut off.
        """
        refused = self._folder / "refused"
        refused.mkdir(mode=0o770, exist_ok=True)
        name = garbage.file.name
        numbered = (refused / _cut(f"{number}-{name}") for number in count(2))
        place = next(one for one in chain((refused / name,), numbered) if not one.exists())
        with suppress(FileNotFoundError):  # another process of ours was faster
            garbage.file.rename(place)

    def try_out(self) -> None:
        """Raises OSError, with the folder's name, where we can't do our work."""
        self._marks.mkdir(mode=0o770, exist_ok=True)
        for name in (*FOLDERS, self._marks.name):
            trial = self._folder / name / ".ringback"
            trial.touch()
            trial.unlink()

    def left(self, before: datetime) -> int:
        """How many files of that age still lie in the inbox, whatever they are."""
        inbox = self._folder / "inbox"
        return sum(_is_older(inbox / name, before.timestamp()) for name in _names(inbox))

    def refused(self) -> int:
        """How many files were put aside and still lie there."""
        return len(_names(self._folder / "refused"))

    def _mark(self, token: str) -> None:
        self._marks.mkdir(mode=0o770, exist_ok=True)
        (self._marks / token).touch(mode=0o660)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        file = os.open(self._marks / "lock", os.O_CREAT | os.O_RDWR, 0o660)
        try:
            until = time.monotonic() + _LOCK_WAIT_S
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise TryAgain("Another process is using the modem's folders.") from None
                    time.sleep(0.02)
            yield
        finally:
            os.close(file)


def _names(folder: Path) -> set[str]:
    """The visible files; none when there is no such folder."""
    try:
        return {entry.name for entry in os.scandir(folder) if not entry.name.startswith(".")}
    except FileNotFoundError:
        return set()


def _is_older(path: Path, than: float) -> bool:
    try:
        status = path.lstat()
    except OSError:  # taken just now
        return False
    return not stat.S_ISDIR(status.st_mode) and status.st_mtime < than


def _cut(name: str) -> str:
    return os.fsdecode(os.fsencode(name)[:_LONGEST_NAME])


def _is_young(written_at: float, now: datetime) -> bool:
    """Whether somebody may still write the file; a time in the future is a clock that was set."""
    return 0 <= now.timestamp() - written_at < _WHOLE_AFTER_S


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        os.fchmod(file.fileno(), 0o644)  # SMSD may be another user; the folder keeps all others out
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as fault:
        if fault.errno != errno.EINVAL:  # file systems that know no such thing
            raise
    finally:
        os.close(descriptor)
