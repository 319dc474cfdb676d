"""Attended transfers: the one who takes the call is asked first; by phone, by code and by AMI."""

from tests.asterisk.scenarios.acts import answered_by_101
from tests.asterisk.scenarios.story import Story, leave, pause, talk
from tests.asterisk.scenarios.transfers import DIRECT, FREEPBX, QUEUE
from tests.asterisk.sip import answer_after
from tests.asterisk.sip_leg import Leg
from tests.asterisk.sip_moves import connect, hold


async def attended_transfer_answered(story: Story) -> None:
    """101 asks 104 first, then connects."""
    leg, anna = await answered_by_101(story, FREEPBX)
    david = await _asked(story, anna, answered=True)
    await leave(leg, 1.0)
    await david.ended()
    story.tell(leg, anna, last=david, transfer_answered=True)


async def attended_transfer_before_answer(story: Story) -> None:
    """101 connects while 104 still rings; 104 answers."""
    leg, anna = await answered_by_101(story, FREEPBX)
    david = await _asked(story, anna, answered=False)
    await pause(0.8)
    await david.answer()
    await talk(leg, david, 1.0)
    story.tell(leg, anna, last=david, transfer_answered=True)


async def attended_transfer_before_answer_abandon(story: Story) -> None:
    """101 connects while 104 still rings; the caller gives up."""
    leg, anna = await answered_by_101(story, FREEPBX)
    david = await _asked(story, anna, answered=False)
    await leave(leg, 1.0)
    story.tell(leg, anna, last=david, transfer_answered=False)


async def attended_transfer_caller_leaves_on_hold(story: Story) -> None:
    """101 asks 104; the caller on hold hangs up meanwhile."""
    leg, anna = await answered_by_101(story, FREEPBX)
    await hold(anna)
    story.phone("104", answer_after(0.3))
    asked = await story.phone("101").call("104")
    david = await story.phone("104").rung()
    await asked.answered()
    await leave(leg, 0.8)
    await asked.hang_up()
    story.tell(leg, anna, last=david, transfer_answered=False)
    story.tell_outgoing(asked, david, direction="internal")


async def attended_transfer_taken_back(story: Story) -> None:
    """104 does not want the call; 101 goes on with the caller."""
    leg, anna = await answered_by_101(story, FREEPBX)
    await hold(anna)
    asked = await story.phone("101").call("104")
    david = await story.phone("104").rung()
    await david.decline()
    await asked.ended()
    await talk(leg, anna, 1.0)
    story.tell(leg, anna)


async def attended_transfer_to_mobile_answered(story: Story) -> None:
    """101 asks a mobile's owner first, then connects."""
    leg, anna = await answered_by_101(story, FREEPBX)
    await hold(anna)
    story.outside.conduct = answer_after(0.5)
    asked = await story.phone("101").call("0701740692")
    mobile = await story.outside.rung()
    await asked.answered()
    await pause(0.8)
    await connect(anna, asked)
    await leave(leg, 1.0)
    story.tell(leg, anna, last=mobile, transfer_answered=True)


async def attended_transfer_from_queue(story: Story) -> None:
    """101 has answered a queue call through Local, asks 104, then connects."""
    leg, anna = await answered_by_101(story, QUEUE)
    david = await _asked(story, anna, answered=True)
    await leave(leg, 1.0)
    story.tell(leg, anna, last=david, queues=["500"], transfer_answered=True)


async def attended_transfer_to_queue_answered(story: Story) -> None:
    """101 waits in a queue with the caller on hold; 103 answers; 101 connects."""
    leg, anna = await answered_by_101(story, FREEPBX)
    await hold(anna)
    story.phone("103", answer_after(0.8))
    asked = await story.phone("101").call("502")
    cecilia = await story.phone("103").rung()
    await cecilia.answered()
    await pause(0.6)
    await connect(anna, asked)
    await leave(leg, 1.0)
    story.tell(leg, anna, last=cecilia, transfer_answered=True, note="the queue was 101's call")


async def attended_transfer_by_code(story: Story) -> None:
    """101 types the code for asking 104 first, and hangs up to connect."""
    leg, anna = await answered_by_101(story, DIRECT)
    david = await _asked_by_code(story, anna)
    await david.answered()
    await pause(0.8)
    await anna.hang_up()
    await leave(leg, 1.2)
    story.tell(leg, anna, last=david, transfer_answered=True)


async def attended_transfer_ami(story: Story) -> None:
    """A receptionist's program asks 104 for 101, who hangs up to connect."""
    leg, anna = await answered_by_101(story, DIRECT)
    story.phone("104", answer_after(0.6))
    channel = await story.channel_of("101")
    await story.act("Atxfer", Channel=channel, Context="from-internal", Exten="104")
    david = await story.phone("104").rung(10)
    await david.answered()
    await pause(0.8)
    await anna.hang_up()
    await leave(leg, 1.2)
    story.tell(leg, anna, last=david, transfer_answered=True)


async def transfer_merges_two_inbound(story: Story) -> None:
    """101 has two callers, connects them with each other and is out of it."""
    first, anna = await answered_by_101(story, FREEPBX)
    await hold(anna)
    story.phone("101", answer_after(0.4))
    second = await story.call(DIRECT)
    again = await story.phone("101").rung()
    await again.answered()
    await pause(0.8)
    await connect(anna, again)
    await leave(first, 1.2)
    await second.ended()
    story.tell(first, anna, merged_with=second.caller)
    story.tell(second, again, ended_by="system", merged_with=first.caller)


async def _asked(story: Story, anna: Leg, *, answered: bool) -> Leg:
    """101 holds the caller, calls 104 and connects the two; returns 104's part."""
    await hold(anna)
    if answered:
        story.phone("104", answer_after(0.5))
    asked = await story.phone("101").call("104")
    david = await story.phone("104").rung()
    if answered:
        await asked.answered()
    await pause(0.8)
    await connect(anna, asked)
    return david


async def _asked_by_code(story: Story, anna: Leg) -> Leg:
    story.phone("104", answer_after(0.6))
    anna.press("*2")
    await pause(1.2)
    anna.press("104")
    return await story.phone("104").rung(10)
