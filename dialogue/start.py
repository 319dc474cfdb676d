"""The first text after a missed call, and the end of a conversation that went quiet.

In: jobs `first_text` (about a call) and `close` (about a conversation). Out: one open conversation
per caller with one first text, or the reason why no text went out, kept on the call.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.first_text import first_text
from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import TryAgain
from ringback.phone import is_mobile
from ringback.store.callbacks import tie_callbacks, want_callback
from ringback.store.changes import Kind, note_change
from ringback.store.companies import business, sms_number
from ringback.store.conversations import (
    conversation_changed,
    open_conversation,
    open_conversation_with,
    opted_out,
    queue_text,
)
from ringback.tables import CallRow, ConversationRow
from ringback.tenancy import number_index

CLOSE_AFTER = timedelta(days=3)
_CLOCKS_DIFFER = timedelta(minutes=1)


class NoText(StrEnum):
    """Why a missed caller got no text of his own."""

    WITHHELD = "withheld"  # or not a telephone number
    NOT_MOBILE = "not_mobile"
    OPTED_OUT = "opted_out"
    FOUND_LATE = "found_late"
    FOUND_IN_RECORDS = "found_in_records"  # which don't tell whether the number was hidden
    ONGOING = "ongoing"  # an open conversation with the caller takes the call in
    OFF = "off"  # the company has no number to text from


class Start:
    """Opens conversations with missed callers of all companies."""

    def __init__(self, db: Database, clock: Clock, provider_name: str, late_after: timedelta):
        self._db = db
        self._clock = clock
        self._provider = provider_name
        self._late_after = late_after

    async def first_text(self, job: jobs.Job) -> None:
        """The step `first_text`: text the caller of a missed call, unless something speaks against."""
        try:
            await self._decide(job)
        except IntegrityError as twice:  # another call of the caller ended at the same moment
            raise TryAgain("A conversation with the caller was opened just now.", 0.5) from twice

    async def _decide(self, job: jobs.Job) -> None:
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            call = await session.get_one(CallRow, job.subject)
            sender = await sms_number(session, self._provider)
            call.text_withheld = await self._against(session, call, sender, now)
            if call.text_withheld is None and call.caller_e164 and sender:
                await self._open(session, call, call.caller_e164, sender, now)
            elif call.text_withheld in (NoText.FOUND_LATE, NoText.FOUND_IN_RECORDS):
                await want_callback(session, call, call.text_withheld, now)
            await tie_callbacks(session, call)
            await note_change(session, Kind.CALL, call.id, now)
            await jobs.finish(session, job, now)

    async def _against(
        self, session: AsyncSession, call: CallRow, sender: str | None, now: datetime
    ) -> NoText | None:
        """Why no text is sent; an open conversation takes the call in."""
        if call.caller_e164 is None or call.withheld:
            return NoText.WITHHELD
        ongoing = await open_conversation_with(session, call.caller_e164)
        if ongoing is not None:
            call.conversation_id = ongoing.id
            await conversation_changed(session, ongoing, now)
            return NoText.ONGOING
        # A PBX whose clock is ahead makes an old call look new; one from the future proves it.
        if not -_CLOCKS_DIFFER <= now - call.ended_at <= self._late_after:
            return NoText.FOUND_LATE
        if call.text_withheld == NoText.FOUND_IN_RECORDS:
            return NoText.FOUND_IN_RECORDS
        if not is_mobile(call.caller_e164):
            return NoText.NOT_MOBILE
        if await opted_out(session, number_index(call.caller_e164)):
            return NoText.OPTED_OUT
        return None if sender else NoText.OFF

    async def _open(
        self, session: AsyncSession, call: CallRow, caller: str, sender: str, now: datetime
    ) -> None:
        company = await business(session)
        language = company.locale[:2]
        conversation = await open_conversation(session, caller, sender, language, now)
        call.conversation_id = conversation.id
        text = first_text(company, now, language)
        await queue_text(session, conversation, f"first:{call.id}", text, now)
        await jobs.put(session, "close", call.company_id, conversation.id, now + CLOSE_AFTER)

    async def close(self, job: jobs.Job) -> None:
        """The step `close`: end a conversation in which nothing happened for three days."""
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            conversation = await session.get_one(
                ConversationRow, job.subject, with_for_update={"key_share": True}
            )
            due = conversation.changed_at + CLOSE_AFTER
            if due > now:
                await jobs.postpone(session, job, due, None)
                return
            if conversation.closed_at is None:
                conversation.closed_at = now
                await note_change(session, Kind.CONVERSATION, conversation.id, now)
            await jobs.finish(session, job, now)
