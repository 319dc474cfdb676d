"""What must be known of a company's texts before they may go out, read for a whole batch at once.

In: claimed jobs. Out: the texts with their conversations, locked; the company's rules; which numbers
want no texts; what was spent; which accounts have the company's numbers and how those are. Stands at
the beginning of the transaction that marks texts as submitting.

Locks are taken in the order that `ringback.store.spent` tells, and by id within a table, so that two
workers with texts of one company wait for each other instead of blocking each other for good.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.messages import MessageState
from ringback.ownership import is_passed_over
from ringback.phone import country
from ringback.policy import NumberRule, Situation, Waiting, urgency
from ringback.prices import Price, part_e4
from ringback.segments import count
from ringback.store.ai_log import told_deeds
from ringback.store.companies import company, sender, sms_numbers
from ringback.store.conversations import ASSISTANT
from ringback.store.numbers import rules_of
from ringback.store.ownership import owned
from ringback.store.pace import Pace
from ringback.store.prices import prices
from ringback.store.reminders import outdated_reminders
from ringback.store.spent import Ledger
from ringback.tables import ConversationRow, MessageRow, OptOutRow, SmsNumberRow
from ringback.tenancy import prepared
from ringback.texting import Texting
from sms_gateway.breaker import Health
from sms_gateway.health import healths
from sms_gateway.provider import Account

Text = tuple[MessageRow, ConversationRow]
_TEXTS = prepared(
    select(MessageRow)
    .where(MessageRow.id.in_(bindparam("ids")))
    .order_by(MessageRow.id)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
_CONVERSATIONS = prepared(
    select(ConversationRow)
    .where(ConversationRow.id.in_(bindparam("ids")))
    .order_by(ConversationRow.id)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
_RECEIVED = prepared(
    select(MessageRow.conversation_id, func.max(MessageRow.number))
    .where(MessageRow.conversation_id.in_(bindparam("ids")), MessageRow.direction == "in")
    .group_by(MessageRow.conversation_id)
)
_OPTED_OUT = prepared(
    select(OptOutRow.number_index).where(OptOutRow.number_index.in_(bindparam("numbers")))
)


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one company and a batch of its texts.

    Attributes:
        texts: By id; locked.
        held: The jobs that are still this worker's.
        rules: The company's.
        zone: The company's.
        received: The place of the last text that came in, by conversation.
        opted_out: Indexes of numbers that want no texts.
        number_rules: By index.
        prices: All that were entered.
        ledger: What was spent.
        routes: For each of the company's numbers the accounts that have it, lowest rank first.
        healths: Of those accounts, by name.
        pace: Of those accounts and their senders.
        silenced: Answers of the assistant's that must not go out any more, for a person answers.
        outdated: Reminders of bookings that were moved or cancelled since.
    """

    texts: Mapping[UUID, Text]
    held: Collection[jobs.Job]
    rules: Texting
    zone: ZoneInfo
    received: Mapping[UUID, int]
    opted_out: Collection[bytes]
    number_rules: Mapping[bytes, NumberRule]
    prices: Sequence[Price]
    ledger: Ledger
    routes: Mapping[str, Sequence[str]]
    healths: dict[str, Health]
    pace: Pace
    silenced: Collection[UUID]
    outdated: Collection[UUID]

    def urgency(self, job: jobs.Job) -> int:
        """As `ringback.policy.urgency` for the job's text."""
        text = self.texts.get(job.subject)
        return urgency(Situation(text[0].situation)) if text else 0

    def waiting(self, text: Text, account: str, now: datetime) -> Waiting:
        """What `ringback.policy` asks about a text that would go out through this account now."""
        message, conversation = text
        index, parts = conversation.number_index, count(message.text).parts
        day = now.astimezone(self.zone).date()
        price = part_e4(self.prices, account, country(conversation.number), day)
        return Waiting(
            recipient=conversation.number,
            situation=Situation(message.situation),
            parts=parts,
            cost_e4=parts * price,
            waiting_since=max(message.created_at, message.held_until or message.created_at),
            opted_out=index in self.opted_out,
            despite_opt_out=message.despite_opt_out,
            rule=self.number_rules.get(index),
            wrote_since=self.received.get(conversation.id, 0) > message.number,
            passed_over=message.id in self.silenced,
            outdated=message.id in self.outdated,
            spent=self.ledger.before(index, now),
        )


async def facts_of(
    session: AsyncSession,
    claimed: Sequence[jobs.Job],
    accounts: Mapping[str, Account],
    now: datetime,
) -> Facts:
    """Everything, with about a dozen statements however many texts there are."""
    texts = await locked_texts(session, [job.subject for job in claimed])
    held = await jobs.held(session, claimed)
    owner = await company(session)
    zone = ZoneInfo(owner.zone)
    numbers = {conversation.number_index for _, conversation in texts.values()}
    ours = await sms_numbers(session)
    routes = _routes(ours, accounts)
    await _take_present_number(session, texts, routes, sender(ours, accounts, None))
    used = sorted({name for names in routes.values() for name in names})
    return Facts(
        texts=texts,
        held=held,
        rules=Texting.kept(owner.texting),
        zone=zone,
        received=await _received(session, {talk.id for _, talk in texts.values()}),
        opted_out=await _opted_out(session, numbers),
        number_rules=await rules_of(session, numbers),
        prices=await prices(session),
        ledger=await Ledger.locked(session, zone, numbers, _moments(texts, now)),
        routes=routes,
        pace=await Pace.locked(session, _turns(routes)),
        silenced=await _silenced(session, texts.values()),
        outdated=await _outdated(session, [message for message, _ in texts.values()]),
        healths=await healths(session, used, now),
    )


async def locked_texts(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Text]:
    """Texts and their conversations by the texts' ids; what is gone is left out."""
    messages = (await session.scalars(_TEXTS, {"ids": list(ids)})).all()
    theirs = {message.conversation_id for message in messages}
    rows = await session.scalars(_CONVERSATIONS, {"ids": list(theirs)})
    conversations = {row.id: row for row in rows}
    return {message.id: (message, conversations[message.conversation_id]) for message in messages}


def turns_of(account: str, ours: str) -> tuple[str, str]:
    """The names under which the pace of an account, and of a sender there, is kept."""
    return account, f"{account}:{ours}"


def _passed_over(message: MessageRow, conversation: ConversationRow) -> bool:
    """Whether the assistant wrote it and has been silenced since; a stop is confirmed all the same."""
    own = message.author == ASSISTANT and not message.despite_opt_out
    return own and is_passed_over(owned(conversation), message.created_at)


async def _silenced(session: AsyncSession, texts: Collection[Text]) -> set[UUID]:
    """Answers of the assistant's that come after a person has taken over.

    What tells of a deed is none of them: the time is booked, and the caller must know.
    """
    late = {row.key: row.id for row, talk in texts if _passed_over(row, talk)}
    done = await told_deeds(session, late)
    return {row_id for key, row_id in late.items() if key not in done}


async def _outdated(session: AsyncSession, messages: Collection[MessageRow]) -> set[UUID]:
    """Reminders that wait while what they remind of has been changed."""
    reminders = {row.key: row.id for row in messages if row.situation == Situation.REMINDER}
    return {reminders[key] for key in await outdated_reminders(session, reminders)}


async def _received(session: AsyncSession, conversations: Collection[UUID]) -> dict[UUID, int]:
    last = await session.execute(_RECEIVED, {"ids": list(conversations)})
    return {conversation: number for conversation, number in last}


async def _opted_out(session: AsyncSession, numbers: Collection[bytes]) -> set[bytes]:
    return set(await session.scalars(_OPTED_OUT, {"numbers": list(numbers)}))


def _moments(texts: Mapping[UUID, Text], now: datetime) -> set[datetime]:
    """When texts of the batch count in the sums: now, or since they were marked before a crash."""
    crashed = (row for row, _ in texts.values() if row.state == MessageState.SUBMITTING)
    return {now} | {row.submitted_at for row in crashed if row.submitted_at}


async def _take_present_number(
    session: AsyncSession,
    texts: Mapping[UUID, Text],
    routes: Mapping[str, Sequence[str]],
    present: str | None,
) -> None:
    """A company that exchanged its number texts from the new one, but for who answered to the old."""
    lost = {talk.id: talk for _, talk in texts.values() if talk.our_number not in routes}
    if not lost or present is None:
        return
    received = MessageRow.direction == "in"
    answered = set(
        await session.scalars(
            select(MessageRow.conversation_id)
            .where(MessageRow.conversation_id.in_(lost), received)
            .distinct()
        )
    )
    for talk in lost.values():
        if talk.id not in answered:
            talk.our_number = present


def _routes(
    ours: Sequence[SmsNumberRow], accounts: Mapping[str, Account]
) -> dict[str, Sequence[str]]:
    routes: dict[str, list[str]] = {}
    for row in ours:
        if row.provider in accounts:
            routes.setdefault(row.e164, []).append(row.provider)
    return dict(routes)


def _turns(routes: Mapping[str, Sequence[str]]) -> set[str]:
    return {
        turn for ours, names in routes.items() for name in names for turn in turns_of(name, ours)
    }
