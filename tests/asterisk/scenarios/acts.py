"""Acts that stories of several modules have in common."""

from tests.asterisk.scenarios.story import Story, pause, talk
from tests.asterisk.sip import answer_after
from tests.asterisk.sip_leg import Leg


async def person_answers(story: Story, did: str, extension: str, queues: list[str]) -> None:
    """The phone is answered after a while, they talk, and the caller hangs up."""
    story.phone(extension, answer_after(0.9))
    leg = await story.call(did)
    rung = await story.phone(extension).rung(15)
    await talk(leg, rung, 1.2)
    story.tell(leg, rung, queues=queues)


async def answered_by_101(story: Story, did: str) -> tuple[Leg, Leg]:
    """A call that 101 has answered a second ago."""
    story.phone("101", answer_after(0.6))
    leg = await story.call(did)
    anna = await story.phone("101").rung()
    await leg.answered()
    await anna.answered()
    await pause(1.0)
    return leg, anna
