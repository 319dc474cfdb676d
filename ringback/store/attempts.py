"""Tries to ring somebody back: who may, what the PBX told of the call, the note that ends each.

In: a click on *Ring* or the automatic mode's turn, the step `ring`, progress of the call, the handler's
note. Out: `attempt` rows, and the `callback` row put back in line or ended. Every change is made under
the lock of the `callback` row; whose it is, is decided by one conditional UPDATE with a lease. When a
try may be made is `ringback.attempts`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.attempts import (
    BY_HANDLER,
    LEAST_NOTE,
    RING_LEASE,
    IsOver,
    Outcome,
    Phase,
    Progress,
    Taken,
    attempt_of,
)
from ringback.callbacks import Ended
from ringback.errors import BadInput, Refused
from ringback.store.callbacks import close_reached
from ringback.store.claims import claim, mine
from ringback.store.hanging_up import HANG_UP, put_hang_up
from ringback.store.intervals import wanted_interval
from ringback.store.ownership import name_of
from ringback.store.tries import (
    count_try,
    finish,
    is_needless,
    is_over,
    lapse,
    locked_try,
    put_back,
)
from ringback.store.wishes import OPEN, end, set_interval, tell
from ringback.tables import AttemptRow, CallbackRow

__all__ = ["HANG_UP", "claim", "mine"]

_ORDER = (Phase.ASKED, Phase.RINGS_HANDLER, Phase.RINGS_CUSTOMER, Phase.TALKING)
_MOST_NOTE_SIGNS = 2000
_MOST_PAST = 200


async def try_for(session: AsyncSession, callback_id: UUID, attempt_id: UUID) -> AttemptRow:
    """The try of this wish; NoResultFound when it is another's, or the company has no such."""
    query = select(AttemptRow).where(
        AttemptRow.id == attempt_id, AttemptRow.callback_id == callback_id
    )
    return (await session.scalars(query)).one()


async def to_send(session: AsyncSession, attempt_id: UUID, now: datetime) -> AttemptRow | None:
    """The try as the PBX is about to be asked for, marked as sent; None when it must not be (any more).

    One that was sent before, by a worker that is gone, is not given again: ask the PBX what became of
    it. One that nobody needs any more is over.
    """
    attempt, row = await locked_try(session, attempt_id)
    if attempt.sent_at is not None or attempt.ended_at is not None:
        return None
    if is_needless(attempt, row, now):
        await finish(session, attempt, row, Outcome.NOT_DONE, "It was not needed any more.", now)
        return None
    attempt.sent_at, row.lease_until = now, now + RING_LEASE
    await session.flush()
    return attempt


async def note_progress(session: AsyncSession, progress: Progress, now: datetime) -> None:
    """Keep what the PBX told of a try's call; what is told twice, or too late, changes nothing."""
    attempt_id = attempt_of(progress.channel_id)
    if attempt_id is None or await session.get(AttemptRow, attempt_id) is None:
        return
    attempt, row = await locked_try(session, attempt_id)
    if attempt.ended_at is not None:
        return
    at = min(max(datetime.fromtimestamp(progress.at_s, UTC), attempt.began_at), now)
    if progress.phase is Phase.ENDED:
        await finish(session, attempt, row, progress.cause, "", now, at)
    elif _is_news(attempt, progress.phase):
        _step(attempt, progress.phase, at)
        if progress.phase is not Phase.UNKNOWN:
            row.lease_until = now + RING_LEASE
        await session.flush()
        await tell(session, row, now)


def _is_news(attempt: AttemptRow, phase: Phase) -> bool:
    if Phase.UNKNOWN in (phase, attempt.phase):
        return phase != attempt.phase
    return _ORDER.index(phase) > _ORDER.index(Phase(attempt.phase))


def _step(attempt: AttemptRow, phase: Phase, at: datetime) -> None:
    attempt.phase = phase
    if phase in (Phase.RINGS_CUSTOMER, Phase.TALKING):
        attempt.picked_up_at = attempt.picked_up_at or at
    if phase is Phase.TALKING:
        attempt.answered_at = attempt.answered_at or at


async def end_attempt(
    session: AsyncSession, attempt_id: UUID, outcome: Outcome | None, fault: str, now: datetime
) -> None:
    """The try's call is over, or never came about.

    Args:
        session: A unit of work that writes.
        attempt_id: Which.
        outcome: As far as the PBX knows. After `HANDLER_AWAY`, `NOT_DONE` and `LOST` the wish is back
            in line at once, unless a customer was rung for a moment again and again (`MOST_SHORT`);
            after all else, and when the customer answered, with the handler's note.
        fault: For people: what went wrong.
        now: Aware.
    """
    attempt, row = await locked_try(session, attempt_id)
    if attempt.ended_at is None:
        await finish(session, attempt, row, outcome, fault, now)


async def renew(session: AsyncSession, attempt_id: UUID, now: datetime) -> None:
    """The call is still up: nobody else may ring this customer meanwhile."""
    attempt, row = await locked_try(session, attempt_id)
    if attempt.ended_at is None and row.attempt_id == attempt.id:
        row.lease_until = now + RING_LEASE
        await session.flush()


async def write_note(
    session: AsyncSession,
    attempt_id: UUID,
    user_id: UUID,
    outcome: Outcome,
    note: str,
    now: datetime,
    interval: str | None = None,
) -> CallbackRow:
    """Write what came of a try: reached, and the wish has ended; else it is back in line.

    Args:
        session: A unit of work that writes.
        attempt_id: Which try. A call that is still up is over with its note; one that still rings is
            hung up, or the customer would be rung twice at once.
        user_id: Who writes: who rang, or anybody once the lease for the note is over.
        outcome: One of `BY_HANDLER`.
        note: At least `LEAST_NOTE` signs.
        now: Aware.
        interval: Another one to ring in, as a queue offers it (`ringback.queues`); None: as before,
            and so when the customer was reached.

    Returns:
        The wish.

    Raises:
        BadInput: The note is too short or too long; the outcome or the interval is none, or it can't
            be kept.
        Refused: The interval is full.
        Taken: It is another's to write, for the time being.
        IsOver: It is written already.
        NoResultFound: The company has no such try.
    """
    words = note.strip()
    if not LEAST_NOTE <= len(words) <= _MOST_NOTE_SIGNS:
        raise BadInput(
            f"Describe what came of the call in {LEAST_NOTE} to {_MOST_NOTE_SIGNS} characters.",
            "note",
        )
    if outcome not in BY_HANDLER:
        raise BadInput("Choose what came of the call.", "outcome")
    attempt, row = await locked_try(session, attempt_id)
    await _check_writer(session, attempt, row, user_id, now)
    is_late = attempt.noted_at is not None
    if outcome is not Outcome.REACHED and _rings(attempt):
        await put_hang_up(session, attempt, now)
    attempt.ended_at, attempt.phase = attempt.ended_at or now, Phase.ENDED
    attempt.outcome, attempt.note, attempt.noted_at = outcome, words, now
    row.note, row.handler_id = words, attempt.user_id
    put_back(attempt, row)
    if row.state == OPEN and outcome is Outcome.REACHED:
        await end(session, row, Ended.REACHED, now)
        await close_reached(session, attempt.number, now, Ended.OTHER_CALL)
        return row
    if row.state == OPEN:
        if not is_late:
            await count_try(session, attempt, row, now)
        if interval:
            await _requeue_in(session, row, interval, now)
    await session.flush()
    await tell(session, row, now)
    return row


async def _requeue_in(session: AsyncSession, row: CallbackRow, choice: str, now: datetime) -> None:
    """Another interval; one that is to come needs no longer delay than until it begins."""
    wanted = await wanted_interval(session, row.queue_id, choice, now, row.id)
    await set_interval(session, row, wanted, anew=False)
    if row.not_before and row.from_at and row.from_at > now:
        row.not_before = min(row.not_before, row.from_at)


def _rings(attempt: AttemptRow) -> bool:
    """Whether a phone may ring still, which is not watched any more once the note is written."""
    return bool(attempt.sent_at) and attempt.ended_at is None and attempt.answered_at is None


async def _check_writer(
    session: AsyncSession, attempt: AttemptRow, row: CallbackRow, user_id: UUID, now: datetime
) -> None:
    """Who rang writes the note, also late; others when the lease for it is over."""
    if attempt.note is not None:
        raise IsOver("The note about this call is written already.")
    if attempt.user_id == user_id:
        return
    if attempt.noted_at is not None:
        raise IsOver("This call no longer needs a note.")
    if not is_over(row, now):
        raise Taken(await name_of(session, attempt.user_id), attempt.began_at)


async def release(session: AsyncSession, attempt_id: UUID, now: datetime) -> None:
    """Give a wish back that was not rung yet; nothing happens when it was given back before.

    Raises:
        Refused: The PBX was asked to ring: what came of it wants a note.
        NoResultFound: The company has no such try.
    """
    attempt, row = await locked_try(session, attempt_id)
    if attempt.noted_at is not None:
        return
    if attempt.sent_at is not None:
        raise Refused("The call has begun; hang up, and write what came of it.", "rung")
    await finish(session, attempt, row, Outcome.NOT_DONE, "", now)


async def ask_hang_up(
    session: AsyncSession, attempt_id: UUID, user_id: UUID, now: datetime
) -> bool:
    """Have the PBX end a handler's own call, by the job `hang_up`; False when it is over.

    Raises:
        Refused: The call is another's.
        NoResultFound: The company has no such try.
    """
    attempt = await session.get_one(AttemptRow, attempt_id)
    if attempt.user_id != user_id:
        raise Refused("Somebody else is working on this callback.")
    if attempt.sent_at is None or attempt.ended_at is not None:
        return False
    await put_hang_up(session, attempt, now)
    return True


async def past_lease(session: AsyncSession, now: datetime) -> Sequence[AttemptRow]:
    """Tries under way of which nothing was heard for too long, oldest first; at most 200."""
    rows = await session.scalars(
        select(AttemptRow)
        .join(CallbackRow, CallbackRow.id == AttemptRow.callback_id)
        .where(
            AttemptRow.ended_at.is_(None),
            or_(
                CallbackRow.attempt_id != AttemptRow.id,
                CallbackRow.attempt_id.is_(None),
                CallbackRow.lease_until <= now,
            ),
        )
        .order_by(AttemptRow.began_at, AttemptRow.id)
        .limit(_MOST_PAST)
    )
    return rows.all()


async def put_back_unnoted(session: AsyncSession, now: datetime) -> int:
    """Put back in line what waits for a note for too long and reached nobody; at most 200.

    Returns:
        How many there were.
    """
    ids = await session.scalars(
        select(AttemptRow.id)
        .join(CallbackRow, CallbackRow.id == AttemptRow.callback_id)
        .where(
            AttemptRow.noted_at.is_(None),
            AttemptRow.ended_at.is_not(None),
            AttemptRow.answered_at.is_(None),
            CallbackRow.lease_until <= now,
        )
        .order_by(AttemptRow.callback_id)
        .limit(_MOST_PAST)
    )
    found = ids.all()
    for attempt_id in found:
        attempt, row = await locked_try(session, attempt_id)
        if is_over(row, now):
            await lapse(session, attempt, row, now)
    return len(found)
