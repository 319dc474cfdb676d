"""Asks a PBX what its user may ask, and listens meanwhile. The one edge of the examination.

In: a connection that is logged in. Out: answers, and what was heard: the classes of the events,
how many there were, and those that our own test caused.

Only actions that `ListCommands` offers the user are asked. A refused one would be written to
Asterisk's security log, and fail2ban bans whoever is found there.

Source: Asterisk 16.28 and 22.10: ListCommands shows what the write classes allow, with the classes of
each action; an event's `Privilege` header holds the classes of which read= must have every one.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from pbx_adapter.ami import Fields
from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import ActionRefused
from pbx_adapter.frames import Frame

MARK = "ringback-doctor"
"""Part of a value of every event that we cause."""

Classes = frozenset[str]
_PRIVILEGE = re.compile(r"\(Priv: ([^)]*)\)\s*$")
_CALLS_IN = "4"  # AST_STATE_RING: it goes into the dialplan; one that is called begins otherwise
_NO_CLASS = frozenset({"all", "<none>", ""})


class Ears:
    """What has been heard so far.

    Attributes:
        classes: Of all events: the user's read= holds each of them.
        events: How often each event came, by name.
        own: The events that we caused, in order.
        came_and_went: A channel that called Asterisk was heard from its beginning to its end.
        booted: FullyBooted, which follows the login where read= has system.
    """

    def __init__(self) -> None:
        self.classes = set[str]()
        self.events = Counter[str]()
        self.own: list[Frame] = []
        self.booted: Frame | None = None
        self.came_and_went = False
        self._calling = set[str]()
        self._news = asyncio.Event()

    async def listen(self, connection: AmiConnection) -> None:
        """Takes in every event until the connection ends."""
        async for _, frame in connection.events():
            self.hear(frame)

    def hear(self, frame: Frame) -> None:
        """Takes in one event."""
        self.events[frame.get("Event", "")] += 1
        self.classes |= _classes(frame.get("Privilege", ""))
        if frame.get("Event") == "FullyBooted":
            self.booted = frame
        if frame.get("Event") == "Newchannel" and frame.get("ChannelState") == _CALLS_IN:
            self._calling.add(frame.get("Uniqueid", ""))
        if frame.get("Event") == "Hangup" and frame.get("Uniqueid", "") in self._calling:
            self.came_and_went = True
        if any(MARK in value for value in frame.values()):
            self.own.append(frame)
        self._news.set()

    async def until(self, enough: Callable[[], bool], timeout_s: float) -> bool:
        """Whether that came true within the time; looked at after each event."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while not enough():
                    self._news.clear()
                    await self._news.wait()
        return enough()


class Interview:
    """One examination's conversation with a PBX.

    Attributes:
        allowed: The actions that the user may do, with the classes of which one suffices.
        ears: What has been heard so far.
    """

    def __init__(
        self, connection: AmiConnection, allowed: Mapping[str, Classes], timeout_s: float
    ) -> None:
        self.allowed = allowed
        self.ears = Ears()
        self._connection = connection
        self._timeout_s = timeout_s

    def may(self, action: str) -> bool:
        """Whether the user may do this, and Asterisk knows how."""
        return action in self.allowed

    async def ask(self, action: str, fields: Fields | None = None) -> Sequence[Frame]:
        """The answer, response first; nothing when the user may not ask, or Asterisk says no.

        Raises:
            RingbackError: As `AmiConnection.action`, refusals excepted.
        """
        if not self.may(action):
            return ()
        try:
            return await self._connection.action(action, fields, self._timeout_s)
        except ActionRefused:
            return ()

    async def items(self, event: str, action: str, fields: Fields | None = None) -> list[Frame]:
        """Of an answer that is a list, the items of one kind; raises as `ask`."""
        return [frame for frame in await self.ask(action, fields) if frame.get("Event") == event]

    async def value(self, variable: str) -> str:
        """What a global variable or function of the dialplan says; "" when it is not to be had."""
        answer = await self.ask("Getvar", {"Variable": variable})
        return answer[0].get("Value", "") if answer else ""


@asynccontextmanager
async def interviewed(connection: AmiConnection, timeout_s: float) -> AsyncIterator[Interview]:
    """An interview on a connection that is logged in; each answer is waited for so long.

    Raises:
        RingbackError: The PBX did not even say what the user may do.
    """
    answer = await connection.action("ListCommands", timeout_s=timeout_s)
    interview = Interview(connection, allowed_actions(answer[0]), timeout_s)
    listening = asyncio.create_task(interview.ears.listen(connection), name="doctor-listens")
    try:
        yield interview
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


def allowed_actions(commands: Frame) -> dict[str, Classes]:
    """The answer to ListCommands: each action with its classes, none for what all may do."""
    found = ((name, _PRIVILEGE.search(told)) for name, told in commands.items())
    return {name: _classes(privilege[1]) for name, privilege in found if privilege}


def _classes(written: str) -> Classes:
    return frozenset(written.split(",")) - _NO_CLASS
