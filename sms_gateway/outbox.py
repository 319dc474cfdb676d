"""Texts out: a queued text is sent once, and what became of it is found out.

In: jobs `send`, many at a time, and `reconcile`, each about one `message` row. Out: the row's next
state. A batch passes three stations: `marking` decides and commits `submitting`, `sending` asks the
providers with no session open, `recording` commits the outcomes.

A text whose outcome is unknown is never sent again blindly. A receipt resolves it, or a look-up at
the provider; only when the provider says that it has no such text is it queued again.

Texts of one company share transactions; companies harm each other as little as one broken row harms
the other texts of its batch: what fails together is done again one by one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import TryAgain
from ringback.messages import Accepted, MessageState, may_follow
from ringback.store.companies import company
from ringback.store.conversations import conversation_changed
from ringback.store.spent import Ledger, settle_cost
from ringback.tables import ConversationRow, MessageRow
from sms_gateway.facts import Text, locked_texts
from sms_gateway.health import Watch
from sms_gateway.marking import Marked, mark, outbound_of
from sms_gateway.provider import Account, Found, NotFound
from sms_gateway.receipts import settle_parked
from sms_gateway.recording import accept, record, release
from sms_gateway.sending import Sending, Sent

_COMPANIES_AT_ONCE = 4  # connections that a batch takes on PostgreSQL
_LOOKUPS = 10
_TRIES = 3
_BETWEEN_S = 0.5
log = structlog.get_logger()
Faults = dict[jobs.Job, Exception]


class Outbox:
    """Sends the texts of all companies through all accounts.

    Args:
        db: The database.
        clock: Now.
        accounts: By name, as in `sms_number.provider`.
        reconcile_after_s: How long after a send of unknown outcome the provider is first asked.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        accounts: Mapping[str, Account],
        reconcile_after_s: float,
    ) -> None:
        self._db = db
        self._clock = clock
        self._accounts = accounts
        self._reconcile_after = timedelta(seconds=reconcile_after_s)
        self._sending = Sending(accounts)
        self._watch = Watch(db, clock, accounts)
        self._turns = asyncio.Semaphore(_COMPANIES_AT_ONCE)

    async def send(self, claimed: Sequence[jobs.Job]) -> Faults:
        """The step `send`, for a batch; tells which jobs could not be ended or given back."""
        by_company: dict[UUID, list[jobs.Job]] = defaultdict(list)
        for job in claimed:
            by_company[job.company_id].append(job)
        faults: Faults = {}
        await asyncio.gather(
            *(self._of_company(company_id, own, faults) for company_id, own in by_company.items())
        )
        return faults

    async def _of_company(
        self, company_id: UUID, claimed: Sequence[jobs.Job], faults: Faults
    ) -> None:
        try:
            await self._send_for(company_id, claimed, faults)
        except Exception as fault:
            faults |= dict.fromkeys(claimed, fault) | faults

    async def _send_for(
        self, company_id: UUID, claimed: Sequence[jobs.Job], faults: Faults
    ) -> None:
        async with self._turns:
            marked = await self._mark_all(company_id, claimed, faults)
        leased_until = min(job.leased_until for job in claimed)
        lease_s = (leased_until - self._clock()).total_seconds()
        async with aclosing(self._sending.each(marked, lease_s)) as coming_back:
            async for sent in coming_back:
                async with self._turns:
                    await self._record_all(company_id, sent, faults)
                await self._after_recording(sent)

    async def _mark_all(
        self, company_id: UUID, claimed: Sequence[jobs.Job], faults: Faults
    ) -> list[Marked]:
        """One by one when it fails for all together, so that a broken row harms no other text."""
        try:
            return await self._mark(company_id, claimed)
        except Exception as fault:
            if len(claimed) == 1:
                faults[claimed[0]] = fault
                return []
        each = [await self._mark_all(company_id, [job], faults) for job in claimed]
        return [marked for found in each for marked in found]

    async def _mark(self, company_id: UUID, claimed: Sequence[jobs.Job]) -> list[Marked]:
        for tries_left in reversed(range(_TRIES)):
            try:
                async with self._db.begin(company_id) as session:
                    return await mark(
                        session, claimed, self._accounts, self._reconcile_after, self._clock()
                    )
            except (IntegrityError, OperationalError) as fault:
                if not tries_left:
                    raise
                # Mostly another worker was the first to count a text in this period.
                log.info("texts_marked_again", fault=type(fault).__name__)
        return []

    async def _record_all(self, company_id: UUID, sent: Sequence[Sent], faults: Faults) -> None:
        try:
            await self._record(company_id, sent)
        except Exception as fault:
            log.warning("texts_not_recorded_together", fault=type(fault).__name__, texts=len(sent))
            for one in sent:
                await self._record_one(company_id, one, faults)

    async def _record_one(self, company_id: UUID, one: Sent, faults: Faults) -> None:
        """What a provider answered can't be asked for again: a database that is away gets time."""
        for tries_left in reversed(range(_TRIES)):
            try:
                await self._record(company_id, [one])
                return
            except Exception as fault:
                if not tries_left:
                    faults[one.marked.job] = fault
            await asyncio.sleep(_BETWEEN_S)

    async def _record(self, company_id: UUID, sent: Sequence[Sent]) -> None:
        async with self._db.begin(company_id) as session:
            await record(session, sent, self._accounts, self._reconcile_after, self._clock())

    async def _after_recording(self, sent: Sequence[Sent]) -> None:
        """What needs the committed rows, or is not about these texts alone."""
        for one in sent:
            log.info(
                "text_sent",
                message=str(one.marked.job.subject),
                account=one.marked.account,
                outcome=type(one.outcome).__name__,
            )
        await self._watch.met([(one.marked.account, one.outcome) for one in sent if one.outcome])
        ids: dict[str, list[str]] = defaultdict(list)
        for one in sent:
            reports = self._accounts[one.marked.account].provider.capabilities
            if isinstance(one.outcome, Accepted) and reports.receipts_by_id:
                ids[one.marked.account] += one.outcome.part_ids or [one.outcome.provider_id]
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

    async def reconcile(self, job: jobs.Job) -> None:
        """The step `reconcile`: what became of a text of unknown outcome?"""
        async with self._db.read(job.company_id) as session:
            message = await session.get_one(MessageRow, job.subject)
            conversation = await session.get_one(ConversationRow, message.conversation_id)
        account = self._accounts.get(message.provider or "")
        since = message.submitted_at
        if message.state != MessageState.UNKNOWN or since is None or account is None:
            async with self._db.begin(job.company_id) as session:
                await jobs.finish(session, job, self._clock())
            return
        answer = await account.provider.lookup(
            outbound_of(message, conversation), since, await self._known(job, message)
        )
        if answer is None and job.attempts < _LOOKUPS:
            raise TryAgain("The provider could not say whether it has the text.", 30.0)
        async with self._db.begin(job.company_id) as session:
            text = (await locked_texts(session, [job.subject]))[job.subject]
            await self._resolve(session, job, text, answer)
            await conversation_changed(session, text[1], self._clock(), job.subject)
            await jobs.finish(session, job, self._clock())
        log.info("text_reconciled", message=str(job.subject), answer=type(answer).__name__)

    async def _resolve(
        self, session: AsyncSession, job: jobs.Job, text: Text, answer: Found | NotFound | None
    ) -> None:
        message, conversation = text
        state, now = MessageState(message.state), self._clock()
        if isinstance(answer, Found) and may_follow(state, answer.state):
            accept(message, answer)
            message.state, message.why = answer.state, None
            if answer.state.final:
                message.settled_at = now
            if answer.cost_e4 is not None:
                await settle_cost(session, message, answer.cost_e4)
        elif isinstance(answer, NotFound) and state is MessageState.UNKNOWN:
            zone = ZoneInfo((await company(session)).zone)
            moments = [message.submitted_at or now]
            ledger = await Ledger.locked(session, zone, [conversation.number_index], moments)
            release(ledger, message, conversation)
            message.state, message.provider = MessageState.QUEUED, None
            message.why = "the provider did not have it"
            again = f"send:{message.id}:{job.id}"
            await jobs.put(session, "send", message.company_id, message.id, now, key=again)

    async def _known(self, job: jobs.Job, message: MessageRow) -> list[str]:
        """Ids that the provider gave to the conversation's other texts."""
        async with self._db.read(job.company_id) as session:
            ids = await session.scalars(
                select(MessageRow.provider_id).where(
                    MessageRow.conversation_id == message.conversation_id,
                    MessageRow.provider == message.provider,
                    MessageRow.provider_id.is_not(None),
                    MessageRow.direction == "out",
                )
            )
            return [provider_id for provider_id in ids if provider_id]
