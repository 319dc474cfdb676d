"""What is done about a promise to ring as its time comes and goes: told, watched, asked anew.

In: jobs about a `callback` row, put by the store: `callback_text` when it was asked for in a voice menu
or by a program, `callback_alert` before its interval ends, `callback_expire` at that end,
`callback_unreached` after the last try that the queue's rules allow. Out: a text to the caller where he
can be texted, or a mark on the row for the staff. Timers are never taken back: each step looks at the
row as it is now, and leaves one that was moved to the timer of its new time. Nothing disappears: only
who was asked after the last try, and did not answer for three days, is given up.
"""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.promises.asking import Texts
from dialogue.promises.own import GIVEN_UP_AFTER
from dialogue.promises.reaching import conversation_for
from ringback import jobs
from ringback.callbacks import Ended
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import TryAgain
from ringback.messages import MessageState
from ringback.policy import Situation, quiet_until
from ringback.store.companies import business
from ringback.store.conversations import texts_by_key
from ringback.store.queues import rules_of
from ringback.store.texting import texting
from ringback.store.wishes import EXPIRE, OPEN, TEXT, UNREACHED, end, locked, tell
from ringback.tables import CallbackRow, ConversationRow, MessageRow

_LOOK_AGAIN = timedelta(minutes=5)
_LOOKS_FOR = timedelta(days=1)
_NEVER_SENT = (MessageState.REJECTED, MessageState.FAILED)
log = structlog.get_logger()

Act = Callable[[AsyncSession, CallbackRow, jobs.Job, datetime], Awaitable[datetime | None]]


class Promises:
    """Keeps callers of all companies, and those who ring them, informed.

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
        self._texts = Texts(address)

    async def confirm(self, job: jobs.Job) -> None:
        """The step `callback_text`: tell the caller when he is rung, unless he was told just that."""
        await self._look(job, self._confirm)

    async def alert(self, job: jobs.Job) -> None:
        """The step `callback_alert`: mark a wish whose interval ends soon."""
        await self._look(job, _alert)

    async def expire(self, job: jobs.Job) -> None:
        """The step `callback_expire`: ask for another interval when this one came to nothing."""
        await self._look(job, self._expire)

    async def unreached(self, job: jobs.Job) -> None:
        """The step `callback_unreached`: ask who was rung in vain; give up who does not answer."""
        await self._look(job, self._unreached)

    async def _look(self, job: jobs.Job, act: Act) -> None:
        """Act on a wish that is open; `act` says when to look again, if at all."""
        now = self._clock()
        try:
            async with self._db.begin(job.company_id) as session:
                row = await session.get(CallbackRow, job.subject)
                is_open = row is not None and row.state == OPEN
                again = await act(session, row, job, now) if row and is_open else None
                if again is None:
                    await jobs.finish(session, job, now)
                else:
                    await jobs.postpone(session, job, again, None)
        except IntegrityError as twice:  # the caller writes or rings at this very moment
            raise TryAgain("A conversation with the caller was opened just now.", 0.5) from twice

    async def _confirm(
        self, session: AsyncSession, row: CallbackRow, job: jobs.Job, now: datetime
    ) -> None:
        if row.to_at is not None and row.to_at <= now:
            return
        talk = await self._locked_talk(session, row, now)
        if talk is None:
            return
        key = await _confirmation(session, row, talk, now)
        if key is not None:
            await self._texts.promise(session, await business(session), row, talk, key, now)
            await tell(session, row, now)

    async def _expire(
        self, session: AsyncSession, row: CallbackRow, job: jobs.Job, now: datetime
    ) -> datetime | None:
        if row.to_at is None or now < row.to_at or row.expired_at is not None:
            return None  # it was moved: another timer runs
        if row.attempt_id is not None:  # being rung, or what came of it is being written
            return now + _LOOK_AGAIN if now - row.to_at < _LOOKS_FOR else None
        quiet = await _quiet(session, now)
        if quiet is not None:
            return quiet
        asked = await _asked(session, row, now)
        talk = await self._locked_talk(session, row, now)
        if talk is None:
            log.info("callback_expired_untold", callback=str(row.id))
            return None  # `expired_at` says that he was asked; staff see that the interval is over
        if asked is None:
            key = f"{EXPIRE}:{row.id}:{row.to_at.timestamp():.0f}"
            await self._ask(session, row, talk, key, Situation.CALLBACK_EXPIRED, now)
        row.expired_at = now
        await tell(session, row, now)
        return None

    async def _unreached(
        self, session: AsyncSession, row: CallbackRow, job: jobs.Job, now: datetime
    ) -> datetime | None:
        if row.tries < (await rules_of(session, row.queue_id)).most_tries:
            return None  # the caller has asked anew since
        if row.attempt_id is not None:
            return now + _LOOK_AGAIN
        key = f"{UNREACHED}:{row.id}:{job.key.rpartition(':')[2]}"
        own = (await texts_by_key(session, [key])).get(key)
        if own is not None:
            return await self._give_up(session, row, own, now)
        quiet = await _quiet(session, now)
        if quiet is not None:
            return quiet
        if await _asked(session, row, now) is not None:
            return None  # staff have tried once more: the first text's time runs
        talk = await self._locked_talk(session, row, now)
        if talk is None:
            log.info("callback_unreached_untold", callback=str(row.id))
            return None
        await self._ask(session, row, talk, key, Situation.CALLBACK_UNREACHED, now)
        await tell(session, row, now)
        return now + GIVEN_UP_AFTER

    async def _give_up(
        self, session: AsyncSession, row: CallbackRow, text: MessageRow, now: datetime
    ) -> datetime | None:
        """End a wish whose caller was asked long ago and says nothing; he stays if he was not told."""
        due = text.created_at + GIVEN_UP_AFTER
        if now < due:
            return due
        talk = await session.get_one(
            ConversationRow, text.conversation_id, with_for_update={"key_share": True}
        )
        if text.state in _NEVER_SENT or await _answered(session, row, talk, text):
            return None
        row = await self._still(session, row)
        await end(session, row, Ended.UNREACHED, now)
        return None

    async def _ask(
        self,
        session: AsyncSession,
        row: CallbackRow,
        talk: ConversationRow,
        key: str,
        situation: Situation,
        now: datetime,
    ) -> None:
        own = await business(session)
        await self._texts.ask(session, own, row, talk, key, situation, now)

    async def _locked_talk(
        self, session: AsyncSession, row: CallbackRow, now: datetime
    ) -> ConversationRow | None:
        """Where to text, and the wish, locked in the order in which a turn does it."""
        company = await business(session)
        talk = await conversation_for(session, row, company, self._accounts, now)
        await self._still(session, row)
        return talk

    async def _still(self, session: AsyncSession, row: CallbackRow) -> CallbackRow:
        """The wish, locked; TryAgain when it has changed since it was read."""
        before = _standing(row)
        fresh = await locked(session, row.id)
        if _standing(fresh) != before:
            raise TryAgain("The callback was changed just now.", 0.5)
        return fresh


def _standing(row: CallbackRow) -> tuple[object, ...]:
    return row.state, row.from_at, row.to_at, row.tries, row.attempt_id


async def _alert(session: AsyncSession, row: CallbackRow, job: jobs.Job, now: datetime) -> None:
    row = await locked(session, row.id)
    rules = await rules_of(session, row.queue_id)
    if row.state != OPEN or row.to_at is None or row.alerted_at is not None:
        return
    if row.to_at - timedelta(minutes=rules.alert_min) <= now < row.to_at:
        row.alerted_at = now
        await session.flush()
        await tell(session, row, now)


async def _quiet(session: AsyncSession, now: datetime) -> datetime | None:
    """Until when the company sends nothing unasked; what is done meanwhile counts."""
    rules = await texting(session)
    zone = (await business(session)).zone
    return quiet_until(rules, zone, now) if rules.quiet.then == "hold" else None


async def _confirmation(
    session: AsyncSession, row: CallbackRow, talk: ConversationRow, now: datetime
) -> str | None:
    """The key of the text that confirms; None when the caller was told of this interval last."""
    at = "-".join(f"{one.timestamp():.0f}" if one else "" for one in (row.from_at, row.to_at))
    key = f"{TEXT}:{row.id}:{at}"
    last = await session.scalar(
        select(MessageRow.key)
        .where(
            MessageRow.conversation_id == talk.id,
            MessageRow.key.startswith(f"{TEXT}:{row.id}:", autoescape=True),
        )
        .order_by(MessageRow.number.desc())
        .limit(1)
    )
    if last is not None and f"{last}:".startswith(f"{key}:"):
        return None
    was_told = await texts_by_key(session, [key])
    return f"{key}:{now.timestamp():.0f}" if was_told else key


async def _asked(session: AsyncSession, row: CallbackRow, now: datetime) -> MessageRow | None:
    """The text that asked who was rung in vain, if it went out lately."""
    return await session.scalar(
        select(MessageRow)
        .where(
            MessageRow.key.startswith(f"{UNREACHED}:{row.id}:", autoescape=True),
            MessageRow.created_at > now - GIVEN_UP_AFTER,
            MessageRow.state.not_in(_NEVER_SENT),
        )
        .order_by(MessageRow.created_at.desc())
        .limit(1)
    )


async def _answered(
    session: AsyncSession, row: CallbackRow, talk: ConversationRow, text: MessageRow
) -> bool:
    """Whether the caller has written or rung since this text."""
    rung = row.last_call_at is not None and row.last_call_at > text.created_at
    written = await session.scalar(
        select(MessageRow.id)
        .where(
            MessageRow.conversation_id == talk.id,
            MessageRow.direction == "in",
            MessageRow.number > text.number,
        )
        .limit(1)
    )
    return rung or written is not None
