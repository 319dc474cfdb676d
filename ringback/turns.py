"""Who is rung back now, and by whom, where a queue rings by itself. Pure.

In: the queues that do, each with its open wishes, the callers on its line and its free handlers. Out:
pairs of a wish and a handler.

Wishes and callers stand in one line by their arrival, the original one of each. Whoever arrived before
takes a free handler, on the line or by a callback; so callbacks never overtake callers who have waited
longer, and there are never more of them than free handlers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringback.attempts import Promise, outside
from ringback.business import Business


@dataclass(frozen=True, slots=True)
class Waits:
    """A wish that nobody has in hand."""

    id: UUID
    arrived_at: datetime
    promise: Promise


@dataclass(frozen=True, slots=True)
class Line:
    """One queue.

    Attributes:
        wishes: To be rung.
        callers: When each of those arrived who wait on the line.
        free: Handlers who staff its list, whose phone is idle, and who have no try without its note;
            who is to be taken first comes first. One may stand in several lines.
    """

    wishes: Sequence[Waits]
    callers: Sequence[datetime]
    free: Sequence[UUID]


def turns(lines: Sequence[Line], company: Business, now: datetime) -> list[tuple[UUID, UUID]]:
    """The wishes whose turn has come, each with the handler who rings.

    Args:
        lines: The company's queues that ring by themselves.
        company: Its hours.
        now: Aware.
    """
    entries: list[tuple[datetime, bool, UUID | None, Sequence[UUID]]] = []
    for line in lines:
        entries += [(arrived_at, False, None, line.free) for arrived_at in line.callers]
        entries += [
            (wish.arrived_at, True, wish.id, line.free)
            for wish in line.wishes
            if is_due(wish.promise, company, now)
        ]
    entries.sort(key=lambda entry: entry[:2])  # of two who came at once, who has waited on the line
    taken, found = set[UUID](), list[tuple[UUID, UUID]]()
    for _, _, wish_id, free in entries:
        handler = next((one for one in free if one not in taken), None)
        if handler is None:
            continue
        taken.add(handler)
        if wish_id is not None:
            found.append((wish_id, handler))
    return found


def is_due(promise: Promise, company: Business, now: datetime) -> bool:
    """Whether the customer may be rung without anybody asking: never outside what was promised."""
    too_early = promise.not_before is not None and now < promise.not_before
    return not too_early and outside(promise, company, now) is None
