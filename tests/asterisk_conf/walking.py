"""A caller who walks through the voice menu: at each prompt that he hears he presses or hangs up.

In: an Asterisk of `house`, whose log says which prompt is played on which channel. Out: what the
menu has left in AstDB, and which prompts were heard. Nothing waits for a fixed time.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller
from tests.asterisk.sip_leg import Leg

MOBILE = "0701740605"
HANG_UP = "hang up"
HIDDEN = "hidden "
_PATIENCE_S = 40.0
_LOOK_S = 0.02
_PLAYED = re.compile(
    r"<([^>]+)> Playing '(?:ringback/|\w+/ringback/)?([^']+?)(?:\.\w+)?' \(language '(\w+)'\)"
)
_SAID = re.compile(r'NoOp\("[^"]+", "([^"]+)"\)')
_Found = TypeVar("_Found")

DIALPLAN = """
[ext-did](+)
{numbers}
[walk]
exten => s,1,Answer()
 same => n,Set(CHANNEL(hangup_handler_push)=walked,s,1(${{ARG1}}))
 same => n,NoOp(walk ${{ARG1}} ${{UNIQUEID}} ${{CHANNEL}})
 same => n,Return()
[walked]
exten => s,1,NoOp(walked ${{ARG1}})
 same => n,Return()
"""
_NUMBER = """\
exten => {did},1,Gosub(walk,s,1({did}))
 same => n,Gosub(ringback-menu-{key},enter,1)
 same => n,Queue({queue},t)
 same => n,Hangup()
"""


@dataclass(frozen=True)
class Walk:
    """One call.

    Attributes:
        did: What is dialled; each walk its own, by which it is found in the log.
        steps: Prompts, and what he does when he hears each: digits, HANG_UP, or nothing ("").
        shows: The number that he rings from; empty: he hides it; after `hidden `: the operator
            knows it all the same.
    """

    did: str
    steps: Sequence[tuple[str, str]]
    shows: str = MOBILE


@dataclass
class Heard:
    """What a walk was like.

    Attributes:
        uniqueid: Of his channel.
        prompts: All that he was played, as `sv number-ask`.
        entry: What stands in AstDB for him; empty: nothing.
    """

    uniqueid: str
    prompts: list[str]
    entry: str


def dialplan(walks: Sequence[tuple[str, tuple[str, str]]]) -> str:
    """The numbers that are dialled, each into its queue."""
    numbers = (_NUMBER.format(did=did, queue=name, key=key) for did, (name, key) in walks)
    return DIALPLAN.format(numbers="".join(numbers))


class Hearing:
    """What a server's log tells: prompts by channel, and what the numbers of `dialplan` say."""

    def __init__(self, asterisk: Asterisk) -> None:
        self.asterisk = asterisk
        self._log = asterisk.folder / "log" / "full"
        self._read = 0
        self._played: defaultdict[str, list[str]] = defaultdict(list)
        self._passed: defaultdict[str, int] = defaultdict(int)
        self._said: list[str] = []

    async def walk(self, caller: Caller, wanted: Walk) -> Heard:
        """Makes the call and waits until it is over and nothing of it runs any more."""
        leg, uniqueid, channel = await self._called(caller, wanted.did, wanted.shows)
        for prompt, act in wanted.steps:
            await self.prompt(channel, prompt)
            await _do(leg, act)
        await leg.ended(_PATIENCE_S)
        await self._said_so(f"walked {wanted.did}")
        left = await entry(self.asterisk, uniqueid)
        return Heard(uniqueid, self._played[channel], left)

    async def joined(self, caller: Caller, did: str) -> tuple[Leg, str]:
        """A caller who waits in the queue, and his channel's name."""
        leg, _, channel = await self._called(caller, did, MOBILE)
        await self.prompt(channel, "offer")
        return leg, channel

    async def channel(self, endpoint: str) -> str:
        """The first channel of this endpoint that hears a prompt."""
        return await self._until(
            lambda: next((one for one in self._played if one.startswith(f"{endpoint}-")), None)
        )

    async def prompt(self, channel: str, name: str) -> None:
        """Waits until this prompt is played, later than the one that was waited for before."""

        def played() -> int | None:
            names = [one.partition(" ")[2] for one in self._played[channel]]
            places = range(self._passed[channel], len(names))
            return next((place + 1 for place in places if names[place] == name), None)

        try:
            self._passed[channel] = await self._until(played)
        except TimeoutError:
            raise TimeoutError(f"{name} was not played after {self._played[channel]}.") from None

    async def _called(self, caller: Caller, did: str, shows: str) -> tuple[Leg, str, str]:
        if shows and not shows.startswith(HIDDEN):
            leg = await caller.call(did, shows)
        else:
            leg = await caller.call_withheld(did, shows.removeprefix(HIDDEN))
        _, _, uniqueid, channel = (await self._said_so(f"walk {did} ")).split(" ")
        return leg, uniqueid, channel

    async def _said_so(self, beginning: str) -> str:
        return await self._until(
            lambda: next((said for said in self._said if said.startswith(beginning)), None)
        )

    async def _until(self, look: Callable[[], _Found | None]) -> _Found:
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                self._read_on()
                if (found := look()) is not None:
                    return found
                await asyncio.sleep(_LOOK_S)

    def _read_on(self) -> None:
        with self._log.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            if found := _PLAYED.search(line):
                self._played[found[1]].append(f"{found[3]} {found[2]}")
            elif found := _SAID.search(line):
                self._said.append(found[1])


async def entry(asterisk: Asterisk, uniqueid: str) -> str:
    """What the menu has written for a call."""
    told = await asterisk.cli(f"database get ringback-callback {uniqueid}")
    return told.removeprefix("Value: ").strip() if told.startswith("Value:") else ""


async def offer(asterisk: Asterisk, key: str, value: str) -> None:
    """Writes an offer as Ringback does."""
    await asterisk.cli(f'database put ringback-value offer_{key} "{value}"')


async def _do(leg: Leg, act: str) -> None:
    if act == HANG_UP:
        await leg.hang_up()
    else:
        leg.press(act)
