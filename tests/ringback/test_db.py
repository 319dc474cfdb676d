import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from ringback.bell import CHANGES
from ringback.db import Database, check_reachable, open_database
from ringback.errors import BadInput
from ringback.jobs import put
from ringback.settings import Settings
from ringback.store.changes import Kind, note_change
from ringback.tables import CompanyRow, SmsNumberRow
from tests.clock import HandClock


def a_number(e164: str = "+46846500410") -> SmsNumberRow:
    return SmsNumberRow(provider="simulator", e164=e164)


async def count(db: Database, company: UUID) -> int | None:
    async with db.read(company) as session:
        return await session.scalar(select(func.count()).select_from(SmsNumberRow))


async def test_unit_of_work_is_kept_when_its_block_ends(db: Database, company: UUID) -> None:
    async with db.begin(company) as session:
        session.add(a_number())
    assert await count(db, company) == 1


async def test_unit_of_work_that_raises_leaves_nothing(db: Database, company: UUID) -> None:
    async def fail() -> None:
        async with db.begin(company) as session:
            session.add(a_number())
            await session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await count(db, company) == 0


async def test_unit_of_work_that_is_cancelled_leaves_nothing_and_locks_nobody_out(
    db: Database, company: UUID
) -> None:
    flushed = asyncio.Event()

    async def work() -> None:
        async with db.begin(company) as session:
            session.add(a_number())
            await session.flush()
            flushed.set()
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    await flushed.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    async with asyncio.timeout(30), db.begin(company) as session:
        session.add(a_number("+46846500411"))
    assert await count(db, company) == 1


async def test_reader_sees_one_moment_and_does_not_wait_for_a_writer(
    db: Database, company: UUID
) -> None:
    query = select(func.count()).select_from(SmsNumberRow)
    async with asyncio.timeout(30), db.read(company) as reading:
        assert await reading.scalar(query) == 0
        async with db.begin(company) as writing:
            writing.add(a_number())
        assert await reading.scalar(query) == 0
    assert await count(db, company) == 1


async def test_increments_in_parallel_are_all_kept(db: Database, company: UUID) -> None:
    async def add_one() -> None:
        async with db.begin(company) as session:
            query = select(CompanyRow).with_for_update()
            row = (await session.scalars(query)).one()
            row.audit_number += 1

    async with asyncio.timeout(20):
        await asyncio.gather(*(add_one() for _ in range(12)))
    async with db.read(company) as session:
        assert await session.scalar(select(CompanyRow.audit_number)) == 12


@pytest.mark.parametrize("rings", [True, False])
async def test_bell_rings_after_the_commit_and_only_then(
    db: Database, company: UUID, clock: HandClock, rings: bool
) -> None:
    async def fail() -> None:
        async with db.begin(company) as session:
            await put(session, "send", company, uuid4(), clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert db.bell.heard(CHANGES, "send") == 0
    async with db.begin(company) as session:
        if rings:
            await note_change(session, Kind.CALL, uuid4(), clock.now())
        assert db.bell.heard(CHANGES, "send") == 0
    assert db.bell.heard(CHANGES) == int(rings)


async def test_job_put_rings_the_bell(db: Database, company: UUID, clock: HandClock) -> None:
    async with db.begin(company) as session:
        await put(session, "send", company, uuid4(), clock.now())
    assert db.bell.heard("send") == 1


async def test_errors_of_the_database_do_not_tell_what_was_written(
    db: Database, company: UUID
) -> None:
    """They are logged; the parameters of a statement may be somebody's words."""
    with pytest.raises(DBAPIError, match="parameters hidden"):
        async with db.begin(company) as session:
            session.add_all([a_number(), a_number()])


async def test_reachable_database_is_fine(db: Database) -> None:
    await check_reachable(db)


async def test_server_that_does_not_answer_is_told_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql://ringback:s3cret@/ringback?host={tmp_path}"
    database = open_database(Settings(var=tmp_path, database_url=url))
    try:
        with pytest.raises(BadInput, match="does not answer") as refused:
            await check_reachable(database)
    finally:
        await database.close()
    assert "RINGBACK_DATABASE_URL" in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("place", ["a file/var", "a file"])
def test_folder_that_can_not_be_made_is_told_plainly(tmp_path: Path, place: str) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(BadInput, match=r"The folder .* can't be written .* RINGBACK_VAR"):
        open_database(Settings(var=tmp_path / place))


def test_folder_without_the_right_to_write_is_told_plainly() -> None:
    """A place where even root can't write."""
    with pytest.raises(BadInput, match="RINGBACK_VAR"):
        open_database(Settings(var=Path("/proc/ringback")))


def test_database_file_that_is_none_is_told_plainly(tmp_path: Path) -> None:
    path = tmp_path / "ringback.sqlite"
    path.write_bytes(b"not a database, but somebody's letter. " * 50)
    with pytest.raises(BadInput, match="not a database"):
        open_database(Settings(var=tmp_path))
    assert path.read_bytes().startswith(b"not a database")


def test_database_that_can_not_be_opened_is_told_plainly(tmp_path: Path) -> None:
    (tmp_path / "ringback.sqlite").mkdir()
    with pytest.raises(BadInput, match="unable to open"):
        open_database(Settings(var=tmp_path))
