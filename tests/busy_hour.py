"""A busy hour: real callers who ring a real Asterisk, many at once, and what became of each call.

In: an Asterisk that runs with `CONFIGURATION`, how many calls, how long an hour is, a seed. Out: a
`Truth` per call, written by the people in it: what the caller did and heard, which phone answered.
Nothing of it comes from the product or from AMI.
"""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from ringback.calls import Outcome, Reason
from tests.asterisk.fixtures import OUTBOX
from tests.asterisk.office import HOST
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Conduct, Phone
from tests.asterisk.sip_codec import Message
from tests.asterisk.sip_leg import Leg

PHONES = ("101", "102", "103", "104")
NUMBERS = tuple(f"07017406{number:02d}" for number in range(5, 100))
ANONYMOUS = "anonymous"
LOCAL_QUEUE_DID = "0846500412"  # its members are reached through Local channels
QUEUES = {"0846500411": ["kassa"], LOCAL_QUEUE_DID: ["verkstad"]}
CONFIGURATION = {
    "pjsip_custom.conf": "[trunk](+type=endpoint)\ncontext = from-trunk-ringback\n",
    "queues_custom.conf": """
[kassa]
strategy = ringall
musicclass = default
timeout = 15
retry = 1
ringinuse = yes
joinempty = yes
member => PJSIP/101
member => PJSIP/102
member => PJSIP/103

[verkstad]
strategy = rrmemory
musicclass = default
timeout = 2
retry = 1
ringinuse = yes
joinempty = yes
member => Local/101@from-queue/n,0,Anna,PJSIP/101
member => Local/102@from-queue/n,0,Bo,PJSIP/102
""",
    "extensions_custom.conf": OUTBOX.read_text()
    + """
[ext-did](+)
exten => 0846500411,1,Gosub(did-common,s,1(${EXTEN}))
 same => n,Goto(busy-queues,kassa,1)
exten => 0846500412,1,Gosub(did-common,s,1(${EXTEN}))
 same => n,Goto(busy-queues,verkstad,1)
exten => 0846500413,1,Gosub(did-common,s,1(${EXTEN}))
 same => n,Dial(PJSIP/104,1)
 same => n,VoiceMail(104@default,u)
 same => n,Hangup()

[busy-queues]
exten => kassa,1,Answer()
 same => n,Queue(${EXTEN},t,,,3)
 same => n,Playback(office/sorry)
 same => n,Hangup()
exten => verkstad,1,Answer()
 same => n,Queue(${EXTEN},t,,,15)
 same => n,Hangup()
""",
}
_OVER_S = 15.0  # whatever goes on after everybody has done what they wanted
_SILENCE_S = 5.0  # a caller who hears nothing at all waits no longer
_RESTS_S = 6.0  # between two calls that show no number

Deed = Literal["answer", "603 Decline", "486 Busy Here"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the people of one call mean to do.

    Attributes:
        kind: For the table.
        did: Who is called, nationally.
        reason: Why it is missed when nobody answers.
        phones: What is done at which phone, and after how many seconds; others let it ring.
        patience_s: The caller gives up then, when no person has answered.
        talk_s: Until somebody hangs up.
        callee_hangs_up: Who.
        press: A digit, pressed when the menu plays.
        withheld: The caller shows no number.
    """

    kind: str
    did: str
    reason: Reason
    phones: Mapping[str, tuple[Deed, float]] = field(default_factory=dict)
    patience_s: float = 10.0
    talk_s: float = 1.0
    callee_hangs_up: bool = False
    press: str = ""
    withheld: bool = False


@dataclass(slots=True)
class Truth:
    """What became of one call, as its people saw it; times in epoch seconds.

    Attributes:
        plan: What they meant to do.
        number: The caller's, nationally; `anonymous` when withheld.
        began_at: The first sign of life from the PBX; before, when there was none.
        ended_at: It was over for the caller.
        got_through: The PBX gave a sign of life.
        turned_away: The PBX refused it with a 5xx before anything rang or was answered.
        answered_by: The phone whose person spoke with the caller.
        answered_at: When that was.
        ended_by: Who hung up; the PBX itself, when that was neither of them.
        at_phone: What the phone knows of it.
        picked_up: That has happened.
    """

    plan: Plan
    number: str
    began_at: float = 0.0
    ended_at: float = 0.0
    got_through: bool = False
    turned_away: bool = False
    answered_by: str | None = None
    answered_at: float | None = None
    ended_by: Literal["caller", "callee", "system"] | None = None
    at_phone: Leg | None = None
    picked_up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def outcome(self) -> Outcome:
        return Outcome.MISSED if self.answered_at is None else Outcome.ANSWERED

    @property
    def reason(self) -> Reason | None:
        return self.plan.reason if self.answered_at is None else None

    @property
    def queues(self) -> list[str]:
        return QUEUES.get(self.plan.did, [])

    @property
    def withheld(self) -> bool:
        return self.number == ANONYMOUS

    @property
    def wait_s(self) -> float:
        return (self.answered_at or self.ended_at) - self.began_at

    @property
    def talk_s(self) -> float:
        return self.ended_at - self.answered_at if self.answered_at else 0.0


class _Line(Leg):
    """A caller's call that knows when the PBX first gave a sign of life."""

    through_at: float | None = None

    def _take_reply(self, reply: Message) -> None:
        if self.through_at is None and reply.status < 300:
            self.through_at = time.time()
        super()._take_reply(reply)


class BusyHour:
    """The phones and callers of one Asterisk.

    Attributes:
        truths: Of every call that was tried and is over.
        phones: All of them.
    """

    def __init__(self, asterisk: Asterisk, caller: Caller, chance: random.Random) -> None:
        self.truths: list[Truth] = []
        self.phones: list[Phone] = []
        self._asterisk = asterisk
        self._caller = caller
        self._chance = chance
        self._free = deque(chance.sample(NUMBERS, len(NUMBERS)))
        self._going_on: dict[str, Truth] = {}  # by the number that the phones see
        self._anonymous_again_at = 0.0

    async def ring(self, calls: int, hour_s: float) -> None:
        """Lets so many callers get through, spread over the hour."""
        began = time.monotonic()
        calls_before = self._made()
        async with asyncio.TaskGroup() as callers:
            number = 0
            while number < calls or self._made() + len(self._going_on) < calls_before + calls:
                callers.create_task(self._live(self._plan()), name=f"caller {number}")
                number += 1
                due = hour_s * number / calls + self._chance.uniform(-0.5, 0.5)
                await asyncio.sleep(max(0.05, due - (time.monotonic() - began)))

    def _made(self) -> int:
        """How many calls so far got through and are over."""
        return sum(truth.got_through and not truth.turned_away for truth in self.truths)

    def _plan(self) -> Plan:
        plan = _planned(self._chance)
        if plan.withheld and time.monotonic() < self._anonymous_again_at:
            return self._plan()
        if plan.withheld:
            self._anonymous_again_at = time.monotonic() + plan.patience_s + plan.talk_s + _RESTS_S
        return plan

    async def _live(self, plan: Plan) -> None:
        number = ANONYMOUS if plan.withheld else self._free.popleft()
        truth = self._going_on[number] = Truth(plan, number, began_at=time.time())
        try:
            await self._call(truth)
        finally:
            del self._going_on[number]
            if not plan.withheld:
                self._free.append(number)
            self.truths.append(truth)

    async def _call(self, truth: Truth) -> None:
        shown = f'"{truth.number}" <sip:{truth.number}@{HOST}>'
        headers: tuple[tuple[str, str], ...] = ()
        if truth.plan.withheld:
            shown = '"Anonymous" <sip:anonymous@anonymous.invalid>'
            headers = (("Privacy", "id"),)
        leg = await _Line.placed(self._caller, truth.plan.did, shown, headers)
        with contextlib.suppress(TimeoutError):  # the server went away in the middle
            await self._as_planned(leg, truth)
        if leg.truth.ended_at is None:
            await leg.close()
        truth.got_through = leg.through_at is not None
        truth.began_at = leg.through_at or leg.truth.began_at
        truth.ended_at = leg.truth.ended_at or time.time()
        heard_nothing = leg.truth.rang_at is None and leg.truth.answered_at is None
        truth.turned_away = leg.truth.status >= 500 and heard_nothing
        if truth.at_phone and not truth.at_phone.sound.received:
            truth.answered_at = truth.answered_by = None  # picked up, and nobody was there any more
        theirs = "callee" if truth.answered_at else "system"
        truth.ended_by = "caller" if leg.truth.ended_by == "us" else theirs

    async def _as_planned(self, leg: _Line, truth: Truth) -> None:
        plan = truth.plan
        picked_up = asyncio.create_task(truth.picked_up.wait())
        over = asyncio.create_task(_loses_patience(leg, plan.patience_s))
        try:
            if plan.press:
                await leg.answered()
                leg.press(plan.press)
            await asyncio.wait((picked_up, over), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in (picked_up, over):
                waiting.cancel()
            await asyncio.gather(picked_up, over, return_exceptions=True)
        if truth.picked_up.is_set():
            await leg.ends_within(plan.talk_s + (_OVER_S if plan.callee_hangs_up else 0.0))
        if leg.truth.answered_at is None:
            await leg.cancel()
        else:
            await leg.hang_up()

    def at_phone(self, extension: str) -> Conduct:
        """What the person at a phone does with whoever rings."""

        async def conduct(leg: Leg) -> None:
            truth = self._going_on.get(leg.caller)
            deed, after_s = truth.plan.phones.get(extension, ("", 0.0)) if truth else ("", 0.0)
            if truth is None or not deed or await leg.ends_within(after_s):
                return
            if deed != "answer":
                await leg.decline(deed)
                return
            await leg.answer()
            truth.answered_by, truth.answered_at = extension, time.time()
            truth.at_phone = leg
            truth.picked_up.set()
            with contextlib.suppress(TimeoutError):
                if truth.plan.callee_hangs_up and not await leg.ends_within(truth.plan.talk_s):
                    await leg.hang_up()

        return conduct


async def _loses_patience(leg: Leg, patience_s: float) -> None:
    """Nobody gives up before there is anything to hear, however long a loaded machine takes."""
    with contextlib.suppress(TimeoutError):
        await leg.gets_through(_SILENCE_S)
    await leg.ends_within(patience_s)


@asynccontextmanager
async def busy_hour(asterisk: Asterisk, chance: random.Random) -> AsyncIterator[BusyHour]:
    """Everybody at their phones, and the callers."""
    async with AsyncExitStack() as people:
        hour = BusyHour(asterisk, await people.enter_async_context(Caller(asterisk)), chance)
        for extension in PHONES:
            phone = Phone(asterisk, extension, hour.at_phone(extension))
            hour.phones.append(await people.enter_async_context(phone))
        yield hour


def _planned(chance: random.Random) -> Plan:
    """Any of the kinds of call, as probable as they are listed."""
    soon, later = chance.uniform(0.3, 1.2), chance.uniform(1.4, 2.4)
    talk = {"talk_s": chance.uniform(0.6, 2.0), "callee_hangs_up": chance.random() < 0.5}
    at_101, one = {"101": ("answer", soon)}, {chance.choice(PHONES[:3]): ("answer", soon)}
    all_three = {phone: ("answer", soon) for phone in PHONES[:2]}
    no, queue = Reason.NO_ANSWER, Reason.ABANDONED_IN_QUEUE
    kinds: list[tuple[str, str, Reason, dict[str, object]]] = [
        ("direct answered", "0846500401", no, {"phones": at_101, **talk}),
        ("direct answered", "0846500401", no, {"phones": at_101, **talk}),
        ("direct given up", "0846500401", no, {"patience_s": later}),
        (*("direct busy", "0846500401", Reason.BUSY), {"phones": {"101": ("486 Busy Here", 0.1)}}),
        (
            *("direct declined", "0846500401", Reason.BUSY),
            {"phones": {"101": ("603 Decline", soon)}},
        ),
        ("unregistered", "0846500409", Reason.UNAVAILABLE, {}),
        ("ring group answered", "0846500402", no, {"phones": one, **talk}),
        ("ring group given up", "0846500402", no, {"patience_s": later}),
        ("queue answered", "0846500411", queue, {"phones": one, **talk}),
        ("queue answered", "0846500411", queue, {"phones": one, **talk}),
        ("queue given up", "0846500411", queue, {"patience_s": later}),
        ("queue timed out", "0846500411", Reason.QUEUE_TIMEOUT, {}),
        ("Local queue answered", LOCAL_QUEUE_DID, queue, {"phones": all_three, **talk}),
        ("Local queue given up", LOCAL_QUEUE_DID, queue, {"patience_s": later}),
        ("menu given up", "0846500406", Reason.ABANDONED_IN_IVR, {"patience_s": later}),
        ("menu answered", "0846500406", no, {"phones": at_101, "press": "2", **talk}),
        ("after hours", "0846500407", Reason.AFTER_HOURS, {}),
        ("after hours given up", "0846500407", Reason.AFTER_HOURS, {"patience_s": soon}),
        ("answered by the PBX first", "0846500408", no, {"phones": at_101, **talk}),
        ("given up after the PBX", "0846500408", no, {"patience_s": later}),
        ("voicemail", "0846500413", Reason.VOICEMAIL, {"patience_s": later + 1.5}),
        ("withheld answered", "0846500401", no, {"phones": at_101, "withheld": True, **talk}),
        ("withheld given up", "0846500411", queue, {"patience_s": later, "withheld": True}),
    ]
    kind, did, reason, more = chance.choice(kinds)
    return Plan(kind, did, reason, **more)  # type: ignore[arg-type]
