"""A database of each kind at the newest version, and companies in it."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import create_engine

from ringback.db import Database
from ringback.sample import salon
from ringback.schema import upgrade
from ringback.settings import Settings
from ringback.store.companies import add_company
from ringback.tables import Base
from tests.clock import HandClock
from tests.engines import Engines

KINDS = ("sqlite", "postgresql")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a database without tables."""
    on_postgresql = request.param == "postgresql"
    url = request.getfixturevalue("new_database")() if on_postgresql else ""
    return Settings(var=tmp_path / "var", database_url=url)


@pytest.fixture(scope="session")
def upgraded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with all tables, to be copied: faster than the migrations."""
    settings = Settings(var=tmp_path_factory.mktemp("upgraded"))
    upgrade(settings)
    return settings.var / "ringback.sqlite"


@pytest.fixture(scope="session")
def upgraded_url(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PostgreSQL database with all tables, which each test leaves rows in."""
    url = new_database()
    upgrade(Settings(var=tmp_path_factory.mktemp("upgraded"), database_url=url))
    return url


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a database with all tables and no rows."""
    var = tmp_path / "var"
    var.mkdir()
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("upgraded_file"), var)
        return Settings(var=var)
    url = request.getfixturevalue("upgraded_url")
    _empty(url)
    return Settings(var=var, database_url=url)


def _empty(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    engine.dispose()


@pytest.fixture
async def db(settings: Settings, engines: Engines) -> AsyncIterator[Database]:
    async with engines.opened(settings) as database:
        yield database


@pytest.fixture
async def company(db: Database, clock: HandClock) -> UUID:
    """The sample salon; the id of a company with keys of its own."""
    return await add_company(db, salon(), clock.now())


@pytest.fixture
async def neighbour(db: Database, clock: HandClock) -> UUID:
    """Another company in the same database."""
    return await add_company(db, salon(), clock.now())
