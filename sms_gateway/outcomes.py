"""What an answer about a text means for its row, whoever gave it: a send, a crash, or a look-up.

In: texts locked in a unit of work. Out: their rows moved on, and the job that finds out what became
of one of unknown outcome. Asked by `marking`, `recording` and `reconciling`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.messages import Accepted, MessageState
from ringback.store.spent import Ledger, counted_e4
from ringback.tables import ConversationRow, MessageRow
from sms_gateway.provider import Account, Found

LOOKED_UP_FOR = timedelta(hours=4)
"""A provider that could not be asked for so long leaves it to a person; who rang waits for an answer."""
REPORTED_WITHIN = timedelta(days=1)
"""Where nothing but a receipt can tell: phones that are off by night are on by then."""


def accept(message: MessageRow, told: Accepted | Found) -> None:
    """The provider's own words about a text that it has; its cost is the caller's to count."""
    message.provider_id = told.provider_id
    message.parts = told.parts or message.parts


def release(ledger: Ledger, message: MessageRow, conversation: ConversationRow) -> None:
    """A text that is certainly not with a provider counts for nothing."""
    if message.reserved_e4 is not None and message.submitted_at is not None:
        index = conversation.number_index
        ledger.add(index, message.submitted_at, -1, -counted_e4(message))
    message.reserved_e4 = message.cost_e4 = None


async def leave_unknown(
    session: AsyncSession,
    message: MessageRow,
    accounts: Mapping[str, Account],
    reconcile_after: timedelta,
    why: str,
) -> None:
    """Nobody knows whether the provider has the text: it is found out later, or a person is told."""
    message.state, message.why = MessageState.UNKNOWN, why
    begun = begun_at(message)
    account = accounts.get(message.provider or "")
    await jobs.put(
        session,
        "reconcile",
        message.company_id,
        message.id,
        begun + (reconcile_after if can_look_up(account) else given_up_after(account)),
        key=f"reconcile:{message.id}:{begun.timestamp()}",
    )


def begun_at(message: MessageRow) -> datetime:
    """When the latest send of a text began."""
    return message.submitted_at or message.created_at


def can_look_up(account: Account | None) -> bool:
    """Whether to ask what the account has. One that is missing may come back by then."""
    return account is None or account.provider.capabilities.lookup


def given_up_after(account: Account | None) -> timedelta:
    """How long after the send nothing more is to be found out by ourselves."""
    return LOOKED_UP_FOR if can_look_up(account) else REPORTED_WITHIN
