"""How the accounts are, on their rows: read when a text looks for one, written when texts came back.

In: outcomes. Out: `sms_account` rows, through `sms_gateway.breaker`. They are written in units of work
of their own, after the texts were recorded: what one company's text met counts for all companies,
and a row that every text changes is not kept locked while a company's texts are worked on.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime, timedelta
from itertools import chain

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.clock import Clock
from ringback.db import Database
from ringback.messages import AccountFault
from ringback.sms_account import AccountState
from ringback.store.sms_accounts import has_reported, sms_accounts, tell_of_account
from ringback.tables import SmsAccountRow
from ringback.together import Together
from sms_gateway import breaker
from sms_gateway.breaker import Health, Met
from sms_gateway.provider import Account

log = structlog.get_logger()
_AtAccount = tuple[str, Met]


async def healths(
    session: AsyncSession, names: Collection[str], now: datetime
) -> dict[str, Health]:
    """How these accounts are. Those on which a text is to be tried are locked, so that it is one."""
    rows = await sms_accounts(session, names)
    tried = [name for name, row in rows.items() if breaker.is_due(_health(row), now)]
    if tried:
        rows = {**rows, **await sms_accounts(session, tried, lock=True)}
    return {name: _health(rows[name]) if name in rows else Health(now) for name in names}


async def keep_health(session: AsyncSession, name: str, health: Health) -> None:
    """Write how an account is; the row is locked, or nobody has it yet."""
    row = await session.get(SmsAccountRow, name)
    if row is None:
        session.add(SmsAccountRow(name=name, **asdict(health)))
        return
    for column, value in asdict(health).items():
        setattr(row, column, value)


_COUNTED_EVERY = timedelta(seconds=10)  # silence is counted in half hours


class Watch:
    """Takes what texts met at the accounts; several companies' at once in one unit of work.

    What an account that was well has taken is counted now and then, or with what it did not take.
    """

    def __init__(self, db: Database, clock: Clock, accounts: Mapping[str, Account]) -> None:
        self._db = db
        self._clock = clock
        self._accounts = accounts
        self._together: Together[Sequence[_AtAccount], None] = Together(self._keep)
        self._usual: dict[str, list[Met]] = defaultdict(list)
        self._counted_at: dict[str, datetime] = {}

    async def met(self, what: Sequence[_AtAccount]) -> None:
        """Count what texts met, by account, in order; returns when that is committed. It never raises.

        A count that is lost because the database or the process is away is made up for by the next
        texts.
        """
        due = self._due(what)
        try:
            if due:
                await self._together.ask(due)
        except Exception as fault:
            log.warning("sms_account_not_kept", fault=type(fault).__name__)

    def _due(self, what: Sequence[_AtAccount]) -> list[_AtAccount]:
        """What is to be counted by now; what was put off comes with it, in order."""
        now, due = self._clock(), set[str]()
        for name, one in what:
            self._usual[name].append(one)
            counted_at = self._counted_at.get(name)
            if not one.is_usual or not counted_at or abs(now - counted_at) >= _COUNTED_EVERY:
                due.add(name)
        self._counted_at |= dict.fromkeys(due, now)
        return [(name, one) for name in due for one in self._usual.pop(name)]

    async def _keep(self, many: Sequence[Sequence[_AtAccount]]) -> list[None]:
        met: dict[str, list[Met]] = defaultdict(list)
        for name, one in chain.from_iterable(many):
            met[name].append(one)
        now = self._clock()
        async with self._db.begin_across() as session:
            rows = await sms_accounts(session, sorted(met), lock=True)
            for name, theirs in sorted(met.items()):
                first = min(one.begun_at for one in theirs)  # what it met tells of it
                before = _health(rows[name]) if name in rows else Health(first)
                await self._after(session, name, before, theirs, now)
        return [None for _ in many]

    async def _after(
        self,
        session: AsyncSession,
        name: str,
        before: Health,
        met: Sequence[Met],
        now: datetime,
    ) -> None:
        reports = self._accounts[name].provider.capabilities.receipts
        health = before
        for one in met:
            health = breaker.after(health, one, now, reports=reports)
        silent = health.state is AccountState.SILENT and before.state is AccountState.UP
        since = health.silent_since
        if silent and since and await has_reported(session, name, since):
            health = replace(breaker.reported(health), since=before.since)
        if health != before:
            await keep_health(session, name, health)
        if (health.state, health.text) != (before.state, before.text):
            await tell_of_account(session, name, now)
            log.warning("sms_account_changed", account=name, state=health.state.value)
        if health.state is AccountState.DOWN and any(
            isinstance(one.outcome, AccountFault) for one in met
        ):
            log.error("sms_account_fault", account=name, reason=health.text)


def _health(row: SmsAccountRow) -> Health:
    values = {field.name: getattr(row, field.name) for field in fields(Health)}
    return Health(**{**values, "state": AccountState(row.state)})
