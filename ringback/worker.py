"""The loop that takes jobs and runs their steps.

In: what kinds it takes and the step for each. Out: the steps' effects. A step gets the job, does its
work within the lease, and ends the job in its last transaction (`jobs.finish`). A step that raises,
takes too long or takes its process down is tried again with growing delays, at last put aside where
staff see it. Once an hour a worker also drops rows that nobody needs any more.

A step may take many jobs at once (`Batch`). It says which of them failed, so that one broken job
harms no other; only when it raises have all of them failed. One that takes long for a reason that
does not concern the next ones may leave the worker free for them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from ringback.due import ALONE_AFTER, Head, heads
from ringback.errors import RingbackError, TryAgain
from ringback.store import ai_log, busy, changes, parked, spent

Step = Callable[[jobs.Job], Awaitable[None]]
BatchStep = Callable[[Sequence[jobs.Job]], Awaitable[Mapping[jobs.Job, Exception]]]
"""Ends or gives back each of the jobs, or tells why it could not."""
GiveUp = Callable[[jobs.Job, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Batch:
    """A step that takes up to `most` jobs at once, never two of one lane.

    After one that was not full the worker waits `rest_s` for more to come: what a batch costs is
    nearly the same for one job and for all. The first job after a quiet time never waits.

    A batch that takes longer than `patience_s` goes on beside the next ones. It is bounded by its
    lease all the same, so a worker has no more of them at once than the lease has patience in it.
    While `is_full` says that more jobs could only wait, the worker stays with its batch: leases that
    run out in a queue would be work for nothing, and that work would make the queue longer.

    `give_up` is asked for a job that failed too often, with the last fault, in place of putting the
    job aside and nothing else (`jobs.give_up`, which is its part then).
    """

    step: BatchStep
    most: int
    rest_s: float = 0.0
    give_up: GiveUp | None = None
    patience_s: float | None = None
    is_full: Callable[[], bool] = lambda: False


POLL_S = 1.0
_LOOK_S = 0.05
_HOUSEKEEPING = timedelta(hours=1)
_STUMBLES = (RingbackError, SQLAlchemyError, OSError)
log = structlog.get_logger()


class Worker:
    """Runs steps one after the other, but for slow batches; start several for more at once."""

    def __init__(
        self, db: Database, clock: Clock, steps: Mapping[str, Step | Batch], lease_s: float
    ) -> None:
        self._db = db
        self._clock = clock
        self._steps = {
            kind: step if isinstance(step, Batch) else _one_by_one(step)
            for kind, step in steps.items()
        }
        self._most = {kind: batch.most for kind, batch in self._steps.items()}
        self._lease_s = lease_s
        self._rest_s = 0.0
        self._tidy_at = clock()
        self._slow: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled; a database that is away is waited for."""
        try:
            await self._work()
        finally:
            for batch in self._slow:
                batch.cancel()
            await asyncio.gather(*self._slow, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            try:
                heard = self._db.bell.heard(*self._most)
                async with self._db.claiming:
                    firsts = await self._look()  # takes no writer's turn, as claiming does
                    pause_s = self._pause_s(firsts)
                    claimed = await self._claim(firsts) if pause_s <= 0 else []
                self._call_another(claimed, firsts)
                await self._run(claimed)
                if claimed:
                    await asyncio.sleep(self._rest_s)
                else:
                    wait_s = min(max(pause_s, 0.01), POLL_S)
                    await self._db.bell.wait(heard, wait_s, *self._most)
            except _STUMBLES as fault:
                log.error("worker_stumbled", fault=str(fault))
                await asyncio.sleep(POLL_S)

    async def run_one(self) -> bool:
        """Claim a job, or as many as its step takes, and run the step; False when nothing is due.

        When it returns a batch may still go on, if that has a `patience_s`.
        """
        claimed = await self._claim()
        await self._run(claimed)
        return bool(claimed)

    def _call_another(self, claimed: Sequence[jobs.Job], firsts: Iterable[Head]) -> None:
        """Who is busy now leaves what else is due to another."""
        if not claimed:
            return
        kind, now = claimed[0].kind, self._clock()
        if len(claimed) == self._most[kind] or claimed[0].attempts > ALONE_AFTER:
            self._db.bell.ring(kind)
        elif others := [first for first in firsts if first.kind != kind and first.run_at <= now]:
            self._db.bell.ring(others[0].kind)

    async def _claim(self, firsts: Iterable[Head] | None = None) -> Sequence[jobs.Job]:
        now = self._clock()
        async with self._db.begin_claiming() as session:
            claimed = await jobs.claim_many(session, self._most, now, self._lease_s, firsts)
            tidies = now >= self._tidy_at
            if tidies:
                await self._tidy(session)
        if tidies:
            await self._db.look_at_rows()
        return claimed

    async def _run(self, claimed: Sequence[jobs.Job]) -> None:
        wanted = [job for job in claimed if job.attempts <= jobs.MAX_ATTEMPTS]
        for job in claimed:
            if job not in wanted:
                await self._put_back(job, "The process ended each time in the middle of the step.")
        batch = self._steps[claimed[0].kind] if claimed else None
        if batch and wanted:
            await self._run_for(wanted, batch)
        self._rest_s = batch.rest_s if batch and len(claimed) < batch.most else 0.0

    async def _tidy(self, session: AsyncSession) -> None:
        now = self._clock()
        done = (jobs.forget_done, changes.forget_old, spent.forget_old, parked.forget_old)
        for forget in (*done, ai_log.forget_old, busy.forget_old):
            await forget(session, now)
        self._tidy_at = now + _HOUSEKEEPING

    async def _run_for(self, claimed: Sequence[jobs.Job], batch: Batch) -> None:
        if batch.patience_s is None:
            await self._run_step(claimed)
            return
        work = asyncio.create_task(self._run_beside(claimed))
        self._slow.add(work)
        work.add_done_callback(self._slow.discard)
        done, _ = await asyncio.wait([work], timeout=batch.patience_s)
        while not done and batch.is_full():
            done, _ = await asyncio.wait([work], timeout=_LOOK_S)
        if not done:  # it ends while nobody looks for what may come next
            kind = claimed[0].kind
            work.add_done_callback(lambda _: self._db.bell.ring(kind))

    async def _run_beside(self, claimed: Sequence[jobs.Job]) -> None:
        try:
            await self._run_step(claimed)
        except _STUMBLES as fault:  # the leases run out
            log.error("worker_stumbled", fault=str(fault))

    async def _run_step(self, claimed: Sequence[jobs.Job]) -> None:
        faults: Mapping[jobs.Job, Exception]
        try:
            async with asyncio.timeout(self._lease_s * 0.9):
                faults = await self._steps[claimed[0].kind].step(claimed)
        except Exception as of_all:
            faults = dict.fromkeys(claimed, of_all)
        for job, fault in faults.items():
            await self._after_fault(job, fault)

    async def _after_fault(self, job: jobs.Job, fault: Exception) -> None:
        bound = log.bind(job=job.key, attempt=job.attempts)
        match fault:
            case jobs.LeaseLost():
                bound.warning("job_lease_lost")
            case TryAgain():
                bound.info("job_postponed", reason=str(fault), after_s=fault.after_s)
                await self._put_back(job, str(fault), max(fault.after_s, 0.05))
            case _:
                bound.error("job_failed", exc_info=fault)
                await self._put_back(job, _told(fault), jobs.delay_s(job.attempts))

    async def _put_back(self, job: jobs.Job, fault: str, after_s: float = 0) -> None:
        now = self._clock()
        try:
            if job.attempts >= jobs.MAX_ATTEMPTS:
                await self._give_up(job, fault)
                return
            async with self._db.begin_across() as session:
                await jobs.postpone(session, job, now + timedelta(seconds=after_s), fault)
        except jobs.LeaseLost:
            log.warning("job_lease_lost", job=job.key, attempt=job.attempts)

    async def _give_up(self, job: jobs.Job, fault: str) -> None:
        log.error("job_given_up", job=job.key, fault=fault)
        own = self._steps[job.kind].give_up
        if own:
            try:
                await own(job, fault)
                return
            except jobs.LeaseLost:
                raise
            except Exception:  # whatever is wrong with its row, the job must not come back for ever
                log.exception("job_not_given_up_by_its_step", job=job.key)
        async with self._db.begin_across() as session:
            await jobs.give_up(session, job, self._clock(), fault)

    async def _look(self) -> Sequence[Head]:
        async with self._db.read_across() as session:
            return await heads(session, frozenset(self._most))

    def _pause_s(self, firsts: Iterable[Head]) -> float:
        now = self._clock()
        return min(((first.run_at - now).total_seconds() for first in firsts), default=POLL_S)


def side_by_side(step: Step, most: int, give_up: GiveUp | None = None) -> Batch:
    """A step for one job, run for up to `most` of them at the same time.

    A step that may take as long as the lease bounds itself: else it has all of them stopped.
    """

    async def all_at_once(claimed: Sequence[jobs.Job]) -> Mapping[jobs.Job, Exception]:
        ended = await asyncio.gather(*map(step, claimed), return_exceptions=True)
        faults: dict[jobs.Job, Exception] = {}
        for job, fault in zip(claimed, ended, strict=True):
            if isinstance(fault, Exception):
                faults[job] = fault
            elif fault is not None:
                raise fault
        return faults

    return Batch(all_at_once, most, give_up=give_up)


def _one_by_one(step: Step) -> Batch:
    async def each(claimed: Sequence[jobs.Job]) -> Mapping[jobs.Job, Exception]:
        (job,) = claimed
        await step(job)
        return {}

    return Batch(each, most=1)


def _told(fault: Exception) -> str:
    """What the job's row keeps of a fault: our own words, else its kind, for it is not sealed."""
    return str(fault) if isinstance(fault, RingbackError) else type(fault).__name__
