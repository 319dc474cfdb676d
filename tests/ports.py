"""Ports on loopback for the servers that the tests start.

The system gives ports of its own choice to whoever asks for none in particular, also those that a server
has left for a restart. These lie below that range, and no two processes of tests have the same one.
"""

import fcntl
import itertools
import random
import socket
import tempfile
from pathlib import Path

_HOST = "127.0.0.1"
_FIRST_SOUND, _FIRST, _AFTER_LAST = 10_000, 20_000, 32_700
_taken = (Path(tempfile.gettempdir()) / "ringback-test-ports").open("ab")
_start = random.randrange(_FIRST, _AFTER_LAST)
_round = itertools.cycle([*range(_start, _AFTER_LAST), *range(_FIRST, _start)])


def free_port(in_a_row: int = 1) -> int:
    """One that nobody has, for TCP and UDP; it is kept for this process as long as that runs.

    Args:
        in_a_row: So many as that, and the first is told.

    Raises:
        RuntimeError: There is none left.
    """
    row: list[int] = []
    for port in itertools.islice(_round, _AFTER_LAST - _FIRST):
        if row and port != row[-1] + 1:
            row = []
        row = [*row, port] if _is_ours(port) and _is_free(port) else []
        if len(row) == in_a_row:
            return row[0]
    raise RuntimeError("All ports for tests are taken: end the tests that run beside these.")


def sound_ports(count: int) -> int:
    """The first of so many for sound. Others may have some of them: who needs one tries the next."""
    return random.randrange(_FIRST_SOUND, _FIRST - count, 2)


def _is_ours(port: int) -> bool:
    """A lock on one byte of a common file; the system gives it up with the process."""
    try:
        fcntl.lockf(_taken, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
                probe.bind((_HOST, port))
    except OSError:
        return False
    return True
