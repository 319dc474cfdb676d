"""The conversation in which somebody who waits to be rung is texted, if he can be.

In: a `callback` row, in a unit of work that writes. Out: the open conversation with him, or a new one,
locked; None when no text may go to him: a fixed line, an opt-out, a number that the company never texts,
a country that it does not text to. Then the wish stands in the list all the same.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.start import CLOSE_AFTER
from ringback import jobs
from ringback.business import Business
from ringback.phone import country, is_mobile, to_e164
from ringback.policy import NumberRule
from ringback.store.companies import sender, sms_numbers
from ringback.store.conversations import (
    lock_open_conversations,
    open_conversation,
    opted_out,
)
from ringback.store.earlier import language_of
from ringback.store.numbers import rule_of
from ringback.store.texting import texting
from ringback.tables import CallbackRow, CallRow, ConversationRow
from ringback.tenancy import number_index

_NEVER = (NumberRule.EXCLUDED, NumberRule.OWN)


async def conversation_for(
    session: AsyncSession,
    row: CallbackRow,
    company: Business,
    accounts: Collection[str],
    now: datetime,
) -> ConversationRow | None:
    """Where to text about this wish; the wish and its call are shown there from now on.

    The number that is to be rung is texted; where that is none, the one that he called from.
    """
    call = await session.get(CallRow, row.call_id) if row.call_id else None
    ours = {one.e164 for one in await sms_numbers(session)} | {to_e164(company.phone)}
    for number in _numbers(row, call):
        if number not in ours and await _may_text(session, number):
            talk = await _open(session, number, row, call, company, accounts, now)
            if talk is not None:
                row.conversation_id = talk.id
                if call is not None:
                    call.conversation_id = call.conversation_id or talk.id
            return talk
    return None


def _numbers(row: CallbackRow, call: CallRow | None) -> Iterator[str]:
    if not row.number:
        return  # nobody is rung
    yield row.number
    if call is not None and call.caller_e164 and not call.withheld:
        yield call.caller_e164


async def _may_text(session: AsyncSession, e164: str) -> bool:
    rule = await rule_of(session, e164)
    can = is_mobile(e164) or rule is NumberRule.TEXTABLE
    if not can or rule in _NEVER or country(e164) not in (await texting(session)).countries:
        return False
    return not await opted_out(session, number_index(e164))


async def _open(
    session: AsyncSession,
    e164: str,
    row: CallbackRow,
    call: CallRow | None,
    company: Business,
    accounts: Collection[str],
    now: datetime,
) -> ConversationRow | None:
    ongoing = (await lock_open_conversations(session, [e164])).get(e164)
    did = call.did_e164 if call else None
    ours = sender(await sms_numbers(session), accounts, ongoing.our_number if ongoing else did)
    if ours is None:
        return None
    if ongoing is not None:
        ongoing.our_number = ours  # the old one may be gone
        return ongoing
    language = row.language or await language_of(session, e164) or company.locale[:2]
    new = await open_conversation(session, e164, ours, language, now)
    await jobs.put(session, "close", new.company_id, new.id, now + CLOSE_AFTER)
    return new
