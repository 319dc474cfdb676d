import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from ringback.conversations import Standing
from ringback.db import Database
from ringback.store.callbacks import want_callback
from ringback.store.calls import record_call
from ringback.store.waiting import calls_alone, calls_alone_since, settle_call
from ringback.tables import CallbackRow, ChangeRow
from tests.clock import FRIDAY_AT_TEN as NOW
from tests.ringback.flow import ANNA, add_pbx, converse, missed_call

LONG_AGO = NOW - timedelta(days=30)


async def a_call_alone(db: Database, company: UUID, why: str = "not_mobile") -> tuple[UUID, UUID]:
    """A missed call without a conversation, and the callback that it led to."""
    async with db.begin(company) as session:
        pbx_id = await add_pbx(session)
        call = await record_call(session, pbx_id, missed_call(), NOW)
        assert call is not None
        row = await want_callback(session, call, why, NOW)
        assert row is not None
        return call.id, row.id


async def states(db: Database, company: UUID) -> list[str]:
    async with db.read(company) as session:
        return list(await session.scalars(select(CallbackRow.state)))


async def test_call_alone_needs_a_person_until_it_is_settled(db: Database, company: UUID) -> None:
    call, callback = await a_call_alone(db, company)
    async with db.read(company) as session:
        (waits,) = (await calls_alone(session, [call, uuid4()])).values()
        assert list(await calls_alone_since(session, LONG_AGO)) == [call]
        assert await calls_alone_since(session, NOW + timedelta(days=1)) == {}
    assert (waits.standing, [row.id for row in waits.open]) == (Standing.NEEDS_PERSON, [callback])
    async with db.begin(company) as session:
        assert await settle_call(session, call, [callback], NOW) == 1
    async with db.read(company) as session:
        (done,) = (await calls_alone(session, [call])).values()
        assert await calls_alone_since(session, LONG_AGO) == {}
    assert (done.standing, list(done.open)) == (Standing.HANDLED, [])


async def test_caller_who_asked_to_be_rung_will_be_called_back(db: Database, company: UUID) -> None:
    call, _ = await a_call_alone(db, company, "call_back")
    async with db.read(company) as session:
        assert (await calls_alone(session, [call]))[call].standing is Standing.CALLBACK


async def test_call_settled_by_two_people_at_once_is_settled_once(
    db: Database, company: UUID
) -> None:
    call, callback = await a_call_alone(db, company)

    async def settle() -> int:
        async with db.begin(company) as session:
            return await settle_call(session, call, [callback], NOW)

    async with asyncio.timeout(20):
        assert sorted(await asyncio.gather(settle(), settle())) == [0, 1]


async def test_only_what_is_named_is_settled_and_told(db: Database, company: UUID) -> None:
    call, _ = await a_call_alone(db, company)
    query = select(ChangeRow.id).where(ChangeRow.subject == call)
    async with db.begin(company) as session:
        before = len((await session.scalars(query)).all())
        assert await settle_call(session, call, [uuid4()], NOW) == 0
        assert len((await session.scalars(query)).all()) == before
    assert await states(db, company) == ["open"]


async def test_what_belongs_to_a_conversation_is_not_alone(db: Database, company: UUID) -> None:
    call, callback = await a_call_alone(db, company)
    async with db.begin(company) as session:
        talk = await converse(session, ANNA)
        (await session.get_one(CallbackRow, callback)).conversation_id = talk.id
    async with db.begin(company) as session:
        assert await calls_alone(session, [call]) == {}
        assert await calls_alone_since(session, LONG_AGO) == {}
        assert await settle_call(session, call, [callback], NOW) == 0
    assert await states(db, company) == ["open"]


async def test_call_that_the_company_has_not_is_refused(db: Database, company: UUID) -> None:
    async with db.begin(company) as session:
        with pytest.raises(NoResultFound):
            await settle_call(session, uuid4(), [uuid4()], NOW)
