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

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.policy import NumberRule
from ringback.prices import Price
from ringback.store.companies import company
from ringback.store.numbers import rules_of
from ringback.store.pace import Pace
from ringback.store.prices import prices
from ringback.store.spent import Ledger
from ringback.tables import ConversationRow, MessageRow, OptOutRow, SmsNumberRow
from ringback.texting import Texting
from sms_gateway.breaker import Health
from sms_gateway.health import healths
from sms_gateway.provider import Account

Text = tuple[MessageRow, ConversationRow]


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one company and a batch of its texts.

    Attributes:
        texts: By id; locked.
        held: The jobs that are still this worker's.
        rules: The company's.
        zone: The company's.
        opted_out: Indexes of numbers that want no texts.
        number_rules: By index.
        prices: All that were entered.
        ledger: What was spent.
        routes: For each of the company's numbers the accounts that have it, lowest rank first.
        healths: Of those accounts, by name.
        pace: Of those accounts and their senders.
    """

    texts: Mapping[UUID, Text]
    held: Collection[jobs.Job]
    rules: Texting
    zone: ZoneInfo
    opted_out: Collection[bytes]
    number_rules: Mapping[bytes, NumberRule]
    prices: Sequence[Price]
    ledger: Ledger
    routes: Mapping[str, Sequence[str]]
    healths: dict[str, Health]
    pace: Pace


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
    routes = await _routes(session, accounts)
    used = sorted({name for names in routes.values() for name in names})
    return Facts(
        texts=texts,
        held=held,
        rules=Texting.from_document(owner.texting),
        zone=zone,
        opted_out=await _opted_out(session, numbers),
        number_rules=await rules_of(session, numbers),
        prices=await prices(session),
        ledger=await Ledger.locked(session, zone, numbers, [now]),
        routes=routes,
        pace=await Pace.locked(session, _turns(routes)),
        healths=await healths(session, used, now),
    )


async def locked_texts(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Text]:
    """Texts and their conversations by the texts' ids; what is gone is left out."""
    by_id = select(MessageRow).where(MessageRow.id.in_(ids)).order_by(MessageRow.id)
    fresh = {"populate_existing": True}
    locking = by_id.with_for_update(key_share=True).execution_options(**fresh)
    messages = (await session.scalars(locking)).all()
    theirs = (
        select(ConversationRow)
        .where(ConversationRow.id.in_({message.conversation_id for message in messages}))
        .order_by(ConversationRow.id)
        .with_for_update(key_share=True)
        .execution_options(**fresh)
    )
    conversations = {row.id: row for row in await session.scalars(theirs)}
    return {message.id: (message, conversations[message.conversation_id]) for message in messages}


def turns_of(account: str, sender: str) -> tuple[str, str]:
    """The names under which the pace of an account, and of a sender there, is kept."""
    return account, f"{account}:{sender}"


async def _opted_out(session: AsyncSession, numbers: Collection[bytes]) -> set[bytes]:
    query = select(OptOutRow.number_index).where(OptOutRow.number_index.in_(numbers))
    return set(await session.scalars(query))


async def _routes(
    session: AsyncSession, accounts: Mapping[str, Account]
) -> dict[str, Sequence[str]]:
    query = select(SmsNumberRow).order_by(SmsNumberRow.rank, SmsNumberRow.provider)
    routes: dict[str, list[str]] = {}
    for row in await session.scalars(query):
        if row.provider in accounts:
            routes.setdefault(row.e164, []).append(row.provider)
    return dict(routes)


def _turns(routes: Mapping[str, Sequence[str]]) -> set[str]:
    return {
        turn
        for sender, names in routes.items()
        for name in names
        for turn in turns_of(name, sender)
    }
