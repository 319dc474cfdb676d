from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ringback.db import Database
from ringback.sample import salon
from ringback.store.changes import changes_since
from ringback.store.companies import (
    add_company,
    business,
    company_ids,
    company_of_number,
    locked_company,
    pbxs,
    sender,
    set_link_state,
    sms_numbers,
)
from ringback.store.companies import company as company_row
from ringback.tables import CompanyRow, PbxRow, SmsNumberRow
from tests.clock import HandClock
from tests.ringback.flow import OURS, add_pbx

SECOND = "+46701740691"


async def test_company_is_what_its_document_says(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.read(company) as session:
        assert await business(session) == salon()
        row = await company_row(session)
    assert (row.id, row.name, row.language) == (company, salon().name, "sv")
    assert (row.zone, row.created_at) == ("Europe/Stockholm", clock.now())


async def test_each_company_has_keys_of_its_own(
    db: Database, company: UUID, neighbour: UUID
) -> None:
    ours, theirs = await db.keys(company), await db.keys(neighbour)
    assert ours.data_key != theirs.data_key
    assert ours.index_key != theirs.index_key


async def test_companies_are_listed_in_the_order_they_came(
    db: Database, company: UUID, clock: HandClock
) -> None:
    clock.advance(1)
    later = await add_company(db, salon(), clock.now())
    async with db.read_across() as session:
        assert await company_ids(session) == [company, later]


async def test_number_tells_the_company_and_belongs_to_one(
    db: Database, company: UUID, neighbour: UUID
) -> None:
    async with db.begin(company) as session:
        session.add(SmsNumberRow(provider="46elks", e164=OURS))
    async with db.read_across() as session:
        assert await company_of_number(session, "46elks", OURS) == company
        assert await company_of_number(session, "simulator", OURS) is None
        assert await company_of_number(session, "46elks", "+46701740699") is None
    with pytest.raises(IntegrityError):
        async with db.begin(neighbour) as session:
            session.add(SmsNumberRow(provider="46elks", e164=OURS))


async def test_numbers_are_the_companys_in_the_order_they_are_taken(
    db: Database, company: UUID, neighbour: UUID
) -> None:
    async with db.begin(company) as session:
        session.add(SmsNumberRow(provider="46elks", e164=SECOND, rank=1))
        session.add(SmsNumberRow(provider="twilio", e164=OURS, rank=0))
        session.add(SmsNumberRow(provider="46elks", e164=OURS, rank=0))
    async with db.begin(neighbour) as session:
        session.add(SmsNumberRow(provider="46elks", e164="+46701740692"))
    async with db.read(company) as session:
        found = [(row.e164, row.provider) for row in await sms_numbers(session)]
    assert found == [(OURS, "46elks"), (OURS, "twilio"), (SECOND, "46elks")]


NUMBERS = [
    SmsNumberRow(provider="46elks", e164=OURS),
    SmsNumberRow(provider="kannel", e164=SECOND),
]


@pytest.mark.parametrize(
    ("accounts", "did", "expected"),
    [
        (("46elks", "kannel"), None, OURS),
        (("46elks", "kannel"), "+46846500410", OURS),
        (("46elks", "kannel"), SECOND, SECOND),
        (("kannel",), OURS, SECOND),
        (("46elks",), SECOND, OURS),
        (("twilio",), OURS, None),
        ((), None, None),
    ],
)
def test_text_goes_out_from_the_number_that_was_rung_if_it_can_else_from_the_first(
    accounts: tuple[str, ...], did: str | None, expected: str | None
) -> None:
    assert sender(NUMBERS, accounts, did) == expected


async def test_pbxs_are_the_companys_by_name(db: Database, company: UUID, neighbour: UUID) -> None:
    async with db.begin(company) as session:
        for name in ("Växel", "Filial"):
            await add_pbx(session, name)
    async with db.begin(neighbour) as session:
        await add_pbx(session)
    async with db.read(company) as session:
        rows = await pbxs(session)
        assert [row.name for row in rows] == ["Filial", "Växel"]
        assert rows[0].secret == "s3cret"


async def test_link_state_is_kept_and_told_only_when_it_changes(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        pbx = await add_pbx(session)
    began = clock.now()
    for state in ("up", "up", "lost"):
        async with db.begin(company) as session:
            await set_link_state(session, pbx, state, "", clock.now())
        clock.advance(10)
    async with db.read(company) as session:
        row = await session.get_one(PbxRow, pbx)
        assert (row.link_state, row.link_since) == ("lost", clock.now().replace(second=20))
        assert [change.subject for change in await changes_since(session, 0)] == [pbx, pbx]
    assert began.second == 0


async def test_link_state_of_an_unknown_pbx_changes_nothing(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        await set_link_state(session, uuid4(), "up", "", clock.now())
        assert await changes_since(session, 0) == []


async def test_locked_company_is_read_afresh_and_keeps_own_changes(
    db: Database, company: UUID
) -> None:
    async with db.begin(company) as session:
        row = await company_row(session)
        row.name = "Salong Ny"
        assert (await locked_company(session)).name == "Salong Ny"
    async with db.read(company) as session:
        assert await session.scalar(select(CompanyRow.name)) == "Salong Ny"
