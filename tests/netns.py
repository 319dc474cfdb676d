"""A network of one's own: for servers that listen on all addresses, or on ports that can't be chosen.

In: nothing. Out: the calling thread in a new network namespace with a loopback of its own, and with it
every socket that it opens and every process that it starts. Sockets opened before stay where they are.
Linux; needs root, as the tests have where they run.
"""

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def own_network() -> Iterator[None]:
    """Everything that is opened or started within is alone on 127.0.0.1."""
    with Path("/proc/thread-self/ns/net").open("rb") as before:
        _call("unshare", _CLONE_NEWNET)
        try:
            _loopback_up()
            yield
        finally:
            _call("setns", before.fileno(), _CLONE_NEWNET)


def _call(name: str, *arguments: int) -> None:
    if getattr(_libc, name)(*arguments):
        number = ctypes.get_errno()
        raise AssertionError(
            f"{name} failed ({os.strerror(number)}): a network namespace needs root (CAP_SYS_ADMIN); "
            "run the tests as root, in a container with --cap-add SYS_ADMIN."
        )


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("16xh", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))
        up = struct.pack("16sh14x", b"lo", flags | _IFF_UP)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, up)
