"""How the accounts with SMS providers are, for the outbox and the portal.

In: what became of texts (`sms_gateway.breaker`), receipts. Out: one `sms_account` row per account;
an account without a row is up. The rows are the operator's, but every company with a number at the
account is told when its state changes.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.bell import CHANGES, ring_after
from ringback.messages import MessageState
from ringback.sms_account import AccountState
from ringback.store.changes import Kind, note_change
from ringback.tables import ChangeRow, ConversationRow, MessageRow, SmsAccountRow, SmsNumberRow
from ringback.tenancy import ACROSS, prepared

_NAMED = prepared(
    select(SmsAccountRow)
    .where(SmsAccountRow.name.in_(bindparam("names")))
    .order_by(SmsAccountRow.name)
)
_LOCKED = _NAMED.with_for_update().execution_options(populate_existing=True)


async def sms_accounts(
    session: AsyncSession, names: Collection[str], *, lock: bool = False
) -> Mapping[str, SmsAccountRow]:
    """The rows of these accounts, by name; in any unit of work."""
    rows = await session.scalars(_LOCKED if lock else _NAMED, {"names": list(names)})
    return {row.name: row for row in rows}


async def heard_from(session: AsyncSession, account: str, now: datetime) -> None:
    """A receipt came: the account is not silent.

    Call it last in a unit of work, once per batch: its row is the last one in the lock order. In the
    operator's unit of work all companies concerned are told, in a company's that company alone.
    """
    fresh = update(SmsAccountRow).where(SmsAccountRow.name == account)
    in_line = or_(SmsAccountRow.unreported > 0, SmsAccountRow.silent_since.is_not(None))
    await session.execute(
        fresh.where(in_line)
        .values(unreported=0, silent_since=None)
        .execution_options(synchronize_session=False)
    )
    was_silent = await session.execute(
        fresh.where(SmsAccountRow.state == AccountState.SILENT)
        .values(state=AccountState.UP, text="", since=now, retry_at=None)
        .execution_options(synchronize_session=False)
    )
    if was_silent.rowcount:  # type: ignore[attr-defined]
        await tell_of_account(session, account, now)


async def has_reported(session: AsyncSession, account: str, since: datetime) -> bool:
    """Whether a text of the account's was delivered or failed since then (operator).

    Receipts are noted here now and then only (`heard_from`); the texts themselves tell it for sure.
    """
    reported = (
        select(MessageRow.id)
        .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
        .where(
            ConversationRow.changed_at >= since,  # has an index
            MessageRow.provider == account,
            MessageRow.direction == "out",
            MessageRow.state.in_((MessageState.DELIVERED, MessageState.FAILED)),
            MessageRow.settled_at >= since,
        )
        .limit(1)
    )
    return await session.scalar(reported) is not None


async def tell_of_account(session: AsyncSession, account: str, now: datetime) -> None:
    """Tell the live pages of the companies that have a number at the account."""
    owner = session.info["company"]
    if owner != ACROSS:
        await note_change(session, Kind.SMS_ACCOUNT, owner, now)
        return
    theirs = select(SmsNumberRow.company_id).where(SmsNumberRow.provider == account).distinct()
    for company_id in await session.scalars(theirs):
        change = ChangeRow(
            company_id=company_id, kind=Kind.SMS_ACCOUNT, subject=company_id, new=False, at=now
        )
        session.add(change)
    ring_after(session.info, CHANGES)
