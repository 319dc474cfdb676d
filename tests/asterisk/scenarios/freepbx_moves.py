"""FreePBX-like office: transfers, parking, pickup, and calls that begin inside.

In: the office of `etc/freepbx`. Out: stories and their truth, as in the other scenarios.
"""

from typing import Any

from tests.asterisk.scenarios.freepbx import BOX, FORWARDED, PLAIN, RINGALL, call
from tests.asterisk.scenarios.freepbx_queues import QUEUE
from tests.asterisk.scenarios.story import Story, leave, pause, talk
from tests.asterisk.sip import answer_after, busy, decline_after
from tests.asterisk.sip_leg import Leg
from tests.asterisk.sip_moves import connect, hold, resume, transfer

CUSTOMER = "0701740692"


async def hold_and_resume(story: Story) -> None:
    """101 holds the caller, and comes back."""
    leg, anna = await _answered(story, BOX)
    await hold(anna)
    await pause(1.5)
    await resume(anna)
    await talk(leg, anna, 0.8)
    story.tell(leg, anna)


async def blind_transfer_answered(story: Story) -> None:
    """101 transfers to 102, who answers."""
    leg, anna = await _answered(story, BOX)
    story.phone("102", answer_after(0.6))
    await transfer(anna, "102")
    bo = await story.phone("102").rung()
    await talk(leg, bo, 1.0)
    story.tell(leg, anna, last=bo, transfer_answered=True)


async def blind_transfer_voicemail(story: Story) -> None:
    """101 transfers to 104, whose box takes the call."""
    leg, anna = await _answered(story, BOX)
    await transfer(anna, "104")
    david = await story.phone("104").rung()
    await david.ended(10)
    await leave(leg, 1.5)
    story.tell(leg, anna, last=david, transfer_answered=False)


async def blind_transfer_to_queue_abandon(story: Story) -> None:
    """101 transfers to a queue, which the caller leaves."""
    leg, anna = await _answered(story, BOX)
    await transfer(anna, "500")
    bo = await story.phone("102").rung()
    await leave(leg, 1.0)
    story.tell(leg, anna, last=bo, queues=["500"], transfer_answered=False)


async def blind_transfer_to_mobile_answered(story: Story) -> None:
    """101 transfers to a mobile, whose owner answers."""
    leg, anna = await _answered(story, BOX)
    story.outside.conduct = answer_after(0.8)
    await transfer(anna, CUSTOMER)
    mobile = await story.outside.rung()
    await talk(leg, mobile, 1.0)
    story.tell(leg, anna, last=mobile, transfer_answered=True)


async def attended_transfer_answered(story: Story) -> None:
    """101 asks 104 first, then connects."""
    leg, anna = await _answered(story, BOX)
    david = await _asked(story, anna)
    await leave(leg, 1.0)
    await david.ended()
    story.tell(leg, anna, last=david, transfer_answered=True)


async def attended_transfer_from_queue(story: Story) -> None:
    """The same with a queue's call, through Local."""
    leg, anna = await _answered(story, QUEUE)
    david = await _asked(story, anna)
    await leave(leg, 1.0)
    story.tell(leg, anna, last=david, queues=["500"], transfer_answered=True)


async def attended_transfer_callee_hangup(story: Story) -> None:
    """The same, and 104 hangs up."""
    leg, anna = await _answered(story, QUEUE)
    david = await _asked(story, anna)
    await pause(1.0)
    await david.hang_up()
    await leg.ended()
    story.tell(leg, anna, last=david, queues=["500"], transfer_answered=True)


async def attended_transfer_to_mobile(story: Story) -> None:
    """101 asks somebody outside, then connects."""
    leg, anna = await _answered(story, BOX)
    await hold(anna)
    story.outside.conduct = answer_after(0.5)
    asked = await story.phone("101").call(CUSTOMER)
    mobile = await story.outside.rung()
    await asked.answered()
    await pause(0.8)
    await connect(anna, asked)
    await leave(leg, 1.0)
    await mobile.ended()
    story.tell(leg, anna, last=mobile, transfer_answered=True)


async def conference_joined(story: Story) -> None:
    """The caller is in a conference, which 101 joins."""
    leg = await call(story, "0846500413")
    await leg.answered()
    await pause(2.0)
    anna = await story.phone("101").call("800")
    await anna.answered()
    await pause(1.5)
    joined = anna.truth.answered_at or 0.0
    await leave(leg)
    wait_s = round(joined - leg.truth.began_at, 2)
    story.tell(leg, anna, answered_by="101", wait_s=wait_s, talk_s=1.5)
    await leave(anna, 0.5)


async def conference_alone(story: Story) -> None:
    """Nobody joins the caller's conference."""
    leg = await call(story, "0846500413")
    await leg.answered()
    await leave(leg, 3.0)
    story.tell(leg, reason="no_answer")


async def transfer_merges_two_inbound(story: Story) -> None:
    """101 connects two callers with each other."""
    first, anna = await _answered(story, BOX)
    await hold(anna)
    story.phone("101", answer_after(0.4))
    second = await call(story, BOX)
    again = await story.phone("101").rung()
    await again.answered()
    await pause(0.8)
    await connect(anna, again)
    await leave(first, 1.2)
    await second.ended()
    story.tell(first, anna, merged_with=second.caller)
    story.tell(second, again, ended_by="system", merged_with=first.caller)


async def park_retrieved(story: Story) -> None:
    """101 parks the caller, 102 fetches them."""
    leg, anna = await _parked(story)
    await pause(1.0)
    fetched = await story.phone("102").call("71")
    await fetched.answered()
    await leave(leg, 1.2)
    await fetched.ended()
    story.tell(leg, anna, parked=True, retrieved_by="102")


async def park_abandoned(story: Story) -> None:
    """101 parks the caller, who hangs up."""
    leg, anna = await _parked(story)
    await leave(leg, 2.0)
    story.tell(leg, anna, parked=True)


async def park_comes_back_answered(story: Story) -> None:
    """Nobody fetches the caller; 101 rings again and answers."""
    leg, anna = await _parked(story)
    again = await story.phone("101").rung(10)
    await talk(leg, again, 1.0)
    story.tell(leg, anna, parked=True)


async def park_comes_back_no_answer(story: Story) -> None:
    """Nobody fetches the caller; 101 rings again, and the caller gives up."""
    leg, anna = await _parked(story)
    story.phone("101").conduct = None
    await story.phone("101").rung(10)
    await leave(leg, 1.0)
    story.tell(leg, anna, parked=True)


async def pickup_directed(story: Story) -> None:
    """104 takes the call that rings at 102."""
    await _picked_up(story, PLAIN, "102", [])


async def pickup_group_call(story: Story) -> None:
    """104 takes a group's call that rings at 102."""
    await _picked_up(story, RINGALL, "102", [], code="**102")


async def pickup_queue_call(story: Story) -> None:
    """104 takes a queue's call that rings at 101."""
    await _picked_up(story, QUEUE, "101", ["500"])


async def outbound_answered(story: Story) -> None:
    """101 calls a customer, who answers."""
    story.outside.conduct = answer_after(0.6)
    leg = await story.phone("101").call(CUSTOMER)
    rung = await story.outside.rung()
    await leg.answered()
    await leave(leg, 1.0)
    story.tell_outgoing(leg, rung, direction="outbound")


async def outbound_busy(story: Story) -> None:
    """101 calls a customer, who is engaged."""
    story.outside.conduct = busy()
    leg = await story.phone("101").call(CUSTOMER)
    await leg.ended(25)
    story.tell_outgoing(leg, direction="outbound", reason="busy")


async def internal_to_queue_abandon(story: Story) -> None:
    """105 calls the company's queue: no customer."""
    leg = await story.phone("105").call("500")
    await story.phone("102").rung()
    await leave(leg, 1.0)
    queues = ["500"]
    story.tell_outgoing(leg, direction="internal", reason="abandoned_in_queue", queues=queues)


async def internal_to_forwarded_answered(story: Story) -> None:
    """105 calls 106, who is forwarded to a mobile: no customer either."""
    story.outside.conduct = answer_after(0.6)
    leg = await story.phone("105").call("106")
    rung = await story.outside.rung()
    await leg.answered()
    await leave(leg, 1.0)
    story.tell_outgoing(leg, rung, direction="outbound")


async def two_forwarded_at_once(story: Story) -> None:
    """Two callers are forwarded to the same mobile, one is answered."""
    first = await call(story, FORWARDED)
    one = await story.outside.rung()
    second = await call(story, FORWARDED)
    other = await story.outside.rung()
    await other.answer()
    await second.answered()
    await leave(first, 1.0)
    await one.ended()
    await leave(second, 0.5)
    story.tell(first, reason="no_answer")
    story.tell(second, other)


async def c2c_answered(story: Story) -> None:
    """101 picks up, the customer answers."""
    story.phone("101", answer_after(0.5))
    story.outside.conduct = answer_after(0.6, talk_s=1.0)
    await _click(story, "PJSIP/101")
    handler = await story.phone("101").rung()
    customer = await story.outside.rung()
    await handler.ended(10)
    _tell_click(story, handler, customer)


async def c2c_handler_declined(story: Story) -> None:
    """101 declines."""
    story.phone("101", decline_after(0.5))
    await _click(story, "PJSIP/101")
    handler = await story.phone("101").rung()
    await handler.ended(10)
    _tell_click(story, handler, None, "busy")


async def c2c_local_answered(story: Story) -> None:
    """Through Local/102@from-internal: 102 picks up, the customer answers."""
    story.phone("102", answer_after(0.5))
    story.outside.conduct = answer_after(0.6, talk_s=1.5)
    await _click(story, "Local/102@from-internal/n")
    handler = await story.phone("102").rung()
    customer = await story.outside.rung()
    await handler.ended(10)
    _tell_click(story, handler, customer)


async def c2c_local_voicemail_trap(story: Story) -> None:
    """Through Local/104@from-internal: 104's box picks up, and the customer is called into it."""
    story.outside.conduct = answer_after(0.6, talk_s=1.5)
    await _click(story, "Local/104@from-internal/n")
    handler = await story.phone("104").rung()
    customer = await story.outside.rung(12)
    await customer.ended(10)
    wait_s = round((customer.truth.ended_at or 0.0) - handler.truth.began_at, 2)
    who: dict[str, Any] = {"caller": "104", "callee": CUSTOMER, "ended_by": "callee"}
    story.tell_outgoing(handler, direction="outbound", reason="voicemail", wait_s=wait_s, **who)


async def _answered(story: Story, did: str) -> tuple[Leg, Leg]:
    """A call that 101 has answered a second ago."""
    story.phone("101", answer_after(0.6))
    leg = await call(story, did)
    anna = await story.phone("101").rung()
    await leg.answered()
    await anna.answered()
    await pause(1.0)
    return leg, anna


async def _asked(story: Story, anna: Leg) -> Leg:
    """101 holds the caller, calls 104 and connects the two; returns 104's part."""
    await hold(anna)
    story.phone("104", answer_after(0.5))
    asked = await story.phone("101").call("104")
    david = await story.phone("104").rung()
    await asked.answered()
    await pause(0.8)
    await connect(anna, asked)
    return david


async def _parked(story: Story) -> tuple[Leg, Leg]:
    leg, anna = await _answered(story, BOX)
    await transfer(anna, "70")
    return leg, anna


async def _picked_up(
    story: Story, did: str, extension: str, queues: list[str], code: str = ""
) -> None:
    leg = await call(story, did)
    await story.phone(extension).rung()
    await pause(1.0)
    taken = await story.phone("104").call(code or f"**{extension}")
    await taken.answered()
    await leave(leg, 1.5)
    await taken.ended()
    story.tell(leg, taken, queues=queues, answered_by="104")


async def _click(story: Story, channel: str) -> None:
    await story.act(
        "Originate",
        Channel=channel,
        Context="from-internal",
        Exten=CUSTOMER,
        Priority="1",
        CallerID=f"{CUSTOMER} <{CUSTOMER}>",
        Timeout="10000",
        Async="true",
    )


def _tell_click(story: Story, handler: Leg, customer: Leg | None, reason: str = "") -> None:
    who = {"caller": handler.callee, "callee": CUSTOMER}
    story.tell_outgoing(handler, customer, direction="outbound", reason=reason, **who)
