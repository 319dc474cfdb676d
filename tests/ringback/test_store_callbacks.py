import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from ringback.calls import Call
from ringback.db import Database
from ringback.store.callbacks import open_callbacks, settle_callbacks, want_callback
from ringback.store.calls import record_call
from ringback.tables import CallbackRow, CallRow, ChangeRow
from tests.clock import FRIDAY_AT_TEN as NOW
from tests.ringback.flow import ANNA, ERIK, add_pbx, converse, missed_call


async def callbacks(
    db: Database, company: UUID, e164: str | None = None
) -> tuple[UUID, list[UUID]]:
    """A conversation with two open callbacks."""
    async with db.begin(company) as session:
        talk = await (converse(session, e164) if e164 else converse(session))
        rows = [
            CallbackRow(
                id=uuid4(),
                key=str(uuid4()),
                number=talk.number,
                number_index=talk.number_index,
                conversation_id=talk.id,
                why=why,
                created_at=NOW,
            )
            for why in ("complaint", "call_back")
        ]
        session.add_all(rows)
    return talk.id, [row.id for row in rows]


async def test_callbacks_settled_by_two_people_at_once_are_settled_once(
    db: Database, company: UUID
) -> None:
    talk, ids = await callbacks(db, company)

    async def settle() -> int:
        async with db.begin(company) as session:
            return await settle_callbacks(session, talk, ids, NOW)

    async with asyncio.timeout(20):
        assert sorted(await asyncio.gather(settle(), settle())) == [0, 2]
    async with db.read(company) as session:
        assert await open_callbacks(session, [talk]) == {}
        told = await session.scalars(select(ChangeRow.subject).where(ChangeRow.subject == talk))
        assert len(told.all()) == 1


async def test_only_the_named_callbacks_of_the_conversation_are_settled(
    db: Database, company: UUID
) -> None:
    talk, (complaint, call_back) = await callbacks(db, company)
    other, of_other = await callbacks(db, company, ERIK)
    async with db.begin(company) as session:
        assert await settle_callbacks(session, talk, [complaint, *of_other], NOW) == 1
    async with db.read(company) as session:
        found = await open_callbacks(session, [talk, other])
    assert [row.id for row in found[talk]] == [call_back]
    assert {row.id for row in found[other]} == set(of_other)


async def test_conversation_of_another_company_has_nothing_to_settle(
    db: Database, company: UUID, neighbour: UUID
) -> None:
    talk, ids = await callbacks(db, company)
    with pytest.raises(NoResultFound):
        async with db.begin(neighbour) as session:
            await settle_callbacks(session, talk, ids, NOW)


@pytest.mark.parametrize(
    ("call", "number"),
    [
        (missed_call(), ANNA),
        (replace(missed_call(), withheld=True), ""),
        (replace(missed_call(), caller="anonymous", caller_e164=None), ""),
    ],
)
async def test_missed_caller_is_listed_once_and_without_a_number_that_was_hidden(
    db: Database, company: UUID, call: Call, number: str
) -> None:
    async with db.begin(company) as session:
        row = await record_call(session, await add_pbx(session), call, NOW)
        assert row is not None
        assert await want_callback(session, row, "withheld", NOW) is not None
    async with db.begin(company) as session:
        row = await session.get_one(CallRow, row.id)
        assert await want_callback(session, row, "withheld", NOW) is None
        (kept,) = (await session.scalars(select(CallbackRow))).all()
    assert (kept.number, kept.call_id, kept.why, kept.state) == (number, row.id, "withheld", "open")
