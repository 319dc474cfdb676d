"""Bytes from an AMI connection in, frames out. Pure.

Frames are cut from bytes and decoded afterwards, each by itself: UTF-8, else latin-1. So a name
split over two reads survives, and one bad name does not spoil its neighbours. Events that nobody
needs are told by their first bytes and never decoded: they are most of what Asterisk sends.

Source: Asterisk's manager protocol (lines end with CR LF, an empty line ends a frame); what servers
really send is told in `docs/asterisk.md`.
"""

from collections.abc import Iterable, Mapping

from ringback.errors import BadInput

Frame = Mapping[str, str]
"""Headers of one frame. A header that came several times holds its values joined by newlines."""

MAX_FRAME_BYTES = 256 * 1024

_LINE, _END = b"\r\n", b"\r\n\r\n"
_EVENT, _VARIABLE, _ACTION_ID = b"Event: ", b"\r\nVariable: ", b"\r\nActionID: "
_VARSET = b"Event: VarSet"


class FrameTooLong(BadInput):
    """The peer sent more than a frame may hold; the connection can't be trusted any more."""


class EventFilter:
    """Which events are worth decoding. Answers to actions always are.

    Args:
        without: Names of events that nobody needs.
        variables: Of VarSet, those that somebody needs; inheritance (`__NAME`) does not count.
    """

    def __init__(self, without: Iterable[str], variables: Iterable[str]) -> None:
        self._without = frozenset(_EVENT + name.encode() for name in without)
        self._variables = frozenset(name.encode() for name in variables)

    def passes(self, raw: bytes) -> bool:
        """Whether somebody needs this frame, given without its end."""
        first = raw.partition(_LINE)[0]
        if first == _VARSET:
            variable = raw.partition(_VARIABLE)[2].partition(_LINE)[0]
            return variable.lstrip(b"_") in self._variables
        return first not in self._without or _ACTION_ID in raw


class Frames:
    """Collects what a socket gives until frames are whole.

    Args:
        max_bytes: A frame that has not ended by then is refused.
        only: What is worth decoding; None takes everything.
    """

    def __init__(self, max_bytes: int = MAX_FRAME_BYTES, only: EventFilter | None = None) -> None:
        self._rest = bytearray()
        self._max_bytes = max_bytes
        self._only = only
        self._greeted = False

    def feed(self, received: bytes) -> list[Frame]:
        """The frames that became whole with these bytes, in order.

        Raises:
            FrameTooLong: More than the limit came without an end.
        """
        # What was searched before is not searched again; an end may be split over two reads.
        searched = max(0, len(self._rest) - len(_END) + 1)
        self._rest += received
        if not self._greeted and self._rest.find(_LINE, searched) >= 0:
            self._greet()
            searched = 0
        whole: list[bytes] = []
        if self._greeted and self._rest.find(_END, searched) >= 0:
            *whole, rest = bytes(self._rest).split(_END)
            self._rest = bytearray(rest)
        self._check()
        if self._only is not None:
            whole = list(filter(self._only.passes, whole))
        return [_headers(_decoded(raw)) for raw in whole if raw.strip()]

    def _greet(self) -> None:
        self._greeted = True
        first = self._rest[: self._rest.find(_LINE)]
        if b":" not in first:  # the banner: "Asterisk Call Manager/11.0.0"
            del self._rest[: len(first) + len(_LINE)]

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


def _headers(text: str) -> Frame:
    lines = text.split("\r\n")
    try:
        headers = dict([line.split(": ", 1) for line in lines])  # a list: faster than a generator
    except ValueError:  # a line is no header, or has no space after its colon
        return _odd_headers(lines)
    return headers if len(headers) == len(lines) else _odd_headers(lines)


def _odd_headers(lines: list[str]) -> Frame:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(": ")
        if not colon:
            name, colon, value = line.partition(":")
        if colon:
            headers[name] = f"{headers[name]}\n{value}" if name in headers else value
    return headers
