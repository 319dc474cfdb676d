"""The queues of a company's PBXs: their rules for callbacks, and what their callers are offered now.

In: a company's unit of work. Out: `queue` rows; a change for the live pages. The rules themselves are
`ringback.queues`; what is offered is decided by `ringback.offer`, beside the PBX.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.errors import BadInput
from ringback.offer import Offer
from ringback.queues import Rules, Taken
from ringback.store.changes import Kind, note_change
from ringback.tables import CallbackRow, PbxRow, QueueRow, StaffingRow

_LONGEST_NAME = 80
_NOT_IN_NAMES = set("|,;\"'\\[](){}$&")  # which the dialplan and its values are cut at
_NO_QUEUE = "general"  # what queues.conf says of all of them


async def queues(session: AsyncSession) -> Sequence[QueueRow]:
    """The company's queues, by the name that people see."""
    rows = await session.scalars(select(QueueRow).where(QueueRow.removed_at.is_(None)))
    return sorted(rows, key=lambda row: (shown_name(row).casefold(), row.id))


def shown_name(row: QueueRow) -> str:
    """What people call the queue."""
    return row.label or row.name


async def queue_named(session: AsyncSession, pbx_id: UUID, name: str) -> QueueRow | None:
    """The queue that this PBX calls so."""
    return await session.scalar(
        select(QueueRow).where(
            QueueRow.pbx_id == pbx_id, QueueRow.name == name, QueueRow.removed_at.is_(None)
        )
    )


async def rules_of(session: AsyncSession, queue_id: UUID | None) -> Rules:
    """The rules that hold for a wish: its queue's, else the plain ones."""
    row = await session.get(QueueRow, queue_id) if queue_id else None
    return Rules.kept(row.rules) if row else Rules()


async def add_queue(
    session: AsyncSession, pbx_id: UUID, name: str, label: str, now: datetime
) -> QueueRow:
    """A queue as the PBX names it; one that was removed comes back with its rules.

    Raises:
        BadInput: The name is none, or the company has this queue already.
        NoResultFound: The company has no such PBX.
    """
    name, label = name.strip(), label.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable() or _breaks_out(name):
        raise BadInput("Write the queue's name as the PBX has it, like 401 or support.", "name")
    if not _can_be_read(name):
        raise BadInput("A queue's name needs a letter or a digit, like 401 or support.", "name")
    _check_label(label)
    await session.get_one(PbxRow, pbx_id)
    row = await session.scalar(
        select(QueueRow).where(QueueRow.pbx_id == pbx_id, QueueRow.name == name)
    )
    if row is not None and row.removed_at is None:
        raise BadInput("That queue is there already.", "name")
    if row is None:
        row = QueueRow(id=uuid4(), pbx_id=pbx_id, name=name, label=label, rules={}, created_at=now)
        session.add(row)
    row.label, row.removed_at = label, None
    await session.flush()
    await note_change(session, Kind.QUEUE, row.id, now, new=True)
    return row


async def save_rules(
    session: AsyncSession, queue_id: UUID, label: str, rules: Rules, now: datetime
) -> QueueRow:
    """Keep what an administrator has set; NoResultFound when the company has no such queue."""
    _check_label(label)
    row = await session.get_one(QueueRow, queue_id)
    row.label, row.rules = label.strip(), rules.model_dump(mode="json")
    await session.flush()
    await note_change(session, Kind.QUEUE, row.id, now)
    return row


async def remove_queue(session: AsyncSession, queue_id: UUID, now: datetime) -> None:
    """Offer nothing in it any more; its callbacks stay in the list until they have ended."""
    row = await session.get_one(QueueRow, queue_id)
    row.removed_at, row.offer_on, row.waiting = now, False, 0
    await session.execute(delete(StaffingRow).where(StaffingRow.queue_id == queue_id))
    await session.flush()
    await note_change(session, Kind.QUEUE, row.id, now)


async def taken(session: AsyncSession, queue_id: UUID) -> Taken:
    """How many wishes of the queue wait, by their interval; without both ends, as soon as possible."""
    counted = await session.execute(
        select(CallbackRow.from_at, CallbackRow.to_at, func.count())
        .where(CallbackRow.queue_id == queue_id, CallbackRow.state == "open")
        .group_by(CallbackRow.from_at, CallbackRow.to_at)
    )
    found: Counter[tuple[datetime, datetime] | None] = Counter()
    for from_at, to_at, count in counted:
        found[(from_at, to_at) if from_at and to_at else None] += count
    return found


async def note_offer(
    session: AsyncSession, queue_id: UUID, offer: Offer, waiting: int, now: datetime
) -> bool:
    """Keep what callers are offered, for the portal; False when that is what is kept already."""
    row = await session.get(QueueRow, queue_id)
    if row is None or row.removed_at is not None:
        return False
    if (row.offer_on, row.offer_why, row.waiting) == (offer.on, offer.why, waiting):
        return False
    if (row.offer_on, row.offer_why) != (offer.on, offer.why):
        row.offer_on, row.offer_why, row.offer_since = offer.on, offer.why, now
    row.waiting = waiting
    await session.flush()
    await note_change(session, Kind.QUEUE, row.id, now)
    return True


def _breaks_out(name: str) -> bool:
    """Whether Asterisk would read something else in its files (`asterisk_conf.values.QueueName`)."""
    return bool(_NOT_IN_NAMES & {*name}) or name.casefold() == _NO_QUEUE


def _check_label(label: str) -> None:
    if len(label) > _LONGEST_NAME or not label.isprintable():
        raise BadInput(f"The name for people is at most {_LONGEST_NAME} plain signs.", "label")
    if label.strip() and not _can_be_read(label):
        raise BadInput("The name for people needs a letter or a digit.", "label")


def _can_be_read(name: str) -> bool:
    """Whether people can tell the queue by it; signs alone are skipped when a name is read aloud."""
    return any(map(str.isalnum, name))
