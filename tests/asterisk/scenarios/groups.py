"""Ring groups: several phones at once or one after the other, directly or through Local channels."""

import asyncio

from tests.asterisk.scenarios.story import Story, leave, pause, talk
from tests.asterisk.sip import answer_after, busy, decline_after

ALL, LOCALS, LOCALS_OPTIMISED, HUNT = "0846500420", "0846500421", "0846500422", "0846500423"


async def ringgroup_answered(story: Story) -> None:
    """Three ring, 102 answers."""
    story.phone("102", answer_after(0.8))
    leg = await story.call(ALL)
    rung = await story.phone("102").rung()
    await talk(leg, rung, 1.0)
    story.tell(leg, rung)


async def ringgroup_no_answer(story: Story) -> None:
    """Nobody answers."""
    leg = await story.call(ALL)
    await leg.ended(12)
    story.tell(leg, reason="no_answer")


async def ringgroup_abandon(story: Story) -> None:
    """The caller gives up."""
    leg = await story.call(ALL)
    await story.phone("103").rung()
    await leave(leg, 1.5)
    story.tell(leg, reason="no_answer")


async def ringgroup_two_answer_at_once(story: Story) -> None:
    """101 and 102 pick up in the same instant; one of them is hung up on."""
    leg = await story.call(ALL)
    rung = [await story.phone(extension).rung() for extension in ("101", "102")]
    await pause(1.0)
    await asyncio.gather(*(one.answer() for one in rung))
    await leg.answered()
    await pause(1.0)
    winner = next(one for one in rung if one.truth.ended_at is None)
    await talk(leg, winner, 0.5)
    story.tell(leg, winner)


async def ringgroup_all_busy(story: Story) -> None:
    """Two are engaged and one declines."""
    story.phone("101", busy())
    story.phone("102", busy())
    story.phone("103", decline_after(0.5))
    leg = await story.call(ALL)
    await leg.ended(12)
    story.tell(leg, reason="busy")


async def ringgroup_one_unregistered(story: Story) -> None:
    """A forked Dial, one phone of which is not there: the other answers."""
    story.phone("101", answer_after(0.7))
    leg = await story.call("0846500425")
    rung = await story.phone("101").rung()
    await talk(leg, rung, 1.0)
    story.tell(leg, rung)


async def ringgroup_one_unregistered_no_answer(story: Story) -> None:
    """The same, and nobody answers."""
    leg = await story.call("0846500425")
    await story.phone("101").rung()
    await leave(leg, 1.5)
    story.tell(leg, reason="no_answer")


async def ringgroup_local_answered(story: Story) -> None:
    """Members through Local channels that stay; 102 answers."""
    story.phone("102", answer_after(0.8))
    leg = await story.call(LOCALS)
    rung = await story.phone("102").rung()
    await talk(leg, rung, 1.2)
    story.tell(leg, rung)


async def ringgroup_local_no_answer(story: Story) -> None:
    """Members through Local channels; nobody answers."""
    leg = await story.call(LOCALS)
    await leg.ended(15)
    story.tell(leg, reason="no_answer")


async def ringgroup_local_all_busy(story: Story) -> None:
    """Members through Local channels; all are engaged."""
    for extension in ("101", "102", "103"):
        story.phone(extension, busy())
    leg = await story.call(LOCALS)
    await leg.ended(15)
    story.tell(leg, reason="busy")


async def ringgroup_local_optimised_answered(story: Story) -> None:
    """Members through Local channels that optimise away once there is sound."""
    story.phone("101", answer_after(0.8))
    leg = await story.call(LOCALS_OPTIMISED)
    rung = await story.phone("101").rung()
    await talk(leg, rung, 1.5)
    story.tell(leg, rung)


async def ringgroup_local_two_answer_at_once(story: Story) -> None:
    """Through Local channels 101 and 102 pick up in the same instant."""
    leg = await story.call(LOCALS_OPTIMISED)
    rung = [await story.phone(extension).rung() for extension in ("101", "102")]
    await pause(1.0)
    await asyncio.gather(*(one.answer() for one in rung))
    await leg.answered()
    await pause(1.0)
    winner = next(one for one in rung if one.truth.ended_at is None)
    await talk(leg, winner, 0.5)
    story.tell(leg, winner)


async def ringgroup_local_voicemail_trap(story: Story) -> None:
    """A member's box takes the call and is bridged with the caller."""
    leg = await story.call("0846500424")
    await leg.answered(10)
    await leave(leg, 2.0)
    story.tell(leg, reason="voicemail")


async def ringgroup_hunt_answered(story: Story) -> None:
    """101 rings out, then 102 answers."""
    story.phone("102", answer_after(0.8))
    leg = await story.call(HUNT)
    rung = await story.phone("102").rung(8)
    await talk(leg, rung, 1.0)
    story.tell(leg, rung)


async def ringgroup_hunt_voicemail(story: Story) -> None:
    """One after the other rings out, then the box takes the call."""
    leg = await story.call(HUNT)
    await leg.answered(12)
    await leave(leg, 1.5)
    story.tell(leg, reason="voicemail")


async def ringgroup_hunt_busy_then_abandon(story: Story) -> None:
    """101 is engaged; the caller gives up while 102 rings."""
    story.phone("101", busy())
    leg = await story.call(HUNT)
    await story.phone("102").rung()
    await leave(leg, 1.0)
    story.tell(leg, reason="no_answer")


async def ringgroup_mobile_answered(story: Story) -> None:
    """A phone and a mobile ring; the mobile's owner answers."""
    story.outside.conduct = answer_after(1.0)
    leg = await story.call("0846500426")
    rung = await story.outside.rung()
    await talk(leg, rung, 1.5)
    story.tell(leg, rung)


async def ringgroup_mobile_phone_answered(story: Story) -> None:
    """A phone and a mobile ring; the phone is answered."""
    story.phone("101", answer_after(1.0))
    leg = await story.call("0846500426")
    rung = await story.phone("101").rung()
    await talk(leg, rung, 1.0)
    story.tell(leg, rung)


async def ringgroup_then_blackhole(story: Story) -> None:
    """Nobody answers; the dialplan just hangs up."""
    leg = await story.call("0846500427")
    await leg.ended(12)
    story.tell(leg, reason="no_answer")
