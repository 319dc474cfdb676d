"""The list of callbacks: a page of it, one of them, and what was tried; as values for pages and programs.

In: a company's unit of work that reads, a filter, a column to sort by. Out: `Listed` rows with the
names that people know. The database sorts and cuts the page, but for what it can't read: the caller's
input, the latest note and a part of a number are opened and compared here, for at most 5,000 rows.
Opening only those, and then the rows of the page, is what keeps a click on a heading fast.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import audit
from ringback.queues import Input
from ringback.store.queues import shown_name
from ringback.store.wishes import DONE, OPEN
from ringback.tables import AttemptRow, CallbackRow, QueueRow, UserRow

Status = Literal["open", "new", "requeued", "in_hand", "done"]
Sort = Literal["arrived", "interval", "queue", "input", "handler", "status", "note"]
MASK = "••••••-••••"
"""In place of a personal number, until it is asked for."""
_MOST_OPENED = 5000
_MOST_LISTED = 500
_MOST_TRIES = 50
_AFTER_Z = str.maketrans("åäö", "{|}")


@dataclass(frozen=True, slots=True)
class Try:
    """A try to ring somebody; fields as of `AttemptRow`, with the handler's name."""

    id: UUID
    callback_id: UUID
    user_id: UUID
    handler: str
    phase: str
    automatic: bool
    number: str
    outside_why: str | None
    began_at: datetime
    picked_up_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    fault: str
    outcome: str | None
    note: str | None
    noted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A wish to be rung; fields as of `CallbackRow`, with names.

    Attributes:
        number: E.164; "" when it is not known.
        queue: What people call the queue; "" for none.
        customer_input: As it was keyed, a personal number masked (`reveal`); None for none.
        handler: Who has it in hand, or had it last.
        attempt: The try that is under way, or awaits its note.
        lease_until: When others may have it, if it is in hand.
        last: The latest try, that one included.
    """

    id: UUID
    number: str
    queue_id: UUID | None
    queue: str
    why: str
    customer_input: str | None
    input_kind: str
    language: str
    from_at: datetime | None
    to_at: datetime | None
    arrived_at: datetime
    calls: int
    last_call_at: datetime | None
    tries: int
    not_before: datetime | None
    handler_id: UUID | None
    handler: str
    note: str | None
    state: str
    ended_as: str | None
    ended_at: datetime | None
    expired_at: datetime | None
    conversation_id: UUID | None
    call_id: UUID | None
    lease_until: datetime | None
    attempt: Try | None
    last: Try | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the wishes, and how many there are in all."""

    items: tuple[Listed, ...]
    total: int


async def listed(
    session: AsyncSession,
    now: datetime,
    *,
    queue_ids: Collection[UUID | None] | None = None,
    status: Status = "open",
    due_now: bool = False,
    digits: str = "",
    sort: Sort = "arrived",
    descending: bool = False,
    limit: int = 100,
    offset: int = 0,
) -> Page:
    """A page of the list; what has nothing in the column that it is sorted by comes last.

    Args:
        session: A unit of work that reads.
        now: Aware.
        queue_ids: Only of these queues, None among them for wishes of no queue; None for all.
        status: `open` is `new`, `requeued` and `in_hand` together.
        due_now: Only those that may be rung now.
        digits: Only numbers that hold these, written nationally or internationally.
        sort: The column; what is equal in it stands by arrival.
        descending: From the last to the first.
        limit: Of the page, at most 500.
        offset: Rows before the page.
    """
    which = _which(now, queue_ids, status, due_now=due_now)
    order = await _order(session, now, sort, descending=descending)
    limit = min(limit, _MOST_LISTED)
    if digits or sort in _SEALED:
        found = await _opened(session, which, order, sort, digits, descending=descending)
        total, ids = len(found), found[offset : offset + limit]
    else:
        query = select(CallbackRow.id).where(*which).order_by(*order).limit(limit).offset(offset)
        ids = list(await session.scalars(query))
        total = await session.scalar(select(func.count(CallbackRow.id)).where(*which)) or 0
    rows = await session.scalars(select(CallbackRow).where(CallbackRow.id.in_(ids)))
    by_id = {row.id: row for row in rows}
    return Page(await _shown(session, [by_id[one] for one in ids if one in by_id]), total)


async def one(session: AsyncSession, callback_id: UUID) -> Listed:
    """One wish; NoResultFound when the company has no such."""
    row = await session.get_one(CallbackRow, callback_id)
    return (await _shown(session, [row]))[0]


async def history(session: AsyncSession, callback_id: UUID) -> Sequence[Try]:
    """What was tried for a wish, and for others of the same number, newest first; at most 50."""
    row = await session.get_one(CallbackRow, callback_id)
    which = AttemptRow.callback_id == row.id
    if row.number:
        which = or_(which, AttemptRow.number_index == row.number_index)
    rows = await session.scalars(
        select(AttemptRow)
        .where(which)
        .order_by(AttemptRow.began_at.desc(), AttemptRow.id)
        .limit(_MOST_TRIES)
    )
    found = rows.all()
    names = await _names(session, {attempt.user_id for attempt in found})
    return [_try(attempt, names) for attempt in found]


async def reveal(
    session: AsyncSession, callback_id: UUID, actor: str, now: datetime, remote: str = ""
) -> str:
    """What the caller keyed, as it is; who asked is kept in the trail.

    Args:
        session: A unit of work that writes.
        callback_id: The wish.
        actor: As of `ringback.audit.record`.
        now: Aware.
        remote: The address that it was asked from.
    """
    row = await session.get_one(CallbackRow, callback_id)
    await audit.record(session, now, actor, "reveal", "callback", row.id, remote)
    return row.customer_input or ""


REQUEUED = or_(CallbackRow.tries > 0, CallbackRow.note.is_not(None))
"""Somebody has tried; also when what was tried does not count any more, for it was moved since."""


def in_hand(now: datetime) -> ColumnElement[bool]:
    """Rung now, or nobody has said what came of it; who was spoken with waits for that note."""
    spoken = exists().where(
        AttemptRow.id == CallbackRow.attempt_id, AttemptRow.answered_at.is_not(None)
    )
    return and_(CallbackRow.attempt_id.is_not(None), or_(CallbackRow.lease_until > now, spoken))


def _which(
    now: datetime, queue_ids: Collection[UUID | None] | None, status: Status, *, due_now: bool
) -> list[ColumnElement[bool]]:
    held = in_hand(now)
    which: list[ColumnElement[bool]] = [CallbackRow.state == (DONE if status == "done" else OPEN)]
    which += {
        "new": [~held, ~REQUEUED],
        "requeued": [~held, REQUEUED],
        "in_hand": [held],
    }.get(status, [])
    if due_now:
        begun = or_(CallbackRow.from_at.is_(None), CallbackRow.from_at <= now)
        not_over = or_(CallbackRow.to_at.is_(None), CallbackRow.to_at > now)
        not_too_early = or_(CallbackRow.not_before.is_(None), CallbackRow.not_before <= now)
        which += [begun, not_over, not_too_early]
    if queue_ids is not None:
        of_queue = CallbackRow.queue_id.in_([one for one in queue_ids if one])
        of_none = CallbackRow.queue_id.is_(None)
        which.append(or_(of_queue, of_none) if None in queue_ids else of_queue)
    return which


async def _order(
    session: AsyncSession, now: datetime, sort: Sort, *, descending: bool
) -> list[Any]:
    """By the column, then by arrival. Names are put in order here: databases differ in that."""
    column: Any
    match sort:
        case "interval":
            column = CallbackRow.from_at
        case "queue":
            queues = await session.scalars(select(QueueRow))
            column = _rank(CallbackRow.queue_id, {row.id: shown_name(row) for row in queues})
        case "handler":
            people = await session.execute(select(UserRow.id, UserRow.name))
            column = _rank(CallbackRow.handler_id, {row[0]: row[1] for row in people})
        case "status":
            column = case((in_hand(now), 2), (REQUEUED, 1), else_=0)
        case _:
            column = CallbackRow.arrived_at
    by_column = column.desc() if descending else column.asc()
    # No interval is as soon as possible, so it is the first; no queue or handler is none, so last.
    soonest_first = sort == "interval" and not descending
    by_column = by_column.nulls_first() if soonest_first else by_column.nulls_last()
    return [by_column, CallbackRow.arrived_at, CallbackRow.id]


def _rank(column: Any, names: Mapping[UUID, str]) -> ColumnElement[Any]:
    ranked = sorted(names, key=lambda one: (_alphabetical(names[one]), one))
    ranks = {one: number for number, one in enumerate(ranked)}
    return case(ranks, value=column) if ranks else column


async def _opened(
    session: AsyncSession,
    which: Sequence[ColumnElement[bool]],
    order: Sequence[Any],
    sort: Sort,
    digits: str,
    *,
    descending: bool,
) -> list[UUID]:
    """The ids in the order of a column that only we can read; of numbers that hold the digits."""
    number = CallbackRow.number if digits else null()
    query = select(CallbackRow.id, CallbackRow.input_kind, number, _SEALED.get(sort, null()))
    rows: Sequence[Any] = (
        await session.execute(query.where(*which).order_by(*order).limit(_MOST_OPENED))
    ).all()
    if digits:
        wanted = "".join(sign for sign in digits if sign.isdigit()).removeprefix("00")
        rows = [row for row in rows if wanted and _holds(row[2], wanted)]
    if sort in _SEALED:
        texts = [(_alphabetical(_masked(row[3], row[1]) or ""), row) for row in rows]
        full = sorted((one for one in texts if one[0]), key=_first, reverse=descending)
        rows = [row for _, row in full] + [row for text, row in texts if not text]
    return [row[0] for row in rows]


def _first(pair: tuple[str, Any]) -> str:
    return pair[0]


def _holds(number: str, digits: str) -> bool:
    """Whether a number holds these digits as it is written in Sweden, or abroad."""
    national = f"0{number.removeprefix('+46')}" if number.startswith("+46") else ""
    return digits in number or digits in national


def _alphabetical(text: str) -> str:
    """What a text is sorted by: å, ä and ö come last, in this order."""
    return text.casefold().translate(_AFTER_Z)


def _masked(customer_input: str | None, kind: str) -> str | None:
    return MASK if customer_input and kind == Input.PERSONAL_NUMBER else customer_input


async def _shown(session: AsyncSession, rows: Sequence[CallbackRow]) -> tuple[Listed, ...]:
    """The rows with names, and with what was tried last; three queries for all of them."""
    queues = await session.scalars(
        select(QueueRow).where(QueueRow.id.in_({row.queue_id for row in rows if row.queue_id}))
    )
    labels = {queue.id: shown_name(queue) for queue in queues}
    tries = await session.scalars(
        select(AttemptRow)
        .where(AttemptRow.callback_id.in_([row.id for row in rows]))
        .order_by(AttemptRow.began_at, AttemptRow.id)
    )
    last = {attempt.callback_id: attempt for attempt in tries}
    people = {row.handler_id for row in rows if row.handler_id}
    names = await _names(session, people | {attempt.user_id for attempt in last.values()})
    return tuple(_listed(row, labels, names, last.get(row.id)) for row in rows)


def _listed(
    row: CallbackRow,
    labels: Mapping[UUID, str],
    names: Mapping[UUID, str],
    last: AttemptRow | None,
) -> Listed:
    tried = _try(last, names) if last else None
    return Listed(
        **{name: getattr(row, name) for name in _PLAIN},
        queue=labels.get(row.queue_id, "") if row.queue_id else "",
        customer_input=_masked(row.customer_input, row.input_kind),
        handler=names.get(row.handler_id, "") if row.handler_id else "",
        attempt=tried if tried and tried.id == row.attempt_id else None,
        last=tried,
    )


def _try(attempt: AttemptRow, names: Mapping[UUID, str]) -> Try:
    own = {one.name for one in fields(Try)} - {"handler"}
    values = {name: getattr(attempt, name) for name in own}
    return Try(handler=names.get(attempt.user_id, ""), **values)


async def _names(session: AsyncSession, user_ids: Collection[UUID]) -> Mapping[UUID, str]:
    found = await session.execute(select(UserRow.id, UserRow.name).where(UserRow.id.in_(user_ids)))
    return {user_id: name for user_id, name in found}


_SEALED: dict[str, Any] = {"input": CallbackRow.customer_input, "note": CallbackRow.note}
_NOT_PLAIN = {"queue", "customer_input", "handler", "attempt", "last"}
_PLAIN = tuple(one.name for one in fields(Listed) if one.name not in _NOT_PLAIN)
