"""Calls that begin inside: to outside, to colleagues, into queues, and by click to call."""

from tests.asterisk.scenarios.story import Story, leave, pause
from tests.asterisk.sip import answer_after, busy, decline_after
from tests.asterisk.sip_leg import Leg
from tests.asterisk.sip_moves import transfer

CUSTOMER = "0701740691"


async def outbound_answered(story: Story) -> None:
    """101 calls a customer, who answers."""
    story.outside.conduct = answer_after(0.8)
    leg = await story.phone("101").call(CUSTOMER)
    rung = await story.outside.rung()
    await leg.answered()
    await leave(leg, 1.0)
    story.tell_outgoing(leg, rung, direction="outbound")


async def outbound_no_answer(story: Story) -> None:
    """101 calls a customer and gives up."""
    leg = await story.phone("101").call(f"+46{CUSTOMER[1:]}")
    await story.outside.rung()
    await leave(leg, 1.5)
    story.tell_outgoing(leg, direction="outbound", reason="no_answer")


async def outbound_busy(story: Story) -> None:
    """101 calls a customer, who is engaged."""
    story.outside.conduct = busy()
    leg = await story.phone("101").call(CUSTOMER)
    await leg.ended()
    story.tell_outgoing(leg, direction="outbound", reason="busy")


async def outbound_transferred(story: Story) -> None:
    """101 calls a customer, who answers, and transfers them to 102."""
    story.outside.conduct = answer_after(0.5)
    story.phone("102", answer_after(0.6))
    leg = await story.phone("101").call(CUSTOMER)
    customer = await story.outside.rung()
    await leg.answered()
    await pause(0.8)
    await transfer(leg, "102")
    await story.phone("102").rung()
    await pause(1.0)
    await leg.hang_up()
    await pause(0.5)
    await customer.hang_up()
    story.tell_outgoing(leg, customer, direction="outbound", transferred_to="102")


async def internal_answered(story: Story) -> None:
    """101 calls 102, who answers."""
    story.phone("102", answer_after(0.6))
    leg = await story.phone("101").call("102")
    rung = await story.phone("102").rung()
    await leg.answered()
    await leave(leg, 1.0)
    story.tell_outgoing(leg, rung, direction="internal")


async def internal_declined(story: Story) -> None:
    """101 calls 102, who declines."""
    story.phone("102", decline_after(0.5))
    leg = await story.phone("101").call("102")
    await leg.ended()
    story.tell_outgoing(leg, direction="internal", reason="busy")


async def internal_to_queue_abandon(story: Story) -> None:
    """105 calls the company's queue and leaves it: no customer."""
    leg = await story.phone("105").call("502")
    await story.phone("101").rung()
    await leave(leg, 1.0)
    queues = ["500"]
    story.tell_outgoing(leg, direction="internal", reason="abandoned_in_queue", queues=queues)


async def internal_to_queue_answered(story: Story) -> None:
    """105 calls the company's queue; 101 answers."""
    story.phone("101", answer_after(0.6))
    leg = await story.phone("105").call("502")
    rung = await story.phone("101").rung()
    await rung.answered()
    await leave(leg, 1.5)
    story.tell_outgoing(leg, rung, direction="internal", queues=["500"])


async def internal_to_group_no_answer(story: Story) -> None:
    """105 calls the ring group and gives up."""
    leg = await story.phone("105").call("600")
    await story.phone("101").rung()
    await leave(leg, 1.0)
    story.tell_outgoing(leg, direction="internal", reason="no_answer")


async def internal_beside_inbound(story: Story) -> None:
    """A caller is answered by 101 while 105 and 106 talk."""
    story.phone("106", answer_after(0.3))
    story.phone("101", answer_after(0.5))
    inner = await story.phone("105").call("106")
    filip = await story.phone("106").rung()
    leg = await story.call("0846500410")
    anna = await story.phone("101").rung()
    await anna.answered()
    await leave(leg, 1.0)
    await leave(inner)
    story.tell(leg, anna)
    story.tell_outgoing(inner, filip, direction="internal")


async def c2c_answered(story: Story) -> None:
    """101 picks up, the customer answers."""
    story.phone("101", answer_after(0.5))
    story.outside.conduct = answer_after(0.8, talk_s=1.0)
    await _click(story, "PJSIP/101")
    handler = await story.phone("101").rung()
    customer = await story.outside.rung()
    await handler.ended(10)
    _tell_click(story, handler, customer)


async def c2c_handler_no_answer(story: Story) -> None:
    """101 does not pick up."""
    await _click(story, "PJSIP/101")
    handler = await story.phone("101").rung()
    await handler.ended(10)
    _tell_click(story, handler, None, "no_answer")


async def c2c_handler_declined(story: Story) -> None:
    """101 declines."""
    story.phone("101", decline_after(0.5))
    await _click(story, "PJSIP/101")
    handler = await story.phone("101").rung()
    await handler.ended(10)
    _tell_click(story, handler, None, "busy")


async def c2c_customer_busy(story: Story) -> None:
    """101 picks up, the customer is engaged."""
    story.phone("101", answer_after(0.5))
    story.outside.conduct = busy()
    await _click(story, "PJSIP/101")
    handler = await story.phone("101").rung()
    await handler.ended(10)
    _tell_click(story, handler, None, "busy")


async def c2c_customer_no_answer(story: Story) -> None:
    """101 picks up, the customer does not; 101 gives up."""
    story.phone("101", answer_after(0.5))
    await _click(story, "PJSIP/101")
    handler = await story.phone("101").rung()
    await story.outside.rung()
    await pause(1.5)
    await handler.hang_up()
    _tell_click(story, handler, None, "no_answer")


async def c2c_local_answered(story: Story) -> None:
    """Through Local: 101 picks up, the customer answers."""
    story.phone("101", answer_after(0.5))
    story.outside.conduct = answer_after(0.8, talk_s=1.5)
    await _click(story, "Local/101@from-queue-exten-only/n")
    handler = await story.phone("101").rung()
    customer = await story.outside.rung()
    await handler.ended(10)
    _tell_click(story, handler, customer)


async def c2c_local_voicemail_trap(story: Story) -> None:
    """Through Local: 104's box picks up, and the customer is called into it."""
    story.outside.conduct = answer_after(0.6, talk_s=1.5)
    await _click(story, "Local/104@from-internal-vm/n")
    handler = await story.phone("104").rung()
    customer = await story.outside.rung(12)
    await customer.ended(10)
    wait_s = round((customer.truth.ended_at or 0.0) - handler.truth.began_at, 2)
    story.tell_outgoing(
        handler,
        direction="outbound",
        reason="voicemail",
        caller="104",
        callee=CUSTOMER,
        ended_by="callee",
        wait_s=wait_s,
    )


async def _click(story: Story, channel: str) -> None:
    await story.act(
        "Originate",
        Channel=channel,
        Context="from-internal",
        Exten=CUSTOMER,
        Priority="1",
        CallerID=f"{CUSTOMER} <{CUSTOMER}>",
        Timeout="5000",
        ChannelId=f"rb-click-{channel[-5:].replace('/', '')}",
        Async="true",
    )


def _tell_click(story: Story, handler: Leg, customer: Leg | None, reason: str = "") -> None:
    story.tell_outgoing(
        handler,
        customer,
        direction="outbound",
        reason=reason,
        caller=handler.callee,
        callee=CUSTOMER,
    )
