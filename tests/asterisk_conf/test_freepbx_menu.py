"""The menu reached as on FreePBX: a queue's break-out menu, a Custom Destination, and back.

In: contexts in the shape that FreePBX 17 writes, run by a real Asterisk. Nothing that FreePBX
generates names us but the Custom Destination.
"""

import re
import time

import pytest

from asterisk_conf.values import Kind, Plan, QueuePlan
from ringback.queues import Input, Rules
from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.sip import Caller, Phone
from tests.asterisk_conf.house import told
from tests.asterisk_conf.walking import MOBILE, Hearing, Walk, offer

QUEUE = QueuePlan(
    name="500", key="0000000000a1", rules=Rules(offer="always", asks=Input.CUSTOMER_NUMBER)
)
PLAN = Plan(kind=Kind.FREEPBX, queues=(QUEUE,))
FREEPBX = """
[ext-did](+)
exten => _08465004[5-7]X,1,Set(CHANNEL(hangup_handler_push)=walked,s,1(${EXTEN}))
 same => n,NoOp(walk ${EXTEN} ${UNIQUEID} ${CHANNEL})
 same => n,Goto(ext-queues,500,1)
[walked]
exten => s,1,NoOp(walked ${ARG1})
 same => n,Return()
[ext-queues]
exten => 500,1,Answer()
 same => n,Set(QRULE=${IF($[${LEN(${VQ_RULE})}>0]?${VQ_RULE}:)})
 same => n,Set(VQ_RULE=)
 same => n,Set(QPOSITION=${IF($[${LEN(${VQ_POSITION})}>0]?${VQ_POSITION}:)})
 same => n,Set(VQ_POSITION=)
 same => n,Set(QUEUENUM=${EXTEN})
 same => n,Queue(500,t,,,60,,,,${QRULE},${QPOSITION})
 same => n,Hangup()
[ivr-9]
exten => 1,1,Goto(customdests,dest-1,1)
[customdests]
exten => dest-1,1,Goto(ringback-menu-0000000000a1,s,1)
"""
BREAK_OUT = """
context = ivr-9
periodic-announce = ringback/offer
periodic-announce-frequency = 1
"""


@pytest.mark.parametrize("major", WANTED)
async def test_through_the_break_out_menu_to_a_wish_and_back_to_the_same_place(major: int) -> None:
    async with (
        told(wanted(major), FREEPBX, PLAN, BREAK_OUT) as asterisk,
        Caller(asterisk) as caller,
    ):
        hearing = Hearing(asterisk)
        await offer(asterisk, QUEUE.key, f"{int(time.time())}|0|")
        legs = [await hearing.joined(caller, f"084650045{at}") for at in range(3)]
        before = await line(hearing)
        leg, channel = legs[0]
        leg.press("1")
        await hearing.prompt(channel, "not-now")
        await hearing.prompt(channel, "offer")
        assert await line(hearing) == before == [channel for _, channel in legs]
        for leg, _ in legs:
            await leg.hang_up()
        await offer(asterisk, QUEUE.key, f"{int(time.time())}|1|s")
        steps = (
            *(("offer", "1"), ("choose", "1"), ("number-keep", "1")),
            *(("ask-customer_number", "42#"), ("is-it-right", "1")),
        )
        heard = await hearing.walk(caller, Walk("0846500460", steps))
    assert heard.entry.startswith(f"1|500|{MOBILE}|s|42|sv|")


async def test_the_digit_works_while_a_phone_rings() -> None:
    ringing = f"{BREAK_OUT}member => PJSIP/101\n"
    install = wanted(WANTED[0])
    async with told(install, FREEPBX, PLAN, ringing) as asterisk, Caller(asterisk) as caller:
        hearing = Hearing(asterisk)
        await offer(asterisk, QUEUE.key, f"{int(time.time())}|1|s")
        leg, channel = await hearing.joined(caller, "0846500470")
        async with Phone(asterisk, "101") as phone:
            rung = await phone.rung(within_s=30)
            leg.press("1")
            await hearing.prompt(channel, "choose")
            await rung.ended()
            await leg.hang_up()
    assert rung.truth.answered_at is None


async def line(hearing: Hearing) -> list[str]:
    """The channels that wait, in their order."""
    shown = await hearing.asterisk.cli("queue show 500")
    return re.findall(r"^ +\d+\. (\S+) \(wait", shown, re.MULTILINE)
