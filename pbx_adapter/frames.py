"""Bytes from an AMI connection in, frames out. Pure.

Frames are cut from bytes and decoded afterwards, each by itself: UTF-8, else latin-1. So a name
split over two reads survives, and one bad name does not spoil its neighbours.

Source: Asterisk's manager protocol (lines end with CR LF, an empty line ends a frame); what servers
really send is told in `docs/asterisk.md`.
"""

from collections.abc import Mapping

from ringback.errors import BadInput

Frame = Mapping[str, str]
"""Headers of one frame. A header that came several times holds its values joined by newlines."""

MAX_FRAME_BYTES = 256 * 1024


class FrameTooLong(BadInput):
    """The peer sent more than a frame may hold; the connection can't be trusted any more."""


class Frames:
    """Collects what a socket gives until frames are whole."""

    def __init__(self, max_bytes: int = MAX_FRAME_BYTES) -> None:
        self._rest = b""
        self._max_bytes = max_bytes
        self._greeted = False

    def feed(self, received: bytes) -> list[Frame]:
        """The frames that became whole with these bytes, in order.

        Raises:
            FrameTooLong: More than the limit came without an end.
        """
        self._rest += received
        if not self._greeted:
            if b"\r\n" not in self._rest:
                self._check()
                return []
            self._greeted = True
            first, rest = self._rest.split(b"\r\n", 1)
            if b":" not in first:  # the banner: "Asterisk Call Manager/11.0.0"
                self._rest = rest
        *whole, self._rest = self._rest.split(b"\r\n\r\n")
        self._check()
        return [_headers(frame) for frame in whole if frame.strip()]

    def _check(self) -> None:
        if len(self._rest) > self._max_bytes:
            raise FrameTooLong(
                f"The AMI server sent {len(self._rest)} bytes without ending a frame; "
                "check that the port belongs to Asterisk's manager."
            )


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _headers(raw: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in _decoded(raw).split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            continue
        value = value[1:] if value.startswith(" ") else value
        headers[name] = f"{headers[name]}\n{value}" if name in headers else value
    return headers
