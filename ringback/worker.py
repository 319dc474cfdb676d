"""The loop that takes jobs and runs their steps.

In: what kinds it takes and the step for each. Out: the steps' effects. A step gets the job, does its
work within the lease, and ends the job in its last transaction (`jobs.finish`). A step that raises,
takes too long or takes its process down is tried again with growing delays, at last put aside where
staff see it. Once an hour a worker also drops rows that nobody needs any more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import RingbackError, TryAgain
from ringback.store import changes

Step = Callable[[jobs.Job], Awaitable[None]]

POLL_S = 1.0
_HOUSEKEEPING = timedelta(hours=1)
log = structlog.get_logger()


class Worker:
    """Runs steps one after the other; start several for more at once."""

    def __init__(
        self, db: Database, clock: Clock, steps: Mapping[str, Step], lease_s: float
    ) -> None:
        self._db = db
        self._clock = clock
        self._steps = steps
        self._kinds = frozenset(steps)
        self._lease_s = lease_s
        self._tidy_at = clock()

    async def run(self) -> None:
        """Work until cancelled; a database that is away is waited for."""
        while True:
            try:
                heard = self._db.bell.count
                pause_s = await self._pause_s()
                if pause_s > 0 or not await self.run_one():
                    await self._db.bell.wait(heard, max(pause_s, 0.01))
            except (RingbackError, SQLAlchemyError, OSError) as fault:
                log.error("worker_stumbled", fault=str(fault))
                await asyncio.sleep(POLL_S)

    async def run_one(self) -> bool:
        """Claim one job and run its step; False when nothing is due."""
        now = self._clock()
        async with self._db.begin_across() as session:
            job = await jobs.claim(session, self._kinds, now, self._lease_s)
            if now >= self._tidy_at:
                await jobs.forget_done(session, now)
                await changes.forget_old(session, now)
                self._tidy_at = now + _HOUSEKEEPING
        if job is None:
            return False
        if job.attempts > jobs.MAX_ATTEMPTS:
            await self._put_back(job, "The process ended each time in the middle of the step.", 0)
        else:
            await self._run_step(job)
        return True

    async def _run_step(self, job: jobs.Job) -> None:
        bound = log.bind(job=job.key, attempt=job.attempts)
        try:
            async with asyncio.timeout(self._lease_s * 0.9):
                await self._steps[job.kind](job)
        except jobs.LeaseLost:
            bound.warning("job_lease_lost")
        except TryAgain as later:
            bound.info("job_postponed", reason=str(later), after_s=later.after_s)
            await self._put_back(job, str(later), max(later.after_s, 0.05))
        except Exception as fault:
            bound.exception("job_failed")
            await self._put_back(job, _told(fault), jobs.delay_s(job.attempts))

    async def _put_back(self, job: jobs.Job, fault: str, after_s: float) -> None:
        now = self._clock()
        try:
            async with self._db.begin_across() as session:
                if job.attempts >= jobs.MAX_ATTEMPTS:
                    await jobs.give_up(session, job, now, fault)
                else:
                    await jobs.postpone(session, job, now + timedelta(seconds=after_s), fault)
        except jobs.LeaseLost:
            log.warning("job_lease_lost", job=job.key, attempt=job.attempts)

    async def _pause_s(self) -> float:
        async with self._db.read_across() as session:
            due = await jobs.next_due(session, self._kinds)
        return POLL_S if due is None else min((due - self._clock()).total_seconds(), POLL_S)


def _told(fault: Exception) -> str:
    """What the job's row keeps of a fault: our own words, else its kind, for it is not sealed."""
    return str(fault) if isinstance(fault, RingbackError) else type(fault).__name__
