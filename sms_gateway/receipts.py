"""Receipts in: what became of texts that went out, in any order, twice, per part, or too early.

In: receipts from webhooks and lines. Out: the texts' later states, which only go forward. A receipt
is found by our token, else by the provider's id of the text or of one of its parts. Many that come at
the same moment share a look-up and, per company, a transaction.

A receipt that names an id nobody knows is parked: it may have been faster than the answer to its
text. The outbox commits an id and then looks for parked receipts (`settle_parked`); here a receipt is
committed as parked and then the text is looked for. Whoever commits last sees the other, so one of
the two always settles the text; both may, for that changes nothing.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.bell import CHANGES
from ringback.clock import Clock
from ringback.db import Database
from ringback.db_faults import database_asked
from ringback.messages import MessageState, Receipt
from ringback.store.parked import PARKED_FOR
from ringback.store.sms_accounts import heard_from
from ringback.tables import ParkedReceiptRow
from ringback.together import Together
from sms_gateway.settling import Match, Settling, ids_of, matches, settle_texts
from sms_gateway.storable import storable_id, storable_receipt

MOST_PARKED = 10_000
"""Rows; at a hundred texts a second the answers may still be a minute and a half late."""
_HEARD_EVERY = timedelta(seconds=10)  # silence is counted in half hours
_FORGOTTEN_AT_ONCE = 1_000
_EARLY_S = 0.25  # an SMSC on the same machine reports before we have written its answer down
_REST_S = 0.05  # receipts come in swarms, and nobody waits for one
log = structlog.get_logger()


class Receipts:
    """Settles the texts of all companies."""

    def __init__(self, db: Database, clock: Clock, most_parked: int = MOST_PARKED) -> None:
        self._db = db
        self._clock = clock
        self._most_parked = most_parked
        self._matching = Together(self._match, rest_s=_REST_S)
        self._parking = Together(self._park, rest_s=_REST_S)
        self._settling: dict[UUID, Together[Settling, None]] = {}
        self._heard: dict[str, datetime] = {}
        self._parked_at: datetime | None = None

    async def settle(self, receipt: Receipt) -> None:
        """Take a receipt in; returns when it is committed.

        Raises:
            TryAgain: The database could not take it.
        """
        receipt = storable_receipt(receipt)
        match = await self._matched(receipt)
        if match is not None:
            await self._of(match.company_id).ask((match, receipt))
        elif receipt.token or not ids_of(receipt):
            log.warning("receipt_for_unknown_text", code=receipt.raw_code)
        else:
            await self._parking.ask(receipt)
        await self._note_life(receipt.provider)

    async def _matched(self, receipt: Receipt) -> Match | None:
        """Its text; one whose id nobody knows gets time until the answer to the text is recorded."""
        until = asyncio.get_running_loop().time() + _EARLY_S
        while True:
            heard = self._db.bell.heard(CHANGES)
            match = await self._matching.ask(receipt)
            left_s = until - asyncio.get_running_loop().time()
            if match or receipt.token or not ids_of(receipt) or left_s <= 0:
                return match
            await self._db.bell.wait(heard, left_s, CHANGES)

    def _of(self, company_id: UUID) -> Together[Settling, None]:
        async def act(settling: Sequence[Settling]) -> list[None]:
            await self._db.let_others_write_first()
            with database_asked():
                async with self._db.begin(company_id) as session:
                    await settle_texts(session, settling, self._clock())
            return [None] * len(settling)

        if company_id not in self._settling:
            self._settling[company_id] = Together(act, rest_s=_REST_S)
        return self._settling[company_id]

    async def _match(self, receipts: Sequence[Receipt]) -> list[Match | None]:
        with database_asked():
            async with self._db.read_across() as session:
                return await matches(session, receipts)

    async def _park(self, receipts: Sequence[Receipt]) -> list[None]:
        now = self._clock()
        with database_asked():
            async with self._db.begin_across() as session:
                for receipt in receipts:
                    _park(session, receipt, self._moment_of_its_own(now))
                await _forget_parked(session, now, self._most_parked)
            for provider in {receipt.provider for receipt in receipts}:
                mine = [receipt for receipt in receipts if receipt.provider == provider]
                ids = [one for receipt in mine for one in ids_of(receipt)]
                await settle_parked(self._db, provider, ids, self._clock)
        log.info("receipts_parked", receipts=len(receipts))
        return [None] * len(receipts)

    def _moment_of_its_own(self, now: datetime) -> datetime:
        last = self._parked_at
        self._parked_at = now if last is None or now > last else last + timedelta(microseconds=1)
        return self._parked_at

    async def _note_life(self, account: str) -> None:
        """The account reports; noted now and then, for a write per receipt would be in the way."""
        now = self._clock()
        last = self._heard.get(account)
        if last is not None and now - last < _HEARD_EVERY:
            return
        self._heard[account] = now
        with database_asked():
            async with self._db.begin_across() as session:
                await heard_from(session, account, now)


async def settle_parked(db: Database, provider: str, ids: Sequence[str], clock: Clock) -> None:
    """Settle what receipts told of these texts or parts before their ids were committed.

    Call it after the commit: the other half of the agreement at the top of this module.

    Args:
        db: The database.
        provider: The account's name.
        ids: The provider's, as it told them.
        clock: The present.
    """
    if not ids:
        return
    now = clock()
    async with db.read_across() as session:
        parked = (
            await session.scalars(
                select(ParkedReceiptRow)
                .where(
                    ParkedReceiptRow.provider == provider,
                    ParkedReceiptRow.provider_id.in_([storable_id(one) for one in ids]),
                    ParkedReceiptRow.parked_at > now - PARKED_FOR,
                )
                .order_by(ParkedReceiptRow.id)
            )
        ).all()
        receipts = [_receipt(row) for row in parked]
        found = await matches(session, receipts) if receipts else []
    by_company: dict[UUID, list[Settling]] = {}
    settled: dict[UUID, list[ParkedReceiptRow]] = {}
    seen: set[tuple[datetime, datetime]] = set()
    for row, receipt, match in zip(parked, receipts, found, strict=True):
        reading_of = (row.parked_at, row.at)
        if match is None or reading_of in seen:
            continue  # the same receipt under another reading of its id; the first one counts
        seen.add(reading_of)
        by_company.setdefault(match.company_id, []).append((match, receipt))
        settled.setdefault(match.company_id, []).append(row)
    for company_id, settling in by_company.items():
        async with db.begin(company_id) as session:
            await settle_texts(session, settling, now)
            await _drop(session, settled[company_id])


def _park(session: AsyncSession, receipt: Receipt, parked_at: datetime) -> None:
    """Keep a receipt under each reading of its id; the moment, its own, ties them together."""
    for reading in ids_of(receipt):
        session.add(
            ParkedReceiptRow(
                provider=receipt.provider,
                provider_id=reading,
                state=receipt.state,
                code=receipt.raw_code,
                opted_out=receipt.opted_out,
                at=receipt.at,
                parked_at=parked_at,
            )
        )


async def _forget_parked(session: AsyncSession, now: datetime, most: int) -> None:
    """Drop the oldest: nobody has parked them for long, so no row is waited for."""
    await session.flush()
    newest = await session.scalar(select(func.max(ParkedReceiptRow.id))) or 0
    old = await session.scalars(
        select(ParkedReceiptRow.id)
        .where(
            or_(
                ParkedReceiptRow.parked_at <= now - PARKED_FOR,
                ParkedReceiptRow.id <= newest - most,
            )
        )
        .limit(_FORGOTTEN_AT_ONCE)
        .with_for_update(skip_locked=True)  # another process may be at it
    )
    await session.execute(delete(ParkedReceiptRow).where(ParkedReceiptRow.id.in_(old.all())))


async def _drop(session: AsyncSession, parked: Sequence[ParkedReceiptRow]) -> None:
    """Forget settled ones, with the other readings of their ids: those would name other texts."""
    for row in parked:
        await session.execute(
            delete(ParkedReceiptRow).where(
                ParkedReceiptRow.provider == row.provider,
                ParkedReceiptRow.parked_at == row.parked_at,
                ParkedReceiptRow.at == row.at,
            )
        )


def _receipt(row: ParkedReceiptRow) -> Receipt:
    return Receipt(
        row.provider,
        None,
        row.provider_id,
        MessageState(row.state),
        row.code,
        row.at,
        opted_out=row.opted_out,
    )
