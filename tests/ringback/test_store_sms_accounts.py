"""How accounts are: what a receipt clears, and which companies are told."""

from uuid import UUID, uuid4

from sqlalchemy import select

from ringback.db import Database
from ringback.sms_account import AccountState
from ringback.store.sms_accounts import heard_from, sms_accounts, tell_of_account
from ringback.tables import ChangeRow, SmsAccountRow, SmsNumberRow
from tests.clock import HandClock


async def account(db: Database, clock: HandClock, state: AccountState) -> None:
    async with db.begin_across() as session:
        session.add(
            SmsAccountRow(
                name="46elks",
                state=state,
                text="" if state is AccountState.UP else "Something is wrong.",
                since=clock.now(),
                retry_at=None if state is AccountState.UP else clock.now(),
                failures=2,
                unreported=25,
                silent_since=clock.now(),
            )
        )


async def number(db: Database, company: UUID, e164: str, provider: str = "46elks") -> None:
    async with db.begin(company) as session:
        session.add(SmsNumberRow(id=uuid4(), provider=provider, e164=e164))


async def told(db: Database, company: UUID) -> list[str]:
    async with db.read(company) as session:
        return list(await session.scalars(select(ChangeRow.kind)))


async def kept(db: Database) -> SmsAccountRow:
    async with db.read_across() as session:
        return (await sms_accounts(session, ["46elks", "other"]))["46elks"]


async def test_receipt_ends_an_account_s_silence_and_its_companies_are_told(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    await account(db, clock, AccountState.SILENT)
    await number(db, company, "+46846500401")
    await number(db, neighbour, "+46846500402", "other")
    clock.advance(60)
    async with db.begin_across() as session:
        await heard_from(session, "46elks", clock.now())
    row = await kept(db)
    assert (row.state, row.text, row.since, row.retry_at) == ("up", "", clock.now(), None)
    assert (row.unreported, row.silent_since) == (0, None)
    assert (await told(db, company), await told(db, neighbour)) == (["sms_account"], [])


async def test_receipt_starts_no_account_that_was_stopped_and_tells_nobody(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await account(db, clock, AccountState.DOWN)
    await number(db, company, "+46846500401")
    async with db.begin(company) as session:
        await heard_from(session, "46elks", clock.now())
    row = await kept(db)
    assert (row.state, row.failures, row.unreported) == ("down", 2, 0)
    assert await told(db, company) == []


async def test_receipt_of_an_account_without_a_row_changes_nothing(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin_across() as session:
        await heard_from(session, "46elks", clock.now())
        assert await sms_accounts(session, ["46elks"]) == {}


async def test_company_with_two_numbers_at_the_account_is_told_once(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    await number(db, company, "+46846500401")
    await number(db, company, "+46846500403")
    await number(db, neighbour, "+46846500402")
    async with db.begin_across() as session:
        await tell_of_account(session, "46elks", clock.now())
    assert await told(db, company) == await told(db, neighbour) == ["sms_account"]


async def test_in_a_company_s_unit_of_work_that_company_is_told(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        await tell_of_account(session, "46elks", clock.now())
    assert await told(db, company) == ["sms_account"]
