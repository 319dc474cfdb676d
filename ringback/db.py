"""The database: engines for SQLite and PostgreSQL, and units of work for one company.

In: the settings. Out: sessions that are already limited to a company (`tenancy`). A unit of work is
one transaction, committed when its block ends; if it asked for a job or noted a change, the bell is
rung afterwards. No session is held across a network call.

SQLite runs in WAL mode with one writer at a time (`BEGIN IMMEDIATE`, one lock in the process);
readers never wait.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, nullcontext
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from ringback.bell import Bell, topics_of
from ringback.crypto import CompanyKeys, MasterKey, master_key
from ringback.errors import BadInput, RingbackError
from ringback.one_writer import OneWriter
from ringback.settings import Settings
from ringback.sqlite import READING, SCHEME, beginning
from ringback.tables import CompanyRow
from ringback.tenancy import ACROSS, company_keys

WRITER_WAIT_S = 30.0
"""How long a writer waits for another, on either database."""
_BOUNDS = f"-c lock_timeout={WRITER_WAIT_S:.0f}s -c statement_timeout={2 * WRITER_WAIT_S:.0f}s"
_DURABLY = ("PRAGMA synchronous=FULL", "BEGIN IMMEDIATE")
_IN_PASSING = ("PRAGMA synchronous=NORMAL", "BEGIN IMMEDIATE")
_LOOKED_AT = 400  # rows of each index, for SQLite's planner; it takes some milliseconds
_RENEWED_S = 3600  # connections know what was found when they were opened


class UnknownCompany(RingbackError):
    """There is no such company, or its keys were erased."""


class Database:
    """The engine, the master key and the bell; opened once per process."""

    def __init__(self, engine: AsyncEngine, master: MasterKey) -> None:
        self.engine = engine
        self.master = master
        self.bell = Bell()
        self.claiming = asyncio.Lock()
        """Held by the worker that looks for jobs and claims them, so that none claims in vain."""
        self._keys: dict[UUID, CompanyKeys] = {}
        # Readers see one snapshot: SQLite's own way, asked for on PostgreSQL.
        snapshot = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._readers = async_sessionmaker(
            engine.execution_options(**snapshot), expire_on_commit=False
        )
        self._writers = async_sessionmaker(engine, expire_on_commit=False)
        self._one_writer = OneWriter(WRITER_WAIT_S) if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default, for one process."""
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def begin(self, company_id: UUID) -> AsyncIterator[AsyncSession]:
        """A unit of work that may write rows of one company."""
        with company_keys(await self.keys(company_id)):
            async with self._writing(company_id) as session:
                yield session

    @asynccontextmanager
    async def begin_in_passing(self, company_id: UUID) -> AsyncIterator[AsyncSession]:
        """The same for what may be lost in a power failure, as if it had not been done yet.

        SQLite then need not wait for the disk. What is committed later is never there without it.
        """
        with company_keys(await self.keys(company_id)):
            async with self._writing(company_id, _IN_PASSING) as session:
                yield session

    @asynccontextmanager
    async def read(self, company_id: UUID) -> AsyncIterator[AsyncSession]:
        """A unit of work that reads rows of one company."""
        with company_keys(await self.keys(company_id)), beginning(*READING):
            async with self._readers(info={"company": company_id}) as session:
                yield session

    @asynccontextmanager
    async def read_across(self) -> AsyncIterator[AsyncSession]:
        """The reading half of `begin_across`."""
        with company_keys(None), beginning(*READING):
            async with self._readers(info={"company": ACROSS}) as session:
                yield session

    @asynccontextmanager
    async def begin_across(self) -> AsyncIterator[AsyncSession]:
        """A unit of work of the operator: jobs, sign-in, finding whose a number is.

        Sealed columns can't be read in it. Which modules may use it is listed in
        `tests/ringback/test_tenancy.py`.
        """
        with company_keys(None):
            async with self._writing(ACROSS) as session:
                yield session

    @asynccontextmanager
    async def begin_claiming(self) -> AsyncIterator[AsyncSession]:
        """The same in passing (`begin_in_passing`)."""
        with company_keys(None):
            async with self._writing(ACROSS, _IN_PASSING) as session:
                yield session

    async def keys(self, company_id: UUID) -> CompanyKeys:
        """The open keys of a company."""
        if company_id not in self._keys:
            async with self.read_across() as session:
                wrapped = await session.scalar(
                    select(CompanyRow.wrapped_keys).where(CompanyRow.id == company_id)
                )
            if not wrapped:
                raise UnknownCompany("There is no such company, or its data has been erased.")
            self._keys[company_id] = self.master.unwrap(company_id, wrapped)
        return self._keys[company_id]

    @asynccontextmanager
    async def _writing(
        self, owner: UUID | str, begins: Sequence[str] = _DURABLY
    ) -> AsyncIterator[AsyncSession]:
        turn = self._one_writer.turn() if self._one_writer else nullcontext()
        opened = self._writers(info={"company": owner})
        with beginning(*begins):
            async with turn, opened as session, session.begin():
                yield session
        if topics := topics_of(session.info):
            self.bell.ring(*topics)

    async def let_others_write_first(self) -> None:
        """Called before a unit of work that nobody waits for; on PostgreSQL none waits for another."""
        if self._one_writer:
            await self._one_writer.let_others_first()

    async def look_at_rows(self) -> None:
        """Have SQLite see how its rows are spread; without, it reads all of a company's for some.

        PostgreSQL does so by itself. Source: https://sqlite.org/lang_analyze.html.
        """
        if not self.is_sqlite:
            return
        async with self._writing(ACROSS) as session:
            for statement in (f"PRAGMA analysis_limit={_LOOKED_AT}", "ANALYZE"):
                await session.execute(text(statement))

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()


def open_database(settings: Settings) -> Database:
    """Open what the settings name; BadInput says what to mend when it can't be written."""
    folder = settings.var
    try:
        folder.mkdir(parents=True, exist_ok=True)
        master = master_key(
            settings.master_key.get_secret_value() if settings.master_key else None, folder
        )
    except OSError as refused:
        raise BadInput(
            f"The folder {folder} can't be written ({refused.strerror}). "
            "Give the user that runs ringback the right to it, or set RINGBACK_VAR to another."
        ) from refused
    return Database(_engine(settings, folder), master)


def database_url(settings: Settings) -> str:
    """The address in SQLAlchemy's form."""
    given = settings.database_url
    if not given:
        return f"{SCHEME}:///{settings.var / 'ringback.sqlite'}"
    if given.startswith("sqlite:///"):
        return given.replace("sqlite:///", f"{SCHEME}:///", 1)
    return given.replace("postgresql://", "postgresql+psycopg://", 1)


def _engine(settings: Settings, folder: Path) -> AsyncEngine:
    url = database_url(settings)
    # Parameters stay out of errors, which are logged: a row's texts may be among them.
    if not url.startswith("sqlite"):
        bounds = {"connect_timeout": 5, "options": _BOUNDS}
        return create_async_engine(
            url, pool_pre_ping=True, hide_parameters=True, connect_args=bounds
        )
    _probe(Path(url.removeprefix(f"{SCHEME}:///")))
    engine = create_async_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": WRITER_WAIT_S},
        pool_recycle=_RENEWED_S,
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _probe(path: Path) -> None:
    """Fail early and plainly where the file can't be written."""
    try:
        with closing(sqlite3.connect(path, timeout=5)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except (sqlite3.Error, OSError) as refused:
        raise BadInput(
            f"The database {path} can't be used ({refused}). Check that it is Ringback's own file, "
            "the rights of the file and its folder, and the room on the disk."
        ) from refused


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the dialect says how transactions begin
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def check_reachable(database: Database) -> None:
    """BadInput in plain words when the database does not answer."""
    try:
        async with database.engine.connect() as connection:
            await connection.exec_driver_sql("SELECT 1")
    except (OperationalError, OSError) as refused:
        reason = str(getattr(refused, "orig", refused)).strip().splitlines()[0]
        where = database.engine.url.render_as_string(hide_password=True)
        raise BadInput(
            f"The database {where} does not answer ({reason}). "
            "Start it, or correct RINGBACK_DATABASE_URL."
        ) from refused
