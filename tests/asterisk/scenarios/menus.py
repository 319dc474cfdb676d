"""Menus, nested ones too, and closed hours."""

from tests.asterisk.scenarios.story import Story, leave, pause, talk
from tests.asterisk.sip import answer_after, busy
from tests.asterisk.sip_leg import Leg

MENU = "0846500450"


async def ivr_abandon(story: Story) -> None:
    """The caller hangs up in the menu."""
    leg = await story.call(MENU)
    await leg.answered()
    await leave(leg, 1.0)
    story.tell(leg, reason="abandoned_in_ivr")


async def ivr_no_digit(story: Story) -> None:
    """No digit, twice: the menu says sorry and hangs up."""
    leg = await story.call(MENU)
    await leg.ended(25)
    story.tell(leg, reason="abandoned_in_ivr")


async def ivr_invalid_digits(story: Story) -> None:
    """A digit that leads nowhere, twice."""
    leg = await story.call(MENU)
    await leg.answered()
    leg.press("8")
    await pause(3.0)
    leg.press("7")
    await leg.ended(15)
    story.tell(leg, reason="abandoned_in_ivr")


async def ivr_invalid_then_queue_answered(story: Story) -> None:
    """A wrong digit, then 1: the queue, where 103 answers."""
    story.phone("103", answer_after(0.8))
    leg = await story.call(MENU)
    await leg.answered()
    leg.press("8")
    await pause(3.0)
    leg.press("1")
    rung = await story.phone("103").rung(10)
    await talk(leg, rung, 1.0)
    story.tell(leg, rung, queues=["500"])


async def ivr_to_queue_abandon(story: Story) -> None:
    """1: the queue, which the caller leaves."""
    leg = await _pressed(story, "1")
    await story.phone("103").rung()
    await leave(leg, 1.0)
    story.tell(leg, reason="abandoned_in_queue", queues=["500"])


async def ivr_nested_group_answered(story: Story) -> None:
    """2, then 1 in the inner menu: a ring group, 101 answers."""
    story.phone("101", answer_after(0.8))
    leg = await _pressed(story, "2")
    await pause(1.0)
    leg.press("1")
    rung = await story.phone("101").rung()
    await talk(leg, rung, 1.0)
    story.tell(leg, rung)


async def ivr_nested_abandon(story: Story) -> None:
    """2, and the caller hangs up in the inner menu."""
    leg = await _pressed(story, "2")
    await leave(leg, 1.2)
    story.tell(leg, reason="abandoned_in_ivr")


async def ivr_nested_no_digit(story: Story) -> None:
    """2, and no digit in the inner menu."""
    leg = await _pressed(story, "2")
    await leg.ended(15)
    story.tell(leg, reason="abandoned_in_ivr")


async def ivr_to_phone_no_answer(story: Story) -> None:
    """3: 101 rings out."""
    leg = await _pressed(story, "3")
    await leg.ended(15)
    story.tell(leg, reason="no_answer")


async def ivr_to_phone_busy(story: Story) -> None:
    """3: 101 is engaged."""
    story.phone("101", busy())
    leg = await _pressed(story, "3")
    await leg.ended(15)
    story.tell(leg, reason="busy")


async def ivr_to_voicemail(story: Story) -> None:
    """4: a box."""
    leg = await _pressed(story, "4")
    await leave(leg, 2.0)
    story.tell(leg, reason="voicemail")


async def ivr_callback_requested(story: Story) -> None:
    """9, then 1: a callback, never in a queue."""
    leg = await _pressed(story, "9")
    await pause(1.0)
    leg.press("1")
    await leg.ended(10)
    story.tell(leg, reason="callback_requested")


async def after_hours(story: Story) -> None:
    """Closed: announcement, hung up by the PBX."""
    leg = await story.call("0846500453")
    await leg.ended(10)
    story.tell(leg, reason="after_hours")


async def after_hours_abandon(story: Story) -> None:
    """Closed: the caller has heard enough."""
    leg = await story.call("0846500453")
    await leg.answered()
    await leave(leg, 1.0)
    story.tell(leg, reason="after_hours")


async def after_hours_voicemail(story: Story) -> None:
    """Closed: announcement, then a box."""
    leg = await story.call("0846500451")
    await leg.answered()
    await leave(leg, 6.0)
    story.tell(leg, reason="voicemail")


async def open_hours_menu_abandon(story: Story) -> None:
    """A time condition is passed on the way to a menu, which the caller leaves."""
    leg = await story.call("0846500452")
    await leg.answered()
    await leave(leg, 1.0)
    story.tell(leg, reason="abandoned_in_ivr")


async def open_hours_no_answer(story: Story) -> None:
    """A time condition is passed on the way to 101, who does not answer."""
    leg = await story.call("0846500454")
    await story.phone("101").rung()
    await leave(leg, 1.0)
    story.tell(leg, reason="no_answer")


async def _pressed(story: Story, digit: str) -> Leg:
    leg = await story.call(MENU)
    await leg.answered()
    await pause(0.5)
    leg.press(digit)
    return leg
