import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from ringback.db import Database
from ringback.store.callbacks import open_callbacks, settle_callbacks
from ringback.tables import CallbackRow, ChangeRow
from tests.clock import FRIDAY_AT_TEN as NOW
from tests.ringback.flow import ERIK, converse


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
