"""What the stations of a batch hand on: texts decided on, with room kept for those to be sent.

In: decisions of `marking`. Out: values for `sending` and `recording`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ringback import jobs
from ringback.messages import Outbound


@dataclass(frozen=True, slots=True)
class Marked:
    """A text that is to be sent now.

    Attributes:
        job: Its claimed job.
        account: The account to ask.
        outbound: As the provider gets it.
        next_ones: Other accounts that have the sender's number, when this one does not take it.
        at: When it was marked; aware.
        again: It had been sent before, and was not taken then.
        was_well: The account has taken the text before this one.
    """

    job: jobs.Job
    account: str
    outbound: Outbound
    next_ones: tuple[str, ...]
    at: datetime
    again: bool
    was_well: bool


class Room(Protocol):
    """Which accounts can be asked at this moment."""

    def take(self, account: str) -> bool:
        """Keep room for one more send through the account; False when it has none."""
        ...

    def give_back(self, account: str) -> None:
        """The room is not needed after all."""
        ...


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a batch; the texts in neither have been ended or given back.

    Attributes:
        marked: To be sent now; there is room for each.
        waiting: As they were: no send through their account can begin now. By job, the account.
    """

    marked: list[Marked]
    waiting: dict[jobs.Job, str]
