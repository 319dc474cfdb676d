"""Rarer ways to reach a person: agents on the line, conferences, operators, Asterisk's own follow-me."""

import asyncio

from tests.asterisk.scenarios.acts import answered_by_101
from tests.asterisk.scenarios.story import Story, leave, pause, talk
from tests.asterisk.sip import answer_after, busy
from tests.asterisk.sip_leg import Leg
from tests.asterisk.sip_moves import connect, hold

MOBILE_LINE, FOLLOW_ME, AGENTS, CONFERENCE, LOOP, BOX = (
    "0846500418",
    "0846500474",
    "0846500475",
    "0846500476",
    "0846500477",
    "0846500478",
)

_PROBATION_S = 6.0  # so long Asterisk does not trust a new agent


async def mobile_line_answered(story: Story) -> None:
    """A number that only rings a mobile; its owner answers and hangs up."""
    story.outside.conduct = answer_after(0.8, talk_s=1.0)
    leg = await story.call(MOBILE_LINE)
    mobile = await story.outside.rung()
    await leg.ended(10)
    story.tell(leg, mobile)


async def mobile_line_no_answer(story: Story) -> None:
    """A number that only rings a mobile, which rings out."""
    leg = await story.call(MOBILE_LINE)
    await leg.ended(15)
    story.tell(leg, reason="no_answer")


async def mobile_line_busy(story: Story) -> None:
    """A number that only rings a mobile, which is engaged."""
    story.outside.conduct = busy()
    leg = await story.call(MOBILE_LINE)
    await leg.ended(15)
    story.tell(leg, reason="busy")


async def followme_app_accepted(story: Story) -> None:
    """Asterisk's own follow-me: the phone rings out, the mobile's owner presses 1."""
    story.outside.conduct = answer_after(0.5)
    leg = await story.call(FOLLOW_ME)
    mobile = await story.outside.rung(12)
    await mobile.answered()
    await pause(3.0)  # they hear who calls, and what to press
    mobile.press("1")
    await pause(2.5)
    await leave(leg)
    wait_s = round((mobile.truth.answered_at or 0.0) + 3.2 - leg.truth.began_at, 2)
    story.tell(leg, mobile, wait_s=wait_s, talk_s=2.3)


async def followme_app_abandon(story: Story) -> None:
    """Asterisk's own follow-me: the caller gives up while the mobile rings."""
    leg = await story.call(FOLLOW_ME)
    await story.outside.rung(12)
    await leave(leg, 1.0)
    story.tell(leg, reason="no_answer")


async def agent_on_the_line_answered(story: Story) -> None:
    """101 waits on the line as an agent; a queue call is put through."""
    waiting = await _logged_in(story)
    leg = await story.call(AGENTS)
    await leg.answered()
    await leave(leg, 3.0)
    await waiting.hang_up()
    story.tell(leg, waiting, queues=["506"], answered_by="101", wait_s=0.5, talk_s=2.5)


async def agent_on_the_line_busy(story: Story) -> None:
    """101 waits as an agent and talks with a caller; the next one waits in vain."""
    waiting = await _logged_in(story)
    first = await story.call(AGENTS)
    await first.answered()
    await pause(2.0)
    second = await story.call(AGENTS)
    await second.answered()
    await leave(second, 2.0)
    await leave(first)
    await waiting.hang_up()
    story.tell(first, waiting, queues=["506"], answered_by="101", wait_s=0.5, talk_s=4.5)
    story.tell(second, reason="abandoned_in_queue", queues=["506"])


async def conference_joined(story: Story) -> None:
    """The caller waits in a conference; 101 comes in."""
    leg = await story.call(CONFERENCE)
    await leg.answered()
    await pause(1.0)
    anna = await story.phone("101").call("800")
    await anna.answered()
    await leave(leg, 1.5)
    await anna.hang_up()
    story.tell(leg, anna, answered_by="101")


async def conference_alone(story: Story) -> None:
    """The caller waits in a conference; nobody comes."""
    leg = await story.call(CONFERENCE)
    await leg.answered()
    await leave(leg, 2.0)
    story.tell(leg, reason="no_answer")


async def loop_through_trunk_context_answered(story: Story) -> None:
    """The dialplan calls another of its own numbers through a Local channel: one call, not two."""
    story.phone("101", answer_after(0.8))
    leg = await story.call(LOOP)
    rung = await story.phone("101").rung()
    await talk(leg, rung, 1.0)
    story.tell(leg, rung)


async def loop_through_trunk_context_no_answer(story: Story) -> None:
    """The same, and the caller gives up."""
    leg = await story.call(LOOP)
    await story.phone("101").rung()
    await leave(leg, 1.0)
    story.tell(leg, reason="no_answer")


async def queue_answer_cancel_glare(story: Story) -> None:
    """101 picks up a queue call just as the caller leaves."""
    leg = await story.call("0846500430")
    rung = await story.phone("101").rung()
    await pause(1.0)
    await asyncio.gather(leg.hang_up(), rung.answer())
    await rung.ended()
    story.tell(leg, reason="abandoned_in_queue", queues=["ringall"], ambiguous=True)


async def attended_transfer_into_queue_answered(story: Story) -> None:
    """101 connects the caller with the queue while it still plays music; 103 answers."""
    leg, anna = await answered_by_101(story, "0846500410")
    await _into_queue(story, anna)
    story.phone("103", answer_after(0.5))
    cecilia = await story.phone("103").rung(12)
    await cecilia.ends_within(0.8)
    await cecilia.answer()
    await talk(leg, cecilia, 1.2)
    story.tell(leg, anna, last=cecilia, transfer_answered=True)


async def attended_transfer_into_queue_abandon(story: Story) -> None:
    """101 connects the caller with the queue while it still plays music; the caller leaves."""
    leg, anna = await answered_by_101(story, "0846500410")
    await _into_queue(story, anna)
    cecilia = await story.phone("103").rung(12)
    await leave(leg, 1.5)
    story.tell(leg, anna, last=cecilia, transfer_answered=False)


async def voicemail_operator_answered(story: Story) -> None:
    """The caller presses 0 in the box and reaches 102."""
    story.phone("102", answer_after(0.6))
    leg = await story.call(BOX)
    await leg.answered()
    await pause(1.5)
    leg.press("0")
    bo = await story.phone("102").rung(12)
    await talk(leg, bo, 1.0)
    story.tell(leg, bo)


async def _logged_in(story: Story) -> Leg:
    waiting = await story.phone("101").call("791")
    await waiting.answered()
    await pause(_PROBATION_S)
    return waiting


async def _into_queue(story: Story, anna: Leg) -> None:
    await hold(anna)
    asked = await story.phone("101").call("502")
    await asked.answered()
    await pause(1.0)
    await connect(anna, asked)
