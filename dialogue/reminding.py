"""The reminder before an appointment.

In: jobs `remind`, each about one version of a booking and some hours before it; put when it is made or
moved (`ringback.store.bookings`). Out: a text in line, in the caller's open conversation or a new one,
so that the assistant takes the answer; nothing when the booking was moved or cancelled since, when it
has begun, or when a worker comes so late that the words would puzzle.

In the company's quiet hours the step waits by itself, though the outbox would: the booking is looked
at again in the morning.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.builtin.replies import moment_text
from dialogue.start import CLOSE_AFTER
from ringback import jobs
from ringback.bookings import STANDS
from ringback.business import Business
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import TryAgain
from ringback.policy import Situation, quiet_until
from ringback.store.companies import business, sender, sms_numbers
from ringback.store.conversations import lock_open_conversations, open_conversation, queue_text
from ringback.store.earlier import language_of
from ringback.store.templates import own_templates
from ringback.store.texting import privacy_url, texting
from ringback.tables import BookingRow, ConversationRow
from ringback.templates import chosen, filled, words
from ringback.texting import Texting

log = structlog.get_logger()


class Reminders:
    """Reminds callers of all companies.

    Args:
        db: The database.
        clock: Says what time it is.
        accounts: Names of the accounts with SMS providers that exist here.
        address: Where the portal is reached from outside, for the privacy notice.
    """

    def __init__(self, db: Database, clock: Clock, accounts: Collection[str], address: str) -> None:
        self._db = db
        self._clock = clock
        self._accounts = accounts
        self._address = address

    async def remind(self, job: jobs.Job) -> None:
        """The step `remind`."""
        try:
            await self._remind(job)
        except IntegrityError as twice:  # the caller writes or rings at this very moment
            raise TryAgain("A conversation with the caller was opened just now.", 0.5) from twice

    async def _remind(self, job: jobs.Job) -> None:
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            row = await session.get(BookingRow, job.subject)
            version, hours = map(int, job.key.split(":")[-2:])  # `reminder_key`
            if row is not None and row.version == version and row.state in STANDS:
                company, rules = await business(session), await texting(session)
                wait_until = _due(row.starts_at, hours, rules, company.zone, now)
                if wait_until is not None and wait_until > now:
                    await jobs.postpone(session, job, wait_until, None)
                    return
                if wait_until is not None:
                    await self._text(session, company, row, job.key, now)
            await jobs.finish(session, job, now)

    async def _text(
        self, session: AsyncSession, company: Business, row: BookingRow, key: str, now: datetime
    ) -> None:
        conversation = await self._conversation(session, company, row, now)
        if conversation is None:
            log.warning("reminder_without_number", booking=str(row.id))
            return
        language = conversation.language
        template = chosen(await own_templates(session), Situation.REMINDER, language)
        notice = await privacy_url(session, self._address)
        said = words(company, now, language, notice) | {
            "what": company.name_of(row.service),
            "when": moment_text(language, row.starts_at, ZoneInfo(row.zone)),
        }
        text = filled(template.text, said)
        await queue_text(session, conversation, key, text, now, situation=Situation.REMINDER)

    async def _conversation(
        self, session: AsyncSession, company: Business, row: BookingRow, now: datetime
    ) -> ConversationRow | None:
        """The open conversation with the caller or a new one; None when we have no number."""
        numbers = await sms_numbers(session)
        ongoing = (await lock_open_conversations(session, [row.number])).get(row.number)
        before = ongoing
        if before is None and row.conversation_id:
            before = await session.get(ConversationRow, row.conversation_id)
        ours = sender(numbers, self._accounts, before.our_number if before else None)
        if ongoing is not None:
            ongoing.our_number = ours or ongoing.our_number  # the old one may be gone
            return ongoing
        if ours is None:
            return None
        language = await language_of(session, row.number) or company.locale[:2]
        new = await open_conversation(session, row.number, ours, language, now)
        await jobs.put(session, "close", new.company_id, new.id, now + CLOSE_AFTER)
        return new


def _due(
    starts_at: datetime, hours: int, rules: Texting, zone: ZoneInfo, now: datetime
) -> datetime | None:
    """When the reminder may go out, now or later; None when it comes too late.

    Too late is after half the time from when it could first have gone out: a reminder of tomorrow is
    none in the morning of the day.
    """
    first = starts_at - timedelta(hours=hours)
    at, first = (_after_quiet(rules, zone, moment) for moment in (now, first))
    in_time = at - first <= timedelta(hours=hours) / 2
    return at if at < starts_at and in_time else None


def _after_quiet(rules: Texting, zone: ZoneInfo, moment: datetime) -> datetime:
    until = quiet_until(rules, zone, moment) if rules.quiet.then == "hold" else None
    return until or moment
