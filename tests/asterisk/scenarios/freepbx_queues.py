"""FreePBX-like office: queues whose members are Local channels, menus, closed hours.

In: the office of `etc/freepbx`. Out: stories and their truth, as in the other scenarios.
"""

from tests.asterisk.scenarios.freepbx import call, confirmed
from tests.asterisk.scenarios.story import Story, leave, pause, talk
from tests.asterisk.sip import answer_after, busy
from tests.asterisk.sip_leg import Leg

QUEUE, BREAK_OUT, EMPTY, TO_MENU = "0846500420", "0846500421", "0846500422", "0846500423"
TO_QUEUE, FOLLOW_ME, MENU, CLOSED = "0846500424", "0846500425", "0846500430", "0846500440"


async def queue_answered(story: Story) -> None:
    """All ring, 102 answers."""
    story.phone("102", answer_after(0.8))
    leg = await call(story, QUEUE)
    rung = await story.phone("102").rung()
    await talk(leg, rung, 1.2)
    story.tell(leg, rung, queues=["500"])


async def queue_answered_callee_hangup(story: Story) -> None:
    """101, who has a box, answers and hangs up."""
    story.phone("101", answer_after(0.8, talk_s=1.0))
    leg = await call(story, QUEUE)
    rung = await story.phone("101").rung()
    await leg.ended(8)
    story.tell(leg, rung, queues=["500"])


async def queue_abandon(story: Story) -> None:
    """The caller leaves while all ring."""
    leg = await call(story, QUEUE)
    await story.phone("102").rung()
    await leave(leg, 1.5)
    story.tell(leg, reason="abandoned_in_queue", queues=["500"])


async def queue_two_callers(story: Story) -> None:
    """Two wait; 102 answers the first, the second leaves."""
    story.phone("102", answer_after(1.5))
    first = await call(story, QUEUE)
    rung = await story.phone("102").rung()
    story.phone("102").conduct = None
    second = await call(story, QUEUE)
    await rung.answered()
    await leave(second, 2.0)
    await talk(first, rung, 0.5)
    story.tell(first, rung, queues=["500"])
    story.tell(second, reason="abandoned_in_queue", queues=["500"])


async def queue_hook_withheld_abandon(story: Story) -> None:
    """The same by the outbox's trunk, the number hidden."""
    leg = await story.call_withheld(QUEUE)
    await story.phone("102").rung()
    await leave(leg, 1.5)
    story.tell(leg, reason="abandoned_in_queue", queues=["500"])


async def queue_timeout(story: Story) -> None:
    """Nobody answers; 101's box does not take the call; announcement."""
    leg = await call(story, QUEUE)
    await leg.ended(25)
    story.tell(leg, reason="queue_timeout", queues=["500"])


async def queue_all_busy_timeout(story: Story) -> None:
    """All are engaged, again and again."""
    for extension in ("101", "102", "103"):
        story.phone(extension, busy())
    leg = await call(story, QUEUE)
    await leg.ended(25)
    story.tell(leg, reason="queue_timeout", queues=["500"])


async def queue_member_mobile_confirmed(story: Story) -> None:
    """The member's mobile presses 1: four Local channels, then fewer."""
    story.outside.conduct = answer_after(0.4)
    leg = await call(story, FOLLOW_ME)
    mobile = await story.outside.rung(8)
    await confirmed(story, leg, mobile, ("505",))


async def queue_member_mobile_not_confirmed(story: Story) -> None:
    """The member's mobile is being asked to press 1 when the caller leaves; its leg lives on."""
    story.outside.conduct = answer_after(0.4)
    leg = await call(story, FOLLOW_ME)
    mobile = await story.outside.rung(8)
    await mobile.answered()
    await leave(leg, 1.5)
    story.tell(leg, reason="abandoned_in_queue", queues=["505"])


async def queue_timeout_phone_busy(story: Story) -> None:
    """After the queue 105 is tried, who is engaged: a tone to a line that was answered."""
    story.phone("105", busy())
    leg = await call(story, FOLLOW_ME)
    await story.phone("105").rung(15)
    await leave(leg, 2.0)
    story.tell(leg, reason="busy", queues=["505"])


async def queue_timeout_phone_answered(story: Story) -> None:
    """After the queue 105 is tried, who answers."""
    story.phone("105", answer_after(0.8))
    leg = await call(story, FOLLOW_ME)
    rung = await story.phone("105").rung(15)
    await talk(leg, rung, 1.0)
    story.tell(leg, rung, queues=["505"])


async def queue_rrmemory_second_answered(story: Story) -> None:
    """In turn; whoever rings second answers."""
    leg = await call(story, BREAK_OUT)
    first = await story.ringer(("101", "102"))
    other = "102" if first.callee == "101" else "101"
    rung = await story.phone(other).rung(8)
    await pause(0.5)
    await rung.answer()
    await talk(leg, rung, 1.0)
    story.tell(leg, rung, queues=["501"])


async def queue_timeout_voicemail(story: Story) -> None:
    """Nobody answers; the caller speaks to the box of 104."""
    leg = await call(story, BREAK_OUT)
    await leg.answered()
    await leave(leg, 12.0)
    story.tell(leg, reason="voicemail", queues=["501"])


async def queue_exit_callback_requested(story: Story) -> None:
    """A digit leads out, a second one orders a call."""
    leg = await _left_by_digit(story)
    leg.press("1")
    await leg.ended(8)
    story.tell(leg, reason="callback_requested", queues=["501"])


async def queue_exit_callback_not_confirmed(story: Story) -> None:
    """A digit leads out, and the caller hangs up."""
    leg = await _left_by_digit(story)
    await leave(leg)
    note = "abandoned_in_queue is acceptable too"
    story.tell(leg, reason="abandoned_in_ivr", queues=["501"], note=note)


async def queue_exit_phone_no_answer(story: Story) -> None:
    """A digit leads out to 105, who does not answer."""
    leg = await call(story, BREAK_OUT)
    await story.ringer(("101", "102"))
    await pause(1.0)
    leg.press("5")
    await story.phone("105").rung(8)
    await leave(leg, 1.5)
    story.tell(leg, reason="no_answer", queues=["501"])


async def queue_strict_empty(story: Story) -> None:
    """Nobody belongs to it: the caller never joins."""
    leg = await call(story, EMPTY)
    await leg.ended(8)
    story.tell(leg, reason="queue_empty", queues=["502"])


async def queue_timeout_menu_abandon(story: Story) -> None:
    """After the queue comes a menu, in which the caller hangs up."""
    leg = await call(story, TO_MENU)
    await leg.answered()
    await leave(leg, 10.0)
    story.tell(leg, reason="abandoned_in_ivr", queues=["503"])


async def queue_timeout_second_queue_answered(story: Story) -> None:
    """104 does not answer in the first queue, 101 does in the second."""
    story.phone("101", answer_after(0.6))
    story.phone("102", answer_after(0.6))
    leg = await call(story, TO_QUEUE)
    rung = await story.answerer(("101", "102"))
    await talk(leg, rung, 1.0)
    story.tell(leg, rung, queues=["504", "501"])


async def menu_abandon(story: Story) -> None:
    """The caller hangs up in the menu."""
    leg = await call(story, MENU)
    await leg.answered()
    await leave(leg, 1.5)
    story.tell(leg, reason="abandoned_in_ivr")


async def menu_no_digit(story: Story) -> None:
    """No digit, twice: the PBX hangs up."""
    leg = await call(story, MENU)
    await leg.ended(25)
    story.tell(leg, reason="abandoned_in_ivr")


async def menu_wrong_digits(story: Story) -> None:
    """A wrong digit twice: the PBX hangs up."""
    leg = await call(story, MENU)
    await _press(leg, "7")
    await pause(5.0)
    leg.press("8")
    await leg.ended(15)
    story.tell(leg, reason="abandoned_in_ivr")


async def menu_direct_dial_answered(story: Story) -> None:
    """The caller dials 102, who answers."""
    story.phone("102", answer_after(0.6))
    leg = await call(story, MENU)
    await _press(leg, "102")
    rung = await story.phone("102").rung(8)
    await talk(leg, rung, 1.0)
    story.tell(leg, rung)


async def menu_direct_dial_busy(story: Story) -> None:
    """The caller dials 105, who is engaged."""
    story.phone("105", busy())
    leg = await call(story, MENU)
    await _press(leg, "105")
    await story.phone("105").rung(8)
    await leave(leg, 1.5)
    story.tell(leg, reason="busy")


async def menu_to_queue_answered(story: Story) -> None:
    """Digit 1, then two seconds in which more might come, then the queue."""
    story.phone("102", answer_after(0.6))
    leg = await call(story, MENU)
    await _press(leg, "1")
    rung = await story.phone("102").rung(8)
    await talk(leg, rung, 1.0)
    story.tell(leg, rung, queues=["500"])


async def menu_to_group_no_answer(story: Story) -> None:
    """Digit 2: the group rings out."""
    leg = await call(story, MENU)
    await _press(leg, "2")
    await leg.ended(20)
    story.tell(leg, reason="no_answer")


async def menu_submenu_abandon(story: Story) -> None:
    """Digit 3: another menu, in which the caller hangs up."""
    leg = await call(story, MENU)
    await _press(leg, "3")
    await leave(leg, 4.0)
    story.tell(leg, reason="abandoned_in_ivr")


async def menu_to_closed(story: Story) -> None:
    """Digit 4: closed."""
    leg = await call(story, MENU)
    await _press(leg, "4")
    await leg.ended(12)
    story.tell(leg, reason="after_hours")


async def menu_announcement(story: Story) -> None:
    """Digit 5: something is said, and that was it."""
    leg = await call(story, MENU)
    await _press(leg, "5")
    await leg.ended(12)
    story.tell(leg, reason="abandoned_in_ivr")


async def menu_callback_requested(story: Story) -> None:
    """Digit 9, and 1 to confirm."""
    leg = await call(story, MENU)
    await _press(leg, "9")
    await pause(3.0)
    leg.press("1")
    await leg.ended(8)
    story.tell(leg, reason="callback_requested")


async def menu_callback_not_confirmed(story: Story) -> None:
    """Digit 9, and nothing after it."""
    leg = await call(story, MENU)
    await _press(leg, "9")
    await leg.ended(20)
    story.tell(leg, reason="abandoned_in_ivr")


async def after_hours(story: Story) -> None:
    """Closed: an announcement."""
    leg = await call(story, CLOSED)
    await leg.ended(12)
    story.tell(leg, reason="after_hours")


async def after_hours_abandon(story: Story) -> None:
    """Closed; the caller does not listen to the end."""
    leg = await call(story, CLOSED)
    await leg.answered()
    await leave(leg, 1.5)
    story.tell(leg, reason="after_hours")


async def after_hours_voicemail(story: Story) -> None:
    """Closed; the caller speaks to a box."""
    leg = await call(story, "0846500441")
    await leg.answered()
    await leave(leg, 2.0)
    story.tell(leg, reason="voicemail")


async def after_hours_callback_requested(story: Story) -> None:
    """Closed; a menu in which a call is ordered."""
    leg = await call(story, "0846500443")
    await _press(leg, "1")
    await pause(2.0)
    leg.press("1")
    await leg.ended(8)
    story.tell(leg, reason="callback_requested")


async def open_menu_abandon(story: Story) -> None:
    """Open; the caller hangs up in the menu."""
    leg = await call(story, "0846500442")
    await leg.answered()
    await leave(leg, 1.5)
    story.tell(leg, reason="abandoned_in_ivr")


async def open_phone_no_answer(story: Story) -> None:
    """Open; 105 does not answer."""
    leg = await call(story, "0846500444")
    await story.phone("105").rung()
    await leave(leg, 1.5)
    story.tell(leg, reason="no_answer")


async def _left_by_digit(story: Story) -> Leg:
    """The caller has pressed 1 in the queue and hears the callback's menu."""
    leg = await call(story, BREAK_OUT)
    await story.ringer(("101", "102"))
    await pause(1.0)
    leg.press("1")
    await pause(1.5)
    return leg


async def _press(leg: Leg, digits: str) -> None:
    await leg.answered()
    await pause(1.0)
    leg.press(digits)
