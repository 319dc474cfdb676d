"""A working hour of the office in half a minute: calls of every kind, and what the people in them saw.

In: a running `Asterisk` with `RECORDS` in its configuration. Out: one `Made` for each call.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from tests.asterisk.server import Asterisk
from tests.asterisk.sip import (
    Caller,
    Conduct,
    Outside,
    Phone,
    answer_after,
    busy,
    decline_after,
)
from tests.asterisk.sip_leg import PATIENCE_S, Leg
from tests.asterisk.sip_moves import transfer


@dataclass(frozen=True, slots=True)
class Made:
    """One call from outside, as its people saw it."""

    kind: str
    caller: str  # as the trunk delivered it
    did: str
    answered_by: str | None  # None: nobody spoke with the caller


Play = Callable[[Caller, str], Awaitable[None]]


async def talk(
    caller: Caller, number: str, did: str, phones: Sequence[Phone], press: str = ""
) -> None:
    leg = await caller.call(did, number)
    await leg.answered()
    if press:
        await asyncio.sleep(0.5)
        leg.press(press)
    async with asyncio.timeout(PATIENCE_S):
        while not any(one.truth.answered_at for phone in phones for one in phone.received):
            await asyncio.sleep(0.05)
    await leg.ends_within(2.0)
    await leg.hang_up()


async def give_up(caller: Caller, number: str, did: str, after_s: float = 1.5) -> None:
    leg = await caller.call(did, number)
    await leg.gets_through()
    await leg.ends_within(after_s)
    await over(leg)


async def over(leg: Leg) -> None:
    if leg.truth.ended_at is None:
        await (leg.hang_up() if leg.truth.answered_at else leg.cancel())


TALKS: Conduct = answer_after(0.3)
RINGS: Conduct | None = None


async def _transferred(leg: Leg) -> None:
    await leg.answer()
    await asyncio.sleep(0.7)
    await transfer(leg, "102")
    await leg.ends_within(2)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a call is made: who does what."""

    did: str
    phones: Mapping[str, Conduct | None]
    answered_by: str | None = None
    press: str = ""
    after_s: float = 1.5


PLANS: Mapping[str, Plan] = {
    "direct answered": Plan("401", {"101": TALKS}, "101"),
    "direct given up": Plan("401", {"101": RINGS}),
    "direct busy": Plan("401", {"101": busy()}, after_s=4),
    "direct declined": Plan("401", {"101": decline_after(0.2)}, after_s=4),
    "direct unavailable": Plan("409", {}, after_s=4),
    "group answered": Plan("402", {"101": RINGS, "102": TALKS}, "102"),
    "group given up": Plan("402", {"101": RINGS, "102": RINGS}),
    "queue answered": Plan("403", {"101": RINGS, "102": TALKS}, "102"),
    "queue given up": Plan("403", {"101": RINGS}),
    "local queue answered": Plan("404", {"101": TALKS, "102": TALKS, "103": TALKS}, "10?"),
    "local queue given up": Plan("404", {"101": RINGS}),
    "voicemail": Plan("405", {"104": busy()}, after_s=2),
    "menu given up": Plan("406", {}, after_s=1),
    "menu to queue answered": Plan("406", {"103": TALKS}, "103", press="1"),
    "closed": Plan("407", {}, after_s=5),
    "answered by the PBX first": Plan("408", {"101": TALKS}, "101"),
    "given up though the PBX answered": Plan("408", {"101": RINGS}),
    "queue timed out": Plan("431", {"101": RINGS}, after_s=8),
    "queue timed out, next answered": Plan("432", {"101": RINGS, "104": TALKS}, "104", after_s=7),
    "queue member's voicemail": Plan("433", {}, after_s=4),
    "queue nobody may join": Plan("434", {}, after_s=4),
    "mobile answered": Plan("435", {}, "0701740690", after_s=3),
    "transferred to nobody": Plan("401", {"101": _transferred}, "101", after_s=5),
}

EXTENSIONS = """
[ext-did](+)
exten => 0846500431,1,Answer()
 same => n,Queue(short,t,,,3)
 same => n,Playback(office/sorry)
 same => n,Hangup()
exten => 0846500432,1,Answer()
 same => n,Queue(short,t,,,3)
 same => n,Queue(second,t,,,5)
 same => n,Hangup()
exten => 0846500433,1,Answer()
 same => n,Queue(boxed,t,,,8)
 same => n,Hangup()
exten => 0846500434,1,Answer()
 same => n,Queue(nobody,t,,,8)
 same => n,Playback(office/sorry)
 same => n,Hangup()
exten => 0846500435,1,Dial(PJSIP/0701740690@trunk,8)
 same => n,Hangup()
"""
QUEUES = """
[short]
strategy = ringall
timeout = 15
member => PJSIP/101
[second]
strategy = ringall
timeout = 15
member => PJSIP/104
[boxed]
strategy = ringall
timeout = 15
member => Local/104@from-did-direct/n,0,David
[nobody]
joinempty = strict
strategy = ringall
"""


async def make_calls(asterisk: Asterisk, kinds: tuple[str, ...] = tuple(PLANS)) -> list[Made]:
    """One call of each kind, each with a caller's number of its own; returns when all are over."""
    made = []
    numbers = {kind: f"07017406{5 + at:02}" for at, kind in enumerate(PLANS)}
    async with Caller(asterisk) as caller, Outside(asterisk, TALKS):
        for kind in kinds:
            plan = PLANS[kind]
            did, number = f"0846500{plan.did}", numbers[kind]
            async with AsyncExitStack() as people:
                phones = [
                    await people.enter_async_context(Phone(asterisk, extension, conduct))
                    for extension, conduct in plan.phones.items()
                ]
                if plan.answered_by and plan.after_s == 1.5:
                    await talk(caller, number, did, phones, plan.press)
                else:
                    await give_up(caller, number, did, plan.after_s)
                await asyncio.sleep(0.3)  # Asterisk takes leave of the phones that rang
            made.append(Made(kind, number, did, plan.answered_by))
    return made
