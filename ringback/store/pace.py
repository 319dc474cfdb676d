"""When an account, or a sender at an account, may send its next text.

In: texts about to be sent. Out: the moment of each one's turn. The generic cell rate algorithm with
no burst: the row keeps when the next turn is, and each text moves it on by one interval, so that
texts which have to wait get turns of their own and do not all come back at once. It stands in the
transaction that marks a text as submitting, for all workers together.

Source: ITU-T I.371 (GCRA).
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.tables import PaceRow


class Pace:
    """The turns of some accounts and senders, locked until the unit of work ends."""

    def __init__(self, session: AsyncSession, rows: dict[str, PaceRow]) -> None:
        self._session = session
        self._rows = rows

    @classmethod
    async def locked(cls, session: AsyncSession, names: Collection[str]) -> "Pace":
        """The turns under these names; new ones may run into another worker's `IntegrityError`."""
        query = (
            select(PaceRow)
            .where(PaceRow.name.in_(names))
            .order_by(PaceRow.name)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return cls(session, {row.name: row for row in await session.scalars(query)})

    def turn(self, rates: Mapping[str, float], now: datetime) -> datetime:
        """When a text that counts under these names may go; its turn is taken.

        Args:
            rates: Texts per second, by name; 0 for no bound but what `slow_down` asked for.
            now: Aware.
        """
        turn = max([now, *(self._rows[name].next_at for name in rates if name in self._rows)])
        for name, per_second in rates.items():
            if per_second > 0:
                self._set(name, turn + timedelta(seconds=1 / per_second))
        return turn

    def slow_down(self, name: str, until: datetime) -> None:
        """Nobody's turn comes before `until`: the provider asked for it."""
        row = self._rows.get(name)
        self._set(name, until if row is None else max(until, row.next_at))

    def keep(self) -> None:
        """Add the new rows, in the order in which everybody locks them; last thing before the end."""
        for _, row in sorted(self._rows.items()):
            self._session.add(row)

    def _set(self, name: str, next_at: datetime) -> None:
        row = self._rows.get(name)
        if row is None:
            self._rows[name] = PaceRow(name=name, next_at=next_at)
        else:
            row.next_at = next_at
