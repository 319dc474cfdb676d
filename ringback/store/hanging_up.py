"""Calls of tries that are to end: jobs for the PBX, which may be another process's.

In: a handler's click, a note about a call that still rings, a wish that ends while a handler's phone
rings for it. Out: the job `hang_up` (`pbx_adapter.ringing.hanging_up`). What becomes of the call is told
by the PBX, as for every other.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.attempts import Phase
from ringback.tables import AttemptRow, CallbackRow

HANG_UP = "hang_up"
"""The kind of the job that ends a try's call; its subject is the try."""
_BEFORE_THE_CUSTOMER = (Phase.ASKED, Phase.RINGS_HANDLER)


async def put_hang_up(session: AsyncSession, attempt: AttemptRow, now: datetime) -> None:
    """Have the PBX end the try's call."""
    key = f"{HANG_UP}:{attempt.id}:{now.timestamp():.0f}"  # may be asked for again
    await jobs.put(session, HANG_UP, attempt.company_id, attempt.id, now, key=key)


async def stop_ringing(session: AsyncSession, row: CallbackRow, now: datetime) -> None:
    """The wish has ended: the phone of who has it in hand rings for nothing.

    Once he has picked up the customer's rings already, and the call is his to end.
    """
    if row.attempt_id is None:
        return
    attempt = await session.scalar(
        select(AttemptRow).where(
            AttemptRow.id == row.attempt_id,
            AttemptRow.sent_at.is_not(None),
            AttemptRow.picked_up_at.is_(None),
            AttemptRow.phase.in_(_BEFORE_THE_CUSTOMER),
        )
    )
    if attempt is not None:
        await put_hang_up(session, attempt, now)
