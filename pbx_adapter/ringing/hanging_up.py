"""The step of the job `hang_up`: a handler ends a call of his own, or nobody needs it any more.

In: a try whose call may be up (`ringback.store.hanging_up`); it may have its note already. Out: the PBX
told to end its call; that it has ended is told by its events (`tries`), as for every other call. Twice
does no harm.
"""

import structlog

from pbx_adapter.commands import CommandKind
from pbx_adapter.ringing.looking import Looking, Pbxs
from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from ringback.tables import AttemptRow

log = structlog.get_logger()


class HangingUp:
    """Hangs up for all companies."""

    def __init__(self, db: Database, clock: Clock, pbxs: Pbxs) -> None:
        self._db = db
        self._clock = clock
        self._looking = Looking(db, clock, pbxs)

    async def hang_up(self, job: jobs.Job) -> None:
        """Tell the PBX, once; who sees that nothing came of it clicks again."""
        async with self._db.read(job.company_id) as session:
            attempt = await session.get(AttemptRow, job.subject)
        if attempt is not None and attempt.sent_at is not None:
            answer = await self._looking.tell(attempt, CommandKind.HANG_UP)
            log.info("callback_hung_up", attempt=str(attempt.id), text=answer.text)
        async with self._db.begin(job.company_id) as session:
            await jobs.finish(session, job, self._clock())
