"""Keeps the time that is proposed for a yes, while the question is open.

In: a turn that has been carried out, in its unit of work; jobs `release_hold`, each about one held
`booking` row. Out: the row, for as long as the company's rules say (`booking_rules.hold_min`).
Of several times that are offered to choose from none is kept: a caller who does not answer would
block them all.
"""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.turns import Pending, Situation, Turn
from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from ringback.store.bookings import hold, release
from ringback.tables import ConversationRow, MessageRow


async def hold_proposed(
    session: AsyncSession,
    turn: Turn,
    situation: Situation,
    conversation: ConversationRow,
    message: MessageRow,
) -> None:
    """Keep what the turn proposes, and give back what an earlier one did.

    A question that only stays open is not kept longer for that: the time runs from the proposal.

    Raises:
        SlotTaken: Somebody else has the time by now; the turn must be begun anew.
    """
    proposed = turn.memory.offered if turn.memory.pending is Pending.CONFIRM else ()
    if proposed and not turn.offered:
        return
    company, now = situation.business, situation.now
    minutes = company.booking_rules.hold_min
    kept = proposed if minutes else ()
    if not kept and not any(one.kept_since for one in situation.taken):
        return
    await hold(
        session,
        kept,
        conversation.number,
        f"hold:{message.id}",
        company.timezone,
        now,
        now + timedelta(minutes=minutes),
        conversation.id,
    )


class Holding:
    """Drops held times of all companies when they have run out."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def release_hold(self, job: jobs.Job) -> None:
        """The step `release_hold`; a time that was proposed once more is looked at again later."""
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            held_until = await release(session, job.subject, now)
            if held_until:
                await jobs.postpone(session, job, held_until, None)
            else:
                await jobs.finish(session, job, now)
