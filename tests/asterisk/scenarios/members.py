"""Members of queues: through Local channels, with a box behind them, on mobiles, announced to."""

import asyncio

from tests.asterisk.scenarios.acts import person_answers
from tests.asterisk.scenarios.queues import FREEPBX
from tests.asterisk.scenarios.story import Story, leave, pause, talk, talk_s
from tests.asterisk.sip import answer_after, decline_after

OPTIMISED, TRAP = "0846500444", "0846500445"


async def queue_local_answered(story: Story) -> None:
    """FreePBX's members: Local channels that stay."""
    await person_answers(story, FREEPBX, "102", ["500"])


async def queue_local_abandon(story: Story) -> None:
    """Through Local channels three phones ring; the caller leaves."""
    leg = await story.call(FREEPBX)
    await story.phone("103").rung()
    await leave(leg, 1.5)
    story.tell(leg, reason="abandoned_in_queue", queues=["500"])


async def queue_local_declined_then_answered(story: Story) -> None:
    """Through Local channels 101 declines, 103 answers."""
    story.phone("101", decline_after(0.4))
    await person_answers(story, FREEPBX, "103", ["500"])


async def queue_local_two_answer_at_once(story: Story) -> None:
    """Through Local channels 101 and 102 pick up in the same instant."""
    leg = await story.call(FREEPBX)
    rung = [await story.phone(extension).rung() for extension in ("101", "102")]
    await pause(1.0)
    await asyncio.gather(*(one.answer() for one in rung))
    await pause(1.0)
    winner = next(one for one in rung if one.truth.ended_at is None)
    await talk(leg, winner, 0.5)
    story.tell(leg, winner, queues=["500"])


async def queue_local_optimised_answered(story: Story) -> None:
    """Members through Local channels that optimise away once there is sound."""
    await person_answers(story, OPTIMISED, "102", ["501"])


async def queue_agent_voicemail_trap(story: Story) -> None:
    """The member's box takes the call: the queue believes that somebody answered."""
    leg = await story.call(TRAP)
    await story.phone("104").rung()
    await leave(leg, 8.0)
    story.tell(leg, reason="voicemail", queues=["502"])


async def queue_agent_answers_before_voicemail(story: Story) -> None:
    """The same member, who answers before the box does."""
    await person_answers(story, TRAP, "104", ["502"])


async def queue_member_forwarded_mobile_answered(story: Story) -> None:
    """The member's phone is forwarded (302) to a mobile, whose owner answers."""
    story.outside.conduct = answer_after(0.8)
    leg = await story.call("0846500447")
    rung = await story.phone("105").rung()
    await rung.forward("0701740692")
    mobile = await story.outside.rung()
    await talk(leg, mobile, 1.5)
    story.tell(leg, mobile, queues=["504"])


async def queue_confirm_accepted(story: Story) -> None:
    """A mobile is a member, and its owner presses 1."""
    story.outside.conduct = answer_after(0.5)
    leg = await story.call("0846500446")
    mobile = await story.outside.rung()
    await mobile.answered()
    await pause(1.0)
    pressed = mobile.truth.answered_at or 0.0
    mobile.press("1")
    await pause(2.0)
    await leave(leg)
    wait_s = round(pressed + 1.0 - leg.truth.began_at, 2)
    story.tell(leg, mobile, queues=["503"], wait_s=wait_s, talk_s=2.0)


async def queue_confirm_declined(story: Story) -> None:
    """The mobile's operator answers; nobody presses 1, and the queue times out."""
    story.outside.conduct = answer_after(0.5)
    leg = await story.call("0846500446")
    await leg.ended(30)
    story.tell(leg, reason="queue_timeout", queues=["503"])


async def queue_confirm_pending_phone_answers(story: Story) -> None:
    """The mobile's operator answers; before anybody presses, 101 takes the call."""
    story.outside.conduct = answer_after(0.3)
    story.phone("101", answer_after(1.5))
    leg = await story.call("0846500446")
    rung = await story.phone("101").rung()
    await talk(leg, rung, 1.0)
    story.tell(leg, rung, queues=["503"])


async def queue_goes_on_after_answer(story: Story) -> None:
    """102 hangs up; the dialplan goes on with a question to the caller."""
    story.phone("102", answer_after(0.6, talk_s=1.0))
    leg = await story.call("0846500463")
    rung = await story.phone("102").rung()
    await leg.ended(12)
    story.tell(leg, rung, queues=["ringall"], ended_by="callee", talk_s=talk_s(rung))


async def queue_announced_answered(story: Story) -> None:
    """101 hears an announcement before being connected with the caller."""
    story.phone("101", answer_after(0.6))
    leg = await story.call("0846500467")
    rung = await story.phone("101").rung()
    await rung.answered()
    await pause(3.5)
    await leave(leg)
    wait_s = round((rung.truth.answered_at or 0.0) + 1.5 - leg.truth.began_at, 2)
    story.tell(leg, rung, queues=["505"], wait_s=wait_s, talk_s=2.0)


async def queue_announced_abandon(story: Story) -> None:
    """101 still hears the announcement when the caller leaves: they never spoke."""
    story.phone("101", answer_after(0.6))
    leg = await story.call("0846500467")
    rung = await story.phone("101").rung()
    await rung.answered()
    await leave(leg, 0.7)
    story.tell(leg, reason="abandoned_in_queue", queues=["505"])
