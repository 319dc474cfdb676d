"""Texts in: kept before the provider is answered, each once; receipts are handed on.

In: values that providers have parsed from verified webhooks or heard on a line. Out: `message` rows,
the job `turn`, opt-outs, and the later states of texts that went out (`receipts`). Many that come at
the same moment share a look-up and, per company, a transaction.

A text is the same text however it came: a caller writes to a number of ours, at whichever account. So
one to a number that is registered at another account is taken in too, when a single company has it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import CompoundSelect, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import jobs
from ringback.clock import Clock
from ringback.db import Database
from ringback.db_faults import database_asked
from ringback.errors import TryAgain
from ringback.messages import Inbound, Receipt
from ringback.phone import to_e164
from ringback.store.companies import business
from ringback.store.conversations import (
    add_all_received,
    lock_open_conversations,
    open_conversation,
    received,
    received_key,
)
from ringback.tables import ConversationRow, MessageRow, SmsNumberRow
from ringback.tenancy import number_index, prepared, short
from ringback.together import Together
from sms_gateway.receipts import Receipts
from sms_gateway.storable import storable_inbound
from sms_gateway.unclaimed import Unclaimed

SAME_WITHIN = timedelta(seconds=60)
"""The same words of the same caller by another account this soon are the same text, sent over by an
operator whose first way to us did not answer. Longer would swallow a second yes."""
_LOOK_AFTER = timedelta(days=1)
_TRIES = 3
log = structlog.get_logger()


_WHOSE = short(
    select(SmsNumberRow.provider, SmsNumberRow.e164, SmsNumberRow.company_id).where(
        SmsNumberRow.e164.in_(bindparam("numbers"))
    )
)


def _kept_or_late() -> CompoundSelect[str, datetime, UUID, str, str | None]:
    row = MessageRow
    told = select(row.key, row.created_at, row.conversation_id, row.text, row.provider)
    kept = told.where(row.key.in_(bindparam("keys")))
    latest = told.where(
        row.conversation_id.in_(bindparam("conversations")),
        row.direction == "in",
        row.created_at > bindparam("since"),
    )
    return kept.union_all(latest)


_KEPT_OR_LATE = prepared(_kept_or_late())


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose the number is that a text came to, and whether it came from one of ours."""

    company_id: UUID | None
    is_loop: bool


@dataclass(frozen=True, slots=True)
class _Text:
    """A caller's text; numbers in E.164."""

    inbound: Inbound
    sender: str
    ours: str

    @property
    def key(self) -> str:
        """The same each time that it is delivered."""
        return received_key(self.inbound.provider, self.inbound.provider_id)


class Inbox:
    """Takes in what providers deliver, for all accounts and companies."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._receipts = Receipts(db, clock)
        self._unclaimed = Unclaimed(db, clock)
        self._owners = Together(self._find_owners)
        self._keeping: dict[UUID, Together[_Text, None]] = {}

    async def receive(self, inbound: Inbound) -> None:
        """Keep a caller's text; returns when it is committed.

        One that can't be answered is logged; one to a number of nobody is told to the operator.

        Raises:
            TryAgain: It could not be kept just now; have it delivered again.
        """
        inbound = storable_inbound(inbound)
        sender, ours = to_e164(inbound.sender), to_e164(inbound.recipient)
        owner = await self._owners.ask(inbound)
        if owner.company_id is None or ours is None:
            await self._unclaimed.tell(inbound, ours)
            return
        if sender is None or owner.is_loop or any(sign.isalpha() for sign in inbound.sender):
            log.warning("text_from_unanswerable_sender", provider_id=inbound.provider_id)
            return
        try:
            await self._of(owner.company_id).ask(_Text(inbound, sender, ours))
        except IntegrityError as twice:  # again and again at the very same moment
            raise TryAgain("The text is being taken in already; deliver it again.", 1.0) from twice

    async def settle(self, receipt: Receipt) -> None:
        """Note what became of a text that went out; returns when it is committed.

        Raises:
            TryAgain: It could not be kept just now; have it delivered again.
        """
        await self._receipts.settle(receipt)

    async def _find_owners(self, inbounds: Sequence[Inbound]) -> list[_Owner]:
        ends = [(to_e164(one.recipient), to_e164(one.sender)) for one in inbounds]
        numbers = {number for both in ends for number in both if number}
        with database_asked():
            async with self._db.read_across() as session:
                rows = (await session.execute(_WHOSE, {"numbers": list(numbers)})).all()
        whose: dict[str, dict[str, UUID]] = {}  # by number, by account
        for provider, e164, company_id in rows:
            whose.setdefault(e164, {})[provider] = company_id
        return [
            _Owner(_company_in(whose.get(ours or "", {}), one.provider), sender in whose)
            for one, (ours, sender) in zip(inbounds, ends, strict=True)
        ]

    def _of(self, company_id: UUID) -> Together[_Text, None]:
        async def act(texts: Sequence[_Text]) -> list[None]:
            with database_asked():
                await self._keep(company_id, texts)
            return [None] * len(texts)

        if company_id not in self._keeping:
            self._keeping[company_id] = Together(act)
        return self._keeping[company_id]

    async def _keep(self, company_id: UUID, texts: Sequence[_Text]) -> None:
        for again in reversed(range(_TRIES)):
            try:
                async with self._db.begin(company_id) as session:
                    kept = await _add_new(session, texts, self._clock())
                break
            except IntegrityError:  # just taken in, or the caller just texted, by another process
                if not again:
                    raise
        for conversation_id in kept:
            log.info("text_received", conversation=str(conversation_id))


def _company_in(whose: Mapping[str, UUID], account: str) -> UUID | None:
    """Who has a number at this account, or else the only one who has it at any."""
    companies = set(whose.values())
    return whose.get(account) or (companies.pop() if len(companies) == 1 else None)


async def _add_new(session: AsyncSession, texts: Sequence[_Text], now: datetime) -> list[UUID]:
    """Keep those that are not kept yet; returns their conversations."""
    conversations = await lock_open_conversations(session, {text.sender for text in texts})
    known, lately = await _known_and_lately(session, texts, conversations.values(), now)
    new = {text.key: text for text in texts if text.key not in known}
    conversations |= await _opened(session, new.values(), conversations, now)
    kept = list[tuple[ConversationRow, MessageRow]]()
    for text in new.values():
        conversation, inbound = conversations[text.sender], text.inbound
        ways = lately.setdefault((conversation.id, inbound.text), set())
        if ways - {inbound.provider}:
            log.info(
                "text_came_twice", provider=inbound.provider, conversation=str(conversation.id)
            )
            continue
        ways.add(inbound.provider)
        row = received(inbound.provider, inbound.provider_id, inbound.text)
        kept.append((conversation, row))
    await add_all_received(session, kept, now)
    return [conversation.id for conversation, _ in kept]


async def _opened(
    session: AsyncSession, texts: Iterable[_Text], there: Collection[str], now: datetime
) -> dict[str, ConversationRow]:
    """New conversations with those callers who have none."""
    ours = {text.sender: text.ours for text in texts}
    opened_now = dict[str, ConversationRow]()
    # In the order in which all open conversations, or two would wait crosswise.
    for sender in sorted(ours.keys() - set(there), key=number_index):
        language = (await business(session)).locale[:2]
        opened = await open_conversation(session, sender, ours[sender], language, now)
        # The step itself puts off the close until nothing has happened for long enough; looking
        # at once would only keep the first answer waiting.
        await jobs.put(session, "close", opened.company_id, opened.id, now + _LOOK_AFTER)
        opened_now[sender] = opened
    return opened_now


async def _known_and_lately(
    session: AsyncSession,
    texts: Iterable[_Text],
    conversations: Iterable[ConversationRow],
    now: datetime,
) -> tuple[set[str], dict[tuple[UUID, str], set[str]]]:
    """Which of the texts are kept already, by key; and by which accounts the latest texts came."""
    since = now - SAME_WITHIN
    asked = {
        "keys": [text.key for text in texts],
        "conversations": [one.id for one in conversations],
        "since": since,
    }
    known, ways = set[str](), dict[tuple[UUID, str], set[str]]()
    for key, at, conversation_id, text, account in await session.execute(_KEPT_OR_LATE, asked):
        known.add(key)
        if at > since:
            ways.setdefault((conversation_id, text), set()).add(account or "")
    return known, ways
