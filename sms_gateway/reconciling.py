"""What became of a text of unknown outcome: a look-up at the provider, in the end a person.

In: jobs `reconcile`, each about one `message` row. Out: the text accepted, delivered or failed as the
provider tells; in line again when the provider has no such text, and only then; or, when nobody could
tell for hours, as it is, with a person to see to the caller. A receipt may be faster each time.

The look-up is about the text as it was sent: from the number that was ours then, at the account that
was asked. While that account is missing, renamed or taken out of the file, its texts wait.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from ringback.messages import MessageState, may_follow
from ringback.store.callbacks import TEXT_NOT_DELIVERED, want_person
from ringback.store.companies import company
from ringback.store.conversations import conversation_changed, send_lane
from ringback.store.spent import Ledger, settle_cost
from ringback.tables import ConversationRow, MessageRow
from sms_gateway.facts import Text, locked_texts
from sms_gateway.marking import as_sent
from sms_gateway.outcomes import accept, begun_at, given_up_after, release
from sms_gateway.provider import Account, Found, NotFound
from sms_gateway.storable import storable_found

KNOWN_FOR = timedelta(days=3)
"""Longer than providers look back (`providers.history`); their clocks and ours may differ besides."""
_LOOKUP_SHARE = 0.7  # of the lease; one that takes longer, page by page, is begun again later
_LEAST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
log = structlog.get_logger()
Answer = Found | NotFound | None


class Reconciling:
    """Finds out about the texts of all companies.

    Args:
        db: The database.
        clock: Now.
        accounts: By name, as in `message.provider`.
    """

    def __init__(self, db: Database, clock: Clock, accounts: Mapping[str, Account]) -> None:
        self._db = db
        self._clock = clock
        self._accounts = accounts

    async def reconcile(self, job: jobs.Job) -> None:
        """The step `reconcile`."""
        async with self._db.read(job.company_id) as session:
            message = await session.get_one(MessageRow, job.subject)
            conversation = await session.get_one(ConversationRow, message.conversation_id)
            known = await _known(session, (message, conversation))
        answer: Answer = None
        if message.state == MessageState.UNKNOWN:
            answer = await self._look_up(job, (message, conversation), known)
        async with self._db.begin(job.company_id) as session:
            text = (await locked_texts(session, [job.subject]))[job.subject]
            told = await self._resolve(session, job, text, answer)
        log.info("text_reconciled", message=str(job.subject), told=told)

    async def _look_up(self, job: jobs.Job, text: Text, known: set[str]) -> Answer:
        message, conversation = text
        account = self._accounts.get(message.provider or "")
        if account is None:
            log.warning("account_missing", account=message.provider, message=str(message.id))
            return None
        if not account.provider.capabilities.lookup:
            return None
        sent = as_sent(message, conversation)
        leased_s = (job.leased_until - self._clock()).total_seconds()
        try:
            async with asyncio.timeout(_LOOKUP_SHARE * leased_s):
                answer = await account.provider.lookup(sent, begun_at(message), known)
        except TimeoutError:
            log.warning("lookup_took_too_long", account=message.provider)
            return None
        except Exception:  # a fault of ours; the provider may have the text all the same
            log.exception("lookup_failed", account=message.provider)
            return None
        return storable_found(answer) if isinstance(answer, Found) else answer

    async def _resolve(
        self, session: AsyncSession, job: jobs.Job, text: Text, answer: Answer
    ) -> str:
        """Write down what the look-up told; returns a word for it."""
        message, conversation = text
        now, state = self._clock(), MessageState(message.state)
        if isinstance(answer, Found) and answer.provider_id in await _known(session, text):
            answer = None  # another text of the same words was just found to be this one
        if isinstance(answer, Found):
            if may_follow(state, answer.state):
                await self._found(session, text, answer)
        elif state is MessageState.UNKNOWN and isinstance(answer, NotFound):
            await self._queue_again(session, job, text)
        elif state is MessageState.UNKNOWN:
            begun = begun_at(message)
            if now < begun + given_up_after(self._accounts.get(message.provider or "")):
                wait = min(max((now - begun) / 4, _LEAST_WAIT), _LONGEST_WAIT)
                await jobs.postpone(session, job, now + wait, None)
                return "later"
            await want_person(session, conversation, message, TEXT_NOT_DELIVERED, now)
        await conversation_changed(session, conversation, now, message.id)
        await jobs.finish(session, job, now)
        return type(answer).__name__ if answer else "nothing"

    async def _found(self, session: AsyncSession, text: Text, answer: Found) -> None:
        message, conversation = text
        accept(message, answer)
        message.state, message.why = answer.state, None
        if answer.state.final:
            message.settled_at = self._clock()
        if answer.state is MessageState.FAILED:
            now = self._clock()
            await want_person(session, conversation, message, TEXT_NOT_DELIVERED, now)
        if answer.cost_e4 is not None:
            await settle_cost(session, message, answer.cost_e4)

    async def _queue_again(self, session: AsyncSession, job: jobs.Job, text: Text) -> None:
        message, conversation = text
        zone = ZoneInfo((await company(session)).zone)
        ledger = await Ledger.locked(
            session, zone, [conversation.number_index], [begun_at(message)]
        )
        release(ledger, message, conversation)
        message.state, message.provider = MessageState.QUEUED, None
        message.why = "the provider did not have it"
        lane, urgency = send_lane(message)
        await jobs.put(
            session,
            "send",
            message.company_id,
            message.id,
            self._clock(),
            lane=lane,
            urgency=urgency,
            key=f"send:{message.id}:{job.id}",
        )


async def _known(session: AsyncSession, text: Text) -> set[str]:
    """Ids that the account gave to the other texts that this number got lately."""
    message, conversation = text
    sent = func.coalesce(MessageRow.submitted_at, MessageRow.created_at)
    ids = await session.scalars(
        select(MessageRow.provider_id)
        .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
        .where(
            ConversationRow.number_index == conversation.number_index,
            MessageRow.id != message.id,
            MessageRow.provider == message.provider,
            MessageRow.direction == "out",
            sent > begun_at(message) - KNOWN_FOR,
        )
    )
    return {provider_id for provider_id in ids if provider_id}
