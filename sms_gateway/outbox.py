"""Texts out: a queued text is sent once, and what became of it is found out.

In: jobs `send`, many at a time, and `reconcile`, each about one `message` row. Out: the row's next
state. A batch passes three stations (`batch`): `marking` decides and commits `submitting`, `sending`
asks the providers with no session open, `recording` commits the outcomes.

A text whose outcome is unknown is never sent again blindly. A receipt resolves it, or a look-up at
the provider (`reconciling`); only when that has no such text is it queued again.

Texts of one company share transactions; companies harm each other in nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from ringback.messages import Accepted, AccountFault
from sms_gateway.batch import Batches, Faults
from sms_gateway.bounds import Bounds
from sms_gateway.breaker import Met
from sms_gateway.giving_up import give_up, give_up_reconciling
from sms_gateway.health import Watch
from sms_gateway.insisting import insist
from sms_gateway.provider import Account
from sms_gateway.receipts import settle_parked
from sms_gateway.reconciling import Reconciling
from sms_gateway.sending import Sent

log = structlog.get_logger()


class Outbox:
    """Sends the texts of all companies through all accounts.

    Args:
        db: The database.
        clock: Now.
        accounts: By name, as in `sms_number.provider`.
        reconcile_after_s: How long after a send of unknown outcome the provider is first asked.
        goodbye_s: How long a process that is to stop waits for the answers to sends under way, and
            then at most as long again until what came is written down.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        accounts: Mapping[str, Account],
        reconcile_after_s: float,
        goodbye_s: float = 5.0,
    ) -> None:
        self._db = db
        self._clock = clock
        self._accounts = accounts
        self._reconcile_after = timedelta(seconds=reconcile_after_s)
        self._goodbye_s = goodbye_s
        self._batches = Batches(db, clock, accounts, self._reconcile_after)
        self._watch = Watch(db, clock, accounts)
        self._reconciling = Reconciling(db, clock, accounts)

    @property
    def is_full(self) -> bool:
        """Whether more texts could only wait now (`worker.Batch.is_full`)."""
        return self._batches.is_full

    async def send(self, claimed: Sequence[jobs.Job]) -> Faults:
        """The step `send`, for a batch; tells which jobs could not be ended or given back.

        When it is cancelled no more texts begin. Those under way get time to come back, and what
        came is recorded; the others are left as if the process had been killed.
        """
        leased_s = (min(job.leased_until for job in claimed) - self._clock()).total_seconds()
        bounds = Bounds(leased_s)
        work = asyncio.create_task(self._send(claimed, bounds))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            bounds.stop(2 * self._goodbye_s)
            for break_off in (bounds.hang_up, work.cancel):
                await asyncio.wait([work], timeout=self._goodbye_s)
                break_off()
            await asyncio.wait([work])
            raise

    async def _send(self, claimed: Sequence[jobs.Job], bounds: Bounds) -> Faults:
        by_company: dict[UUID, list[jobs.Job]] = defaultdict(list)
        for job in claimed:
            by_company[job.company_id].append(job)
        faults: Faults = {}
        await asyncio.gather(*(self._send_for(own, faults, bounds) for own in by_company.values()))
        return faults

    async def _send_for(self, claimed: Sequence[jobs.Job], faults: Faults, bounds: Bounds) -> None:
        try:
            async with aclosing(self._batches.lots(claimed, faults, bounds)) as lots:
                async for sent in lots:
                    await self._after_recording(sent, bounds)
        except Exception as fault:
            faults |= dict.fromkeys(claimed, fault) | faults

    async def _after_recording(self, sent: Sequence[Sent], bounds: Bounds) -> None:
        """What needs the committed rows, or is not about these texts alone."""
        met: list[tuple[str, Met]] = []
        ids: dict[str, list[str]] = defaultdict(list)
        for one in sent:
            marked, outcome = one.marked, one.outcome
            kind = type(outcome).__name__
            log.info(
                "text_sent", message=str(marked.job.subject), account=marked.account, outcome=kind
            )
            if isinstance(outcome, AccountFault) and outcome.of_sender:
                log.error("sms_sender_fault", account=marked.account, number=marked.outbound.sender)
            met.append((marked.account, Met(outcome, marked.at, marked.again, marked.was_well)))
            reports = self._accounts[marked.account].provider.capabilities
            if isinstance(outcome, Accepted) and reports.receipts_by_id:
                ids[marked.account] += outcome.part_ids or [outcome.provider_id]
        await self._watch.met(met)
        for name, theirs in ids.items():
            await self._settle_parked(name, theirs, bounds)

    async def _settle_parked(self, account: str, ids: Sequence[str], bounds: Bounds) -> None:
        settle = partial(settle_parked, self._db, account, ids, self._clock)
        try:
            await insist(settle, bounds.record_by)
        except Exception as fault:  # the texts are recorded: no reason to do them again
            log.error("parked_receipts_not_settled", fault=type(fault).__name__)

    async def give_up(self, job: jobs.Job, fault: str) -> None:
        """Put a job `send` aside that failed too often; its text ends, and a person is told."""
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            await give_up(session, job, fault, self._accounts, self._reconcile_after, now)

    async def reconcile(self, job: jobs.Job) -> None:
        """The step `reconcile`: what became of a text of unknown outcome?"""
        await self._reconciling.reconcile(job)

    async def give_up_reconciling(self, job: jobs.Job, fault: str) -> None:
        """Put a job `reconcile` aside that failed too often; a person is told of its text."""
        async with self._db.begin(job.company_id) as session:
            await give_up_reconciling(session, job, fault, self._clock())
