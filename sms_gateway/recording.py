"""What became of texts, written down for a whole batch in one transaction.

In: texts that were handed to their providers, and the outcomes. Out: their next states; what they cost
counted instead of what was reserved, or the reservation taken back; the jobs ended, or given back
where the provider certainly does not have the text. It then goes to the next account that has the
sender's number, if there is one, else it waits. After an unknown outcome it never does.

A receipt may have been faster than the answer, so states only go forward. Where the lease was lost
meanwhile, another worker has found the text `submitting` and called it unknown: what the provider
answered is still written down, but the text is not put back in line.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.messages import (
    Accepted,
    AccountFault,
    MessageState,
    NotAccepted,
    Rejected,
    Unknown,
    may_follow,
)
from ringback.policy import Situation
from ringback.store.callbacks import TEXT_NOT_SENT, want_person
from ringback.store.companies import company
from ringback.store.conversations import conversation_changed
from ringback.store.opt_outs import stopped_at_provider
from ringback.store.pace import Pace
from ringback.store.spent import Ledger, counted_e4
from ringback.tables import ConversationRow, MessagePartRow, MessageRow
from sms_gateway.facts import Text, locked_texts
from sms_gateway.outcomes import accept, leave_unknown, release
from sms_gateway.provider import Account
from sms_gateway.sending import Sent
from sms_gateway.storable import storable_outcome

_ACCOUNT_FAULT_PAUSE_S = 60.0
_LONGEST_WAIT = timedelta(minutes=15)


async def record(
    session: AsyncSession,
    sent: Sequence[Sent],
    accounts: Mapping[str, Account],
    reconcile_after: timedelta,
    now: datetime,
) -> None:
    """Write down what became of the texts of one company."""
    texts = await locked_texts(session, [one.marked.job.subject for one in sent])
    held = await jobs.held(session, [one.marked.job for one in sent])
    numbers = {conversation.number_index for _, conversation in texts.values()}
    moments = {message.submitted_at for message, _ in texts.values() if message.submitted_at}
    zone = ZoneInfo((await company(session)).zone)
    ledger = await Ledger.locked(session, zone, numbers, moments)
    recording = _Recording(session, ledger, accounts, reconcile_after, now)
    for one in sent:
        if one.marked.job.subject in texts:
            await recording.one(one, texts[one.marked.job.subject], one.marked.job in held)
    await recording.keep(held)


class _Recording:
    def __init__(
        self,
        session: AsyncSession,
        ledger: Ledger,
        accounts: Mapping[str, Account],
        reconcile_after: timedelta,
        now: datetime,
    ) -> None:
        self._session = session
        self._ledger = ledger
        self._accounts = accounts
        self._reconcile_after = reconcile_after
        self._now = now
        self._until: dict[jobs.Job, datetime] = {}
        self._slow_until: dict[str, datetime] = {}

    async def one(self, sent: Sent, text: Text, is_held: bool) -> None:
        """Move one text."""
        message, conversation = text
        state = MessageState(message.state)
        outcome = storable_outcome(sent.outcome)
        if isinstance(outcome, Accepted):
            await self._accept(sent.marked.account, text, outcome)
        elif isinstance(outcome, Rejected):
            if may_follow(state, MessageState.REJECTED):
                await self._reject(text, outcome)
        elif isinstance(outcome, Unknown):
            if may_follow(state, MessageState.UNKNOWN):
                await leave_unknown(
                    self._session,
                    message,
                    self._accounts,
                    self._reconcile_after,
                    outcome.reason,
                )
        elif is_held and may_follow(state, MessageState.QUEUED):
            self._queue_again(sent, text, outcome)
        await conversation_changed(self._session, conversation, self._now, message.id)

    async def keep(self, held: set[jobs.Job]) -> None:
        """Write what is not in the texts' own rows."""
        self._ledger.keep()
        await jobs.finish_all(self._session, held - self._until.keys(), self._now)
        await jobs.postpone_all(self._session, self._until)
        if self._slow_until:
            pace = await Pace.locked(self._session, self._slow_until.keys())
            for name, until in self._slow_until.items():
                pace.slow_down(name, until)
            pace.keep()

    async def _accept(self, account: str, text: Text, told: Accepted) -> None:
        message, conversation = text
        message.provider = account
        accept(message, told)
        if told.cost_e4 is not None:
            self._count(message, conversation, 0, told.cost_e4)
            message.cost_e4 = told.cost_e4
        if may_follow(MessageState(message.state), MessageState.ACCEPTED):
            message.state, message.why = MessageState.ACCEPTED, None
        if told.part_ids and not await self._has_parts(message):
            self._session.add_all(
                MessagePartRow(
                    id=uuid4(),
                    message_id=message.id,
                    number=number,
                    provider=account,
                    provider_id=part_id,
                    state=MessageState.ACCEPTED,
                )
                for number, part_id in enumerate(told.part_ids, start=1)
            )

    async def _has_parts(self, message: MessageRow) -> bool:
        """Whether this was all written down before: a commit that seemed to fail may not have."""
        parts = select(MessagePartRow.id).where(MessagePartRow.message_id == message.id).limit(1)
        return await self._session.scalar(parts) is not None

    async def _reject(self, text: Text, told: Rejected) -> None:
        message, conversation = text
        message.state, message.why = MessageState.REJECTED, told.reason
        message.settled_at = self._now
        release(self._ledger, message, conversation)
        if told.opted_out:
            await stopped_at_provider(self._session, conversation.number_index, self._now)
        if (
            not told.opted_out or message.situation != Situation.REPLY
        ):  # who said stop waits for none
            await want_person(self._session, conversation, message, TEXT_NOT_SENT, self._now)

    def _queue_again(self, sent: Sent, text: Text, outcome: NotAccepted | AccountFault) -> None:
        """The provider certainly does not have it: the next one gets it now, or it waits."""
        message, conversation = text
        release(self._ledger, message, conversation)
        message.state = MessageState.QUEUED
        busy = isinstance(outcome, NotAccepted) and outcome.busy
        message.why = outcome.reason
        if sent.marked.next_ones and not busy:
            self._until[sent.marked.job] = self._now  # `provider` tells who has been asked
            return
        message.provider = None  # all are asked anew, from the first one on
        pause_s = _pause_s(outcome)
        if busy:  # that is about the account, whatever waits in line for it
            self._until[sent.marked.job] = self._now + timedelta(seconds=pause_s)
            self._slow_until[sent.marked.account] = self._now + timedelta(seconds=pause_s)
        else:
            self._until[sent.marked.job] = self._now + wait(message, pause_s, self._now)

    def _count(
        self, message: MessageRow, conversation: ConversationRow, texts: int, cost_e4: int
    ) -> None:
        """From now on the text counts for `cost_e4`."""
        if message.submitted_at is not None:
            more = cost_e4 - counted_e4(message)
            self._ledger.add(conversation.number_index, message.submitted_at, texts, more)


def wait(message: MessageRow, least_s: float, now: datetime) -> timedelta:
    """The longer a text has waited, the longer it waits for the next attempt."""
    waited = now - max(message.created_at, message.held_until or message.created_at)
    return max(timedelta(seconds=least_s), min(waited / 8, _LONGEST_WAIT))


def _pause_s(outcome: NotAccepted | AccountFault) -> float:
    return outcome.retry_after_s if isinstance(outcome, NotAccepted) else _ACCOUNT_FAULT_PAUSE_S
