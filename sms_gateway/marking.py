"""The decision on each queued text of a batch, in the one transaction that marks what is to be sent.

In: jobs `send` of one company. Out: texts marked submitting, with the money for them reserved and
their turn taken; the others held back, waiting, or ended with the reason in their row. Stands before
`sms_gateway.sending`; what is decided here is committed before any provider is asked.

A text that is found submitting was being sent when a process ended: it is unknown, and never sent
again blindly. Only a provider that knows our token (idempotent) may simply be asked again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.errors import BadInput
from ringback.messages import MessageState, Outbound
from ringback.phone import country
from ringback.policy import Hold, Situation, Waiting, Why, Withhold, before_sending
from ringback.prices import part_e4
from ringback.segments import count
from ringback.sms_account import AccountState
from ringback.store.conversations import conversation_changed
from ringback.tables import CallbackRow, ConversationRow, MessageRow
from sms_gateway.breaker import Health, Lets, goes_first, lets, probing
from sms_gateway.facts import Facts, Text, facts_of, turns_of
from sms_gateway.health import keep_health
from sms_gateway.provider import Account
from sms_gateway.routing import Route, Wait, route

TEXT_NOT_SENT = "text_not_sent"
"""Why a person is to look at a conversation: a text of ours in it was not sent."""
IN_LINE = "The account takes only so many texts a second; this one waits for its turn."
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Marked:
    """A text that is to be sent now.

    Attributes:
        job: Its claimed job.
        account: The account to ask.
        outbound: As the provider gets it.
        next_ones: Other accounts that have the sender's number, when this one does not take it.
    """

    job: jobs.Job
    account: str
    outbound: Outbound
    next_ones: tuple[str, ...]


async def mark(
    session: AsyncSession,
    claimed: Sequence[jobs.Job],
    accounts: Mapping[str, Account],
    reconcile_after: timedelta,
    now: datetime,
) -> list[Marked]:
    """Decide on each text; those that are not marked have been ended or given back."""
    facts = await facts_of(session, claimed, accounts, now)
    marking = _Marking(session, facts, accounts, reconcile_after, now)
    for job in claimed:
        if job in facts.held:
            await marking.decide(job)
    await marking.keep()
    return marking.marked


class _Marking:
    """What was decided so far; later texts of the batch see what earlier ones reserved."""

    def __init__(
        self,
        session: AsyncSession,
        facts: Facts,
        accounts: Mapping[str, Account],
        reconcile_after: timedelta,
        now: datetime,
    ) -> None:
        self._session = session
        self._facts = facts
        self._accounts = accounts
        self._reconcile_after = reconcile_after
        self._now = now
        self.marked: list[Marked] = []
        self._taken: set[UUID] = set()
        self._ended: list[jobs.Job] = []
        self._until: dict[jobs.Job, datetime] = {}

    async def decide(self, job: jobs.Job) -> None:
        """Mark the job's text, or say why not."""
        text = self._facts.texts.get(job.subject)
        if text is None or job.subject in self._taken:
            self._ended.append(job)
            return
        self._taken.add(job.subject)
        match text[0].state:
            case MessageState.QUEUED:
                await self._send_or_not(job, text)
            case MessageState.SUBMITTING:
                await self._after_crash(job, text)
            case _:
                self._ended.append(job)

    async def keep(self) -> None:
        """Write what is not in the texts' own rows."""
        self._facts.ledger.keep()
        self._facts.pace.keep()
        await jobs.finish_all(self._session, self._ended, self._now)
        await jobs.postpone_all(self._session, self._until)

    async def _send_or_not(self, job: jobs.Job, text: Text) -> None:
        message, conversation = text
        names = self._facts.routes.get(conversation.our_number, ())
        found = route(names, self._facts.healths, message.provider, self._now)
        try:
            outbound = outbound_of(message, conversation)
        except BadInput as wrong:
            await self._withhold(job, text, MessageState.REJECTED, str(wrong), callback=True)
            return
        # Where it can't go anywhere now, the price for any account stands in.
        waiting = self._waiting(text, found.account if isinstance(found, Route) else "")
        verdict = before_sending(waiting, self._facts.rules, self._facts.zone, self._now)
        if isinstance(verdict, Withhold):
            late = verdict.why is Why.TOO_LATE
            state = MessageState.FAILED if late else MessageState.REJECTED
            await self._withhold(job, text, state, verdict.why, callback=verdict.callback)
        elif isinstance(verdict, Hold):
            message.held_until = verdict.until
            await self._give_back(job, text, verdict.until, verdict.why)
        elif isinstance(found, Wait):
            message.provider = None  # all are asked anew, from the first one on
            await self._give_back(job, text, found.until, found.why)
        elif (turn := self._turn(text, found.account)) > self._now:
            await self._give_back(job, text, turn, IN_LINE)
        else:
            self._reserve(text, waiting)
            await self._mark(job, message, outbound, found)

    def _waiting(self, text: Text, account: str) -> Waiting:
        message, conversation = text
        facts, index = self._facts, conversation.number_index
        parts = count(message.text).parts
        day = self._now.astimezone(facts.zone).date()
        price = part_e4(facts.prices, account, country(conversation.number), day)
        return Waiting(
            recipient=conversation.number,
            situation=Situation(message.situation),
            parts=parts,
            cost_e4=parts * price,
            waiting_since=max(message.created_at, message.held_until or message.created_at),
            opted_out=index in facts.opted_out,
            despite_opt_out=message.despite_opt_out,
            rule=facts.number_rules.get(index),
            spent=facts.ledger.before(index, self._now),
        )

    def _turn(self, text: Text, name: str) -> datetime:
        """When the text may go by the pace of its account and sender."""
        message, conversation = text
        account = self._accounts[name]
        rates = (account.per_second, account.sender_per_second)
        if message.why == IN_LINE and any(rates):
            return self._now  # this is the turn that it was given
        turns = turns_of(name, conversation.our_number)
        return self._facts.pace.turn(dict(zip(turns, rates, strict=True)), self._now)

    def _reserve(self, text: Text, waiting: Waiting) -> None:
        message, conversation = text
        message.parts, message.reserved_e4 = waiting.parts, waiting.cost_e4
        message.submitted_at = self._now
        self._facts.ledger.add(conversation.number_index, self._now, 1, waiting.cost_e4)

    async def _mark(
        self, job: jobs.Job, message: MessageRow, outbound: Outbound, found: Route
    ) -> None:
        health = self._facts.healths[found.account]
        if lets(health, self._now) is Lets.ONE or _tries_silent(health, self._now):
            health = self._facts.healths[found.account] = probing(health, self._now)
            await keep_health(self._session, found.account, health)
        message.state, message.why = MessageState.SUBMITTING, None
        message.provider = found.account
        self.marked.append(Marked(job, found.account, outbound, found.next_ones))

    async def _after_crash(self, job: jobs.Job, text: Text) -> None:
        message, conversation = text
        account = self._accounts.get(message.provider or "")
        stopped = conversation.number_index in self._facts.opted_out
        may_ask = account is not None and account.provider.capabilities.idempotent
        if may_ask and (message.despite_opt_out or not stopped):
            name = str(message.provider)
            self._facts.healths.setdefault(name, Health(self._now))  # it may have lost the number
            found = route([name], self._facts.healths, None, self._now)
            if isinstance(found, Route):
                await self._mark(job, message, outbound_of(message, conversation), found)
            else:
                self._until[job] = found.until  # as it is: it may be there already
            return
        await leave_unknown(
            self._session,
            message,
            self._accounts,
            self._reconcile_after,
            "the send was interrupted",
        )
        await conversation_changed(self._session, conversation, self._now, message.id)
        self._ended.append(job)

    async def _withhold(
        self, job: jobs.Job, text: Text, state: MessageState, why: str, *, callback: bool
    ) -> None:
        """End a text that is not sent; a person sees it where somebody may wait for it."""
        message, conversation = text
        message.state, message.why, message.settled_at = state, why, self._now
        if callback:
            self._session.add(
                CallbackRow(
                    key=f"text:{message.id}",
                    number=conversation.number,
                    number_index=conversation.number_index,
                    conversation_id=conversation.id,
                    why=TEXT_NOT_SENT,
                    created_at=self._now,
                )
            )
        await conversation_changed(self._session, conversation, self._now, message.id)
        self._ended.append(job)
        log.info("text_withheld", message=str(message.id), why=why)

    async def _give_back(self, job: jobs.Job, text: Text, until: datetime, why: str) -> None:
        message, conversation = text
        self._until[job] = until
        if message.why != why:
            message.why = why
            await conversation_changed(self._session, conversation, self._now, message.id)


def _tries_silent(health: Health, now: datetime) -> bool:
    return health.state is AccountState.SILENT and goes_first(health, now)


def outbound_of(message: MessageRow, conversation: ConversationRow) -> Outbound:
    """The text as a provider gets it.

    Raises:
        BadInput: No provider could send it: it is empty or no valid Unicode.
    """
    return Outbound(
        token=message.token or "",
        sender=conversation.our_number,
        recipient=conversation.number,
        text=message.text,
    )


async def leave_unknown(
    session: AsyncSession,
    message: MessageRow,
    accounts: Mapping[str, Account],
    reconcile_after: timedelta,
    why: str,
) -> None:
    """Nobody knows whether the provider has the text: it is found out later, if it can be told."""
    message.state, message.why = MessageState.UNKNOWN, why
    account = accounts.get(message.provider or "")
    if account and account.provider.capabilities.lookup and message.submitted_at:
        await jobs.put(
            session,
            "reconcile",
            message.company_id,
            message.id,
            message.submitted_at + reconcile_after,
            key=f"reconcile:{message.id}:{message.submitted_at.timestamp()}",
        )
