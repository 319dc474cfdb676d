"""FreePBX-like office: direct calls, groups, forwarding and follow-me.

In: the office of `etc/freepbx`. Out: stories and their truth, as in the other scenarios.
"""

import asyncio
import time

from tests.asterisk.scenarios.story import Story, leave, pause, talk
from tests.asterisk.sip import answer_after, busy, decline_after
from tests.asterisk.sip_leg import Leg

BOX, NO_BOX, UNREGISTERED, FOLLOW_ME = "0846500400", "0846500401", "0846500402", "0846500403"
FORWARDED, PLAIN, RINGALL, HUNT = "0846500406", "0846500407", "0846500410", "0846500411"
MIXED = "0846500412"


async def call(story: Story, did: str) -> Leg:
    """Somebody calls by the trunk `operator`, whose calls arrive in from-pstn."""
    return await story.call(did, operator="a")


async def direct_answered_callee_hangup(story: Story) -> None:
    """101 answers and hangs up."""
    story.phone("101", answer_after(0.8, talk_s=1.2))
    leg = await call(story, BOX)
    rung = await story.phone("101").rung()
    await leg.ended(8)
    story.tell(leg, rung)


async def direct_no_answer_no_box(story: Story) -> None:
    """105 has no box, so it rings until the caller gives up."""
    leg = await call(story, NO_BOX)
    await story.phone("105").rung()
    await leave(leg, 8.0)
    story.tell(leg, reason="no_answer")


async def direct_no_answer_hung_up_in_box(story: Story) -> None:
    """101 rings out; the caller hangs up in the box's greeting."""
    leg = await call(story, BOX)
    await leg.answered(12)
    await leave(leg, 1.0)
    story.tell(leg, reason="voicemail")


async def direct_busy(story: Story) -> None:
    """105 is engaged and has no box."""
    story.phone("105", busy())
    leg = await call(story, NO_BOX)
    await leg.ended(8)
    story.tell(leg, reason="busy")


async def direct_busy_voicemail(story: Story) -> None:
    """101 is engaged; the caller speaks to the box."""
    story.phone("101", busy())
    leg = await call(story, BOX)
    await leg.answered(8)
    await leave(leg, 2.0)
    story.tell(leg, reason="voicemail")


async def direct_declined(story: Story) -> None:
    """105 declines and has no box."""
    story.phone("105", decline_after(0.6))
    leg = await call(story, NO_BOX)
    await leg.ended(8)
    story.tell(leg, reason="busy")


async def direct_declined_voicemail(story: Story) -> None:
    """101 declines; the caller speaks to the box."""
    story.phone("101", decline_after(0.6))
    leg = await call(story, BOX)
    await leg.answered(8)
    await leave(leg, 2.0)
    story.tell(leg, reason="voicemail")


async def direct_unavailable(story: Story) -> None:
    """Nobody is registered: nothing is dialled."""
    leg = await call(story, UNREGISTERED)
    await leg.ended(8)
    story.tell(leg, reason="unavailable")


async def direct_do_not_disturb(story: Story) -> None:
    """105 has dialled *78; nothing is dialled."""
    for code in ("*78", "*79"):
        switching = await story.phone("105").call(code)
        await switching.ended(8)
        if code == "*78":
            leg = await call(story, NO_BOX)
            await leg.ended(8)
            story.tell(leg, reason="busy")


async def direct_no_route(story: Story) -> None:
    """The trunk delivers +46…, for which there is no route: a prompt."""
    leg = await call(story, f"+46{BOX[1:]}")
    await leg.ended(10)
    story.tell(leg, reason="unavailable")


async def direct_hook_answered(story: Story) -> None:
    """By a trunk whose context is the outbox's."""
    story.phone("102", answer_after(0.8))
    leg = await story.call(PLAIN)
    rung = await story.phone("102").rung()
    await talk(leg, rung, 1.0)
    story.tell(leg, rung)


async def direct_hook_withheld(story: Story) -> None:
    """The same, the caller hides the number, and gives up."""
    leg = await story.call_withheld(PLAIN, asserted="0701740680")
    await story.phone("102").rung()
    await leave(leg, 1.5)
    story.tell(leg, reason="no_answer")


async def direct_addon_no_answer(story: Story) -> None:
    """By a trunk in another add-on's context; the caller gives up."""
    leg = await story.call(PLAIN, operator="b")
    await story.phone("102").rung()
    await leave(leg, 1.5)
    story.tell(leg, reason="no_answer")


async def ringgroup_answered(story: Story) -> None:
    """Three ring, 102 answers."""
    story.phone("102", answer_after(0.8))
    leg = await call(story, RINGALL)
    rung = await story.phone("102").rung()
    await talk(leg, rung, 1.0)
    story.tell(leg, rung)


async def ringgroup_no_answer(story: Story) -> None:
    """Three ring out; no box takes the call."""
    leg = await call(story, RINGALL)
    await leg.ended(15)
    story.tell(leg, reason="no_answer")


async def ringgroup_all_busy(story: Story) -> None:
    """Two are engaged, one declines."""
    story.phone("101", busy())
    story.phone("102", decline_after(0.5))
    story.phone("103", busy())
    leg = await call(story, RINGALL)
    await leg.ended(15)
    story.tell(leg, reason="busy")


async def ringgroup_two_answer_at_once(story: Story) -> None:
    """101 and 102 pick up in the same instant."""
    leg = await call(story, RINGALL)
    rung = [await story.phone(extension).rung() for extension in ("101", "102")]
    await pause(0.8)
    await asyncio.gather(*(one.answer() for one in rung))
    await leg.answered()
    await pause(1.0)
    winner = next(one for one in rung if one.truth.ended_at is None)
    await talk(leg, winner, 0.5)
    story.tell(leg, winner)


async def ringgroup_hunt_answered(story: Story) -> None:
    """105 rings out, 106 answers."""
    story.phone("106", answer_after(0.8))
    leg = await call(story, HUNT)
    rung = await story.phone("106").rung(8)
    await talk(leg, rung, 1.0)
    story.tell(leg, rung)


async def ringgroup_hunt_voicemail(story: Story) -> None:
    """Both ring out; the caller speaks to the box of 104."""
    leg = await call(story, HUNT)
    await leg.answered(15)
    await leave(leg, 2.0)
    story.tell(leg, reason="voicemail")


async def ringgroup_mobile_answered(story: Story) -> None:
    """A group of a phone and a mobile, whose owner answers."""
    story.outside.conduct = answer_after(0.8)
    leg = await call(story, MIXED)
    mobile = await story.outside.rung()
    await talk(leg, mobile, 1.2)
    story.tell(leg, mobile)


async def ringgroup_mobile_busy_no_answer(story: Story) -> None:
    """The same; the mobile is engaged and the phone rings out."""
    story.outside.conduct = busy()
    leg = await call(story, MIXED)
    await leg.ended(15)
    story.tell(leg, reason="no_answer")


async def callforward_mobile_answered(story: Story) -> None:
    """106 is forwarded; the caller's own channel carries the company's number."""
    story.outside.conduct = answer_after(0.8)
    leg = await call(story, FORWARDED)
    mobile = await story.outside.rung()
    await talk(leg, mobile, 1.2)
    story.tell(leg, mobile)


async def callforward_mobile_busy(story: Story) -> None:
    """106 is forwarded; the mobile is engaged."""
    story.outside.conduct = decline_after(0.4, "486 Busy Here")
    leg = await call(story, FORWARDED)
    await leg.ended(25)
    story.tell(leg, reason="busy")


async def callforward_mobile_declined(story: Story) -> None:
    """106 is forwarded; the mobile's owner declines."""
    story.outside.conduct = decline_after(0.6)
    leg = await call(story, FORWARDED)
    await leg.ended(25)
    story.tell(leg, reason="busy")


async def callforward_mobile_abandon(story: Story) -> None:
    """106 is forwarded; the caller gives up."""
    leg = await call(story, FORWARDED)
    await story.outside.rung()
    await leave(leg, 1.5)
    story.tell(leg, reason="no_answer")


async def followme_phone_answered(story: Story) -> None:
    """The phone is answered before the mobile."""
    story.phone("103", answer_after(2.5))
    leg = await call(story, FOLLOW_ME)
    rung = await story.phone("103").rung()
    await talk(leg, rung, 1.5)
    story.tell(leg, rung)


async def followme_mobile_confirmed(story: Story) -> None:
    """The mobile's owner presses 1; the Local channels optimise away."""
    story.outside.conduct = answer_after(0.4)
    leg = await call(story, FOLLOW_ME)
    mobile = await story.outside.rung(8)
    await confirmed(story, leg, mobile)


async def followme_mobile_not_confirmed(story: Story) -> None:
    """The mobile's box answers; nobody presses 1; its leg lives on."""
    story.outside.conduct = answer_after(0.4)
    leg = await call(story, FOLLOW_ME)
    await leg.ended(25)
    story.tell(leg, reason="no_answer")


async def followme_abandon_before_confirm(story: Story) -> None:
    """The mobile's box answers; the caller gives up; that leg lives on."""
    story.outside.conduct = answer_after(0.4)
    leg = await call(story, FOLLOW_ME)
    mobile = await story.outside.rung(8)
    await mobile.answered()
    await leave(leg, 1.0)
    story.tell(leg, reason="no_answer")


async def followme_phone_answered_while_mobile_asked(story: Story) -> None:
    """The mobile's box is being asked to press 1 when the phone is answered."""
    story.outside.conduct = answer_after(0.4)
    leg = await call(story, FOLLOW_ME)
    cecilia = await story.phone("103").rung()
    mobile = await story.outside.rung(8)
    await mobile.answered()
    await pause(1.0)
    await cecilia.answer()
    await talk(leg, cecilia, 1.2)
    story.tell(leg, cecilia)


async def followme_confirmed_while_the_link_was_cut(story: Story) -> None:
    """The link is away while the mobile's owner presses 1."""
    story.outside.conduct = answer_after(0.4)
    leg = await call(story, FOLLOW_ME)
    mobile = await story.outside.rung(8)
    await mobile.answered()
    await pause(0.5)
    await story.link.cut()
    await pause(0.5)
    mobile.press("1")
    await pause(2.0)
    await story.link.open()
    await leave(leg, 1.5)
    pressed = (mobile.truth.answered_at or 0.0) + 1.0
    wait_s = round(pressed - leg.truth.began_at, 2)
    story.tell(leg, mobile, wait_s=wait_s, talk_s=3.5, across_gap=True)


async def followme_mobile_busy(story: Story) -> None:
    """The mobile is engaged, the phone rings out."""
    story.outside.conduct = busy()
    leg = await call(story, FOLLOW_ME)
    await leg.ended(25)
    story.tell(leg, reason="no_answer")


async def confirmed(story: Story, leg: Leg, mobile: Leg, queues: tuple[str, ...] = ()) -> None:
    """The mobile's owner presses 1 and talks for two seconds."""
    await mobile.answered()
    await pause(1.0)
    mobile.press("1")
    pressed_at = time.time()
    await pause(2.0)
    await leave(leg)
    wait_s = round(pressed_at - leg.truth.began_at, 2)
    talk_s = round((leg.truth.ended_at or 0.0) - pressed_at, 2)
    story.tell(leg, mobile, queues=queues, wait_s=wait_s, talk_s=talk_s)
