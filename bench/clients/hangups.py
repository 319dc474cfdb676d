"""An AMI connection of its own: prints the Uniqueid of each Hangup and the moment it was read.

Independent of the product: a plain socket, no code of ours. Argument: the port.
"""

import socket
import sys
import time

from bench.clients import READY
from tests.asterisk.office import AMI_SECRET, AMI_USER

_LOGIN = f"Action: Login\r\nUsername: {AMI_USER}\r\nSecret: {AMI_SECRET}\r\nEvents: call\r\n\r\n"


def _watch(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(_LOGIN.encode())
        rest = b""
        while received := line.recv(65536):
            read_at = time.monotonic()
            *frames, rest = (rest + received).split(b"\r\n\r\n")
            for frame in frames:
                if b"Authentication accepted" in frame:
                    _print(READY, read_at)
                elif frame.startswith(b"Event: Hangup\r\n"):
                    _print(frame.split(b"\r\nUniqueid: ")[1].split(b"\r\n")[0].decode(), read_at)


def _print(what: str, moment: float) -> None:
    sys.stdout.write(f"{what} {moment:.6f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _watch(int(sys.argv[1]))
