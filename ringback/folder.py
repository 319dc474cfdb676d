"""Our files: one process at a time works in the folder `var`, and secrets are nobody else's to read."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ringback.errors import BadInput

_OTHERS = 0o077  # permissions of everybody but the owner


@contextmanager
def one_process(folder: Path) -> Iterator[None]:
    """Hold the folder; the lock goes with the process, however it ends.

    Raises:
        BadInput: Another process works there.
    """
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise BadInput(
                f"Another Ringback runs on {folder}. Stop it first; with PostgreSQL "
                "(RINGBACK_DATABASE_URL) many processes may work together."
            ) from busy
        yield


def read_by_others(path: Path) -> bool:
    """Whether other users of the machine may read the file, which holds secrets."""
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False
