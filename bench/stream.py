"""Recorded traffic as an endless stream of calls that never collide.

In: the traces of `tests/data`, recorded by a user who may read everything. Out: the same bytes again
and again, each repetition with Uniqueids, channel names and bridges of its own.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pbx_adapter.site import Site
from pbx_adapter.traces import read_trace

TRACES = Path(__file__).parents[1] / "tests" / "data" / "traces"
BEGINS, ENDS = "BenchBegins", "BenchEnds"
"""UserEvents that stand around a stream: between them the clocks run."""

_MARK = b"@@@@@@"
_ENDING = re.compile(
    rb"\b[0-9]{10}\.[0-9]+\b|\brb-job[0-9-]+\b|-[0-9a-f]{8}\b"
)  # Uniqueids, channels
_BEGINNING = re.compile(rb"\b(?=[0-9a-f]{8}-[0-9a-f]{4}-)")  # bridges


@dataclass(frozen=True, slots=True)
class Stream:
    """Frames with a place for the number of the repetition in each name."""

    frames: tuple[bytes, ...]

    def repetition(self, number: int) -> bytes:
        """All frames, named for this repetition."""
        return b"".join(self.frames).replace(_MARK, b"%06d" % number)

    def parts(self, events: int) -> Iterable[bytes]:
        """So many events, repetition by repetition; the last one is cut short."""
        number, left = 0, events
        while left > 0:
            yield Stream(self.frames[:left]).repetition(number)
            number, left = number + 1, left - len(self.frames)

    def cut_before(self, event: str) -> "tuple[Stream, Stream]":
        """What comes before the first such event, and the rest."""
        at = next(number for number, raw in enumerate(self.frames) if _is(raw, event))
        return Stream(self.frames[:at]), Stream(self.frames[at:])


def office_site() -> Site:
    """What an installer would write down about the PBX of the traces."""
    return Site.from_toml((TRACES / "site.toml").read_text())


def unfiltered() -> Stream:
    """Every kind of call there is, one after the other, from Asterisk 22.

    Left out: recordings of two connections, and those that end before their channels do.
    """
    paths = sorted((TRACES / "22").glob("*.ami*"))
    streams = [recorded(path) for path in paths if not re.search(r"\.[12]\.ami", path.name)]
    whole = (
        stream for stream in streams if _count(stream, "Newchannel") == _count(stream, "Hangup")
    )
    return Stream(tuple(raw for stream in whole for raw in stream.frames))


def recorded(path: Path) -> Stream:
    """The events of one trace."""
    return Stream(
        tuple(
            _BEGINNING.sub(_MARK, _ENDING.sub(rb"\g<0>" + _MARK, raw))
            for _, raw in read_trace(path).frames
            if raw.startswith(b"Event:")
        )
    )


def user_event(name: str) -> bytes:
    """A UserEvent as Asterisk sends it."""
    return f"Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: {name}\r\n\r\n".encode()


def _count(stream: Stream, event: str) -> int:
    return sum(_is(raw, event) for raw in stream.frames)


def _is(raw: bytes, event: str) -> bool:
    return raw.startswith(f"Event: {event}\r\n".encode())
