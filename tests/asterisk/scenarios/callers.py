"""Callers: how their numbers and the dialled ones arrive, and by which line."""

from tests.asterisk.scenarios.direct import BOX, FREEPBX, PLAIN
from tests.asterisk.scenarios.story import Story, leave, talk
from tests.asterisk.sip import answer_after


async def did_delivered(story: Story) -> None:
    """The same phone called by four forms of its number and of the caller's."""
    for did in (PLAIN, f"+46{PLAIN[1:]}", f"0046{PLAIN[1:]}", f"46{PLAIN[1:]}"):
        leg = await story.call(did)
        rung = await story.phone("101").rung()
        await leave(leg, 0.5)
        await rung.ended()
        story.tell(leg, reason="no_answer")


async def same_caller_twice_at_once(story: Story) -> None:
    """One number calls two lines at the same time: 101 answers one, nobody the other."""
    story.phone("101", answer_after(1.0))
    first = await story.call(PLAIN)
    rung = await story.phone("101").rung()
    second = await story.call(BOX, first.caller)
    await story.phone("104").rung()
    await leave(second, 0.5)
    await talk(first, rung, 1.0)
    story.tell(first, rung)
    story.tell(second, reason="no_answer")


async def repeat_missed_then_answered(story: Story) -> None:
    """Missed, then the same person calls in another form of the number and is answered."""
    first = await story.call(PLAIN, "0701740687")
    await story.phone("101").rung()
    await leave(first, 1.0)
    story.phone("101", answer_after(0.5, talk_s=0.8))
    second = await story.call(FREEPBX, "+46701740687")
    rung = await story.phone("101").rung()
    await second.ended()
    story.tell(first, reason="no_answer")
    story.tell(second, rung)


async def withheld_from(story: Story) -> None:
    """From: anonymous, nothing else."""
    leg = await story.call_withheld(FREEPBX)
    await story.phone("101").rung()
    await leave(leg, 0.5)
    story.tell(leg, reason="no_answer")


async def withheld_asserted(story: Story) -> None:
    """Privacy: id, and the operator tells the number all the same; 101 answers."""
    story.phone("101", answer_after(0.5, talk_s=0.5))
    leg = await story.call_withheld(FREEPBX, asserted="0701740688")
    rung = await story.phone("101").rung()
    await leg.ended()
    story.tell(leg, rung)


async def other_operator(story: Story) -> None:
    """A second trunk, whose calls arrive in a context of another name."""
    leg = await story.call(FREEPBX, operator="b")
    await story.phone("101").rung()
    await leave(leg, 0.5)
    story.tell(leg, reason="no_answer")


async def snippet_direct_no_answer(story: Story) -> None:
    """Through the product's own snippet: nobody answers."""
    leg = await story.call(FREEPBX, operator="c")
    await leg.ended(12)
    story.tell(leg, reason="no_answer")


async def snippet_queue_abandon(story: Story) -> None:
    """Through the product's own snippet: the caller leaves a queue."""
    leg = await story.call("0846500443", operator="c")
    await story.phone("103").rung()
    await leave(leg, 1.0)
    story.tell(leg, reason="abandoned_in_queue", queues=["500"])


async def snippet_queue_answered(story: Story) -> None:
    """Through the product's own snippet: 102 answers a queue call."""
    story.phone("102", answer_after(0.6))
    leg = await story.call("0846500443", operator="c")
    rung = await story.phone("102").rung()
    await talk(leg, rung, 1.0)
    story.tell(leg, rung, queues=["500"])
