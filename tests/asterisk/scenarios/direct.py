"""Direct calls to one phone: every way that a plain call can go."""

import asyncio

from tests.asterisk.scenarios.story import Story, leave, pause, talk, talk_s
from tests.asterisk.sip import answer_after, busy, decline_after
from tests.asterisk.sip_moves import hold, resume

PLAIN, FREEPBX, BOX, GREETED = "0846500417", "0846500410", "0846500411", "0846500413"


async def direct_answered(story: Story) -> None:
    """101 answers and hangs up."""
    story.phone("101", answer_after(1.0, talk_s=1.5))
    leg = await story.call(FREEPBX)
    rung = await story.phone("101").rung()
    await leg.ended()
    story.tell(leg, rung)


async def direct_no_answer(story: Story) -> None:
    """101 rings out; FreePBX plays congestion."""
    leg = await story.call(FREEPBX)
    await leg.ended(12)
    story.tell(leg, reason="no_answer")


async def direct_declined(story: Story) -> None:
    """101 declines with 603."""
    story.phone("101", decline_after(0.5))
    leg = await story.call(FREEPBX)
    await leg.ended(12)
    story.tell(leg, reason="busy")


async def direct_busy(story: Story) -> None:
    """101 is engaged (486)."""
    story.phone("101", busy())
    leg = await story.call(FREEPBX)
    await leg.ended(12)
    story.tell(leg, reason="busy")


async def direct_unavailable(story: Story) -> None:
    """Nobody is registered; FreePBX's dialplan does not dial at all."""
    leg = await story.call("0846500414")
    await leg.ended()
    story.tell(leg, reason="unavailable")


async def direct_unavailable_plain_dial(story: Story) -> None:
    """Nobody is registered; Dial() is tried all the same."""
    leg = await story.call("0846500412")
    await leg.ended()
    story.tell(leg, reason="unavailable")


async def direct_do_not_disturb(story: Story) -> None:
    """105 wants no calls: a Custom device says so."""
    await story.asterisk.cli("devstate change Custom:DND105 BUSY")
    leg = await story.call("0846500415")
    await leg.ended(8)
    await story.asterisk.cli("devstate change Custom:DND105 NOT_INUSE")
    story.tell(leg, reason="busy")


async def direct_voicemail_left(story: Story) -> None:
    """104 does not answer; the caller speaks to the box."""
    leg = await story.call(BOX)
    await leg.answered(10)
    await leave(leg, 2)
    story.tell(leg, reason="voicemail")


async def direct_busy_voicemail(story: Story) -> None:
    """104 is engaged; the caller speaks to the box."""
    story.phone("104", busy())
    leg = await story.call(BOX)
    await leg.answered(10)
    await leave(leg, 2)
    story.tell(leg, reason="voicemail")


async def direct_answered_despite_box(story: Story) -> None:
    """104 has a box, but answers."""
    story.phone("104", answer_after(1.0))
    leg = await story.call(BOX)
    rung = await story.phone("104").rung()
    await talk(leg, rung, 1.5)
    story.tell(leg, rung)


async def direct_preanswered_answered(story: Story) -> None:
    """The PBX answers and greets first; then 101 does."""
    story.phone("101", answer_after(1.0))
    leg = await story.call(GREETED)
    rung = await story.phone("101").rung()
    await talk(leg, rung, 1.5)
    story.tell(leg, rung)


async def direct_preanswered_no_answer(story: Story) -> None:
    """The PBX answers, greets and plays music; nobody comes."""
    leg = await story.call(GREETED)
    await leg.ended(15)
    story.tell(leg, reason="no_answer")


async def direct_preanswered_abandon(story: Story) -> None:
    """The caller leaves while the greeting plays: no phone has rung."""
    leg = await story.call(GREETED)
    await leg.answered()
    await leave(leg, 0.6)
    story.tell(leg, reason="no_answer")


async def direct_early_media_abandon(story: Story) -> None:
    """An announcement before any answer; the caller gives up during it."""
    leg = await story.call("0846500416")
    await leave(leg, 1.5)
    story.tell(leg, reason="no_answer")


async def direct_early_media_answered(story: Story) -> None:
    """An announcement before any answer; then 101 answers."""
    story.phone("101", answer_after(0.7, talk_s=1.0))
    leg = await story.call("0846500416")
    rung = await story.phone("101").rung(10)
    await leg.ended(10)
    story.tell(leg, rung)


async def direct_cancelled_at_once(story: Story) -> None:
    """The caller hangs up within 100 ms, three times in a row."""
    for _ in range(3):
        leg = await story.call(PLAIN)
        await leave(leg)
        story.tell(leg, reason="no_answer")


async def direct_answer_cancel_glare(story: Story) -> None:
    """101 picks up just as the caller gives up."""
    leg = await story.call(PLAIN)
    rung = await story.phone("101").rung()
    await pause(1.0)
    await asyncio.gather(leg.cancel(), rung.answer())
    await rung.ended()
    story.tell(leg, reason="no_answer", ambiguous=True)


async def direct_hold_twice(story: Story) -> None:
    """101 holds the caller twice, and hangs up."""
    story.phone("101", answer_after(0.5))
    leg = await story.call(FREEPBX)
    rung = await story.phone("101").rung()
    await leg.answered()
    for _ in range(2):
        await hold(rung)
        await pause(0.8)
        await resume(rung)
    await pause(0.5)
    await rung.hang_up()
    await leg.ended()
    story.tell(leg, rung)


async def direct_hold_abandon(story: Story) -> None:
    """101 holds the caller, who has enough."""
    story.phone("101", answer_after(0.5))
    leg = await story.call(FREEPBX)
    rung = await story.phone("101").rung()
    await leg.answered()
    await hold(rung)
    await leave(leg, 1.5)
    await rung.ended()
    story.tell(leg, rung)


async def direct_long_digits(story: Story) -> None:
    """The caller types a long number in a talk."""
    story.phone("101", answer_after(0.3))
    leg = await story.call(PLAIN)
    rung = await story.phone("101").rung()
    await leg.answered()
    leg.press("19121212*4711#")
    await talk(leg, rung, 4.0)
    story.tell(leg, rung)


async def direct_goes_on_after_answer(story: Story) -> None:
    """101 hangs up; the dialplan goes on with an announcement to the caller."""
    story.phone("101", answer_after(0.5, talk_s=1.0))
    leg = await story.call("0846500464")
    rung = await story.phone("101").rung()
    await leg.ended(10)
    story.tell(leg, rung, ended_by="callee", talk_s=talk_s(rung))
