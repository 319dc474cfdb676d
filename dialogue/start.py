"""The text to a missed caller, and the end of a conversation that went quiet.

In: jobs `first_text` (about a call) and `close` (about a conversation). Out: one open conversation
per caller with the text that suits the call, or the reason why no text went out, kept on the call,
and a person to ring instead where that helps. What decides is `ringback.policy`; the words are the
company's (`ringback.templates`). Quiet hours are the outbox's: it holds the text that is put in line.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.business import Business
from ringback.calls import Reason
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import TryAgain
from ringback.hours import is_open
from ringback.phone import to_e164
from ringback.policy import Hold, MissedCall, Send, Why, Withhold, on_missed_call
from ringback.store.callbacks import tie_callbacks, want_callback
from ringback.store.changes import Kind, note_change
from ringback.store.companies import business, sender, sms_numbers
from ringback.store.conversations import (
    ASSISTANT,
    conversation_changed,
    open_conversation,
    open_conversation_with,
    opted_out,
    queue_text,
)
from ringback.store.earlier import language_of, texted_at
from ringback.store.numbers import rule_of
from ringback.store.templates import own_templates
from ringback.store.texting import privacy_url, texting
from ringback.store.unanswered import unanswered, want_answer
from ringback.store.wishes import OPEN, TEXT
from ringback.tables import (
    CallbackCallRow,
    CallbackRow,
    CallRow,
    ConversationRow,
    SmsNumberRow,
)
from ringback.templates import chosen, filled, words
from ringback.tenancy import number_index

CLOSE_AFTER = timedelta(days=3)
_MENU_TOLD_WITHIN = timedelta(seconds=20)
"""What a caller chose in a voice menu is read from the PBX about so long after his call at most."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A missed call, and what it meets with: a conversation that is open, a number to text from."""

    call: CallRow
    company: Business
    ongoing: ConversationRow | None
    numbers: Sequence[SmsNumberRow]
    ours: str | None
    wish: CallbackRow | None  # to be rung, which the caller chose in the call


class Start:
    """Opens conversations with missed callers of all companies.

    Args:
        db: The database.
        clock: Says what time it is.
        accounts: Names of the accounts with SMS providers that exist here.
        late_after: Calls that ended longer ago are not texted any more.
        address: Where the portal is reached from outside, for the privacy notice.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        accounts: Collection[str],
        late_after: timedelta,
        address: str,
    ):
        self._db = db
        self._clock = clock
        self._accounts = accounts
        self._late_after = late_after
        self._address = address

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
            case = await self._case(session, call)
            facts, rules = await self._facts(session, case), await texting(session)
            verdict = on_missed_call(facts, rules, case.company.zone, now)
            if case.ongoing is not None:  # takes the call in, texted or not
                call.conversation_id = case.ongoing.id
                await conversation_changed(session, case.ongoing, now)
            call.text_withheld = verdict.why if isinstance(verdict, Withhold) else None
            if not isinstance(verdict, Withhold):
                await self._text(session, case, verdict, now)
            elif verdict.callback:
                await want_callback(session, call, verdict.why, now)
            elif case.wish is not None and verdict.why == Why.CALLBACK_ASKED:
                due, key = now + _MENU_TOLD_WITHIN, f"{TEXT}:{case.wish.id}:{call.id}"
                await jobs.put(session, TEXT, job.company_id, case.wish.id, due, key=key)
            await tie_callbacks(session, call)
            await note_change(session, Kind.CALL, call.id, now)
            await jobs.finish(session, job, now)

    async def _case(self, session: AsyncSession, call: CallRow) -> _Case:
        ongoing = None
        if call.caller_e164 and not call.withheld:
            ongoing = await open_conversation_with(session, call.caller_e164)
        if ongoing is not None:  # one call after the other, or two at once are both texted
            await session.refresh(ongoing, with_for_update={"key_share": True})
            ongoing = None if ongoing.closed_at else ongoing
        numbers = await sms_numbers(session)
        ours = sender(numbers, self._accounts, ongoing.our_number if ongoing else call.did_e164)
        wish = await _wish_of(session, call)
        return _Case(call, await business(session), ongoing, numbers, ours, wish)

    async def _facts(self, session: AsyncSession, case: _Case) -> MissedCall:
        call, ongoing, caller = case.call, case.ongoing, case.call.caller_e164
        late_after_s = self._late_after.total_seconds()
        if caller is None or call.withheld:
            return MissedCall(caller, call.withheld, call.ended_at, late_after_s)
        ours = {row.e164 for row in case.numbers} | {call.did_e164, to_e164(case.company.phone)}
        return MissedCall(
            caller_e164=caller,
            withheld=call.withheld,
            ended_at=call.ended_at,
            late_after_s=late_after_s,
            rule=await rule_of(session, caller),
            own_number=caller in ours,
            opted_out=await opted_out(session, number_index(caller)),
            in_records=call.text_withheld == Why.FOUND_IN_RECORDS,
            is_open=call.reason != Reason.AFTER_HOURS and is_open(case.company, call.started_at),
            has_number=case.ours is not None,
            ongoing=ongoing is not None,
            with_person=ongoing is not None and ongoing.owner != ASSISTANT,
            asked=case.wish is not None,
            texted_at=await texted_at(session, caller),
        )

    async def _text(
        self, session: AsyncSession, case: _Case, verdict: Send | Hold, now: datetime
    ) -> None:
        conversation = case.ongoing or await self._open(session, case, now)
        conversation.our_number = case.ours or conversation.our_number  # the old one may be gone
        language, call = conversation.language, case.call
        template = chosen(
            await own_templates(session),
            verdict.situation,
            language,
            call.did_e164 or "",
            call.queues[-1] if call.queues else "",
        )
        read_at = verdict.until if isinstance(verdict, Hold) else now
        notice = await privacy_url(session, self._address)
        text = filled(template.text, words(case.company, read_at, language, notice))
        key = f"first:{call.id}"
        await queue_text(session, conversation, key, text, now, situation=verdict.situation)

    async def _open(self, session: AsyncSession, case: _Case, now: datetime) -> ConversationRow:
        caller, ours = case.call.caller_e164, case.ours
        assert caller is not None  # noqa: S101 - the policy withholds the text without it,
        assert ours is not None  # noqa: S101 - and without this
        language = await language_of(session, caller) or case.company.locale[:2]
        conversation = await open_conversation(session, caller, ours, language, now)
        case.call.conversation_id = conversation.id
        await jobs.put(
            session, "close", conversation.company_id, conversation.id, now + CLOSE_AFTER
        )
        return conversation

    async def close(self, job: jobs.Job) -> None:
        """The step `close`: end a conversation in which nothing happened for three days.

        A caller whom nobody answered is not forgotten with it: a person is to see to him.
        """
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
                left = (await unanswered(session, [conversation.id])).get(conversation.id)
                if left is not None:
                    await want_answer(session, conversation, left, now)
                conversation.closed_at = now
                await note_change(session, Kind.CONVERSATION, conversation.id, now)
            await jobs.finish(session, job, now)


async def _wish_of(session: AsyncSession, call: CallRow) -> CallbackRow | None:
    """The open wish to be rung that the caller chose in this call; a text of its own confirms it."""
    query = (
        select(CallbackRow)
        .join(CallbackCallRow, CallbackCallRow.callback_id == CallbackRow.id)
        .where(CallbackCallRow.call_id == call.id, CallbackRow.state == OPEN)
    )
    if call.reason != Reason.CALLBACK_REQUESTED:  # else which interval is perhaps not told yet
        query = query.where(CallbackCallRow.asked.is_(True))
    row = await session.scalar(query.limit(1))
    return row if row is not None and row.number else None
