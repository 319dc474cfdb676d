"""How a try gives its wish back: with a note, or without one where nobody was reached.

In: an `attempt` row and its `callback` row, locked. Out: both changed together. The steps beneath
`store.attempts` and `store.claims`.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.attempts import COUNTED, MOST_SHORT, NOTE_LEASE, Outcome, Phase, retry_at
from ringback.store.queues import rules_of
from ringback.store.wishes import OPEN, UNREACHED, locked, tell
from ringback.tables import AttemptRow, CallbackRow

_WITHOUT_NOTE = frozenset({Outcome.HANDLER_AWAY, Outcome.NOT_DONE, Outcome.LOST})
_SHORT_AGAIN = (
    "The call was hung up again and again before the customer could answer; now it counts as a try."
)
_PAUSE = timedelta(minutes=1)
"""Until the automatic mode rings again what came to nothing on our side."""


async def locked_try(session: AsyncSession, attempt_id: UUID) -> tuple[AttemptRow, CallbackRow]:
    """A try and its wish as they stand, locked until the unit of work ends.

    Raises:
        NoResultFound: The company has no such try.
    """
    attempt = await session.get_one(AttemptRow, attempt_id)
    row = await locked(session, attempt.callback_id)
    await session.refresh(attempt)
    return attempt, row


def is_needless(attempt: AttemptRow, row: CallbackRow, now: datetime) -> bool:
    """Whether a try that was not sent must not be.

    The wish has ended, is another's by now, or has another number.
    """
    is_anothers = row.attempt_id != attempt.id or row.number_index != attempt.number_index
    return row.state != OPEN or is_anothers or is_over(row, now)


async def finish(
    session: AsyncSession,
    attempt: AttemptRow,
    row: CallbackRow,
    outcome: Outcome | None,
    fault: str,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """The call is over (`at`, else now): the wish is back in line, or waits for the handler's note."""
    if outcome is Outcome.HANDLER_AWAY and await _is_short_again(session, attempt):
        outcome, fault = Outcome.NO_ANSWER, _SHORT_AGAIN
    attempt.ended_at, attempt.phase, attempt.fault = at or now, Phase.ENDED, fault
    attempt.outcome = outcome
    if outcome in _WITHOUT_NOTE and attempt.answered_at is None:
        attempt.noted_at = now
        put_back(attempt, row)
        if attempt.automatic:
            row.not_before = max(row.not_before or now, now + _PAUSE)
    elif row.attempt_id == attempt.id:
        attempt.outcome = None if outcome in _WITHOUT_NOTE else outcome
        row.lease_until = now + NOTE_LEASE
    await session.flush()
    await tell(session, row, now)


async def _is_short_again(session: AsyncSession, attempt: AttemptRow) -> bool:
    """Whether the customer's phone was rung for a moment by this try and by those before it.

    Without an end to it the automatic mode would do so every few minutes.
    """
    if attempt.picked_up_at is None:
        return False
    earlier = await session.scalars(
        select(AttemptRow.outcome)
        .where(
            AttemptRow.callback_id == attempt.callback_id,
            AttemptRow.id != attempt.id,
            AttemptRow.picked_up_at.is_not(None),
        )
        .order_by(AttemptRow.began_at.desc())
        .limit(MOST_SHORT - 1)
    )
    found = earlier.all()
    return len(found) == MOST_SHORT - 1 and set(found) == {Outcome.HANDLER_AWAY}


async def lapse(
    session: AsyncSession, attempt: AttemptRow, row: CallbackRow, now: datetime
) -> None:
    """The lease is over. What reached the customer still wants its note; all else is back in line."""
    if attempt.ended_at is None:
        await finish(session, attempt, row, Outcome.LOST, attempt.fault, now)
    elif attempt.noted_at is None and attempt.answered_at is None:
        outcome = Outcome(attempt.outcome or Outcome.LOST)
        attempt.outcome, attempt.noted_at = outcome, now
        put_back(attempt, row)
        if row.state == OPEN and outcome in COUNTED:
            await count_try(session, attempt, row, now)
        await session.flush()
        await tell(session, row, now)


def put_back(attempt: AttemptRow, row: CallbackRow) -> None:
    """Nobody has the wish in hand any more; its place in line is what it was."""
    if row.attempt_id == attempt.id:
        row.attempt_id, row.lease_until = None, None


async def count_try(
    session: AsyncSession, attempt: AttemptRow, row: CallbackRow, now: datetime
) -> None:
    """The customer was rung in vain: the next try waits longer, and after the last he is texted."""
    rules = await rules_of(session, row.queue_id)
    row.tries += 1
    row.not_before = retry_at(rules, row.tries, now)
    if row.tries >= rules.most_tries:
        key = f"{UNREACHED}:{attempt.id}"
        await jobs.put(session, UNREACHED, row.company_id, row.id, now, key=key)


def is_over(row: CallbackRow, now: datetime) -> bool:
    """Whether whoever has the wish in hand has had it for too long."""
    return row.lease_until is None or row.lease_until <= now
