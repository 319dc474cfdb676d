"""Whether a handler's phone is idle, and who waits on a queue's line, as the PBX's events tell.

In: what is known of the PBX's queues and channels. Out: answers. Pure.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from pbx_adapter.channels import Channels
from pbx_adapter.queues.waits import Member, Queues

_NUMBER = re.compile(r"(?:Local/|hint:)([0-9]+)@.*")


class Lines(Protocol):
    """The phones and lines of one PBX, however they are known."""

    def callers(self, queue: str) -> Sequence[float]:
        """When those arrived who wait in this queue, epoch seconds."""

    def is_idle(self, phone: str, queue: str) -> bool:
        """Whether a handler of the queue can be rung on his phone (`PJSIP/101`)."""


class Phones:
    """Those of a PBX whose events this process hears."""

    def __init__(self, queues: Queues, channels: Channels) -> None:
        self._queues = queues
        self._channels = channels

    def callers(self, queue: str) -> Sequence[float]:
        """When those arrived who wait in this queue, epoch seconds."""
        return [one.arrived_s for one in self._queues.waiting(queue)]

    def is_idle(self, phone: str, queue: str) -> bool:
        """Whether a handler of the queue can be rung on his phone (`PJSIP/101`).

        It is in no call; and where the queue has it as a member, it is there and not paused.
        """
        if not phone or self._channels.in_use(phone):
            return False
        return all(one.free for one in self._queues.members(queue) if _is(one, phone))


def _is(member: Member, phone: str) -> bool:
    """FreePBX's members are numbers behind Local channels, with the state of a hint."""
    names = (member.interface, member.state_interface)
    if phone in names:
        return True
    numbers = [found[1] for name in names if (found := _NUMBER.fullmatch(name))]
    return phone.partition("/")[2] in numbers
