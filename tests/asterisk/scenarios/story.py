"""The people of one scenario, and the truth that they write down.

In: what a scenario lets them do. Out: SIP calls on a real Asterisk, AMI actions, and `told`: the
calls as their callers and phones lived them, in the form of `tests/data/traces/README.md`. Knows
nothing of how Ringback tells calls.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from ringback.phone import to_e164
from tests.asterisk.ami_tap import Link, Tap
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Conduct, Outside, Phone
from tests.asterisk.sip_leg import Leg

EXTENSIONS = ("101", "102", "103", "104", "105", "106")
MOBILES = ("0701740690", "0701740691", "0701740692")
"""Behind the trunk, as the dialplan names them; callers have other numbers."""

_FORMS = ("0{}", "+46{}", "0046{}", "46{}")  # how operators deliver a number
_ANYONE_S = 20.0
_FIRST_CALLER, _CALLERS = 701740605, 80

Scenario = Callable[["Story"], Awaitable[None]]


class Story:
    """One scenario under way.

    Attributes:
        asterisk: The server.
        link: What listens on AMI; a scenario may cut it.
        outside: Everyone behind the trunk.
        told: The truth so far.
    """

    def __init__(
        self,
        asterisk: Asterisk,
        link: Link,
        phones: dict[str, Phone],
        outside: Outside,
        caller: Caller,
        number: int,
    ) -> None:
        self.asterisk, self.link, self.outside = asterisk, link, outside
        self.told: list[dict[str, Any]] = []
        self._phones, self._caller = phones, caller
        self._numbers = _caller_numbers(number)

    async def restart(self, *, kill: bool) -> None:
        """Stops Asterisk, in order or as a power cut would, starts it, and listens again."""
        await self.asterisk.restart(kill)
        await self.link.cut()
        for phone in self._phones.values():
            await phone.register()
        await self.link.open()

    def phone(self, extension: str, conduct: Conduct | None = None) -> Phone:
        """A phone of the office; the conduct is what is done with its next calls."""
        phone = self._phones[extension]
        if conduct is not None:
            phone.conduct = conduct
        return phone

    async def ringer(self, extensions: Sequence[str]) -> Leg:
        """The first call that rings at one of these phones."""
        return await self._first(extensions, lambda leg: leg.truth.rang_at is not None)

    async def answerer(self, extensions: Sequence[str]) -> Leg:
        """The call that one of these phones has answered and that is up."""
        return await self._first(
            extensions,
            lambda leg: leg.truth.answered_at is not None and leg.truth.ended_at is None,
        )

    async def _first(self, extensions: Sequence[str], wanted: Callable[[Leg], bool]) -> Leg:
        async with asyncio.timeout(_ANYONE_S):
            while True:
                for extension in extensions:
                    found = next(filter(wanted, self._phones[extension].received), None)
                    if found is not None:
                        return found
                await asyncio.sleep(0.02)

    async def call(self, did: str, number: str = "", operator: str = "") -> Leg:
        """Somebody outside calls; without a number the next caller, in the next form."""
        headers = (("X-Operator", operator),) if operator else ()
        return await self._caller.call(did, number or next(self._numbers), headers=headers)

    async def call_withheld(self, did: str, asserted: str = "") -> Leg:
        """Somebody outside calls and hides the number."""
        return await self._caller.call_withheld(did, asserted)

    async def act(self, action: str, **fields: str) -> str:
        """Asks Asterisk something over another AMI connection; returns the answer's text.

        Raises:
            RuntimeError: It refused.
        """
        async with Tap(self.asterisk) as tap:
            return await tap.ask(action, **fields)

    async def channel_of(self, extension: str) -> str:
        """The name of the channel with this phone."""
        shown = await self.asterisk.cli("core show channels concise")
        names = (line.partition("!")[0] for line in shown.splitlines())
        return next(name for name in names if name.startswith(f"PJSIP/{extension}-"))

    def tell(
        self,
        leg: Leg,
        by: Leg | None = None,
        *,
        last: Leg | None = None,
        reason: str = "",
        queues: Sequence[str] = (),
        ended_by: str = "",
        **marks: Any,
    ) -> None:
        """Writes down a call from outside that is over.

        Args:
            leg: The caller's.
            by: The first person's who spoke with the caller; without one the call was missed.
            last: The last person's, where the call was transferred.
            reason: Why, when missed.
            queues: Visited, in order.
            ended_by: Who ended it, where that is not plain from the legs.
            marks: More fields of the record, or others than the legs tell.
        """
        withheld = leg.caller == "anonymous"
        self.told.append(
            {
                "caller": leg.caller,
                "caller_e164": None if withheld else to_e164(leg.caller, "SE"),
                "did": _national(leg.callee),
                "did_delivered": leg.callee,
                "direction": "inbound",
                **self._course(leg, by, reason, queues),
                "rang": self._rang(leg),
                **({"withheld": True} if withheld else {}),
                **({"transferred_to": last.callee} if last else {}),
                "ended_by": ended_by or _who_ended(leg, last or by),
                **marks,
            }
        )

    def tell_outgoing(
        self,
        leg: Leg,
        by: Leg | None = None,
        *,
        direction: str,
        reason: str = "",
        queues: Sequence[str] = (),
        **marks: Any,
    ) -> None:
        """Writes down a call of a phone of the office: `outbound` or `internal`."""
        self.told.append(
            {
                "caller": leg.caller,
                "callee": leg.callee,
                "did": None,
                "direction": direction,
                **self._course(leg, by, reason, queues),
                "ended_by": _who_ended(leg, by),
                **marks,
            }
        )

    def _course(
        self, leg: Leg, by: Leg | None, reason: str, queues: Sequence[str]
    ) -> dict[str, Any]:
        began, ended = leg.truth.began_at, leg.truth.ended_at
        answered = by.truth.answered_at if by else None
        if ended is None or (by and answered is None):
            raise RuntimeError(f"The call of {leg.caller} did not go as the scenario tells it.")
        return {
            "outcome": "answered" if by else "missed",
            "reason": None if by else reason,
            "queues": list(queues),
            "answered_by": by.callee if by else None,
            "wait_s": round((answered or ended) - began, 2),
            "talk_s": round(ended - answered, 2) if answered else 0.0,
            "t_start": round(began - self.link.began_at, 3),
            "t_end": round(ended - self.link.began_at, 3),
            "sip_final_to_caller": leg.truth.status,
        }

    def _rang(self, leg: Leg) -> list[str]:
        rung = [
            (other.truth.rang_at, extension)
            for extension, phone in self._phones.items()
            for other in phone.received
            if other.truth.rang_at and other.truth.rang_at >= leg.truth.began_at
        ]
        return list(dict.fromkeys(extension for _, extension in sorted(rung)))


@asynccontextmanager
async def people(asterisk: Asterisk, link: Link, number: int) -> AsyncIterator[Story]:
    """Everyone at their places, phones registered; the link is opened afterwards.

    Args:
        asterisk: Where they call.
        link: Listens on AMI.
        number: Of the scenario: gives its callers their numbers.
    """
    async with AsyncExitStack() as stack:
        phones = {
            extension: await stack.enter_async_context(Phone(asterisk, extension))
            for extension in EXTENSIONS
        }
        outside = await stack.enter_async_context(Outside(asterisk))
        caller = await stack.enter_async_context(Caller(asterisk))
        yield Story(asterisk, link, phones, outside, caller, number)


async def pause(seconds: float) -> None:
    """People talk, wait, or listen for so long."""
    await asyncio.sleep(seconds)


async def leave(leg: Leg, after_s: float = 0.0) -> None:
    """The caller hangs up, or gives up when nobody has answered the line."""
    await pause(after_s)
    await (leg.hang_up() if leg.truth.answered_at else leg.cancel())


async def talk(leg: Leg, person: Leg, seconds: float) -> None:
    """They talk from the person's answer on, then the caller hangs up."""
    await person.answered(20)
    await leg.answered()
    await leave(leg, seconds)
    await person.ended()


def talk_s(person: Leg) -> float:
    """How long this person's part of the call was."""
    truth = person.truth
    return round((truth.ended_at or 0.0) - (truth.answered_at or 0.0), 2)


def _caller_numbers(scenario: int) -> Iterator[str]:
    for step in itertools.count(scenario * 3):
        digits = str(_FIRST_CALLER + step % _CALLERS)
        yield _FORMS[step % len(_FORMS)].format(digits)


def _national(did: str) -> str:
    e164 = to_e164(did, "SE") or did
    return e164.replace("+46", "0", 1)


def _who_ended(leg: Leg, by: Leg | None) -> str:
    if leg.truth.ended_by == "us":
        return "caller"
    return "callee" if by and by.truth.ended_by == "us" else "system"
