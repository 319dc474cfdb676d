"""What is seen of calls when the AMI connection breaks, or Asterisk itself ends."""

from tests.asterisk.scenarios.story import Story, leave, pause, talk
from tests.asterisk.sip import answer_after

DIRECT, QUEUE = "0846500417", "0846500430"


async def linkcut_before_answer(story: Story) -> None:
    """The link breaks while it rings, and is back before 101 answers."""
    leg = await story.call(DIRECT)
    rung = await story.phone("101").rung()
    await _away(story, 0.5)
    await pause(0.8)
    await rung.answer()
    await talk(leg, rung, 1.0)
    story.tell(leg, rung, across_gap=True)


async def linkcut_answered_meanwhile(story: Story) -> None:
    """101 answers while the link is away; the talk goes on after it."""
    story.phone("101", answer_after(1.2))
    leg = await story.call(DIRECT)
    rung = await story.phone("101").rung()
    await _away(story, 2.0)
    await talk(leg, rung, 1.5)
    story.tell(leg, rung, across_gap=True)


async def linkcut_during_talk(story: Story) -> None:
    """The link breaks during a talk, and is back before its end."""
    story.phone("101", answer_after(0.6))
    leg = await story.call(DIRECT)
    rung = await story.phone("101").rung()
    await leg.answered()
    await pause(0.8)
    await _away(story, 1.0)
    await leave(leg, 1.0)
    story.tell(leg, rung, across_gap=True)


async def linkcut_talk_ended_meanwhile(story: Story) -> None:
    """The link breaks during a talk, which ends before it is back."""
    story.phone("101", answer_after(0.6))
    leg = await story.call(DIRECT)
    rung = await story.phone("101").rung()
    await leg.answered()
    await pause(0.8)
    await story.link.cut()
    await leave(leg, 0.8)
    await pause(0.5)
    await story.link.open()
    story.tell(leg, rung, across_gap=True, ended_in_gap=True)


async def linkcut_queue_waits_across(story: Story) -> None:
    """A caller waits in a queue before and after the gap, then leaves."""
    leg = await story.call(QUEUE)
    await story.phone("101").rung()
    await _away(story, 1.0)
    await leave(leg, 1.5)
    story.tell(leg, reason="abandoned_in_queue", queues=["ringall"], across_gap=True)


async def linkcut_queue_abandoned_meanwhile(story: Story) -> None:
    """A caller leaves the queue while the link is away."""
    leg = await story.call(QUEUE)
    await story.phone("101").rung()
    await pause(0.5)
    await story.link.cut()
    await leave(leg, 0.8)
    await pause(0.5)
    await story.link.open()
    story.tell(
        leg,
        reason="abandoned_in_queue",
        queues=["ringall"],
        across_gap=True,
        ended_in_gap=True,
    )


async def linkcut_call_arrives_meanwhile(story: Story) -> None:
    """A call begins while the link is away, and is given up after it is back."""
    await story.link.cut()
    leg = await story.call(DIRECT)
    await story.phone("101").rung()
    await pause(0.5)
    await story.link.open()
    await leave(leg, 1.5)
    story.tell(leg, reason="no_answer", started_in_gap=True)


async def linkcut_call_unseen(story: Story) -> None:
    """A call begins and ends while the link is away; another one comes later."""
    await story.link.cut()
    unseen = await story.call(DIRECT)
    await story.phone("101").rung()
    await leave(unseen, 0.8)
    await story.link.open()
    leg = await story.call(DIRECT)
    await story.phone("101").rung()
    await leave(leg, 0.8)
    story.tell(unseen, reason="no_answer", started_in_gap=True, ended_in_gap=True)
    story.tell(leg, reason="no_answer")


async def restart_in_order(story: Story) -> None:
    """Asterisk is restarted while one caller talks and one waits; then 101 is called again."""
    await _broken_by_restart(story, kill=False)


async def crash_sigkill(story: Story) -> None:
    """The same by kill -9: no event tells that the calls are over."""
    await _broken_by_restart(story, kill=True)


async def _broken_by_restart(story: Story, *, kill: bool) -> None:
    story.phone("104", answer_after(0.4))
    talking = await story.call("0846500411")
    david = await story.phone("104").rung()
    await talking.answered()
    waiting = await story.call(QUEUE)
    await story.phone("101").rung()
    await pause(1.0)
    await story.restart(kill=kill)
    for leg in (talking, waiting, david):
        await leg.close()
    again = await story.call(DIRECT)
    anna = await story.phone("101").rung()
    await anna.answer()
    await talk(again, anna, 1.0)
    story.tell(talking, david, lost_in_restart=True, ended_by="system")
    story.tell(
        waiting,
        reason="abandoned_in_queue",
        queues=["ringall"],
        lost_in_restart=True,
        ended_by="system",
    )
    story.tell(again, anna)


async def _away(story: Story, seconds: float) -> None:
    await pause(0.5)
    await story.link.cut()
    await pause(seconds)
    await story.link.open()
