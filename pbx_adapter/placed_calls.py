"""Calls that the player places when it is asked to, by turns answered and not answered.

In: Originate and Hangup, from the player's clients. Out: the events of the calls (`placed_scenes`), each
when it is time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from pbx_adapter.frames import Frame
from pbx_adapter.placed_scenes import Scene, scenes

_AT_ONCE = 5


@dataclass(slots=True)
class _Placed:
    """A call that is up; `hung_up` is set when somebody asked for its end."""

    channel: str
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class PlacedCalls:
    """The calls that a player has placed; `aclose` ends them.

    Args:
        trunk: The endpoint by which numbers are dialled.
        send: To every client, in order.
    """

    def __init__(self, trunk: str, send: Callable[[bytes], Awaitable[None]]) -> None:
        self._trunk = trunk
        self._send = send
        self._calls: dict[str, _Placed] = {}  # by the Uniqueid of the handler's channel
        self._numbers = count()

    @property
    def answers(self) -> Mapping[str, Callable[[Frame], Iterable[Frame]]]:
        """What is said to the actions, for the player."""
        return {"Originate": self._originate, "Hangup": self._hang_up}

    async def aclose(self) -> None:
        """Ends all calls, without a word to anybody."""
        tasks = [call.task for call in self._calls.values() if call.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _originate(self, action: Frame) -> Iterable[Frame]:
        uniqueid = action.get("ChannelId", "")
        if not (action.get("Channel") and uniqueid):
            return [_refused("Channel not specified")]
        if uniqueid in self._calls or len(self._calls) >= _AT_ONCE:
            return [_refused("Originate failed")]
        number = next(self._numbers)
        told = scenes(action, self._trunk, number, answered=number % 2 == 0)
        call = self._calls[uniqueid] = _Placed(told[0].begins[0]["Channel"])
        call.task = asyncio.create_task(self._play(call, told), name=f"placed-call-{number}")
        call.task.add_done_callback(lambda _: self._calls.pop(uniqueid))
        return [{"Response": "Success", "Message": "Originate successfully queued"}]

    def _hang_up(self, action: Frame) -> Iterable[Frame]:
        wanted = action.get("Channel", "")  # Asterisk takes a name or a Uniqueid
        for uniqueid, call in self._calls.items():
            if wanted in (uniqueid, call.channel):
                call.hung_up.set()
                return [{"Response": "Success", "Message": "Channel Hungup"}]
        return [_refused("No such channel")]

    async def _play(self, call: _Placed, told: Sequence[Scene]) -> None:
        for scene in told:
            await self._tell(scene.begins)
            try:
                async with asyncio.timeout(scene.lasts_s):
                    await call.hung_up.wait()
            except TimeoutError:
                continue
            await self._tell(scene.cut)
            return

    async def _tell(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            lines = "".join(f"{name}: {value}\r\n" for name, value in frame.items())
            await self._send(f"{lines}\r\n".encode())


def _refused(message: str) -> Frame:
    return {"Response": "Error", "Message": message}
