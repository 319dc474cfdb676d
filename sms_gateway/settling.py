"""What receipts lead to: the text of each is found, and moved on if its state may follow.

In: receipts. Out: the texts' later states, and a person told of what did not arrive, in one
transaction per company. Asked by `receipts`, for
those that just came and for those that came too early.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, String, bindparam, cast, func, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.messages import MessageState, Receipt, may_follow
from ringback.policy import Situation
from ringback.store.callbacks import TEXT_NOT_DELIVERED, want_person
from ringback.store.conversations import conversation_changed
from ringback.store.opt_outs import stopped_at_provider
from ringback.store.spent import settle_cost
from ringback.tables import MessagePartRow, MessageRow
from ringback.tenancy import short
from sms_gateway.facts import Text, locked_texts


@dataclass(frozen=True, slots=True)
class Match:
    """The text that a receipt is about, and which part of it."""

    company_id: UUID
    message_id: UUID
    part_id: UUID | None = None
    id_is_anothers: bool = False  # of the provider's two ids for one text, or one for two


Settling = tuple[Match, Receipt]


async def matches(session: AsyncSession, receipts: Sequence[Receipt]) -> list[Match | None]:
    """The text or part of each receipt (operator)."""
    tokens = {receipt.token for receipt in receipts if receipt.token}
    ids = {one for receipt in receipts for one in ids_of(receipt)}
    providers = {receipt.provider for receipt in receipts}
    by_token = await _by_token(session, tokens) if tokens else {}
    by_id = await _by_id(session, providers, ids) if ids else {}
    return [_match(receipt, by_token, by_id) for receipt in receipts]


async def _by_token(session: AsyncSession, tokens: Collection[str]) -> dict[str | None, Match]:
    told = await session.execute(_BY_TOKEN, {"tokens": list(tokens)})
    return {token: Match(company_id, text_id) for token, company_id, text_id in told}


def _texts_and_parts() -> CompoundSelect[Any]:
    text, part = MessageRow, MessagePartRow
    providers, ids = (bindparam(name, type_=String()) for name in ("providers", "ids"))
    sent = func.coalesce(text.submitted_at, text.created_at)
    no_part = cast(null(), part.id.type)
    texts = select(
        text.provider, text.provider_id, sent, text.company_id, text.id, no_part.label("part_id")
    ).where(text.provider.in_(providers), text.direction == "out", text.provider_id.in_(ids))
    parts = (
        select(part.provider, part.provider_id, sent, part.company_id, part.message_id, part.id)
        .join(text, text.id == part.message_id)
        .where(part.provider.in_(providers), part.provider_id.in_(ids))
    )
    return texts.union_all(parts)


_BY_ID = short(_texts_and_parts())
_BY_TOKEN = short(
    select(MessageRow.token, MessageRow.company_id, MessageRow.id).where(
        MessageRow.token.in_(bindparam("tokens"))
    )
)


async def _by_id(
    session: AsyncSession, providers: Collection[str], ids: Collection[str]
) -> dict[tuple[str | None, str | None], Match]:
    """The texts and parts that have these ids; the newest where a provider counted anew."""
    asked = {"providers": list(providers), "ids": list(ids)}
    found = await session.execute(_BY_ID, asked)
    # A text's own id is that of its first part, which counts: sorting leaves parts behind their text.
    newest_last = sorted(found, key=lambda row: (row[2], row[5] is not None))
    return {(name, one): Match(*which) for name, one, _, *which in newest_last}


def _match(
    receipt: Receipt,
    by_token: Mapping[str | None, Match],
    by_id: Mapping[tuple[str | None, str | None], Match],
) -> Match | None:
    keys = ((receipt.provider, one) for one in ids_of(receipt))
    named = next((by_id[key] for key in keys if key in by_id), None)
    if not receipt.token:
        return named
    told = by_token.get(receipt.token)
    if told is None or named is None:
        return told
    return named if named.message_id == told.message_id else replace(told, id_is_anothers=True)


def ids_of(receipt: Receipt) -> tuple[str, ...]:
    """All readings of the id, the likeliest first."""
    return tuple(one for one in (receipt.provider_id, *receipt.other_ids) if one)


async def settle_texts(session: AsyncSession, settling: Sequence[Settling], now: datetime) -> None:
    """Move a company's texts on. Locks texts, then conversations, then sums, each in order."""
    texts = await locked_texts(session, {match.message_id for match, _ in settling})
    messages = {message_id: message for message_id, (message, _) in texts.items()}
    in_parts = any(match.part_id for match, _ in settling)
    parts = await _parts(session, messages) if in_parts else {}
    there = [
        (messages[match.message_id], match, receipt)
        for match, receipt in settling
        if match.message_id in messages
    ]
    moved = [
        (message, receipt)
        for message, match, receipt in there
        if _apply(message, parts.get(message.id, ()), match, receipt)
    ]
    await _tell(session, texts, moved, now)
    for message, _, receipt in there:
        if receipt.cost_e4 is not None and receipt.cost_e4 != message.cost_e4:
            await settle_cost(session, message, receipt.cost_e4)


def _apply(
    message: MessageRow, parts: Sequence[MessagePartRow], match: Match, receipt: Receipt
) -> bool:
    """Whether the receipt moved the text on; late and doubled ones change nothing."""
    state = receipt.state
    part_id = match.part_id
    if part_id is None and not match.id_is_anothers:
        message.provider_id = message.provider_id or receipt.provider_id
    for part in parts:
        if part.id == part_id and may_follow(MessageState(part.state), state):
            part.state = state
    if part_id is not None:
        state = of_parts([MessageState(part.state) for part in parts])
    if not may_follow(MessageState(message.state), state):
        return False
    message.state = state
    message.why = receipt.raw_code if state is MessageState.FAILED else None
    if state.final:
        message.settled_at = receipt.at
    return True


def of_parts(states: Sequence[MessageState]) -> MessageState:
    """What a text has come to when its parts have: failed with any of them, delivered with all."""
    if MessageState.FAILED in states:
        return MessageState.FAILED
    delivered = bool(states) and all(state is MessageState.DELIVERED for state in states)
    return MessageState.DELIVERED if delivered else MessageState.ACCEPTED


async def _parts(
    session: AsyncSession, messages: Mapping[UUID, MessageRow]
) -> dict[UUID, list[MessagePartRow]]:
    rows = await session.scalars(
        select(MessagePartRow).where(MessagePartRow.message_id.in_(messages))
    )
    found: dict[UUID, list[MessagePartRow]] = {}
    for row in rows:
        found.setdefault(row.message_id, []).append(row)
    return found


async def _tell(
    session: AsyncSession,
    texts: Mapping[UUID, Text],
    moved: Sequence[tuple[MessageRow, Receipt]],
    now: datetime,
) -> None:
    """Tell pages of the texts that went on, and a person of those that did not arrive."""
    for message_id in dict.fromkeys(message.id for message, _ in moved):
        await conversation_changed(session, texts[message_id][1], now, message_id)
    for message, receipt in moved:
        _, conversation = texts[message.id]
        if receipt.opted_out:
            await stopped_at_provider(session, conversation.number_index, now)
        waits = not receipt.opted_out or message.situation != Situation.REPLY
        if message.state == MessageState.FAILED and waits:  # who said stop waits for no answer
            await want_person(session, conversation, message, TEXT_NOT_DELIVERED, now)
