"""A hand-over is a promise with a time; when nobody keeps it, the caller is told that somebody will.

In: a hand-over of a turn (`dialogue.effects`), and later the job `handover` about its `callback` row.
Out: the interval in which a person is to be in touch; and, when nobody has taken the conversation over,
written or marked the row as handled within the company's minutes, one text to the caller with that
interval. Who has taken a conversation over and then leaves a text unanswered as long (job `unanswered`)
is reminded by a `callback` row.

Emergencies and complaints have no interval: they are for at once, and stand first in every list.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil

import structlog
from babel.dates import format_date
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.business import Business
from ringback.callbacks import AT_ONCE, notice_key
from ringback.clock import Clock
from ringback.db import Database
from ringback.hours import Opening, openings_on
from ringback.messages import MessageState
from ringback.ownership import Owner
from ringback.policy import Situation, quiet_until
from ringback.store.assistant import assistant
from ringback.store.callbacks import OPEN, open_callbacks
from ringback.store.companies import business
from ringback.store.conversations import opted_out, queue_text, texts_by_key, texts_of
from ringback.store.ownership import PERSON_AUTHOR
from ringback.store.templates import own_templates
from ringback.store.texting import privacy_url, texting
from ringback.store.unanswered import UNANSWERED, unanswered, want_answer
from ringback.tables import CallbackRow, ConversationRow, MessageRow
from ringback.templates import LANGUAGES, chosen, filled, words

HANDOVER = "handover"
"""The kind of the job."""
_PROMISED = timedelta(hours=2)  # of opening hours
_QUARTER_S = 15 * 60
_LOOK_AHEAD_DAYS = 60
_NO_TEXT = frozenset({"robot_loop", "wrote_after_stop", "wants_no_call"})
"""A machine, and those who would be told what they do not want."""
log = structlog.get_logger()

Interval = tuple[datetime | None, datetime | None]


def promised(company: Business, why: str, now: datetime) -> Interval:
    """When a person is to be in touch after a hand-over, in UTC; `(None, None)` is at once.

    From now, or the next opening, until two hours of opening have passed since then, rounded up to a
    quarter: what comes ten minutes before closing may be seen to the next morning.
    """
    begins, left = None, _PROMISED
    if why in AT_ONCE:
        return None, None
    for opening in _openings_after(company, now):
        starts_at = max(opening.opens_at, now)
        begins = begins or starts_at
        if starts_at + left <= opening.closes_at:
            return begins, min(_to_quarter(starts_at + left), opening.closes_at)
        left -= opening.closes_at - starts_at
    return begins, None


async def ask_again_later(session: AsyncSession, row: CallbackRow, now: datetime) -> None:
    """Have it looked at whether somebody has seen to a hand-over that is made in this unit of work."""
    minutes = (await assistant(session)).handover_min
    if minutes and row.why not in _NO_TEXT:
        due = now + timedelta(minutes=minutes)
        await jobs.put(session, HANDOVER, session.info["company"], row.id, due)


async def ask_for_answer(session: AsyncSession, message: MessageRow, now: datetime) -> None:
    """Have it looked at whether the person who has the conversation has answered this text."""
    minutes = (await assistant(session)).handover_min
    if minutes:
        due = now + timedelta(minutes=minutes)
        await jobs.put(session, UNANSWERED, session.info["company"], message.id, due)


class HandingOver:
    """Sees to it that no hand-over is forgotten, and no text that a person is to answer.

    Args:
        db: The database.
        clock: Says what time it is.
        address: Where the portal is reached from outside, for the privacy notice.
    """

    def __init__(self, db: Database, clock: Clock, address: str):
        self._db = db
        self._clock = clock
        self._address = address

    async def escalate(self, job: jobs.Job) -> None:
        """The step `handover`: tell the caller that somebody will be in touch, unless it is seen to.

        In quiet hours the job itself waits, so that what was done meanwhile counts.
        """
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            row = await session.get(CallbackRow, job.subject)
            if row is None or row.conversation_id is None:
                await jobs.finish(session, job, now)
                return
            talk = await session.get_one(
                ConversationRow, row.conversation_id, with_for_update={"key_share": True}
            )
            rules = await texting(session)
            own = await business(session)
            quiet = quiet_until(rules, own.zone, now) if rules.quiet.then == "hold" else None
            if not await _is_forgotten(session, row, talk):
                await jobs.finish(session, job, now)
            elif quiet:
                await jobs.postpone(session, job, quiet, None)
            else:
                await self._tell(session, own, row, talk, now)
                await jobs.finish(session, job, now)

    async def unanswered(self, job: jobs.Job) -> None:
        """The step `unanswered`: list a caller whom the person who has the conversation lets wait."""
        now = self._clock()
        async with self._db.begin(job.company_id) as session:
            message = await session.get(MessageRow, job.subject)
            if message is not None:
                talk = await session.get_one(
                    ConversationRow, message.conversation_id, with_for_update={"key_share": True}
                )
                waiting = (await unanswered(session, [talk.id])).get(talk.id)
                if waiting and talk.owner != Owner.ASSISTANT and talk.closed_at is None:
                    await want_answer(session, talk, waiting, now)
            await jobs.finish(session, job, now)

    async def _tell(
        self,
        session: AsyncSession,
        own: Business,
        row: CallbackRow,
        talk: ConversationRow,
        now: datetime,
    ) -> None:
        template = chosen(await own_templates(session), Situation.CALLBACK_NOTICE, talk.language)
        said = words(own, now, talk.language, await privacy_url(session, self._address))
        said["when"] = when_words(own, talk.language, (row.from_at, row.to_at), now)
        await queue_text(
            session,
            talk,
            notice_key(row.id),
            filled(template.text, said),
            now,
            situation=Situation.CALLBACK_NOTICE,
        )
        log.info("handover_forgotten", callback=str(row.id), conversation=str(talk.id))


async def _is_forgotten(session: AsyncSession, row: CallbackRow, talk: ConversationRow) -> bool:
    """Whether nobody has seen to it, and the caller may be told and has not been."""
    if row.state != OPEN or talk.owner == Owner.PERSON or talk.closed_at is not None:
        return False
    if await opted_out(session, talk.number_index):
        return False
    if await _has_written(session, talk, row.created_at):
        return False
    waiting = (await open_callbacks(session, [talk.id])).get(talk.id, ())
    return not await texts_by_key(session, [notice_key(one.id) for one in waiting])


async def _has_written(session: AsyncSession, talk: ConversationRow, since: datetime) -> bool:
    """Whether a person has written to the caller since."""
    latest = await texts_of(session, talk.id)
    return any(
        text.author.startswith(PERSON_AUTHOR)
        and text.created_at >= since
        and text.state not in (MessageState.REJECTED, MessageState.FAILED)
        for text in latest
    )


def when_words(company: Business, language: str, interval: Interval, now: datetime) -> str:
    """An interval as a text says it: "måndag 23 november mellan 09:00 och 11:00"."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    english = language == "en"
    from_at, to_at = (one.astimezone(company.zone) if one else None for one in interval)
    if to_at is not None and to_at <= now:
        from_at = to_at = None
    if from_at is not None and from_at <= now:
        from_at = None
    if from_at is None and to_at is None:
        return "as soon as we can" if english else "så snart vi kan"
    if from_at and to_at and from_at.date() == to_at.date():
        between, and_ = ("between", "and") if english else ("mellan", "och")
        clocks = f"{between} {from_at:%H:%M} {and_} {to_at:%H:%M}"
        return f"{_day(from_at, language)} {clocks}"
    at = "at" if english else "kl"
    if to_at is not None:
        by = "by" if english else "senast"
        return f"{by} {_day(to_at, language)} {at} {to_at:%H:%M}"
    assert from_at is not None  # noqa: S101 - one of them is there
    after = "after" if english else "efter"
    return f"{_day(from_at, language)} {after} {from_at:%H:%M}"


def _day(at: datetime, language: str) -> str:
    return str(format_date(at.date(), "EEEE d MMMM", locale=language))


def _openings_after(company: Business, now: datetime) -> Iterator[Opening]:
    """Openings that are not over, the present one first."""
    today = now.astimezone(company.zone).date()
    for ahead in range(-1, _LOOK_AHEAD_DAYS):
        for opening in openings_on(company, today + timedelta(days=ahead)):
            if opening.closes_at > now:
                yield opening


def _to_quarter(at: datetime) -> datetime:
    return at + timedelta(seconds=ceil(at.timestamp() / _QUARTER_S) * _QUARTER_S - at.timestamp())
