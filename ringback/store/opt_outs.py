"""Who wants no texts: told once by the caller, in the trail each time, until the caller starts again.

In: a caller's words, understood by `ringback.optout` or by an engine, or what a provider heard. Out:
the `opt_out` row that the outbox asks for in the transaction that marks a text as submitting. Stands
in the unit of work that keeps the caller's text, or in that of its turn; both hold the
conversation's lock.
"""

from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import audit
from ringback.optout import opts
from ringback.tables import AuditRow, ConversationRow, MessageRow, OptOutRow
from ringback.tenancy import prepared

_OPT_IN = "opt_in"
_OF = prepared(select(OptOutRow).where(OptOutRow.number_index == bindparam("number")))


async def heed(
    session: AsyncSession, conversation: ConversationRow, text: str, now: datetime
) -> None:
    """Do what a text says that is a stop or a start as a whole; nothing for any other."""
    match opts(text):
        case "stop":
            await stop_texts(session, conversation, now)
        case "start":
            await start_texts(session, conversation, now, now)
        case None:
            pass


async def stop_texts(session: AsyncSession, conversation: ConversationRow, now: datetime) -> None:
    """No more texts to the caller; said once more, it counts from now."""
    row = await opt_out_of(session, conversation.number_index)
    if row is None:
        session.add(
            OptOutRow(number_index=conversation.number_index, told_by="caller", created_at=now)
        )
    else:
        row.created_at = now
    await audit.record(session, now, "caller", "opt_out", "conversation", conversation.id)


async def stopped_at_provider(session: AsyncSession, number_index: bytes, now: datetime) -> None:
    """The provider says that the caller has told it to stop: the same as to tell us."""
    if await opt_out_of(session, number_index) is None:
        session.add(OptOutRow(number_index=number_index, told_by="provider", created_at=now))


async def start_texts(
    session: AsyncSession, conversation: ConversationRow, said_at: datetime, now: datetime
) -> None:
    """Take back what was said up to then; a later stop stands, and nothing to take back is nothing."""
    undone = await session.execute(
        delete(OptOutRow).where(
            OptOutRow.number_index == conversation.number_index, OptOutRow.created_at <= said_at
        )
    )
    if undone.rowcount:  # type: ignore[attr-defined]
        await audit.record(session, now, "caller", _OPT_IN, "conversation", conversation.id)


async def took_back(session: AsyncSession, start: MessageRow) -> bool:
    """Whether this start, when it came in, found a stop to take back; the trail of that moment tells."""
    told = select(AuditRow.id).where(
        AuditRow.action == _OPT_IN,
        AuditRow.object_id == str(start.conversation_id),
        AuditRow.at == start.created_at,
    )
    return await session.scalar(told.limit(1)) is not None


async def opt_out_of(session: AsyncSession, index: bytes) -> OptOutRow | None:
    """The row that keeps texts from a number, if there is one."""
    row: OptOutRow | None = await session.scalar(_OF, {"number": index})
    return row
