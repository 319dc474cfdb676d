"""Calls taken by others: picked up, parked, and fetched again."""

from tests.asterisk.scenarios.story import Story, leave, pause, talk
from tests.asterisk.sip import answer_after
from tests.asterisk.sip_leg import Leg
from tests.asterisk.sip_moves import transfer

DIRECT, GROUP, QUEUE, LOCAL_QUEUE = "0846500417", "0846500420", "0846500430", "0846500443"


async def pickup_directed(story: Story) -> None:
    """104 takes the call that rings at 101."""
    await _picked_up(story, DIRECT, "*7101", [])


async def pickup_group(story: Story) -> None:
    """104 takes whatever rings in the room."""
    await _picked_up(story, GROUP, "*8", [])


async def pickup_queue_call(story: Story) -> None:
    """104 takes a queue call that rings at 101."""
    await _picked_up(story, QUEUE, "*7101", ["ringall"])


async def pickup_local_queue_call(story: Story) -> None:
    """The same through a Local channel."""
    await _picked_up(story, LOCAL_QUEUE, "*7101", ["500"])


async def park_retrieved(story: Story) -> None:
    """101 parks the caller, 102 fetches them."""
    leg, anna = await _parked(story)
    await pause(1.0)
    fetched = await story.phone("102").call("71")
    await fetched.answered()
    await leave(leg, 1.2)
    await fetched.ended()
    story.tell(leg, anna, parked=True, retrieved_by="102")


async def park_retrieved_callee_hangup(story: Story) -> None:
    """101 parks the caller, 102 fetches them and hangs up."""
    leg, anna = await _parked(story)
    await pause(1.0)
    fetched = await story.phone("102").call("71")
    await fetched.answered()
    await pause(1.0)
    await fetched.hang_up()
    await leg.ended()
    story.tell(leg, anna, parked=True, retrieved_by="102", ended_by="callee")


async def park_abandoned(story: Story) -> None:
    """101 parks the caller, who hangs up."""
    leg, anna = await _parked(story)
    await leave(leg, 2.0)
    story.tell(leg, anna, parked=True)


async def park_comes_back_answered(story: Story) -> None:
    """Nobody fetches the caller; it rings at 101 again, who answers."""
    leg, anna = await _parked(story)
    again = await story.phone("101").rung(12)
    await talk(leg, again, 1.0)
    story.tell(leg, anna, parked=True)


async def park_comes_back_abandon(story: Story) -> None:
    """Nobody fetches the caller; it rings at 101 again, and the caller gives up."""
    leg, anna = await _parked(story)
    story.phone("101").conduct = None
    await story.phone("101").rung(12)
    await leave(leg, 1.0)
    story.tell(leg, anna, parked=True)


async def _picked_up(story: Story, did: str, code: str, queues: list[str]) -> None:
    leg = await story.call(did)
    await story.phone("101").rung()
    await pause(1.0)
    taken = await story.phone("104").call(code)
    await taken.answered()
    await leave(leg, 1.5)
    await taken.ended()
    story.tell(leg, taken, queues=queues, answered_by="104")


async def _parked(story: Story) -> tuple[Leg, Leg]:
    story.phone("101", answer_after(0.6))
    leg = await story.call(DIRECT)
    anna = await story.phone("101").rung()
    await leg.answered()
    await pause(0.8)
    await transfer(anna, "70")
    return leg, anna
