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
from uuid import UUID

import structlog

from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from ringback.messages import Accepted, AccountFault
from sms_gateway.batch import Batches, Faults
from sms_gateway.breaker import Met
from sms_gateway.giving_up import give_up
from sms_gateway.health import Watch
from sms_gateway.provider import Account
from sms_gateway.receipts import settle_parked
from sms_gateway.reconciling import Reconciling
from sms_gateway.sending import Sent

_TRIES = 3
_BETWEEN_S = 0.5
log = structlog.get_logger()


class Outbox:
    """Sends the texts of all companies through all accounts.

    Args:
        db: The database.
        clock: Now.
        accounts: By name, as in `sms_number.provider`.
        reconcile_after_s: How long after a send of unknown outcome the provider is first asked.
        goodbye_s: How long a process that is to stop waits for the answers to sends under way.
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

    async def send(self, claimed: Sequence[jobs.Job]) -> Faults:
        """The step `send`, for a batch; tells which jobs could not be ended or given back.

        When it is cancelled no more texts begin, and those under way get time to come back.
        """
        stop = asyncio.Event()
        work = asyncio.create_task(self._send(claimed, stop))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait([work], timeout=self._goodbye_s)
            work.cancel()
            await asyncio.wait([work])
            raise

    async def _send(self, claimed: Sequence[jobs.Job], stop: asyncio.Event) -> Faults:
        by_company: dict[UUID, list[jobs.Job]] = defaultdict(list)
        for job in claimed:
            by_company[job.company_id].append(job)
        faults: Faults = {}
        await asyncio.gather(*(self._send_for(own, faults, stop) for own in by_company.values()))
        return faults

    async def _send_for(
        self, claimed: Sequence[jobs.Job], faults: Faults, stop: asyncio.Event
    ) -> None:
        try:
            async with aclosing(self._batches.lots(claimed, faults, stop)) as lots:
                async for sent in lots:
                    await self._after_recording(sent)
        except Exception as fault:
            faults |= dict.fromkeys(claimed, fault) | faults

    async def _after_recording(self, sent: Sequence[Sent]) -> None:
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
            if outcome:
                met.append((marked.account, Met(outcome, marked.at, marked.again)))
            reports = self._accounts[marked.account].provider.capabilities
            if isinstance(outcome, Accepted) and reports.receipts_by_id:
                ids[marked.account] += outcome.part_ids or [outcome.provider_id]
        await self._watch.met(met)
        for name, theirs in ids.items():
            await self._settle_parked(name, theirs)

    async def _settle_parked(self, account: str, ids: Sequence[str]) -> None:
        for _ in range(_TRIES):
            try:
                await settle_parked(self._db, account, ids, self._clock)
                return
            except Exception as fault:  # the texts are recorded: no reason to do them again
                log.error("parked_receipts_not_settled", fault=type(fault).__name__)
            await asyncio.sleep(_BETWEEN_S)

    async def give_up(self, job: jobs.Job, fault: str) -> None:
        """Put a job `send` aside that failed too often; its text ends, and a person is told."""
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            await give_up(session, job, fault, self._accounts, self._reconcile_after, now)

    async def reconcile(self, job: jobs.Job) -> None:
        """The step `reconcile`: what became of a text of unknown outcome?"""
        await self._reconciling.reconcile(job)
