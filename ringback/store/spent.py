"""What a company has reserved or paid for texts: by number in an hour and a day, in all by day and month.

In: texts about to be sent, what they turned out to cost, texts that were not taken after all. Out:
the sums that `ringback.policy` compares with the company's limits. Stands in the transaction that
marks a text as submitting, so two texts never use the same money.

What a text counts for is its cost once that is known, else what was reserved for it. Costs are taken
to be in the currency of the company's limits, kronor: an account in another currency is not
converted. Periods are the company's local hours, days and months; the hour that comes twice when
summer time ends counts as one.

Lock order, for whoever also locks other rows: texts, conversations, jobs, then these, then
`pace`, then `sms_account`.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.policy import Spent
from ringback.store.companies import company
from ringback.tables import ConversationRow, MessageRow, SpentRow
from ringback.tenancy import prepared

COMPANY = b""
"""The index that stands for all numbers of the company."""
_HOUR_KEPT = timedelta(hours=26)  # nobody asks for it after the hour
_DAY_KEPT = timedelta(days=9)  # a cost may be told a week later
_COMPANY_KEPT = timedelta(days=800)  # shown in the portal beside the limits
_Key = tuple[bytes, str]
_LOCKED = prepared(
    select(SpentRow)
    .where(
        SpentRow.number_index.in_(bindparam("numbers")),
        SpentRow.period.in_(bindparam("periods")),
    )
    .order_by(SpentRow.number_index, SpentRow.period)
    .with_for_update()
    .execution_options(populate_existing=True)
)


class Ledger:
    """The sums for some numbers, locked until the unit of work ends."""

    def __init__(self, session: AsyncSession, zone: ZoneInfo, rows: dict[_Key, SpentRow]) -> None:
        self._session = session
        self._zone = zone
        self._rows = rows

    @classmethod
    async def locked(
        cls,
        session: AsyncSession,
        zone: ZoneInfo,
        number_indexes: Collection[bytes],
        moments: Collection[datetime],
    ) -> Self:
        """The sums of all periods that these moments lie in.

        Two at once may both find that a row is missing and add it; the second is refused with
        `IntegrityError` and does its unit of work again.
        """
        keys = {
            key
            for index in number_indexes
            for moment in moments
            for key, _ in _keys(index, moment.astimezone(zone))
        }
        indexes, periods = {index for index, _ in keys}, {period for _, period in keys}
        asked = {"numbers": list(indexes), "periods": list(periods)}
        rows = await session.scalars(_LOCKED, asked)
        return cls(session, zone, {(row.number_index, row.period): row for row in rows})

    def before(self, number_index: bytes, now: datetime) -> Spent:
        """What was reserved or paid before a text that is sent now."""
        local = now.astimezone(self._zone)
        hour, day, month = _hour(local), _day(local), _month(local)
        own_day = self._row(number_index, day)
        return Spent(
            number_hour_texts=_texts(self._row(number_index, hour)),
            number_day_texts=_texts(own_day),
            number_day_e4=_cost(own_day),
            company_day_e4=_cost(self._row(COMPANY, day)),
            company_month_e4=_cost(self._row(COMPANY, month)),
        )

    def add(self, number_index: bytes, at: datetime, texts: int, cost_e4: int) -> None:
        """Count a text, or take it back; `at` is when it was marked as submitting."""
        for key, until in _keys(number_index, at.astimezone(self._zone)):
            row = self._rows.get(key)
            if row is None and (texts > 0 or cost_e4 > 0):
                index, period = key
                row = SpentRow(number_index=index, period=period, texts=0, cost_e4=0, until=until)
                self._rows[key] = row
            if row is not None:  # else it is forgotten, and nobody asks
                row.texts = max(row.texts + texts, 0)
                row.cost_e4 = max(row.cost_e4 + cost_e4, 0)

    def keep(self) -> None:
        """Add the new rows, in the order in which everybody locks them; last thing before the end."""
        for _, row in sorted(self._rows.items()):
            self._session.add(row)

    def _row(self, number_index: bytes, period: str) -> SpentRow | None:
        return self._rows.get((number_index, period))


async def settle_cost(session: AsyncSession, message: MessageRow, cost_e4: int) -> None:
    """Note what a text cost in all, and count that instead of what was reserved for it.

    Args:
        session: A unit of work of the company, in which the text is locked.
        message: A text that went out.
        cost_e4: 1/10 000 of the currency.
    """
    more = cost_e4 - counted_e4(message)
    message.cost_e4 = cost_e4
    if more and message.submitted_at is not None:
        conversation = await session.get_one(ConversationRow, message.conversation_id)
        zone = ZoneInfo((await company(session)).zone)
        index, at = conversation.number_index, message.submitted_at
        ledger = await Ledger.locked(session, zone, [index], [at])
        ledger.add(index, at, 0, more)
        ledger.keep()


def counted_e4(message: MessageRow) -> int:
    """What a text counts for in the sums now."""
    return message.cost_e4 if message.cost_e4 is not None else message.reserved_e4 or 0


async def spent_by_company(session: AsyncSession, now: datetime) -> Spent:
    """What the company has reserved or paid today and this month; read only."""
    zone = ZoneInfo((await company(session)).zone)
    local = now.astimezone(zone)
    periods = {_day(local), _month(local)}
    query = select(SpentRow).where(SpentRow.number_index == COMPANY, SpentRow.period.in_(periods))
    rows = {(COMPANY, row.period): row for row in await session.scalars(query)}
    return Ledger(session, zone, rows).before(COMPANY, now)


async def forget_old(session: AsyncSession, now: datetime) -> None:
    """Drop what nobody asks for any more (operator)."""
    await session.execute(delete(SpentRow).where(SpentRow.until < now))


def _keys(index: bytes, local: datetime) -> Iterator[tuple[_Key, datetime]]:
    """The rows that a text to this number counts in, and until when they are kept."""
    yield (COMPANY, _month(local)), local + _COMPANY_KEPT
    yield (COMPANY, _day(local)), local + _COMPANY_KEPT
    if index != COMPANY:
        yield (index, _day(local)), local + _DAY_KEPT
        yield (index, _hour(local)), local + _HOUR_KEPT


def _month(local: datetime) -> str:
    return f"{local:%Y-%m}"


def _day(local: datetime) -> str:
    return f"{local:%Y-%m-%d}"


def _hour(local: datetime) -> str:
    return f"{local:%Y-%m-%dT%H}"


def _texts(row: SpentRow | None) -> int:
    return row.texts if row else 0


def _cost(row: SpentRow | None) -> int:
    return row.cost_e4 if row else 0
