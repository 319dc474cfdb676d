"""What the tests of the outbox share: its steps, a company's rules, and looking at sums and rows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from ringback.db import Database
from ringback.store.conversations import (
    Wish,
    open_conversation,
    open_conversation_with,
    queue_texts,
)
from ringback.store.texting import save_texting
from ringback.tables import MessageRow, PaceRow, SmsAccountRow, SpentRow
from ringback.worker import Batch, Step, side_by_side
from sms_gateway.outbox import Outbox
from sms_gateway.provider import Account, Provider
from tests.clock import HandClock
from tests.flow import US, add_number, rows

Steps = dict[str, Step | Batch]
RECONCILE_S = 120.0
PART_E4 = 640  # the tariff that holds where no price is entered
MANY: dict[str, Any] = {
    "number_hour_texts": 10_000,
    "number_day_texts": 10_000,
    "number_day_ore": 10**9,
    "company_day_ore": 10**9,
    "company_month_ore": 10**9,
}
NUMBERS = [f"+467017406{last:02d}" for last in range(5, 90)]


def steps_of(
    db: Database, clock: HandClock, *providers: Provider, most: int = 64, **bounds: Any
) -> Steps:
    accounts = {provider.name: Account(provider, **bounds) for provider in providers}
    outbox = Outbox(db, clock.now, accounts, RECONCILE_S, goodbye_s=0.1)
    return {
        "send": Batch(outbox.send, most, give_up=outbox.give_up),
        "reconcile": side_by_side(outbox.reconcile, most, outbox.give_up_reconciling),
    }


async def set_rules(db: Database, company: UUID, document: dict[str, Any]) -> None:
    async with db.begin(company) as session:
        await save_texting(session, document)


async def queue_many(
    db: Database,
    company: UUID,
    clock: HandClock,
    callers: Sequence[str],
    each: int = 1,
    ours: str = US,
) -> None:
    """So many texts to each caller, in turn; each text has words of its own."""
    now = clock.now()
    if ours == US:
        await add_number(db, company)
    async with db.begin(company) as session:
        talks = {
            caller: await open_conversation_with(session, caller)
            or await open_conversation(session, caller, ours, "sv", now)
            for caller in callers
        }
        wishes = [
            Wish(talk, f"test:{uuid4()}", f"{number} to {caller}")
            for number in range(each)
            for caller, talk in talks.items()
        ]
        await queue_texts(session, wishes, now)


async def texts_in(db: Database, company: UUID) -> dict[str, MessageRow]:
    """All texts by their words."""
    return {row.text: row for row in await rows(db, company, MessageRow)}


async def states_in(db: Database, company: UUID) -> list[str]:
    return sorted(row.state for row in await rows(db, company, MessageRow))


async def spent_in(db: Database, company: UUID) -> dict[str, tuple[int, int]]:
    """Texts and cost by period; a number's periods begin with `number`."""
    found = await rows(db, company, SpentRow)
    return {
        f"{'number ' if row.number_index else ''}{row.period}": (row.texts, row.cost_e4)
        for row in found
    }


async def health_of(db: Database, name: str) -> SmsAccountRow | None:
    async with db.read_across() as session:
        return await session.get(SmsAccountRow, name)


async def next_turn(db: Database, name: str) -> PaceRow | None:
    async with db.read_across() as session:
        return await session.scalar(select(PaceRow).where(PaceRow.name == name))
