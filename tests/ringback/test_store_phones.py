from datetime import timedelta
from uuid import UUID

from ringback.db import Database
from ringback.store.calls import record_call
from ringback.store.changes import changes_since
from ringback.store.phones import calls_from, put_text, texts_on
from tests.clock import FRIDAY_AT_TEN, HandClock
from tests.ringback.flow import ANNA, ERIK, add_pbx, missed_call


async def put(db: Database, company: UUID, token: str, phone: str, text: str, at_s: int) -> None:
    at = FRIDAY_AT_TEN + timedelta(seconds=at_s)
    async with db.begin(company) as session:
        await put_text(session, token, phone, text, at, typed=token.startswith("typed"))


async def test_texts_on_a_phone_are_its_own_oldest_first(db: Database, company: UUID) -> None:
    await put(db, company, "typed-2", ANNA, "Ja tack", 20)
    await put(db, company, "1", ANNA, "Hej! Vi missade ditt samtal.", 10)
    await put(db, company, "3", ERIK, "Hej Erik", 15)
    async with db.read(company) as session:
        texts = [(row.body, row.typed) for row in await texts_on(session, ANNA)]
        assert texts == [("Hej! Vi missade ditt samtal.", False), ("Ja tack", True)]
        assert [row.body for row in await texts_on(session, ANNA, limit=1)] == ["Ja tack"]


async def test_text_with_the_same_token_changes_nothing(db: Database, company: UUID) -> None:
    await put(db, company, "1", ANNA, "Hej", 1)
    await put(db, company, "1", ANNA, "Hej igen", 2)
    async with db.read(company) as session:
        assert [row.body for row in await texts_on(session, ANNA)] == ["Hej"]
        (change,) = await changes_since(session, 0)
        assert (change.kind, change.new) == ("phone", True)


async def test_texts_with_another_company_are_not_shown(
    db: Database, company: UUID, neighbour: UUID
) -> None:
    await put(db, neighbour, "1", ANNA, "Hej från grannen", 1)
    async with db.read(company) as session:
        assert list(await texts_on(session, ANNA)) == []


async def test_calls_from_a_phone_are_its_latest_oldest_first(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        pbx = await add_pbx(session)
        for number, caller in enumerate((ANNA, ANNA, ERIK, ANNA)):
            at = FRIDAY_AT_TEN - timedelta(minutes=number)
            await record_call(session, pbx, missed_call(f"1.{number}", caller, at), clock.now())
    async with db.read(company) as session:
        assert [row.uniqueid for row in await calls_from(session, ANNA)] == ["1.3", "1.1", "1.0"]
        assert [row.uniqueid for row in await calls_from(session, ANNA, 2)] == ["1.1", "1.0"]
