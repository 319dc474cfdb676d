"""The end of a text whose job failed so often that it is put aside: not in silence.

In: a job `send` or `reconcile` that no worker could do. Out: the job put aside, with a person to see
to the caller. A text in line has failed; one that a provider may have is unknown.

Perhaps the job failed because the text's row can't be decrypted, so nothing sealed is read here but
the caller's number, and not even that is needed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlalchemy.orm.attributes import set_committed_value

from ringback import jobs
from ringback.crypto import SealBroken
from ringback.messages import MessageState
from ringback.store.callbacks import TEXT_NOT_DELIVERED, TEXT_NOT_SENT, want_person
from ringback.store.conversations import conversation_changed
from ringback.tables import ConversationRow, MessageRow
from sms_gateway.facts import Text
from sms_gateway.outcomes import leave_unknown
from sms_gateway.provider import Account

BROKEN = "Ringback failed on this text again and again; its log tells why."


async def give_up(
    session: AsyncSession,
    job: jobs.Job,
    fault: str,
    accounts: Mapping[str, Account],
    reconcile_after: timedelta,
    now: datetime,
) -> None:
    """Put the job aside and end its text.

    Raises:
        LeaseLost: Another worker has the job.
    """
    found = await _locked(session, job)
    await jobs.give_up(session, job, now, fault)
    if found is None:
        return
    message, conversation = found
    if message.state == MessageState.SUBMITTING:
        await leave_unknown(session, message, accounts, reconcile_after, BROKEN)
    elif message.state == MessageState.QUEUED:
        message.state, message.why, message.settled_at = MessageState.FAILED, BROKEN, now
        await want_person(session, conversation, message, TEXT_NOT_SENT, now)
    await conversation_changed(session, conversation, now, message.id)


async def give_up_reconciling(
    session: AsyncSession, job: jobs.Job, fault: str, now: datetime
) -> None:
    """Put the job aside; whether its text was sent, nobody is going to find out.

    Raises:
        LeaseLost: Another worker has the job.
    """
    found = await _locked(session, job)
    await jobs.give_up(session, job, now, fault)
    if found is None or found[0].state != MessageState.UNKNOWN:
        return
    message, conversation = found
    await want_person(session, conversation, message, TEXT_NOT_DELIVERED, now)
    await conversation_changed(session, conversation, now, message.id)


async def _locked(session: AsyncSession, job: jobs.Job) -> Text | None:
    """The job's text and its conversation, locked, without what is sealed; None when it is gone."""
    message = await session.scalar(
        select(MessageRow)
        .where(MessageRow.id == job.subject)
        .options(defer(MessageRow.text), defer(MessageRow.why))
        .with_for_update(key_share=True)
    )
    if message is None:
        return None
    conversation = (
        await session.scalars(
            select(ConversationRow)
            .where(ConversationRow.id == message.conversation_id)
            .options(defer(ConversationRow.number), defer(ConversationRow.memory))
            .with_for_update(key_share=True)
        )
    ).one()
    set_committed_value(conversation, "number", await _number(session, conversation.id))
    return message, conversation


async def _number(session: AsyncSession, conversation_id: UUID) -> str:
    """The caller's, or "" where it can't be decrypted: the conversation is shown all the same."""
    query = select(ConversationRow.number).where(ConversationRow.id == conversation_id)
    try:
        return await session.scalar(query) or ""
    except SealBroken:
        return ""
