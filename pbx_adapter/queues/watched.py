"""What the rows say of a PBX's queues: their rules, the hours, what has been taken, who is there.

In: a company's unit of work. Out: plain values, from which `offering` decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ringback.business import Business
from ringback.queues import Rules, Taken, offer_key
from ringback.store.companies import business
from ringback.store.queues import queues, taken
from ringback.store.staffing import present

KEY = "offer_"


@dataclass(frozen=True, slots=True)
class Watched:
    """A queue of the PBX.

    Attributes:
        id: Of its row.
        name: As the PBX names it.
        rules: Of its callbacks.
        company: Its hours.
        taken: Callbacks that wait.
        handlers: How many people staff its list now.
        phones: Theirs, where the queue rings by itself.
    """

    id: UUID
    name: str
    rules: Rules
    company: Business
    taken: Taken
    handlers: int
    phones: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Under which the dialplan reads its offer."""
        return f"{KEY}{offer_key(self.id)}"

    @property
    def mean_over_s(self) -> float:
        """How far back the mean of its waits goes."""
        return self.rules.mean_over_min * 60.0


async def watched(session: AsyncSession, pbx_id: UUID, now: datetime) -> Sequence[Watched]:
    """The queues of a PBX that have not been removed."""
    rows = [row for row in await queues(session) if row.pbx_id == pbx_id]
    found = []
    for row in rows:
        rules = Rules.kept(row.rules)
        on = rules.offer != "off"
        there = await present(session, row.id, now) if on or rules.automatic else []
        found.append(
            Watched(
                id=row.id,
                name=row.name,
                rules=rules,
                company=await business(session),
                taken=await taken(session, row.id) if on and rules.most_each else {},
                handlers=len(there),
                phones=tuple(one.phone for one in there if one.phone) if rules.automatic else (),
            )
        )
    return found
