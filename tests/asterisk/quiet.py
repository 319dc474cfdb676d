"""Waits until nobody calls any more on a server that several tests share.

In: a running Asterisk. Out: the same without a channel. Asks by AMI, which costs a few milliseconds.
"""

import contextlib
import socket
import time

from tests.asterisk.office import AMI_SECRET, AMI_USER, HOST
from tests.asterisk.server import Asterisk

_LOOK_S = 0.05
_BY_ITSELF_S = 3.0
_PATIENCE_S = 20.0
_LOGIN = f"Action: Login\r\nUsername: {AMI_USER}\r\nSecret: {AMI_SECRET}\r\nEvents: off\r\n\r\n"
_LIST = "Action: CoreShowChannels\r\n\r\n"
_HANG_UP = "Action: Hangup\r\nChannel: /.*/\r\n\r\n"
_LEAVE = "Action: Logoff\r\n\r\n"


def wait_until_quiet(asterisk: Asterisk) -> None:
    """Returns when no channel is up; those that stay are hung up. One that is away has none."""
    began, asked = time.monotonic(), False
    with contextlib.suppress(OSError):
        while channels(asterisk) and (waited_s := time.monotonic() - began) < _PATIENCE_S:
            if waited_s > _BY_ITSELF_S and not asked:
                asked = True
                _said(asterisk, _HANG_UP)
            time.sleep(_LOOK_S)


def channels(asterisk: Asterisk) -> int:
    """How many are up.

    Raises:
        OSError: It could not be asked.
    """
    listed = (line.partition(b": ") for line in _said(asterisk, _LIST).splitlines())
    return next((int(value) for name, _, value in listed if name == b"ListItems"), 0)


def _said(asterisk: Asterisk, action: str) -> bytes:
    """All that is answered, to the end of the connection."""
    with socket.create_connection((HOST, asterisk.ami_port), timeout=_PATIENCE_S) as line:
        line.sendall(f"{_LOGIN}{action}{_LEAVE}".encode())
        said = b""
        while part := line.recv(1 << 16):
            said += part
    return said
