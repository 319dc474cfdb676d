import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, create_engine, inspect, select, text

from ringback.db import database_url, open_database
from ringback.errors import BadInput
from ringback.sample import salon
from ringback.schema import alembic_config, upgrade
from ringback.settings import Settings
from ringback.store.companies import add_company
from ringback.tables import Base, MessageRow
from tests.clock import HandClock
from tests.flow import queued


@contextmanager
def connected(settings: Settings) -> Iterator[Connection]:
    settings.var.mkdir(exist_ok=True)
    engine = create_engine(database_url(settings).replace("+ringback", ""))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@pytest.fixture
def folder(empty: Settings) -> Settings:
    empty.var.mkdir()
    return empty


def tables(settings: Settings) -> set[str]:
    with connected(settings) as connection:
        return set(inspect(connection).get_table_names())


def test_migrations_from_nothing_make_what_the_models_say(folder: Settings) -> None:
    upgrade(folder)
    with connected(folder) as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
        found = inspect(connection)
        for table in Base.metadata.sorted_tables:
            checks = {check["name"] for check in found.get_check_constraints(table.name)}
            wanted = {
                str(check.name) for check in table.constraints if isinstance(check, CheckConstraint)
            }
            assert checks == wanted, table.name


def test_upgrade_twice_is_harmless(folder: Settings) -> None:
    upgrade(folder)
    with connected(folder) as connection:
        connection.execute(text("CREATE TABLE witness (id INTEGER)"))
    upgrade(folder)
    assert "witness" in tables(folder)


def test_processes_that_start_at_once_upgrade_once(folder: Settings) -> None:
    together = threading.Barrier(4)

    def start(_: int) -> None:
        together.wait(10)
        upgrade(folder)

    with ThreadPoolExecutor(4) as processes:
        list(processes.map(start, range(4)))
    assert {"company", "job", "alembic_version"} <= tables(folder)


def test_upgrade_that_fails_in_the_middle_leaves_nothing_behind(folder: Settings) -> None:
    """So that the next start begins anew instead of tripping over half of the tables."""
    with connected(folder) as connection:
        connection.execute(text("CREATE TABLE turn (id INTEGER)"))  # the last that is made
    with pytest.raises(BadInput, match="turn"):
        upgrade(folder)
    assert tables(folder) == {"turn"}
    with connected(folder) as connection:
        connection.execute(text("DROP TABLE turn"))
    upgrade(folder)
    assert "company" in tables(folder)


def test_downgrade_takes_everything_away_and_upgrade_brings_it_back(folder: Settings) -> None:
    upgrade(folder)
    with connected(folder) as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert tables(folder) == {"alembic_version"}
    upgrade(folder)
    assert "company" in tables(folder)


async def test_downgrade_leaves_an_id_that_came_again_to_the_newest_text(
    folder: Settings, clock: HandClock
) -> None:
    upgrade(folder)
    db = open_database(folder)
    company = await add_company(db, salon(), clock.now())
    for _ in range(2):
        await queued(db, company, clock)
        clock.advance(1)
    async with db.begin(company) as session:
        for row in await session.scalars(select(MessageRow)):
            row.provider, row.provider_id = "smpp", "1"
    await db.close()

    with connected(folder) as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        found = connection.execute(text("SELECT provider_id FROM message ORDER BY created_at"))
        assert [row.provider_id for row in found] == [None, "1"]


def test_database_of_a_newer_program_is_refused_in_plain_words(folder: Settings) -> None:
    upgrade(folder)
    with connected(folder) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadInput, match=r"newer version of Ringback \(9999\).* backup"):
        upgrade(folder)
    with connected(folder) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


@pytest.mark.parametrize("empty", ["postgresql"], indirect=True)
def test_database_without_the_right_to_change_it_is_told_plainly(folder: Settings) -> None:
    with connected(folder) as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    with pytest.raises(BadInput, match=r"read-only transaction.* rights"):
        upgrade(folder)


@pytest.mark.parametrize("empty", ["postgresql"], indirect=True)
@pytest.mark.parametrize("wrong", ["no_such_database", "no_such_server"])
def test_postgresql_that_is_not_there_is_told_without_the_password(
    folder: Settings, wrong: str
) -> None:
    host = database_url(folder).partition("?")[2] if wrong == "no_such_database" else "host=/none"
    url = f"postgresql://ringback:s3cret@/{wrong}?{host}"
    with pytest.raises(BadInput) as refused:
        upgrade(Settings(var=folder.var, database_url=url))
    assert "RINGBACK_DATABASE_URL" in str(refused.value)
    assert wrong in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
async def test_sqlite_that_another_program_holds_is_waited_for(folder: Settings) -> None:
    path = folder.var / "ringback.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        upgrading = asyncio.create_task(asyncio.to_thread(upgrade, folder))
        done, _ = await asyncio.wait({upgrading}, timeout=0.3)
        assert not done
        other.execute("ROLLBACK")
        async with asyncio.timeout(30):
            await upgrading
    assert "company" in tables(folder)
