"""panoramisk, fenced: bytes and actions of one AMI connection. The only file that imports it.

In: an address, actions. Out: events as frames, whole answers, and one reason when it ends. Used by
`ami_connection`, which logs in and watches.

panoramisk connects, numbers and writes the actions and keeps those that wait. Its faults are fenced
here and tested row by row in `tests/pbx_adapter/test_ami.py`: the reading is ours (frames are cut
before they are decoded, a limit, no callbacks of others), so is knowing when an answer is whole,
and nothing is ever sent again, because a wire is used for one connection.

Source: panoramisk 1.4 and its issues 88, 89, 90, 97; the answers of Asterisk 22's manager.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from panoramisk import Manager
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol

from pbx_adapter.ami_faults import (
    ConnectionLost,
    NotSent,
    PbxAddress,
    Unanswered,
    action_refused,
    not_asterisk,
)
from pbx_adapter.frames import MAX_FRAME_BYTES, EventFilter, Frame, Frames
from ringback.errors import BadInput, RingbackError

Fields = Mapping[str, str | Sequence[str]]
"""Headers of an action; a sequence is sent as one header per value (`Variable`)."""

_BANNER = b"Asterisk Call Manager"
_LONGEST_BANNER = 200
_MAX_LINE_BYTES = 1022  # without its end; Asterisk 22 refuses the whole action beyond

_log = structlog.get_logger(__name__)

_silent = logging.getLogger(f"{__name__}.panoramisk")
_silent.disabled = True  # it writes whole actions, the secret among them


class AmiWire(AMIProtocol):  # type: ignore[misc]  # panoramisk ships no types
    """One connection at the level of frames; `closed` before it is opened and after its end.

    Args:
        pbx: Where to.
        on_greeting: Called once, when Asterisk has said its name.
        on_events: Called with the events of one read, which may be none.
        on_end: Called once with the reason, when an opened wire ends.
        max_frame_bytes: A longer frame ends the connection.
        only: Events worth telling; None tells all.
    """

    def __init__(
        self,
        pbx: PbxAddress,
        on_greeting: Callable[[], None],
        on_events: Callable[[list[Frame]], None],
        on_end: Callable[[RingbackError], None],
        max_frame_bytes: int = MAX_FRAME_BYTES,
        only: EventFilter | None = None,
    ) -> None:
        self.closed = True
        self.responses: dict[str, _Action] = {}
        self.reads = 0
        self._pbx = pbx
        self._on_greeting = on_greeting
        self._on_events = on_events
        self._on_end = on_end
        self._frames = Frames(max_frame_bytes, only)
        self._banner = b""
        self._greeted = False
        self._panoramisk: Any = None

    async def open(self, tls: ssl.SSLContext | None) -> None:
        """Connects; OSError when that fails. Bound the time from outside."""
        self._panoramisk = _Panoramisk(
            host=self._pbx.host,
            port=self._pbx.port,
            ssl=tls or False,
            protocol_factory=lambda: self,
            log=_silent,
        )
        await self._panoramisk.connect()

    async def ask(self, name: str, fields: Fields, timeout_s: float) -> list[Frame]:
        """Sends an action and waits for its whole answer; see `AmiConnection.action`."""
        action = _Action(_checked(name, fields))
        if self.closed:
            raise NotSent(
                f"There is no connection to Asterisk at {self._pbx}: {name} was not sent."
            )
        if action.id in self.responses:
            raise BadInput(f"An action with ActionID {action.id!r} is still waiting.", "ActionID")
        answer = self._panoramisk.send_action(action)
        try:
            async with asyncio.timeout(timeout_s):
                frames: list[Frame] = await answer
        except TimeoutError as late:
            raise Unanswered(
                f"Asterisk at {self._pbx} did not answer {name} within {timeout_s:g} s."
            ) from late
        finally:
            self.responses.pop(action.id, None)
        if frames[0].get("Response") == "Error":
            raise action_refused(self._pbx, name, frames[0].get("Message", ""))
        return frames

    def data_received(self, data: bytes) -> None:
        """Sorts what came; whatever goes wrong ends the connection with a reason, never the loop."""
        if self.closed:
            return
        self.reads += 1
        try:
            if not self._greeted:
                self._greet(data)
            self._on_events([frame for frame in self._frames.feed(data) if self._is_event(frame)])
        except RingbackError as fault:
            self.end(fault)
        except Exception as fault:
            _log.exception("ami_read_failed", pbx=str(self._pbx))
            self.end(ConnectionLost(f"Reading from {self._pbx} failed: {fault!r}."))

    def connection_lost(self, exc: Exception | None) -> None:
        """Asterisk went away, or the network did."""
        why = f" ({exc})" if exc else ""
        self.end(ConnectionLost(f"Asterisk at {self._pbx} ended the connection{why}."))

    def close(self) -> None:
        """Ends; panoramisk's own would keep what is unanswered, to send it again."""
        self.end(ConnectionLost("We closed the connection."))

    def end(self, fault: RingbackError) -> None:
        """Ends the connection once; what waits for an answer learns that none will come."""
        if self.closed:
            return
        self.closed = True
        self.transport.abort()
        self._panoramisk.close()  # stops its timer
        for action in self.responses.values():
            if not action.future.done():
                action.future.set_exception(Unanswered(str(fault)))
        self.responses.clear()
        self._on_end(fault)

    def _greet(self, data: bytes) -> None:
        self._banner = (self._banner + data)[:_LONGEST_BANNER]
        start = self._banner[: len(_BANNER)]
        if not _BANNER.startswith(start):
            raise not_asterisk(self._pbx, self._banner)
        if start == _BANNER and b"\r\n" in self._banner:
            self._greeted = True
            self._on_greeting()

    def _is_event(self, frame: Frame) -> bool:
        waiting = self.responses.get(frame["ActionID"]) if "ActionID" in frame else None
        if waiting is not None and waiting.takes(frame):
            if waiting.add_message(frame):
                del self.responses[waiting.id]
            # A list of channels is true at its place among the events, whoever is slow to take them.
            return frame.get("Event", "").startswith("CoreShowChannel")
        return "Event" in frame


class _Action(Action):  # type: ignore[misc]  # panoramisk ships no types
    """An action whose answer is whole when Asterisk says so.

    panoramisk guesses from the words of the response: QueueAdd never ends, Originate without Async
    and PlayDTMF end the connection (its issues 88, 89, 90, 97).
    """

    def __init__(self, fields: Mapping[str, str | Sequence[str]]) -> None:
        super().__init__(fields)
        self.frames: list[Frame] = []

    @property
    def multi(self) -> bool:
        """Whether the response said that a list follows."""
        return bool(self.frames) and self.frames[0].get("EventList", "").lower() == "start"

    @property
    def completed(self) -> bool:
        """Whether the last frame ended the answer: `EventList: Complete`, or `cancelled`."""
        return not self.multi or (len(self.frames) > 1 and "EventList" in self.frames[-1])

    def takes(self, frame: Frame) -> bool:
        """Whether the frame belongs to the answer; a later event with the same id does not."""
        return "Event" not in frame or self.multi

    def add_message(self, message: Frame) -> bool:
        """Adds a frame; True when the answer is whole."""
        self.frames.append(message)
        if self.completed and not self.future.done():
            self.future.set_result(self.frames)
        return self.completed


class _Panoramisk(Manager):  # type: ignore[misc]  # panoramisk ships no types
    """panoramisk without what it does unasked."""

    def connection_made(self, connecting: "asyncio.Task[Any]") -> None:
        """Takes a connection; one that failed is left to whoever awaits it, not tried for ever."""
        if not connecting.cancelled() and connecting.exception() is None:
            super().connection_made(connecting)

    def ping(self) -> None:
        """Nothing: panoramisk never looks at the answer; `AmiConnection` has its own watchdog."""


def _checked(name: str, fields: Fields) -> dict[str, str | Sequence[str]]:
    """The headers as they may go out; BadInput for what would become another header or action."""
    headers = {"Action": name, **fields}
    for key, value in headers.items():
        for text in (value,) if isinstance(value, str) else value:
            _check_line(key, text)
    if name.lower() == "originate":
        headers = {key: value for key, value in headers.items() if key.lower() != "async"}
        headers["Async"] = "true"
    return headers


def _check_line(key: str, text: str) -> None:
    try:
        line = f"{key}: {text}".encode()
    except UnicodeEncodeError as broken:
        raise BadInput(f"The field {key!r} is no text that can be sent.", key) from broken
    if not key or ":" in key or any(byte in line for byte in b"\r\n\0"):
        raise BadInput(f"The field {key!r} holds a line break or the like.", key)
    if len(line) > _MAX_LINE_BYTES:
        raise BadInput(f"The field {key!r} is longer than a line of AMI may be.", key)
