"""Texts out: a queued text is sent once, and what became of it is found out.

In: jobs `send` and `reconcile`, each about one `message` row. Out: the row's next state.

`submitting` is committed before the provider is asked, in the transaction that checks the opt-out.
A text found so later (a crash, a time-out) is unknown: it is never sent again blindly. A receipt
resolves it, or a look-up at the provider; only when the provider says that it has no such text is
it queued again. A provider that knows our token (idempotent) may simply be asked again.
"""

from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import TryAgain
from ringback.messages import (
    Accepted,
    AccountFault,
    MessageState,
    NotAccepted,
    Outbound,
    Outcome,
    Rejected,
    may_follow,
)
from ringback.store.conversations import conversation_changed, opted_out
from ringback.tables import ConversationRow, MessageRow
from sms_gateway.provider import Found, NotFound, Provider
from sms_gateway.segments import count

_ACCOUNT_FAULT_PAUSE_S = 60.0
_LOOKUPS = 10
log = structlog.get_logger()


class Outbox:
    """Sends the texts of all companies through one provider."""

    def __init__(
        self, db: Database, clock: Clock, provider: Provider, reconcile_after_s: float
    ) -> None:
        self._db = db
        self._clock = clock
        self._provider = provider
        self._reconcile_after = timedelta(seconds=reconcile_after_s)

    async def send(self, job: jobs.Job) -> None:
        """The step `send`."""
        outbound = await self._mark_submitting(job)
        if outbound is None:
            return
        outcome = await self._provider.send(outbound)
        wait_s = await self._record(job, outcome)
        if wait_s is not None:
            raise TryAgain("The provider did not take the text.", wait_s)

    async def reconcile(self, job: jobs.Job) -> None:
        """The step `reconcile`: what became of a text of unknown outcome?"""
        async with self._db.read(job.company_id) as session:
            message, conversation = await _message(session, job)
        if message.state != MessageState.UNKNOWN or message.submitted_at is None:
            await self._end(job)
            return
        answer = await self._provider.lookup(
            _outbound(message, conversation), message.submitted_at, await self._known(job)
        )
        if answer is None and job.attempts < _LOOKUPS:
            raise TryAgain("The provider could not say whether it has the text.", 30.0)
        async with self._db.begin(job.company_id) as session:
            message, conversation = await _message(session, job)
            if isinstance(answer, Found) and may_follow(MessageState(message.state), answer.state):
                _accept(message, self._provider.name, answer)
                _move(message, answer.state)
            elif isinstance(answer, NotFound) and message.state == MessageState.UNKNOWN:
                await self._queue_again(session, job, message)
            await conversation_changed(session, conversation, self._clock(), message.id)
            await jobs.finish(session, job, self._clock())
        log.info("text_reconciled", message=str(job.subject), answer=type(answer).__name__)

    async def _mark_submitting(self, job: jobs.Job) -> Outbound | None:
        """The text to send, now marked; None when it is not to be sent (any more)."""
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            message, conversation = await _message(session, job)
            crashed = message.state == MessageState.SUBMITTING
            if crashed and not self._provider.capabilities.idempotent:
                await self._leave_unknown(session, message, "the send was interrupted")
            elif message.state == MessageState.QUEUED or crashed:
                if message.despite_opt_out or not await opted_out(
                    session, conversation.number_index
                ):
                    _move(message, MessageState.SUBMITTING)
                    message.submitted_at = now
                    message.provider = self._provider.name
                    message.parts = count(message.text).parts
                    return _outbound(message, conversation)
                _move(message, MessageState.REJECTED, why="opted_out")
            await conversation_changed(session, conversation, now, message.id)
            await jobs.finish(session, job, now)
        return None

    async def _record(self, job: jobs.Job, outcome: Outcome) -> float | None:
        """Keep the outcome; returns the seconds to wait where the text may be sent again."""
        wait_s: float | None = None
        async with self._db.begin(job.company_id) as session:
            message, conversation = await _message(session, job)
            state = MessageState(message.state)
            match outcome:
                case Accepted():
                    _accept(message, self._provider.name, outcome)
                    if may_follow(state, MessageState.ACCEPTED):
                        _move(message, MessageState.ACCEPTED)
                case Rejected():
                    _move(message, MessageState.REJECTED, why=outcome.reason)
                case NotAccepted():
                    _move(message, MessageState.QUEUED, why=outcome.reason)
                    wait_s = max(outcome.retry_after_s, jobs.delay_s(job.attempts) / 2)
                case AccountFault():
                    _move(message, MessageState.QUEUED, why=outcome.reason)
                    wait_s = _ACCOUNT_FAULT_PAUSE_S
                    log.error("sms_account_fault", provider=self._provider.name)
                case _ if may_follow(state, MessageState.UNKNOWN):
                    await self._leave_unknown(session, message, outcome.reason)
                case _:
                    pass  # a receipt was faster than the answer
            await conversation_changed(session, conversation, self._clock(), message.id)
            if wait_s is None:
                await jobs.finish(session, job, self._clock())
        log.info("text_sent", message=str(job.subject), outcome=type(outcome).__name__)
        return wait_s

    async def _leave_unknown(self, session: AsyncSession, message: MessageRow, why: str) -> None:
        _move(message, MessageState.UNKNOWN, why=why)
        if self._provider.capabilities.lookup:
            submitted = message.submitted_at or self._clock()
            await jobs.put(
                session,
                "reconcile",
                message.company_id,
                message.id,
                submitted + self._reconcile_after,
                key=f"reconcile:{message.id}:{submitted.timestamp()}",
            )

    async def _queue_again(self, session: AsyncSession, job: jobs.Job, message: MessageRow) -> None:
        _move(message, MessageState.QUEUED, why="the provider did not have it")
        await jobs.put(
            session,
            "send",
            message.company_id,
            message.id,
            self._clock(),
            key=f"send:{message.id}:{job.id}",
        )

    async def _known(self, job: jobs.Job) -> list[str]:
        """Ids that the provider gave to the conversation's other texts."""
        async with self._db.read(job.company_id) as session:
            message = await session.get_one(MessageRow, job.subject)
            ids = await session.scalars(
                select(MessageRow.provider_id).where(
                    MessageRow.conversation_id == message.conversation_id,
                    MessageRow.provider_id.is_not(None),
                    MessageRow.direction == "out",
                )
            )
            return [provider_id for provider_id in ids if provider_id]

    async def _end(self, job: jobs.Job) -> None:
        async with self._db.begin(job.company_id) as session:
            await jobs.finish(session, job, self._clock())


async def _message(session: AsyncSession, job: jobs.Job) -> tuple[MessageRow, ConversationRow]:
    message = await session.get_one(MessageRow, job.subject)
    return message, await session.get_one(ConversationRow, message.conversation_id)


def _outbound(message: MessageRow, conversation: ConversationRow) -> Outbound:
    return Outbound(
        token=message.token or "",
        sender=conversation.our_number,
        recipient=conversation.number,
        text=message.text,
    )


def _accept(message: MessageRow, provider: str, told: Accepted | Found) -> None:
    message.provider, message.provider_id = provider, told.provider_id
    message.parts = told.parts or message.parts
    message.cost_e4 = told.cost_e4 if told.cost_e4 is not None else message.cost_e4


def _move(message: MessageRow, state: MessageState, why: str | None = None) -> None:
    message.state, message.why = state, why
