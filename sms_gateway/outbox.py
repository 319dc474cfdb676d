"""Texts out: a queued text is sent once, and what became of it is found out.

In: jobs `send` and `reconcile`, each about one `message` row. Out: the row's next state.

`submitting` is committed before the provider is asked, in the transaction that checks the opt-out.
A text found so later (a crash, a time-out) is unknown: it is never sent again blindly. A receipt
resolves it, or a look-up at the provider; only when the provider says that it has no such text is
it queued again. A provider that knows our token (idempotent) may simply be asked again.

A text that the provider does not take waits, at most for `GIVE_UP_AFTER`.
"""

from datetime import datetime, timedelta

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
    Unknown,
    may_follow,
)
from ringback.store.conversations import conversation_changed, opted_out
from ringback.tables import ConversationRow, MessageRow
from sms_gateway.provider import Found, NotFound, Provider
from sms_gateway.segments import count

GIVE_UP_AFTER = timedelta(hours=4)  # later, what it says of times would puzzle the caller
_ACCOUNT_FAULT_PAUSE_S = 60.0
_LONGEST_WAIT = timedelta(minutes=15)
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
        await self._record(job, await self._provider.send(outbound))

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
            message, conversation = await _message(session, job, lock=True)
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
            message, conversation = await _message(session, job, lock=True)
            crashed = message.state == MessageState.SUBMITTING
            if crashed and not self._provider.capabilities.idempotent:
                await self._leave_unknown(session, message, "the send was interrupted")
            elif message.state == MessageState.QUEUED or crashed:
                refusal = await _refusal(session, message, conversation, now)
                if refusal is None:
                    _move(message, MessageState.SUBMITTING)
                    message.submitted_at = now
                    message.provider = self._provider.name
                    message.parts = count(message.text).parts
                    return _outbound(message, conversation)
                _move(message, *refusal)
            await conversation_changed(session, conversation, now, message.id)
            await jobs.finish(session, job, now)
        return None

    async def _record(self, job: jobs.Job, outcome: Outcome) -> None:
        """Keep the outcome; a text that the provider does not have is put back in line."""
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            message, conversation = await _message(session, job, lock=True)
            wait_s = await self._settle(session, message, outcome)
            await conversation_changed(session, conversation, now, message.id)
            if wait_s is None:
                await jobs.finish(session, job, now)
            else:
                await jobs.postpone(session, job, now + _wait(message, wait_s, now), None)
        log.info("text_sent", message=str(job.subject), outcome=type(outcome).__name__)

    async def _settle(
        self, session: AsyncSession, message: MessageRow, outcome: Outcome
    ) -> float | None:
        """Move the text; returns the least seconds to wait where it may be sent again.

        A receipt may have been faster than the answer, so states only go forward.
        """
        state = MessageState(message.state)
        match outcome:
            case Accepted():
                _accept(message, self._provider.name, outcome)
                if may_follow(state, MessageState.ACCEPTED):
                    _move(message, MessageState.ACCEPTED)
            case Rejected() if may_follow(state, MessageState.REJECTED):
                _move(message, MessageState.REJECTED, why=outcome.reason)
            case NotAccepted() if may_follow(state, MessageState.QUEUED):
                _move(message, MessageState.QUEUED, why=outcome.reason)
                return outcome.retry_after_s
            case AccountFault() if may_follow(state, MessageState.QUEUED):
                _move(message, MessageState.QUEUED, why=outcome.reason)
                log.error("sms_account_fault", provider=self._provider.name)
                return _ACCOUNT_FAULT_PAUSE_S
            case Unknown() if may_follow(state, MessageState.UNKNOWN):
                await self._leave_unknown(session, message, outcome.reason)
        return None

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


async def _message(
    session: AsyncSession, job: jobs.Job, *, lock: bool = False
) -> tuple[MessageRow, ConversationRow]:
    """The job's text; locked where it is changed, for a receipt may come at the same time."""
    lock_row = {"key_share": True} if lock else None
    message = await session.get_one(MessageRow, job.subject, with_for_update=lock_row)
    return message, await session.get_one(ConversationRow, message.conversation_id)


async def _refusal(
    session: AsyncSession, message: MessageRow, conversation: ConversationRow, now: datetime
) -> tuple[MessageState, str] | None:
    """The state in which a text ends that must not be sent (any more), and why; else None."""
    if now - message.created_at > GIVE_UP_AFTER:
        return MessageState.FAILED, message.why or "too_late"
    if message.despite_opt_out or not await opted_out(session, conversation.number_index):
        return None
    return MessageState.REJECTED, "opted_out"


def _wait(message: MessageRow, least_s: float, now: datetime) -> timedelta:
    """The longer a text has waited, the longer it waits for the next attempt."""
    waited = now - message.created_at
    return max(timedelta(seconds=least_s), min(waited / 8, _LONGEST_WAIT))


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
