"""The decision on each queued text of a batch, in the one transaction that marks what is to be sent.

In: jobs `send` of one company. Out: texts marked submitting, with the money for them reserved and
their turn taken; the others held back, waiting, or ended with the reason in their row. Stands before
`sms_gateway.sending`; what is decided here is committed before any provider is asked. No more are
marked than can begin at once, for what is marked when a process ends counts as sent.

A text that is found submitting was being sent when a process ended: it is unknown, and never sent
again blindly. Only a provider that knows our token (idempotent) may simply be asked again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.errors import BadInput
from ringback.messages import MessageState, Outbound
from ringback.policy import Hold, Send, Waiting, Why, Withhold, before_sending
from ringback.sms_account import AccountState
from ringback.store.callbacks import TEXT_NOT_SENT, want_person
from ringback.store.conversations import conversation_changed
from ringback.store.spent import counted_e4
from ringback.tables import ConversationRow, MessageRow
from sms_gateway.breaker import Health, Lets, goes_first, is_well, lets, probing
from sms_gateway.facts import Facts, Text, facts_of
from sms_gateway.health import keep_health
from sms_gateway.marked import Decided, Marked, Room
from sms_gateway.outcomes import begun_at, leave_unknown
from sms_gateway.provider import Account
from sms_gateway.routing import Route, Wait, route
from sms_gateway.turns import turn_of

log = structlog.get_logger()


async def mark(
    session: AsyncSession,
    claimed: Sequence[jobs.Job],
    accounts: Mapping[str, Account],
    room: Room,
    reconcile_after: timedelta,
    now: datetime,
) -> Decided:
    """Decide on each text; those come first that somebody waits for."""
    facts = await facts_of(session, claimed, accounts, now)
    marking = _Marking(session, facts, accounts, room, reconcile_after, now)
    for job in sorted(claimed, key=facts.urgency):
        if job in facts.held:
            await marking.decide(job)
    await marking.keep()
    return marking.decided


class _Marking:
    """What was decided so far; later texts of the batch see what earlier ones reserved."""

    def __init__(
        self,
        session: AsyncSession,
        facts: Facts,
        accounts: Mapping[str, Account],
        room: Room,
        reconcile_after: timedelta,
        now: datetime,
    ) -> None:
        self._session = session
        self._facts = facts
        self._accounts = accounts
        self._room = room
        self._reconcile_after = reconcile_after
        self._now = now
        self.decided = Decided([], {})
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
        again = message.submitted_at is not None
        urgent = self._facts.urgency(job)
        found = route(
            names, self._facts.healths, message.provider, self._now, urgency=urgent, again=again
        )
        try:
            outbound = outbound_of(message, conversation)
        except BadInput as wrong:
            await self._withhold(job, text, MessageState.REJECTED, str(wrong), callback=True)
            return
        # Where it can't go anywhere now, the price for any account stands in.
        account = found.account if isinstance(found, Route) else ""
        waiting = self._facts.waiting(text, account, self._now)
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
        elif await self._is_its_turn(job, text, found.account):
            self._reserve(text, waiting)
            await self._mark(job, text, outbound, found, again=again)

    async def _is_its_turn(self, job: jobs.Job, text: Text, name: str) -> bool:
        account = self._accounts[name]
        if not self._room.take(name):
            self.decided.waiting[job] = name
            return False
        later = turn_of(job, text, name, account, self._facts.pace, self._now)
        if later:
            self._room.give_back(name)
            text[0].turn_from = name
            await self._give_back(job, text, later.at, later.why)
        return later is None

    def _reserve(self, text: Text, waiting: Waiting) -> None:
        message, conversation = text
        message.parts, message.reserved_e4 = waiting.parts, waiting.cost_e4
        message.submitted_at = self._now
        self._facts.ledger.add(conversation.number_index, self._now, 1, waiting.cost_e4)

    async def _mark(
        self, job: jobs.Job, text: Text, outbound: Outbound, found: Route, *, again: bool
    ) -> None:
        message, name = text[0], found.account
        health = self._facts.healths[name]
        if lets(health, self._now) is Lets.ONE or _tries_silent(health, self._now):
            health = self._facts.healths[name] = probing(health, self._now)
            await keep_health(self._session, name, health)
        message.state, message.why = MessageState.SUBMITTING, None
        message.provider, message.sender = name, outbound.sender
        self.decided.marked.append(
            Marked(job, name, outbound, found.next_ones, self._now, again, is_well(health))
        )

    async def _after_crash(self, job: jobs.Job, text: Text) -> None:
        """Only a provider that knows our token is asked again, and only what may be sent now."""
        message, conversation = text
        name = message.provider or ""
        account = self._accounts.get(name)
        if account and account.provider.capabilities.idempotent and self._may_still_go(text, name):
            self._facts.healths.setdefault(name, Health(self._now))  # it may have lost the number
            found = route([name], self._facts.healths, None, self._now, again=True)
            if isinstance(found, Wait):
                self._until[job] = found.until  # as it is: it may be there already
            elif self._room.take(name):
                await self._mark(job, text, as_sent(message, conversation), found, again=True)
            else:
                self.decided.waiting[job] = name
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

    def _may_still_go(self, text: Text, account: str) -> bool:
        """Whether the rules let it go at this hour; what is reserved for it does not count twice."""
        message, conversation = text
        ledger, own = self._facts.ledger, (conversation.number_index, begun_at(message))
        cost_e4 = counted_e4(message)
        ledger.add(*own, -1, -cost_e4)
        waiting = self._facts.waiting(text, account, self._now)
        ledger.add(*own, 1, cost_e4)
        verdict = before_sending(waiting, self._facts.rules, self._facts.zone, self._now)
        return isinstance(verdict, Send)

    async def _withhold(
        self, job: jobs.Job, text: Text, state: MessageState, why: str, *, callback: bool
    ) -> None:
        """End a text that is not sent; a person sees it where somebody may wait for it."""
        message, conversation = text
        message.state, message.why, message.settled_at = state, why, self._now
        if callback:
            await want_person(self._session, conversation, message, TEXT_NOT_SENT, self._now)
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


def as_sent(message: MessageRow, conversation: ConversationRow) -> Outbound:
    """The text as its provider got it: the company may text from another number by now."""
    sender = message.sender or conversation.our_number
    return replace(outbound_of(message, conversation), sender=sender)
