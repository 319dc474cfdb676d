"""One company's texts of a batch on their way: marked as there is room for them, sent, recorded.

In: claimed jobs. Out: lots of texts that came back and were recorded; every job is ended, given back,
or named with its fault. A text is marked only when its send can begin, so that a process which ends
leaves none behind that looks sent and never was. The others wait as they are, and go back in line
when that takes too long or the process is to stop.

What fails for several texts together is done again one by one, so that a broken row harms no other.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from sms_gateway.bounds import Bounds
from sms_gateway.insisting import AWAY_OR_BUSY, insist
from sms_gateway.marked import Decided
from sms_gateway.marking import mark
from sms_gateway.provider import Account
from sms_gateway.recording import record
from sms_gateway.sending import Sending, Sent

_TOGETHER_S = 0.25  # what comes back so soon after each other is recorded together
_COMPANIES_AT_ONCE = 4  # connections that the batches of a process take on PostgreSQL
_TRIES = 3
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
        self._in_line = 0

    @property
    def is_full(self) -> bool:
        """Whether more texts could only wait: for the database, or for room at every account."""
        return self._in_line > _COMPANIES_AT_ONCE or self._sending.room("") <= 0

    async def lots(
        self, claimed: Sequence[jobs.Job], faults: Faults, bounds: Bounds
    ) -> AsyncGenerator[Sequence[Sent], None]:
        """Send texts of one company; none waits long for a slower one.

        Args:
            claimed: Their jobs.
            faults: Takes what could not be ended or given back.
            bounds: Until when; after a stop no more begin, and what came back is recorded.
        """
        now = asyncio.get_running_loop().time
        waiting = dict.fromkeys(claimed, "")  # for which account; any, before they are looked at
        under_way: set[asyncio.Task[Sent]] = set()
        back, since = list[Sent](), now()
        try:
            while waiting or under_way:
                waiting, begun = await self._begin(waiting, faults, bounds)
                under_way |= begun
                if under_way:
                    done, under_way = await asyncio.wait(under_way, timeout=_TOGETHER_S)
                    back += [send.result() for send in done if not send.cancelled()]
                elif waiting and not back:
                    await self._sending.wait_for_room(_TOGETHER_S)
                more = bounds.may_begin and self._with_room(waiting)
                if back and (not more or now() - since > _TOGETHER_S):
                    await self._record_all(back, faults, bounds)
                    if under_way:  # what stands behind the recorded ones may go before these end
                        self._db.bell.ring("send")
                    yield back
                    back, since = [], now()
        finally:
            for send in under_way:
                send.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _begin(
        self, waiting: Mapping[jobs.Job, str], faults: Faults, bounds: Bounds
    ) -> tuple[dict[jobs.Job, str], set[asyncio.Task[Sent]]]:
        """Begin with those that there is room for; who waits then, and what is under way."""
        if not bounds.may_begin:
            await self._give_back(waiting, faults)
            return {}, set()
        next_ones = self._with_room(waiting)
        if not next_ones:
            return dict(waiting), set()
        decided = await self._mark_all(next_ones, faults)
        begun = {self._sending.begin(text, bounds.end_by) for text in decided.marked}
        for send in begun:
            bounds.began(send)
        others = {job: account for job, account in waiting.items() if job not in next_ones}
        return others | decided.waiting, begun

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
                async with self._turn(claimed[0]) as session:
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
            async with self._turn(own[0]) as session:
                held = await jobs.held(session, own)
                await jobs.postpone_all(session, dict.fromkeys(held, now))
        except Exception as fault:
            faults |= dict.fromkeys(own, fault)

    async def _record_all(self, sent: Sequence[Sent], faults: Faults, bounds: Bounds) -> None:
        """What a provider answered can't be asked for again: a database that is away gets time."""
        try:
            await insist(partial(self._record, sent), bounds.record_by)
        except Exception as fault:
            if len(sent) == 1 or isinstance(fault, AWAY_OR_BUSY):
                faults |= {one.marked.job: fault for one in sent}
                return
            log.warning("texts_not_recorded_together", fault=type(fault).__name__, texts=len(sent))
            for one in sent:
                await self._record_all([one], faults, bounds)

    async def _record(self, sent: Sequence[Sent]) -> None:
        # Nobody waits for it; and should a power failure take it back, the provider is asked.
        await self._db.let_others_write_first()
        async with self._turn(sent[0].marked.job, in_passing=True) as session:
            await record(session, sent, self._accounts, self._reconcile_after, self._clock())

    @asynccontextmanager
    async def _turn(
        self, job: jobs.Job, *, in_passing: bool = False
    ) -> AsyncIterator[AsyncSession]:
        """A transaction for the job's company, as soon as there is one to have."""
        async with AsyncExitStack() as stack:
            self._in_line += 1
            try:
                await stack.enter_async_context(self._turns)
            finally:
                self._in_line -= 1
            begin = self._db.begin_in_passing if in_passing else self._db.begin
            yield await stack.enter_async_context(begin(job.company_id))
