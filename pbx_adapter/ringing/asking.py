"""The step of the job `ring`: the PBX is asked to ring a handler's phone, and then the customer's.

In: a claimed try (`ringback.store.attempts`). Out: the call, or in plain words why there is none.

The try is marked as sent before the PBX is asked, so it is asked at most once: a job that is claimed
again finds the mark, and the PBX is only looked at. From there on its events tell what becomes of the
call (`tries`), and what they do not tell is looked for (`sweep`).
"""

from datetime import timedelta

import structlog

from pbx_adapter.commands import Answer, Command, CommandKind
from pbx_adapter.ringing.looking import Looking, Pbxs
from ringback import jobs
from ringback.attempts import Outcome, Phase, Progress, channel_id
from ringback.clock import Clock
from ringback.db import Database
from ringback.phone import masked
from ringback.store.attempts import end_attempt, note_progress, to_send
from ringback.tables import AttemptRow

FRESH_FOR = timedelta(seconds=30)
"""After that nobody wants the phone to ring any more for a click."""
log = structlog.get_logger()


class Ringing:
    """Rings for all companies."""

    def __init__(self, db: Database, clock: Clock, pbxs: Pbxs) -> None:
        self._db = db
        self._clock = clock
        self._pbxs = pbxs
        self._looking = Looking(db, clock, pbxs)

    async def ring(self, job: jobs.Job) -> None:
        """Ask the PBX, and keep what it answered together with the job's end."""
        async with self._db.begin(job.company_id) as session:
            attempt = await to_send(session, job.subject, self._clock())
        if attempt is None:
            await self._look(job)
            return
        answer = await self._pbxs.execute(attempt.pbx_id, call_back(attempt))
        log.info(
            "callback_rings" if answer.done else "callback_not_rung",
            attempt=str(attempt.id),
            number=masked(attempt.number),
            phone=attempt.phone,
            text=answer.text,
        )
        await self._keep(job, answer)

    async def _keep(self, job: jobs.Job, answer: Answer) -> None:
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            if not answer.done and answer.known:
                await end_attempt(session, job.subject, Outcome.NOT_DONE, answer.text, now)
            elif not answer.done:
                channel = channel_id(job.subject)
                unknown = Progress(channel, Phase.UNKNOWN, now.timestamp())
                await note_progress(session, unknown, now)
            await jobs.finish(session, job, now)

    async def _look(self, job: jobs.Job) -> None:
        """Of a try that was sent before, by a worker that is gone: is its call up?"""
        async with self._db.read(job.company_id) as session:
            attempt = await session.get(AttemptRow, job.subject)
        if attempt is not None and attempt.sent_at is not None and attempt.ended_at is None:
            await self._looking.look(job.company_id, attempt)
        async with self._db.begin(job.company_id) as session:
            await jobs.finish(session, job, self._clock())


def call_back(attempt: AttemptRow) -> Command:
    """What the PBX is asked for a try."""
    fields = {"phone": attempt.phone, "number": attempt.number, "shown": attempt.shown_number}
    id_, expires_at = channel_id(attempt.id), attempt.began_at + FRESH_FOR
    return Command(id_, CommandKind.CALL_BACK, expires_at, fields)
