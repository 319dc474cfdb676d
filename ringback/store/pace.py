"""When an account, or a sender at an account, may send its next text.

In: texts about to be sent. Out: the moment of each one's turn. The generic cell rate algorithm with
no burst: the row keeps when the next turn is, and each text moves it on by one interval, so that
texts which have to wait get turns of their own and do not all come back at once. It stands in the
transaction that marks a text as submitting, for all workers together.

Turns are given only a little way ahead, or a long line would take them all before those who come
later and matter more. Whoever gets none is told when to ask again (`place`): at the same rate, so
that a line is not asked over and over. A turn further ahead was given by a clock that was wrong.

Besides the row of a name itself (the next turn) there may be `slow:` and it (until when the provider
wants no text) and `line:`, how urgent, and it (the next place): each sender's texts stand in lines of
their own, so that nobody stands behind another company's, or behind what is less urgent.

Source: ITU-T I.371 (GCRA).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.policy import URGENCIES
from ringback.tables import PaceRow
from ringback.tenancy import prepared

MOST_AHEAD = timedelta(minutes=1)
_MOST_SLOW = timedelta(hours=1)  # longer than any provider's wish that is heeded
_CLOCKS_DIFFER = timedelta(minutes=1)
FRESH = timedelta(seconds=1)
"""How long after it a turn may still be used, or for the interval between two if that is longer:
workers are not on the dot. A second's worth of texts at once keeps the pace by the second."""
_LOCKED = prepared(
    select(PaceRow)
    .where(PaceRow.name.in_(bindparam("names")))
    .order_by(PaceRow.name)
    .with_for_update()
    .execution_options(populate_existing=True)
)


class Pace:
    """The turns of some accounts and senders, locked until the unit of work ends."""

    def __init__(self, session: AsyncSession, rows: dict[str, PaceRow]) -> None:
        self._session = session
        self._rows = rows

    @classmethod
    async def locked(cls, session: AsyncSession, names: Collection[str]) -> "Pace":
        """The turns under these names; new ones may run into another worker's `IntegrityError`."""
        lines = [_line(name, urgency) for name in names for urgency in URGENCIES]
        all_names = [*names, *map(_slow, names), *lines]
        rows = await session.scalars(_LOCKED, {"names": all_names})
        return cls(session, {row.name: row for row in rows})

    def turn(
        self, rates: Mapping[str, float], now: datetime, ahead: timedelta = MOST_AHEAD
    ) -> datetime | None:
        """When a text that counts under these names may go; its turn is taken.

        Args:
            rates: Texts per second, by name; 0 for no bound but what `slow_down` asked for.
            now: Aware.
            ahead: None is given, and taken, when it would be later than that.
        """
        self._set_right(rates, now)
        turn = self.free(rates, now)
        if turn - now > ahead:
            return None
        for name, per_second in rates.items():
            if per_second > 0:
                self._set(name, turn + _interval(per_second))
        return turn

    def free(self, rates: Mapping[str, float], now: datetime) -> datetime:
        """When the next turn is that nobody has."""
        return max([self._ready(rates, now), *self._moments(rates)])

    def holds(self, turn: datetime, rates: Mapping[str, float], now: datetime) -> bool:
        """Whether a text may go now that got this turn earlier."""
        fresh = max([FRESH, *map(_interval, _bounds(rates))])
        return turn <= now <= turn + fresh and self._ready(rates, now) <= now

    def place(self, name: str, urgency: int, rates: Mapping[str, float], now: datetime) -> datetime:
        """When a text that got no turn asks for one again: each an interval after the one before.

        Args:
            name: Whose line it stands in, one of the locked names.
            urgency: As in `ringback.policy.urgency`.
            rates: As for `turn`.
            now: Aware.
        """
        ready = self._ready(rates, now)
        bounds = _bounds(rates)
        if not bounds:
            return ready
        line = _line(name, urgency)
        place = max([ready, *self._moments([line])]) + _interval(min(bounds))
        self._set(line, place)
        return place

    def slow_down(self, name: str, until: datetime) -> None:
        """Nobody goes before `until`, not even in a turn given earlier: the provider asked for it."""
        self._set(_slow(name), max([until, *self._moments([_slow(name)])]))

    def keep(self) -> None:
        """Add the new rows, in the order in which everybody locks them; last thing before the end."""
        for _, row in sorted(self._rows.items()):
            self._session.add(row)

    def _set_right(self, rates: Mapping[str, float], now: datetime) -> None:
        """Forget what is further ahead than it can be: the clock was ahead when it was written."""
        interval = max(map(_interval, _bounds(rates)), default=timedelta())
        lines = [_line(name, urgency) for name in rates for urgency in URGENCIES]
        asked = [_slow(name) for name in rates]
        for names, most, written in (
            ([*rates], MOST_AHEAD + interval, [*rates, *lines]),
            (asked, _MOST_SLOW, asked),
        ):
            if max(self._moments(names), default=now) > now + most + _CLOCKS_DIFFER:
                for name in self._rows.keys() & set(written):
                    self._set(name, now)

    def _ready(self, rates: Mapping[str, float], now: datetime) -> datetime:
        """When the provider wants texts again."""
        return max([now, *self._moments(map(_slow, rates))])

    def _moments(self, names: Iterable[str]) -> list[datetime]:
        return [self._rows[name].next_at for name in names if name in self._rows]

    def _set(self, name: str, next_at: datetime) -> None:
        row = self._rows.get(name)
        if row is None:
            self._rows[name] = PaceRow(name=name, next_at=next_at)
        else:
            row.next_at = next_at


def _bounds(rates: Mapping[str, float]) -> list[float]:
    return [per_second for per_second in rates.values() if per_second > 0]


def _interval(per_second: float) -> timedelta:
    return timedelta(seconds=1 / per_second)


def _line(name: str, urgency: int) -> str:
    return f"line:{urgency}:{name}"


def _slow(name: str) -> str:
    return f"slow:{name}"
