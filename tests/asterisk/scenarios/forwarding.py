"""Calls that go on to a mobile: forwarded phones, follow-me, and mobiles whose owner must press 1."""

from tests.asterisk.scenarios.story import Story, leave, pause, talk
from tests.asterisk.sip import answer_after, decline_after
from tests.asterisk.sip_leg import Leg

DIRECT, CONFIRMED, FOLLOW_ME = "0846500417", "0846500470", "0846500471"


async def forward_302_mobile_answered(story: Story) -> None:
    """101's phone is forwarded; the mobile's owner answers."""
    story.outside.conduct = answer_after(0.8)
    leg, mobile = await _forwarded(story)
    await talk(leg, mobile, 1.0)
    story.tell(leg, mobile)


async def forward_302_mobile_no_answer(story: Story) -> None:
    """101's phone is forwarded; the mobile rings out."""
    leg, _ = await _forwarded(story)
    await leg.ended(15)
    story.tell(leg, reason="no_answer")


async def forward_302_mobile_busy(story: Story) -> None:
    """101's phone is forwarded; the mobile is engaged."""
    story.outside.conduct = decline_after(0.4, "486 Busy Here")
    leg, _ = await _forwarded(story)
    await leg.ended(15)
    story.tell(leg, reason="busy")


async def forward_302_phone_answered(story: Story) -> None:
    """101's phone is forwarded to 102, who answers."""
    story.phone("102", answer_after(0.6))
    leg = await story.call(DIRECT)
    rung = await story.phone("101").rung()
    await rung.forward("102")
    bo = await story.phone("102").rung()
    await talk(leg, bo, 1.0)
    story.tell(leg, bo)


async def forward_302_abandon(story: Story) -> None:
    """101's phone is forwarded; the caller gives up while the mobile rings."""
    leg, _ = await _forwarded(story)
    await leave(leg, 1.0)
    story.tell(leg, reason="no_answer")


async def forward_to_mobile_voicemail_undetectable(story: Story) -> None:
    """The mobile's operator takes a message: to the PBX that is an answer."""
    story.outside.conduct = answer_after(0.8)
    leg, mobile = await _forwarded(story)
    await talk(leg, mobile, 2.0)
    story.tell(leg, reason="voicemail", undetectable=True)


async def forward_to_mobile_early_media(story: Story) -> None:
    """The mobile's operator says something before anybody answers; the caller gives up."""
    story.outside.conduct = _speak_early
    leg, _ = await _forwarded(story)
    await leave(leg, 1.5)
    story.tell(leg, reason="no_answer")


async def callforward_mobile_answered(story: Story) -> None:
    """The dialplan forwards, with the company's number on the caller's own channel."""
    story.outside.conduct = answer_after(0.8)
    leg = await story.call("0846500472")
    mobile = await story.outside.rung()
    await talk(leg, mobile, 1.5)
    story.tell(leg, mobile)


async def callforward_mobile_no_answer(story: Story) -> None:
    """The same, and the caller gives up."""
    leg = await story.call("0846500472")
    await story.outside.rung()
    await leave(leg, 1.0)
    story.tell(leg, reason="no_answer")


async def phone_then_mobile_answered(story: Story) -> None:
    """101 declines, then the mobile is called and answered."""
    story.phone("101", decline_after(0.4))
    story.outside.conduct = answer_after(0.8, talk_s=1.0)
    leg = await story.call("0846500473")
    mobile = await story.outside.rung()
    await leg.ended(10)
    story.tell(leg, mobile)


async def followme_confirm_accepted(story: Story) -> None:
    """The mobile's owner presses 1."""
    story.outside.conduct = answer_after(0.5)
    leg = await story.call(CONFIRMED)
    mobile = await story.outside.rung()
    await _confirmed(story, leg, mobile)


async def followme_confirm_declined(story: Story) -> None:
    """The mobile's operator answers; nobody presses 1."""
    story.outside.conduct = answer_after(0.5)
    leg = await story.call(CONFIRMED)
    await leg.ended(20)
    story.tell(leg, reason="no_answer")


async def followme_confirm_abandon(story: Story) -> None:
    """The caller gives up before anybody has pressed 1."""
    story.outside.conduct = answer_after(0.5)
    leg = await story.call(CONFIRMED)
    mobile = await story.outside.rung()
    await mobile.answered()
    await leave(leg, 1.0)
    story.tell(leg, reason="no_answer")


async def followme_confirm_pressed_too_late(story: Story) -> None:
    """The mobile's owner presses 1 after the caller has given up: they never speak."""
    story.outside.conduct = answer_after(0.5)
    leg = await story.call(CONFIRMED)
    mobile = await story.outside.rung()
    await mobile.answered()
    await leave(leg, 0.8)
    await pause(0.8)
    mobile.press("1")
    await mobile.ended(12)
    story.tell(leg, reason="no_answer")


async def followme_mobile_confirmed(story: Story) -> None:
    """FreePBX's follow-me, three levels of Local: the mobile's owner presses 1."""
    story.outside.conduct = answer_after(0.5)
    leg = await story.call(FOLLOW_ME)
    mobile = await story.outside.rung()
    await _confirmed(story, leg, mobile)


async def followme_mobile_not_confirmed(story: Story) -> None:
    """FreePBX's follow-me: the mobile's operator answers, nobody presses 1."""
    story.outside.conduct = answer_after(0.5)
    leg = await story.call(FOLLOW_ME)
    await leg.ended(25)
    story.tell(leg, reason="no_answer")


async def followme_phone_answered(story: Story) -> None:
    """FreePBX's follow-me: the phone is answered, the mobile stops ringing."""
    story.phone("103", answer_after(1.0))
    leg = await story.call(FOLLOW_ME)
    rung = await story.phone("103").rung()
    await talk(leg, rung, 1.2)
    story.tell(leg, rung)


async def _forwarded(story: Story) -> tuple[Leg, Leg]:
    leg = await story.call(DIRECT)
    rung = await story.phone("101").rung()
    await rung.forward("0701740690")
    return leg, await story.outside.rung()


async def _confirmed(story: Story, leg: Leg, mobile: Leg) -> None:
    await mobile.answered()
    await pause(1.0)
    mobile.press("1")
    await pause(2.0)
    await leave(leg)
    pressed = (mobile.truth.answered_at or 0.0) + 1.0
    wait_s = round(pressed - leg.truth.began_at, 2)
    story.tell(leg, mobile, wait_s=wait_s, talk_s=2.0)


async def _speak_early(leg: Leg) -> None:
    await leg.speak_early()
