"""Texts that a company's programs ask for: many at once, each of them kept once.

In: what was asked, checked as far as that goes without the database. Out: for each its row in line to
be sent, in the recipient's open conversation or a new one, so that the assistant takes the answer;
or the reason why not. All in the caller's one unit of work.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.asked import Asked, NotSendable, Terms, against, another_body
from ringback.errors import BadInput
from ringback.phone import to_e164
from ringback.policy import Situation
from ringback.store.companies import company, sms_numbers
from ringback.store.conversations import Wish, open_conversation, queue_texts, texts_by_key
from ringback.store.numbers import rules_of
from ringback.store.prices import prices
from ringback.tables import ConversationRow, MessageRow
from ringback.tenancy import current_keys, number_index
from ringback.texting import Texting

_CLOSE_LOOKED_AT = timedelta(days=3)  # the step `close` puts itself off while there are texts


@dataclass(frozen=True, slots=True)
class Kept:
    """The text's row; `new` unless the same was asked for before."""

    row: MessageRow
    part_e4: int  # the price of a part, 1/10 000 of the currency
    new: bool


async def keep_all(
    session: AsyncSession, asked: Sequence[Asked], terms: Terms, now: datetime
) -> list[Kept | BadInput]:
    """Put the texts in line, in one go.

    Another process may open the same conversation or use the same key at this very moment: then the
    database raises `IntegrityError`, and the whole may be asked for again.
    """
    if not terms.our_number:
        words = "The company has no number to send from. Add one: ringback add number E164"
        return [NotSendable(words) for _ in asked]
    keyed = [replace(one, key=_key(one.key)) for one in asked]
    there = await _there(session, [one.key for one in keyed if one.key])
    rules = await rules_of(session, {number_index(one.recipient) for one in keyed})
    results: list[Kept | BadInput | None] = [
        _again(one, there, terms)
        if one.key in there
        else against(one, terms, rules.get(number_index(one.recipient)))
        for one in keyed
    ]
    left = [one for one, result in zip(keyed, results, strict=True) if result is None]
    added = iter(await _add(session, left, terms, now))
    return [next(added) if result is None else result for result in results]


async def terms_of_sending(session: AsyncSession, now: datetime) -> Terms:
    """The terms of the session's company, as they are now."""
    own = await company(session)
    numbers = await sms_numbers(session)
    number = next(iter(numbers), None)
    telephone = to_e164(str(own.business.get("phone", "")))
    return Terms(
        our_number=number.e164 if number else "",
        provider=number.provider if number else "",
        language=own.language,
        rules=Texting.kept(own.texting),
        prices=await prices(session),
        day=now.astimezone(ZoneInfo(own.zone)).date(),
        own=frozenset(row.e164 for row in numbers) | ({telephone} if telephone else set()),
    )


async def asked_text(session: AsyncSession, message_id: UUID) -> MessageRow:
    """A text that a program of the company asked for.

    Raises:
        NoResultFound: There is none of this id.
    """
    query = select(MessageRow).where(
        MessageRow.id == message_id, MessageRow.situation == Situation.PROGRAM
    )
    return (await session.scalars(query)).one()


async def asked_texts(
    session: AsyncSession, limit: int, before: UUID | None = None
) -> Sequence[MessageRow]:
    """The latest texts that programs asked for, newest first; older than the text `before`.

    Raises:
        NoResultFound: There is no text `before`.
    """
    query = (
        select(MessageRow)
        .where(MessageRow.situation == Situation.PROGRAM)
        .order_by(MessageRow.created_at.desc(), MessageRow.id.desc())
        .limit(limit)
    )
    if before is not None:
        last = await asked_text(session, before)
        same_moment = and_(MessageRow.created_at == last.created_at, MessageRow.id < last.id)
        query = query.where(or_(MessageRow.created_at < last.created_at, same_moment))
    return (await session.scalars(query)).all()


def _key(given: str) -> str:
    """The row's key for an idempotency key: unique per company, and it shows nothing of it."""
    return f"api:{current_keys().index('idempotency key', given).hex()}" if given else ""


async def _there(session: AsyncSession, keys: Sequence[str]) -> dict[str, tuple[MessageRow, bytes]]:
    """Rows that were asked for before, with the index of the number they went to."""
    if not keys:
        return {}
    rows = await texts_by_key(session, keys)
    ids = {row.conversation_id for row in rows.values()}
    found = await session.execute(
        select(ConversationRow.id, ConversationRow.number_index).where(ConversationRow.id.in_(ids))
    )
    index = {talk: number for talk, number in found}
    return {key: (row, index[row.conversation_id]) for key, row in rows.items()}


def _again(
    one: Asked, there: Mapping[str, tuple[MessageRow, bytes]], terms: Terms
) -> Kept | BadInput:
    row, index = there[one.key]
    if row.text != one.text or index != number_index(one.recipient):
        return another_body()
    return Kept(row, terms.part_e4(one.recipient), new=False)


async def _add(
    session: AsyncSession, asked: Sequence[Asked], terms: Terms, now: datetime
) -> list[Kept | BadInput]:
    firsts: dict[str, Asked] = {}  # of those with the same key
    keyed = [one if one.key else replace(one, key=f"api:{uuid4().hex}") for one in asked]
    for one in keyed:
        firsts.setdefault(one.key, one)
    talks = await _conversations(session, firsts.values(), terms, now)
    wishes = [
        Wish(talks[one.recipient], key, one.text, Situation.PROGRAM, one.author)
        for key, one in firsts.items()
    ]
    rows = {row.key: row for row in await queue_texts(session, wishes, now)}
    results: list[Kept | BadInput] = []
    for one in keyed:
        first = firsts[one.key]
        if (first.text, first.recipient) == (one.text, one.recipient):
            price_e4 = terms.part_e4(one.recipient)
            results.append(Kept(rows[one.key], price_e4, new=first is one))
        else:
            results.append(another_body())
    return results


async def _conversations(
    session: AsyncSession, asked: Iterable[Asked], terms: Terms, now: datetime
) -> dict[str, ConversationRow]:
    """The open conversation with each recipient, by E.164."""
    wanted = {number_index(one.recipient): one for one in reversed(tuple(asked))}
    rows = await session.scalars(
        select(ConversationRow).where(
            ConversationRow.number_index.in_(wanted), ConversationRow.closed_at.is_(None)
        )
    )
    found = {row.number_index: row for row in rows}
    for index in sorted(wanted):  # so that two processes never wait crosswise
        if index not in found:
            one = wanted[index]
            found[index] = await open_conversation(
                session, one.recipient, terms.our_number, one.language or terms.language, now
            )
            close_at = now + _CLOSE_LOOKED_AT
            await jobs.put(session, "close", found[index].company_id, found[index].id, close_at)
    return {one.recipient: found[index] for index, one in wanted.items()}
