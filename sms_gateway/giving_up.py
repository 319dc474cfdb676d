"""The end of a text whose job failed so often that it is put aside: not in silence.

In: a job `send` that no worker could do. Out: the job put aside, and its text failed, with a person to
see to the caller; or unknown, when a provider may have it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.messages import MessageState
from ringback.store.callbacks import TEXT_NOT_SENT, want_person
from ringback.store.conversations import conversation_changed
from sms_gateway.facts import locked_texts
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
    found = (await locked_texts(session, [job.subject])).get(job.subject)
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
