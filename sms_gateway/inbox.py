"""Texts and receipts in: kept before the provider is answered, each once.

In: values that a provider has parsed from verified webhooks. Out: `message` rows, the job `turn`,
and the later states of texts that went out.
"""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import TryAgain
from ringback.messages import Inbound, MessageState, Receipt, may_follow
from ringback.phone import masked, to_e164
from ringback.store.companies import business, company_of_number
from ringback.store.conversations import (
    add_received,
    conversation_changed,
    is_received,
    open_conversation,
    open_conversation_with,
)
from ringback.tables import ConversationRow, MessageRow

log = structlog.get_logger()


class Inbox:
    """Takes what one provider delivers, for all companies."""

    def __init__(self, db: Database, clock: Clock, provider_name: str) -> None:
        self._db = db
        self._clock = clock
        self._provider = provider_name

    async def receive(self, inbound: Inbound) -> None:
        """Keep a caller's text. One that can't be answered or belongs to nobody is logged."""
        sender, ours = to_e164(inbound.sender), to_e164(inbound.recipient)
        async with self._db.read_across() as session:
            company_id = await company_of_number(session, self._provider, ours or "")
            loops = await company_of_number(session, self._provider, sender or "") is not None
        if company_id is None or ours is None:
            log.error("text_to_unknown_number", number=masked(inbound.recipient))
            return
        if sender is None or loops or any(sign.isalpha() for sign in inbound.sender):
            log.warning("text_from_unanswerable_sender", provider_id=inbound.provider_id)
            return
        try:
            await self._keep(company_id, inbound, sender, ours)
        except IntegrityError as twice:  # delivered twice at once, or just as we texted the caller
            raise TryAgain("The text is being taken in already; deliver it again.", 1.0) from twice

    async def _keep(self, company_id: UUID, inbound: Inbound, sender: str, ours: str) -> None:
        now = self._clock()
        async with self._db.begin(company_id) as session:
            if await is_received(session, self._provider, inbound.provider_id):
                return
            conversation = await self._conversation(session, sender, ours, now)
            await add_received(
                session, conversation, self._provider, inbound.provider_id, inbound.text, now
            )
        log.info("text_received", conversation=str(conversation.id))

    async def _conversation(
        self, session: AsyncSession, sender: str, ours: str, now: datetime
    ) -> ConversationRow:
        """The caller's open conversation, locked so that his texts stay in order; or a new one."""
        ongoing = await open_conversation_with(session, sender)
        if ongoing is not None:
            await session.refresh(ongoing, with_for_update={"key_share": True})
            if ongoing.closed_at is None:
                return ongoing
        language = (await business(session)).locale[:2]
        opened = await open_conversation(session, sender, ours, language, now)
        # The step itself puts off the close until nothing has happened for long enough.
        await jobs.put(session, "close", opened.company_id, opened.id, now)
        return opened

    async def settle(self, receipt: Receipt) -> None:
        """Note what became of a text that went out; late and doubled receipts change nothing."""
        async with self._db.read_across() as session:
            found = await self._find(session, receipt)
        if found is None:
            log.warning("receipt_for_unknown_text", code=receipt.raw_code)
            return
        company_id, message_id = found
        async with self._db.begin(company_id) as session:
            message = await session.get_one(
                MessageRow, message_id, with_for_update={"key_share": True}
            )
            message.provider_id = message.provider_id or receipt.provider_id
            if not may_follow(MessageState(message.state), receipt.state):
                return
            message.state = receipt.state
            message.why = receipt.raw_code if receipt.state is MessageState.FAILED else None
            if receipt.state.final:
                message.settled_at = receipt.at
            conversation = await session.get_one(ConversationRow, message.conversation_id)
            await conversation_changed(session, conversation, self._clock(), message.id)

    async def _find(self, session: AsyncSession, receipt: Receipt) -> tuple[UUID, UUID] | None:
        query = select(MessageRow.company_id, MessageRow.id).where(MessageRow.direction == "out")
        if receipt.token:
            query = query.where(MessageRow.token == receipt.token)
        else:
            query = query.where(
                MessageRow.provider == self._provider,
                MessageRow.provider_id == receipt.provider_id,
            )
        row = (await session.execute(query)).one_or_none()
        return (row[0], row[1]) if row else None
