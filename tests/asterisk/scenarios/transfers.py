"""Blind transfers: by the phone (REFER), by feature codes and by AMI."""

from tests.asterisk.scenarios.acts import answered_by_101
from tests.asterisk.scenarios.story import Story, leave, pause, talk
from tests.asterisk.sip import answer_after
from tests.asterisk.sip_moves import transfer

DIRECT, FREEPBX, QUEUE = "0846500417", "0846500410", "0846500443"


async def blind_transfer_answered(story: Story) -> None:
    """101 transfers to 102, who answers."""
    leg, anna = await answered_by_101(story, FREEPBX)
    story.phone("102", answer_after(0.8))
    await transfer(anna, "102")
    bo = await story.phone("102").rung()
    await talk(leg, bo, 1.0)
    story.tell(leg, anna, last=bo, transfer_answered=True)


async def blind_transfer_callee_hangup(story: Story) -> None:
    """101 transfers to 102, who answers and hangs up."""
    leg, anna = await answered_by_101(story, FREEPBX)
    story.phone("102", answer_after(0.8, talk_s=1.0))
    await transfer(anna, "102")
    bo = await story.phone("102").rung()
    await leg.ended(10)
    story.tell(leg, anna, last=bo, transfer_answered=True)


async def blind_transfer_abandon(story: Story) -> None:
    """101 transfers to 102; the caller gives up while it rings."""
    leg, anna = await answered_by_101(story, FREEPBX)
    await transfer(anna, "102")
    bo = await story.phone("102").rung()
    await leave(leg, 1.0)
    story.tell(leg, anna, last=bo, transfer_answered=False)


async def blind_transfer_voicemail(story: Story) -> None:
    """101 transfers to 104, whose box takes the call."""
    leg, anna = await answered_by_101(story, FREEPBX)
    await transfer(anna, "711")
    david = await story.phone("104").rung()
    await david.ended(10)
    await leave(leg, 2.0)
    story.tell(leg, anna, last=david, transfer_answered=False)


async def blind_transfer_to_queue_answered(story: Story) -> None:
    """101 transfers to a queue, where 103 answers."""
    leg, anna = await answered_by_101(story, DIRECT)
    story.phone("103", answer_after(0.8))
    await transfer(anna, "502")
    cecilia = await story.phone("103").rung()
    await talk(leg, cecilia, 1.0)
    story.tell(leg, anna, last=cecilia, queues=["500"], transfer_answered=True)


async def blind_transfer_to_queue_abandon(story: Story) -> None:
    """101 transfers to a queue; the caller leaves it."""
    leg, anna = await answered_by_101(story, DIRECT)
    await transfer(anna, "502")
    cecilia = await story.phone("103").rung()
    await leave(leg, 1.0)
    story.tell(leg, anna, last=cecilia, queues=["500"], transfer_answered=False)


async def blind_transfer_to_mobile_answered(story: Story) -> None:
    """101 transfers to a mobile, whose owner answers."""
    leg, anna = await answered_by_101(story, FREEPBX)
    story.outside.conduct = answer_after(0.8)
    await transfer(anna, "0701740692")
    mobile = await story.outside.rung()
    await talk(leg, mobile, 1.0)
    story.tell(leg, anna, last=mobile, transfer_answered=True)


async def blind_transfer_twice(story: Story) -> None:
    """101 transfers to 102, who answers and transfers to 103."""
    leg, anna = await answered_by_101(story, FREEPBX)
    story.phone("102", answer_after(0.5))
    story.phone("103", answer_after(0.5))
    await transfer(anna, "102")
    bo = await story.phone("102").rung()
    await bo.answered()
    await pause(0.8)
    await transfer(bo, "103")
    cecilia = await story.phone("103").rung()
    await talk(leg, cecilia, 0.8)
    story.tell(leg, anna, last=cecilia, transfer_answered=True)


async def blind_transfer_to_mobile_no_answer(story: Story) -> None:
    """101 transfers to a mobile; the caller gives up while it rings."""
    leg, anna = await answered_by_101(story, FREEPBX)
    await transfer(anna, "0701740692")
    mobile = await story.outside.rung()
    await leave(leg, 1.0)
    story.tell(leg, anna, last=mobile, transfer_answered=False)


async def blind_transfer_to_nobody(story: Story) -> None:
    """101 transfers to a phone that is not there: the PBX drops the caller."""
    leg, anna = await answered_by_101(story, FREEPBX)
    await transfer(anna, "199")
    await leg.ended(10)
    story.tell(leg, anna, ended_by="callee", transferred_to="199", transfer_answered=False)


async def blind_transfer_from_queue_answered(story: Story) -> None:
    """101 has answered a queue call through Local, and transfers to 104."""
    leg, anna = await answered_by_101(story, QUEUE)
    story.phone("104", answer_after(0.8))
    await transfer(anna, "104")
    david = await story.phone("104").rung()
    await talk(leg, david, 1.0)
    story.tell(leg, anna, last=david, queues=["500"], transfer_answered=True)


async def blind_transfer_by_code_answered(story: Story) -> None:
    """101 types the code for a transfer, and 102."""
    leg, anna = await answered_by_101(story, DIRECT)
    story.phone("102", answer_after(0.8))
    anna.press("##")
    await pause(1.2)
    anna.press("102")
    bo = await story.phone("102").rung(10)
    await talk(leg, bo, 1.0)
    story.tell(leg, anna, last=bo, transfer_answered=True)


async def blind_transfer_ami_answered(story: Story) -> None:
    """A receptionist's program transfers 101's caller to 102."""
    leg, anna = await answered_by_101(story, DIRECT)
    story.phone("102", answer_after(0.8))
    channel = await story.channel_of("101")
    await story.act("BlindTransfer", Channel=channel, Context="from-internal", Exten="102")
    bo = await story.phone("102").rung()
    await talk(leg, bo, 1.0)
    story.tell(leg, anna, last=bo, transfer_answered=True)


async def redirected_to_queue_abandon(story: Story) -> None:
    """A program sends 101's caller to a queue, which the caller leaves."""
    leg, anna = await answered_by_101(story, DIRECT)
    channel = await story.channel_of("trunk")
    await story.act("Redirect", Channel=channel, Context="from-internal", Exten="502", Priority="1")
    cecilia = await story.phone("103").rung()
    await leave(leg, 1.0)
    story.tell(leg, anna, last=cecilia, queues=["500"], transfer_answered=False)
