"""Who rings whom: a wish is claimed by one handler, its number by one try, a handler by one call.

In: a click on *Ring*, or the turn of the automatic mode. Out: one `attempt` row and the job `ring`, or
why not. Locked in this order: the handler's row, then all open wishes of the number by their ids. One
conditional UPDATE decides; unique indexes of the database stand behind it.
"""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.attempts import (
    LEAST_NOTE,
    RING_LEASE,
    IsOver,
    NoteMissing,
    OutsideBounds,
    Phase,
    Promise,
    Taken,
    outside,
)
from ringback.callable import callable_number
from ringback.errors import BadInput
from ringback.pbx import PbxKind
from ringback.queues import Rules
from ringback.store.companies import business, pbxs
from ringback.store.ownership import name_of
from ringback.store.queues import rules_of
from ringback.store.tries import is_over, lapse, locked_try
from ringback.store.wishes import OPEN, tell
from ringback.tables import AttemptRow, CallbackRow, CallRow, QueueRow, UserRow

RING = "ring"
"""The kind of the job that rings; its subject is the try."""


async def claim(
    session: AsyncSession,
    callback_id: UUID,
    user_id: UUID,
    now: datetime,
    *,
    outside_why: str = "",
    automatic: bool = False,
) -> AttemptRow:
    """Have a handler ring somebody now; asked for twice it is the same try.

    Args:
        session: A unit of work that writes.
        callback_id: The wish.
        user_id: The handler.
        now: Aware.
        outside_why: Why the customer is rung outside the interval, the hours or the number of tries;
            at least `LEAST_NOTE` signs.
        automatic: Nobody has clicked: the bounds hold, and so does the delay after a try.

    Raises:
        BadInput: The handler has no phone, the number must not be rung, no PBX can ring it.
        NoteMissing: The handler's last call has no note yet.
        Taken: Somebody has the wish, or another of the same number, in hand.
        IsOver: The wish has ended.
        OutsideBounds: It is not the time, and no reason was given.
        NoResultFound: The company has no such wish or handler.
    """
    user = await session.get_one(
        UserRow, user_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if not user.phone:
        raise BadInput("Say first which phone is yours; it rings before the customer's.", "phone")
    own = await _own_try(session, user_id, now)
    if own is not None and (own.callback_id != callback_id or own.ended_at is not None):
        raise NoteMissing(own.callback_id, own.id)
    if own is not None:
        return own
    row = await _locked_wish(session, callback_id)
    rules = await rules_of(session, row.queue_id)
    _check_number(row, rules)
    await _check_free(session, row, now)
    if automatic or len(outside_why.strip()) < LEAST_NOTE:
        await _check_bounds(session, row, rules, now, automatic=automatic)
    pbx_id = await _pbx_of(session, row)
    if automatic:
        await _check_phone(session, user, pbx_id)
    attempt = AttemptRow(
        id=uuid4(),
        callback_id=row.id,
        user_id=user_id,
        pbx_id=pbx_id,
        phone=user.phone,
        number=row.number,
        number_index=row.number_index,
        shown_number=rules.shown_number,
        automatic=automatic,
        outside_why=outside_why.strip()[:200] or None,
        phase=Phase.ASKED,
        began_at=now,
    )
    await _take(session, row, attempt, now)
    return attempt


async def mine(session: AsyncSession, user_id: UUID) -> AttemptRow | None:
    """The handler's try that has no note yet, under way or over; at most one."""
    query = select(AttemptRow).where(AttemptRow.user_id == user_id, AttemptRow.noted_at.is_(None))
    return await session.scalar(query)


async def _own_try(session: AsyncSession, user_id: UUID, now: datetime) -> AttemptRow | None:
    """The same, unless its lease is over and nobody was reached by it."""
    found = await mine(session, user_id)
    if found is None:
        return None
    attempt, row = await locked_try(session, found.id)
    if is_over(row, now):
        await lapse(session, attempt, row, now)
    return attempt if attempt.noted_at is None else None


async def _locked_wish(session: AsyncSession, callback_id: UUID) -> CallbackRow:
    """The wish as it stands, locked together with all others of its number."""
    row = await session.get_one(CallbackRow, callback_id, populate_existing=True)
    which = CallbackRow.number_index == row.number_index if row.number else CallbackRow.id == row.id
    rows = await session.scalars(
        select(CallbackRow)
        .where(which, CallbackRow.state == OPEN)
        .order_by(CallbackRow.id)
        .with_for_update(key_share=True),
        execution_options={"populate_existing": True},
    )
    if row.id not in {one.id for one in rows}:
        raise IsOver("This callback has ended, or its number was changed just now.")
    return row


def _check_number(row: CallbackRow, rules: Rules) -> None:
    if not row.number:
        raise BadInput("There is no number to ring. Enter one, or mark it as handled.", "number")
    number, no = callable_number(row.number, rules.countries)
    if number is None:
        raise BadInput(str(no), "number")


async def _check_free(session: AsyncSession, row: CallbackRow, now: datetime) -> None:
    """Nobody rings this number, or rang it and has not said what came of it."""
    tries = await session.scalars(
        select(AttemptRow.id).where(
            or_(AttemptRow.number_index == row.number_index, AttemptRow.id == row.attempt_id),
            AttemptRow.noted_at.is_(None),
        )
    )
    for attempt_id in tries.all():
        attempt, its_wish = await locked_try(session, attempt_id)
        if is_over(its_wish, now) or its_wish.attempt_id != attempt.id:
            await lapse(session, attempt, its_wish, now)
        if attempt.noted_at is None:
            raise Taken(await name_of(session, attempt.user_id), attempt.began_at)


async def _check_bounds(
    session: AsyncSession, row: CallbackRow, rules: Rules, now: datetime, *, automatic: bool
) -> None:
    is_spent = row.tries >= rules.most_tries
    promise = Promise(row.from_at, row.to_at, row.not_before, is_spent)
    against = outside(promise, await business(session), now)
    if against is not None:
        raise OutsideBounds(against)
    if automatic and row.not_before is not None and now < row.not_before:
        raise OutsideBounds("It is too early for the next try.")


async def _check_phone(session: AsyncSession, user: UserRow, pbx_id: UUID) -> None:
    """It does not ring for another who has the same phone, of which its PBX may not have told yet."""
    rings = await session.scalar(
        select(AttemptRow.began_at)
        .where(
            AttemptRow.phone == user.phone,
            AttemptRow.pbx_id == pbx_id,
            AttemptRow.ended_at.is_(None),
        )
        .limit(1)
    )
    if rings is not None:
        raise Taken(user.name, rings)


async def _pbx_of(session: AsyncSession, row: CallbackRow) -> UUID:
    """The PBX that rings: that of the queue or of the call, else the company's first that can."""
    able = {one.id: one for one in await pbxs(session) if one.kind != PbxKind.SIP}
    queue = await session.get(QueueRow, row.queue_id) if row.queue_id else None
    call = await session.get(CallRow, row.call_id) if row.call_id else None
    for one in (queue, call):
        if one is not None and one.pbx_id in able:
            return one.pbx_id
    if not able:
        raise BadInput("There is no PBX that can ring. An administrator adds one under settings.")
    return next(iter(able))


async def _take(
    session: AsyncSession, row: CallbackRow, attempt: AttemptRow, now: datetime
) -> None:
    await session.flush()
    won = await session.execute(
        update(CallbackRow)
        .where(
            CallbackRow.id == row.id,
            CallbackRow.state == OPEN,
            or_(CallbackRow.attempt_id.is_(None), CallbackRow.lease_until <= now),
        )
        .values(attempt_id=attempt.id, lease_until=now + RING_LEASE, handler_id=attempt.user_id)
    )
    if won.rowcount != 1:  # type: ignore[attr-defined]
        raise Taken("", now)
    session.add(attempt)
    await session.flush()
    await jobs.put(session, RING, row.company_id, attempt.id, now)
    await tell(session, row, now)
