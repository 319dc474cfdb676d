import asyncio
import sqlite3
from collections.abc import AsyncIterator, Coroutine
from contextlib import closing
from datetime import date
from math import inf
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from ringback import sqlite
from ringback.db import Database, open_database
from ringback.sample import salon
from ringback.settings import Settings
from ringback.store.companies import add_company
from ringback.store.conversations import open_conversation
from ringback.store.prices import price_rows
from ringback.tables import JobRow, SmsPriceRow
from tests.clock import FRIDAY_AT_TEN


@pytest.fixture
def file(upgraded_file: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "var" / "ringback.sqlite"
    copied.parent.mkdir()
    copied.write_bytes(upgraded_file.read_bytes())
    return copied


@pytest.fixture
async def db(file: Path) -> AsyncIterator[Database]:
    database = open_database(Settings(var=file.parent))
    yield database
    await database.close()


def can_be_written(file: Path) -> bool:
    """Whether nobody is writing, asked by another program."""
    with closing(sqlite3.connect(file, timeout=0)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        other.execute("ROLLBACK")
    return True


def a_price(country: str) -> SmsPriceRow:
    return SmsPriceRow(provider="46elks", country=country, valid_from=date(2026, 1, 1), part_e4=350)


async def test_writer_keeps_others_out_from_its_first_statement_to_its_end(
    db: Database, file: Path
) -> None:
    async with db.begin_across() as session:
        assert can_be_written(file)
        assert await session.scalar(select(func.count()).select_from(JobRow)) == 0
        assert not can_be_written(file)
    assert can_be_written(file)


async def test_writer_whose_first_statement_fails_leaves_nothing_begun(
    db: Database, file: Path
) -> None:
    with pytest.raises(OperationalError):
        async with db.begin_across() as session:
            await session.execute(text("SELECT * FROM nothing_of_the_kind"))
    assert can_be_written(file)


async def test_what_is_committed_is_on_the_disk_but_for_what_is_done_in_passing(
    db: Database,
) -> None:
    """Also where the same connection served the other kind before."""
    full, normal = 2, 1  # https://sqlite.org/pragma.html#pragma_synchronous
    company = await add_company(db, salon(), FRIDAY_AT_TEN)
    for _ in range(2):
        async with db.begin_across() as session:
            assert await session.scalar(text("PRAGMA synchronous")) == full
        async with db.begin_claiming() as session:
            assert await session.scalar(text("PRAGMA synchronous")) == normal
        async with db.begin(company) as session:
            assert await in_company(session) == full
        async with db.begin_in_passing(company) as session:
            assert await in_company(session) == normal


async def in_company(session: AsyncSession) -> int | None:
    """How durable a company's unit of work is; it may not ask by itself."""
    pragma = await (await session.connection()).exec_driver_sql("PRAGMA synchronous")
    told: int | None = pragma.scalar()
    return told


async def test_short_statement_is_not_kept_waiting_by_the_other_thread(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it wait for anything else, so that nobody is served in the midst of it."""
    monkeypatch.setattr(sqlite, "_AT_A_STRETCH_S", inf)  # however slow the machine is
    async with db.begin_across() as session:
        session.add(a_price("SE"))
        await session.flush()
        assert await at_once(price_rows(session)) == ["SE"]


async def test_reader_is_not_kept_waiting_by_the_other_thread(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_AT_A_STRETCH_S", inf)
    async with db.begin_across() as session:
        session.add(a_price("SE"))
        await price_rows(session)
    async with db.read_across() as session:  # its first statement begins it
        assert await at_once(price_rows(session)) == ["SE"]


async def at_once(reading: Coroutine[None, None, list[SmsPriceRow]]) -> list[str]:
    """The countries that are read in one turn of the loop."""
    found: list[list[SmsPriceRow]] = []
    read = asyncio.ensure_future(reading)
    read.add_done_callback(lambda told: found.append(told.result()))
    await asyncio.sleep(0)  # one turn of the loop for the statement, one for who waits for it
    await asyncio.sleep(0)
    return [row.country for row in found[0]]


@pytest.mark.parametrize("units", [1, 500])
async def test_many_short_statements_do_not_keep_everybody_else_waiting(
    db: Database, units: int
) -> None:
    async def ask_on_and_on() -> None:
        for _ in range(units):
            async with db.read_across() as session:
                for _ in range(500 // units):
                    await price_rows(session)

    turns, asking = 0, asyncio.create_task(ask_on_and_on())
    while not asking.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 10


async def test_writer_that_begins_with_a_stream_writes(db: Database, file: Path) -> None:
    async with db.begin_across() as session:
        assert [row async for row in await session.stream_scalars(select(SmsPriceRow))] == []
        assert not can_be_written(file)
        session.add(a_price("SE"))
    async with db.read_across() as session:
        assert len(await price_rows(session)) == 1


async def test_what_was_left_open_on_a_connection_is_not_committed_by_the_next(
    db: Database,
) -> None:
    async with db.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.execute("BEGIN")
        await raw.driver_connection.execute("DELETE FROM sms_price")
        with pytest.raises(OperationalError):
            await connection.execute(text("SELECT 1"))


async def test_rows_asked_for_by_their_ids_are_found_by_them(db: Database) -> None:
    """However many conversations the company has; SQLite must have looked at them for that."""
    company, ids = await add_company(db, salon(), FRIDAY_AT_TEN), [uuid4() for _ in range(64)]
    plan = text(
        "EXPLAIN QUERY PLAN SELECT * FROM conversation WHERE company_id = :company AND id IN "
        f"({', '.join(repr(one.hex) for one in ids)})"
    )
    async with db.begin(company) as session:
        for number in range(300):
            await open_conversation(session, f"caller {number}", "", "sv", FRIDAY_AT_TEN)
    await db.look_at_rows()
    async with db.read_across() as session:
        (told,) = await session.execute(plan, {"company": company.hex})
    assert "(id=?)" in told.detail, told


async def test_unit_of_work_without_a_statement_is_no_transaction(db: Database, file: Path) -> None:
    async with db.begin_across():
        pass
    assert can_be_written(file)
    async with db.begin_across() as session:  # on the same connection
        session.add(a_price("SE"))
    assert can_be_written(file)


async def test_writer_cancelled_while_another_program_writes_leaves_nothing_begun(
    db: Database, file: Path
) -> None:
    query = select(func.count()).select_from(JobRow)
    begun = asyncio.Event()

    async def write() -> None:
        async with db.begin_across() as session:
            begun.set()
            await session.scalar(query)

    with closing(sqlite3.connect(file, timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(write())
        await begun.wait()
        async with db.read_across() as session:  # by now the writer's thread waits for the file
            assert await session.scalar(query) == 0
        writing.cancel()
        other.execute("ROLLBACK")
    with pytest.raises(asyncio.CancelledError):
        await writing
    async with asyncio.timeout(20), db.begin_across() as session:
        session.add(a_price("SE"))
    assert can_be_written(file)


async def test_rows_that_are_streamed_are_of_one_moment(db: Database) -> None:
    async with db.begin_across() as session:
        session.add_all([a_price("SE"), a_price("NO")])
    async with db.read_across() as reading:
        streamed = await reading.stream_scalars(select(SmsPriceRow.country))
        async with db.begin_across() as writing:
            writing.add(a_price("DK"))
        assert sorted([country async for country in streamed]) == ["NO", "SE"]
        assert await reading.scalar(select(func.count()).select_from(SmsPriceRow)) == 2


async def test_rows_of_a_statement_keep_their_names_and_their_number(db: Database) -> None:
    async with db.begin_across() as session:
        session.add_all([a_price("SE"), a_price("NO")])
        await session.flush()
        found = await session.execute(select(SmsPriceRow.country, SmsPriceRow.part_e4))
        assert found.keys() == ["country", "part_e4"]
        assert len(found.all()) == 2
