"""One company's texts of a batch on their way: marked as there is room for them, sent, recorded.

In: claimed jobs. Out: lots of texts that came back and were recorded; every job is ended, given back,
or named with its fault. A text is marked only when its send can begin, so that a process which ends
leaves none behind that looks sent and never was. The others wait as they are, and go back in line
when that takes too long or the process is to stop.

What fails for several texts together is done again one by one, so that a broken row harms no other.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from datetime import timedelta

import structlog
from sqlalchemy.exc import IntegrityError, OperationalError

from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from sms_gateway.marked import Decided
from sms_gateway.marking import mark
from sms_gateway.provider import Account
from sms_gateway.recording import record
from sms_gateway.sending import Sending, Sent

_BEGIN_SHARE, _END_SHARE = 0.2, 0.7  # of the lease: of a minute's, a send has half a minute
_TOGETHER_S = 0.25  # what comes back so soon after each other is recorded together
_COMPANIES_AT_ONCE = 4  # connections that the batches of a process take on PostgreSQL
_TRIES = 3
_BETWEEN_S = 0.5
log = structlog.get_logger()
Faults = dict[jobs.Job, Exception]


class Batches:
    """What the batches of a process share.

    Args:
        db: The database.
        clock: Now.
        accounts: By name, as in `sms_number.provider`.
        reconcile_after: How long after a send of unknown outcome the provider is first asked.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        accounts: Mapping[str, Account],
        reconcile_after: timedelta,
    ) -> None:
        self._db = db
        self._clock = clock
        self._accounts = accounts
        self._reconcile_after = reconcile_after
        self._sending = Sending(accounts)
        self._turns = asyncio.Semaphore(_COMPANIES_AT_ONCE)

    async def lots(
        self, claimed: Sequence[jobs.Job], faults: Faults, stop: asyncio.Event
    ) -> AsyncGenerator[Sequence[Sent], None]:
        """Send texts of one company; none waits long for a slower one.

        Args:
            claimed: Their jobs.
            faults: Takes what could not be ended or given back.
            stop: When set, no more of them begin.
        """
        leased_s = (min(job.leased_until for job in claimed) - self._clock()).total_seconds()
        begun = asyncio.get_running_loop().time()
        begin_by, end_by = begun + _BEGIN_SHARE * leased_s, begun + _END_SHARE * leased_s
        waiting = dict.fromkeys(claimed, "")  # for which account; any, before they are looked at
        under_way: set[asyncio.Task[Sent]] = set()
        try:
            while waiting or under_way:
                if stop.is_set() or asyncio.get_running_loop().time() > begin_by:
                    await self._give_back(waiting, faults)
                    waiting = {}
                elif next_ones := self._with_room(waiting):
                    decided = await self._mark_all(next_ones, faults)
                    for job in next_ones:
                        del waiting[job]
                    waiting |= decided.waiting
                    under_way |= {self._sending.begin(text, end_by) for text in decided.marked}
                if not under_way:
                    await self._sending.wait_for_room(_TOGETHER_S if waiting else 0)
                    continue
                done, under_way = await asyncio.wait(under_way, timeout=_TOGETHER_S)
                if done:
                    lot = [task.result() for task in done]
                    await self._record_all(lot, faults)
                    yield lot
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    def _with_room(self, waiting: Mapping[jobs.Job, str]) -> list[jobs.Job]:
        """Those that can begin, as far as can be told; no more are looked at than there is room for."""
        can = [job for job, account in waiting.items() if self._sending.room(account) > 0]
        return can[: max(self._sending.room(""), 0)]

    async def _mark_all(self, claimed: Sequence[jobs.Job], faults: Faults) -> Decided:
        try:
            return await self._mark(claimed)
        except Exception as fault:
            if len(claimed) == 1:
                faults[claimed[0]] = fault
                return Decided([], {})
        each = [await self._mark_all([job], faults) for job in claimed]
        marked = [text for decided in each for text in decided.marked]
        return Decided(marked, {job: on for decided in each for job, on in decided.waiting.items()})

    async def _mark(self, claimed: Sequence[jobs.Job]) -> Decided:
        for tries_left in reversed(range(_TRIES)):
            booking = self._sending.book()
            now = self._clock()
            try:
                async with self._db.begin(claimed[0].company_id) as session:
                    return await mark(
                        session, claimed, self._accounts, booking, self._reconcile_after, now
                    )
            except BaseException as fault:
                booking.cancel()
                if not tries_left or not isinstance(fault, IntegrityError | OperationalError):
                    raise
                # Mostly another worker was the first to count a text in this period.
                log.info("texts_marked_again", fault=type(fault).__name__)
        raise AssertionError("unreachable")

    async def _give_back(self, waiting: Iterable[jobs.Job], faults: Faults) -> None:
        """They are as they were, and due at once; that they were claimed counts for nothing."""
        own, now = list(waiting), self._clock()
        if not own:
            return
        try:
            async with self._db.begin(own[0].company_id) as session:
                held = await jobs.held(session, own)
                await jobs.postpone_all(session, dict.fromkeys(held, now))
        except Exception as fault:
            faults |= dict.fromkeys(own, fault)

    async def _record_all(self, sent: Sequence[Sent], faults: Faults) -> None:
        try:
            await self._record(sent)
        except Exception as fault:
            log.warning("texts_not_recorded_together", fault=type(fault).__name__, texts=len(sent))
            for one in sent:
                await self._record_one(one, faults)

    async def _record_one(self, one: Sent, faults: Faults) -> None:
        """What a provider answered can't be asked for again: a database that is away gets time."""
        for tries_left in reversed(range(_TRIES)):
            try:
                await self._record([one])
                return
            except Exception as fault:
                if not tries_left:
                    faults[one.marked.job] = fault
            await asyncio.sleep(_BETWEEN_S)

    async def _record(self, sent: Sequence[Sent]) -> None:
        async with self._db.begin(sent[0].marked.job.company_id) as session:
            await record(session, sent, self._accounts, self._reconcile_after, self._clock())
