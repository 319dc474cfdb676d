"""Queues: every strategy, several visits, and every way to leave one."""

import asyncio

from tests.asterisk.scenarios.acts import person_answers
from tests.asterisk.scenarios.story import Story, leave, pause, talk
from tests.asterisk.sip import answer_after, busy, decline_after
from tests.asterisk.sip_leg import Leg

RINGALL, LINEAR, UNANSWERED, TWO_QUEUES = "0846500430", "0846500433", "0846500437", "0846500438"
FREEPBX, EXITS = "0846500443", "0846500442"
_TEAM = ("101", "102", "103")


async def queue_ringall_answered(story: Story) -> None:
    """All ring, 102 answers."""
    await person_answers(story, RINGALL, "102", ["ringall"])


async def queue_ringall_callee_hangup(story: Story) -> None:
    """All ring, 102 answers and hangs up."""
    story.phone("102", answer_after(1.0, talk_s=1.0))
    leg = await story.call(RINGALL)
    rung = await story.phone("102").rung()
    await leg.ended(10)
    story.tell(leg, rung, queues=["ringall"])


async def queue_ringall_abandon(story: Story) -> None:
    """All ring, the caller leaves."""
    leg = await story.call(RINGALL)
    await story.phone("103").rung()
    await leave(leg, 1.5)
    story.tell(leg, reason="abandoned_in_queue", queues=["ringall"])


async def queue_left_at_once(story: Story) -> None:
    """The caller hangs up as soon as the music plays."""
    leg = await story.call(RINGALL)
    await leg.answered()
    await leave(leg, 0.2)
    story.tell(leg, reason="abandoned_in_queue", queues=["ringall"])


async def queue_leastrecent_answered(story: Story) -> None:
    """Whoever was called longest ago rings, and answers."""
    await _answered_by_whom_it_rings(story, "0846500431", "leastrecent")


async def queue_rrmemory_answered(story: Story) -> None:
    """In turn; the first lets it ring out, the next answers."""
    await _answered_by_the_second(story, "0846500432", "rrmemory")


async def queue_linear_answered(story: Story) -> None:
    """In the order of the list: 101 rings out, 102 declines, 103 answers."""
    story.phone("102", decline_after(0.3))
    story.phone("103", answer_after(0.5))
    leg = await story.call(LINEAR)
    rung = await story.phone("103").rung(10)
    await talk(leg, rung, 1.0)
    story.tell(leg, rung, queues=["linear"])


async def queue_random_answered(story: Story) -> None:
    """By chance."""
    await _answered_by_whom_it_rings(story, "0846500434", "random")


async def queue_wrandom_answered(story: Story) -> None:
    """By weighted chance; the first lets it ring out."""
    await _answered_by_the_second(story, "0846500435", "wrandom")


async def queue_fewestcalls_answered(story: Story) -> None:
    """Whoever has had the fewest calls."""
    await _answered_by_whom_it_rings(story, "0846500436", "fewestcalls")


async def queue_linear_abandon_between_members(story: Story) -> None:
    """101 has rung out and 102 not rung yet: the caller leaves."""
    leg = await story.call(LINEAR)
    rung = await story.phone("101").rung()
    await rung.ended(8)
    await leave(leg, 0.3)
    story.tell(leg, reason="abandoned_in_queue", queues=["linear"])


async def queue_timeout(story: Story) -> None:
    """Nobody answers in time; the dialplan says sorry."""
    leg = await story.call("0846500432")
    await leg.ended(20)
    story.tell(leg, reason="queue_timeout", queues=["rrmemory"])


async def queue_all_busy_timeout(story: Story) -> None:
    """Every member is engaged, again and again."""
    for extension in _TEAM:
        story.phone(extension, busy())
    leg = await story.call(RINGALL)
    await leg.ended(20)
    story.tell(leg, reason="queue_timeout", queues=["ringall"])


async def queue_two_answer_at_once(story: Story) -> None:
    """101 and 102 pick up in the same instant; one of them is hung up on."""
    leg = await story.call(RINGALL)
    rung = [await story.phone(extension).rung() for extension in ("101", "102")]
    await pause(1.0)
    await asyncio.gather(*(one.answer() for one in rung))
    await pause(1.0)
    winner = next(one for one in rung if one.truth.ended_at is None)
    await talk(leg, winner, 0.5)
    story.tell(leg, winner, queues=["ringall"])


async def queue_unanswered_channel_answered(story: Story) -> None:
    """The PBX does not answer the line before a person does."""
    await person_answers(story, UNANSWERED, "103", ["ringall"])


async def queue_unanswered_channel_abandon(story: Story) -> None:
    """The line was never answered, and the caller gives up."""
    leg = await story.call(UNANSWERED)
    await story.phone("103").rung()
    await leave(leg, 1.5)
    story.tell(leg, reason="abandoned_in_queue", queues=["ringall"])


async def queue_timeout_second_queue_answered(story: Story) -> None:
    """The first queue times out, 104 answers in the second."""
    await person_answers(story, TWO_QUEUES, "104", ["ringall", "overflow"])


async def queue_timeout_second_queue_abandon(story: Story) -> None:
    """The first queue times out, the caller leaves the second."""
    leg = await story.call(TWO_QUEUES)
    await story.phone("104").rung(10)
    await leave(leg, 1.0)
    story.tell(leg, reason="abandoned_in_queue", queues=["ringall", "overflow"])


async def queue_timeout_second_queue_timeout(story: Story) -> None:
    """Both queues time out."""
    leg = await story.call(TWO_QUEUES)
    await leg.ended(20)
    story.tell(leg, reason="queue_timeout", queues=["ringall", "overflow"])


async def queue_reenter_abandon(story: Story) -> None:
    """The same queue again and again; the caller leaves at the third visit."""
    leg = await story.call("0846500439")
    for _ in range(3):
        rung = await story.phone("101").rung(10)
    await leave(leg, 0.8)
    await rung.ended()
    story.tell(leg, reason="abandoned_in_queue", queues=["ringall"] * 3)


async def queue_timeout_voicemail(story: Story) -> None:
    """The queue times out into a box."""
    leg = await story.call("0846500460")
    await leg.answered()
    await leave(leg, 7.0)
    story.tell(leg, reason="voicemail", queues=["ringall"])


async def queue_timeout_phone_answered(story: Story) -> None:
    """The queue times out to 104, who answers."""
    await person_answers(story, "0846500461", "104", ["ringall"])


async def queue_timeout_phone_busy(story: Story) -> None:
    """The queue times out to 104, who is engaged."""
    story.phone("104", busy())
    leg = await story.call("0846500461")
    await leg.ended(20)
    story.tell(leg, reason="busy", queues=["ringall"])


async def queue_timeout_group_no_answer(story: Story) -> None:
    """The queue times out to a ring group where nobody answers either."""
    leg = await story.call("0846500462")
    await leg.ended(20)
    story.tell(leg, reason="no_answer", queues=["ringall"])


async def queue_timeout_menu_abandon(story: Story) -> None:
    """The queue times out to a menu, which the caller leaves."""
    leg = await story.call("0846500465")
    await leg.answered()
    await leave(leg, 6.5)
    story.tell(leg, reason="abandoned_in_ivr", queues=["ringall"])


async def queue_joinempty(story: Story) -> None:
    """Nobody belongs to the queue."""
    leg = await story.call("0846500440")
    await leg.ended(8)
    story.tell(leg, reason="queue_empty", queues=["tom"])


async def queue_joinempty_abandon(story: Story) -> None:
    """Nobody belongs to the queue; the caller hangs up while that is said."""
    leg = await story.call("0846500440")
    await leg.answered()
    await leave(leg, 0.6)
    story.tell(leg, reason="queue_empty", queues=["tom"])


async def queue_joinempty_second_queue_answered(story: Story) -> None:
    """Nobody belongs to the first queue; the second is answered."""
    await person_answers(story, "0846500449", "101", ["tom", "ringall"])


async def queue_leavewhenempty(story: Story) -> None:
    """The only member pauses while it rings."""
    leg = await story.call("0846500441")
    rung = await story.phone("104").rung()
    await pause(1.0)
    await story.act("QueuePause", Queue="strikt", Interface="PJSIP/104", Paused="true")
    await rung.decline()
    await leg.ended(10)
    await story.act("QueuePause", Queue="strikt", Interface="PJSIP/104", Paused="false")
    story.tell(leg, reason="queue_empty", queues=["strikt"])


async def queue_unregistered_member_timeout(story: Story) -> None:
    """The only member has no phone, but callers may wait: nothing ever rings."""
    leg = await story.call("0846500448")
    await leg.ended(12)
    story.tell(leg, reason="queue_timeout", queues=["oregistrerad"])


async def queue_full(story: Story) -> None:
    """The queue has room for one; the second caller is turned away."""
    first = await story.call("0846500466")
    await story.phone("101").rung()
    second = await story.call("0846500466")
    await second.ended(8)
    await leave(first)
    story.tell(first, reason="abandoned_in_queue", queues=["trang"])
    story.tell(second, reason="busy", queues=["trang"], ambiguous=True)


async def queue_exit_callback_requested(story: Story) -> None:
    """1 leads out of the queue, 1 orders a callback."""
    leg = await story.call(EXITS)
    await story.phone("101").rung()
    leg.press("1")
    await pause(1.0)
    leg.press("1")
    await leg.ended(10)
    story.tell(leg, reason="callback_requested", queues=["exits"])


async def queue_exit_callback_not_confirmed(story: Story) -> None:
    """1 leads out of the queue; the caller hangs up before ordering."""
    leg = await story.call(EXITS)
    await story.phone("101").rung()
    leg.press("1")
    await leave(leg, 1.5)
    story.tell(leg, reason="abandoned_in_ivr", queues=["exits"])


async def queue_exit_phone_answered(story: Story) -> None:
    """2 leads out of the queue to 104, who answers."""
    story.phone("104", answer_after(0.7))
    leg = await story.call(EXITS)
    await story.phone("101").rung()
    leg.press("2")
    rung = await story.phone("104").rung()
    await talk(leg, rung, 1.0)
    story.tell(leg, rung, queues=["exits"])


async def queue_two_callers(story: Story) -> None:
    """Two wait; 101 takes the first, who hangs up, then 101 the second."""
    story.phone("101", answer_after(0.8))
    first = await story.call(LINEAR)
    rung = await story.phone("101").rung()
    second = await story.call(LINEAR)
    await talk(first, rung, 1.0)
    again = await _next_of(story, second)
    await talk(second, again, 1.0)
    story.tell(first, rung, queues=["linear"])
    story.tell(second, again, queues=["linear"])


async def _next_of(story: Story, caller: Leg) -> Leg:
    """Lets 102 and 103 answer as well; returns who got the caller."""
    for extension in ("102", "103"):
        story.phone(extension, answer_after(0.5))
    return await story.answerer(_TEAM)


async def _answered_by_whom_it_rings(story: Story, did: str, queue: str) -> None:
    for extension in _TEAM:
        story.phone(extension, answer_after(0.6))
    leg = await story.call(did)
    rung = await story.answerer(_TEAM)
    await talk(leg, rung, 1.0)
    story.tell(leg, rung, queues=[queue])


async def _answered_by_the_second(story: Story, did: str, queue: str) -> None:
    leg = await story.call(did)
    first = await story.ringer(_TEAM)
    for extension in _TEAM:
        story.phone(extension, answer_after(0.6))
    await first.ended(10)
    rung = await story.answerer(_TEAM)
    await talk(leg, rung, 1.0)
    story.tell(leg, rung, queues=[queue])
