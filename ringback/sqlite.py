"""SQLite behind asyncio, with one trip to the connection's thread for a whole statement.

In: what SQLAlchemy asks of a database driver. Out: the same answers as from its own adapter of
aiosqlite, which takes four trips for a statement (a cursor, the statement, its rows, the cursor's
end) and more for the ends of a transaction, and each trip wakes two threads. Stands beneath
`ringback.db`, for the embedded database alone.

A transaction is begun by its first statement, in the same trip. One that was never begun, or has been
committed, needs no roll-back when its connection is given back.

What is likely to be short takes no trip at all: it is over before the other thread would have woken.
Now and then one takes a trip all the same, so that the event loop gets its turn. What may wait, for
the disk or for another writer, always takes one: a writer's begin and its commit. Readers wait for
nobody, so theirs need none.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Sequence
from contextvars import ContextVar
from functools import partial
from time import perf_counter
from typing import Any, cast

import aiosqlite
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    SQLiteDialect_aiosqlite,
    SQLiteExecutionContext_aiosqlite,
)
from sqlalchemy.orm.bulk_persistence import _BulkUDCompileState as BulkUDCompileState
from sqlalchemy.util import EMPTY_DICT
from sqlalchemy.util.concurrency import await_

from ringback.tenancy import SHORT

_CHUNK = 64  # rows that are fetched at once where they are streamed
_AT_A_STRETCH_S = 0.005  # after that the event loop gets its turn

READING = ("BEGIN",)
"""How a transaction begins that only reads."""


class _Stretch:
    """How long the event loop has waited for short statements, of all connections."""

    def __init__(self) -> None:
        self._until: float | None = None

    def goes_on(self) -> bool:
        """Whether another one may be executed before the loop gets its turn."""
        if self._until is None:
            self._until = perf_counter() + _AT_A_STRETCH_S
            asyncio.get_running_loop().call_soon(self._end)
        return perf_counter() < self._until

    def _end(self) -> None:
        self._until = None


class _Threaded(aiosqlite.Connection):
    """A connection with its thread, which also runs a whole statement."""

    async def statement(
        self, begin: Sequence[str], sql: str, parameters: Any, many: bool
    ) -> tuple[sqlite3.Cursor, Sequence[Any]]:
        """Begin the transaction if asked to, execute, and fetch all rows."""
        done = self._execute(  # type: ignore[no-untyped-call]
            self.run, begin, sql, parameters, many
        )
        cursor, rows = await done
        return cursor, rows

    def run(
        self, begin: Sequence[str], sql: str, parameters: Any, many: bool
    ) -> tuple[sqlite3.Cursor, Sequence[Any]]:
        """The same in the thread that asks."""
        for one in begin:
            self._conn.execute(one)
        run = self._conn.executemany if many else self._conn.execute
        cursor = run(sql, () if parameters is None else parameters)
        return cursor, cursor.fetchall() if cursor.description else ()

    def end_reading(self) -> None:
        """End a transaction that has only read, in the thread that asks."""
        self._conn.rollback()


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """One statement and its rows; `sqlite3.Cursor` tells what else is asked of it."""

    __slots__ = ("is_short", "writes")

    writes: bool
    is_short: bool
    """Whether its statement is certain to be."""
    _awaitable_cursor_close = False  # all rows are here, so nothing is left to close
    _adapt_connection: "_Connection"
    _cursor: Any

    def __init__(self, adapt_connection: Any) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._rows = deque()
        self._soft_closed_memoized = EMPTY_DICT
        self.is_short = self.writes = False

    def execute(self, operation: Any, parameters: Any = None) -> None:
        self._run(operation, parameters, many=False)

    def executemany(self, operation: Any, seq_of_parameters: Any) -> None:
        self._run(operation, seq_of_parameters, many=True)

    def close(self) -> None:
        self._rows.clear()

    def _run(self, sql: str, parameters: Any, many: bool) -> None:
        connection = self._adapt_connection
        threaded, begin = connection.threaded, connection.beginning()
        try:
            waits = self.writes if connection.reads else begin
            if self.is_short and not waits and connection.stretch.goes_on():
                self._cursor, rows = threaded.run(begin, sql, parameters, many)
            else:
                self._cursor, rows = await_(threaded.statement(begin, sql, parameters, many))
        except Exception as error:
            connection._handle_exception(error)
        self._rows = deque(rows)


class _Connection(AsyncAdapt_aiosqlite_connection):
    """A connection that knows whether a transaction is open."""

    __slots__ = ("_begin", "_begun", "_streams", "stretch", "threaded")

    _cursor_cls = _Cursor

    def __init__(self, dbapi: "Driver", threaded: _Threaded) -> None:
        super().__init__(dbapi, cast(Any, threaded))
        self.threaded = threaded
        self.stretch = dbapi.stretch
        self._begin: Sequence[str] = ()
        self._begun: Sequence[str] = ()
        self._streams = False

    def begin(self, *statements: str) -> None:
        """Have the next statement begin a transaction with these."""
        self._begin = statements

    def beginning(self) -> Sequence[str]:
        """What the next statement is to begin with; it is under way from now on."""
        begin, self._begin = self._begin, ()
        self._begun = self._begun or begin
        return begin

    @property
    def reads(self) -> bool:
        """Whether the transaction that is under way only reads, as far as is known."""
        return self._begun == READING

    def cursor(self, server_side: bool = False) -> Any:
        if server_side:
            self._streams = True
            for begin in self.beginning():
                await_(self.threaded.execute(begin))
        return super().cursor(server_side)

    def commit(self) -> None:
        if self._begun:
            super().commit()
        self._begin, self._begun, self._streams = (), (), False

    def rollback(self) -> None:
        if self.reads and not self._streams:  # else the thread may be at the next rows
            self.threaded.end_reading()
        elif self._begun:
            super().rollback()
        self._begin, self._begun, self._streams = (), (), False


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """What SQLAlchemy takes for the driver's module."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)
        self.stretch = _Stretch()

    def connect(self, *where: Any, **options: Any) -> _Connection:
        """Open the file; arguments as of `sqlite3.connect`."""
        # Whoever has taken the connection is the only one who uses it, in whichever thread.
        options["check_same_thread"] = False
        threaded = _Threaded(partial(sqlite3.connect, *where, **options), _CHUNK)
        threaded._thread.daemon = True  # as SQLAlchemy has it: no process waits for it to end
        await_(threaded)
        return _Connection(self, threaded)


class _Execution(SQLiteExecutionContext_aiosqlite):
    """One statement on its way to the driver: here it is known what kind of statement it is."""

    def create_default_cursor(self) -> Any:
        cursor: Any = super().create_default_cursor()
        cursor.is_short, cursor.writes = self._is_short(), self.is_crud
        return cursor

    def _is_short(self) -> bool:
        """Those of which it was said are, and those that write few rows."""
        few = not self.executemany or len(self.compiled_parameters) <= _CHUNK
        by_key = self.isupdate and not isinstance(self._state(), BulkUDCompileState)
        asked = self.execution_options.get(SHORT, False)
        return few and (asked or self.isinsert or by_key)

    def _state(self) -> object:
        return getattr(self.compiled, "compile_state", None)


_begins: ContextVar[Sequence[str]] = ContextVar("how transactions begin", default=READING)


class Dialect(SQLiteDialect_aiosqlite):
    """SQLAlchemy's dialect of aiosqlite, with this driver; its addresses begin with `SCHEME`.

    It needs none of SQLAlchemy's events, which cost every statement a tenth more.
    """

    driver = "ringback"
    supports_statement_cache = True
    execution_ctx_cls = _Execution

    @classmethod
    def import_dbapi(cls) -> Any:
        """The driver."""
        return Driver()

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin as the unit of work wants it (`beginning`)."""
        dbapi_connection.dbapi_connection.begin(*_begins.get())


SCHEME = f"sqlite+{Dialect.driver}"
registry.register(f"sqlite.{Dialect.driver}", __name__, Dialect.__name__)


class beginning:
    """Context in which transactions begin with these statements."""

    def __init__(self, *statements: str) -> None:
        self._statements = statements

    def __enter__(self) -> None:
        self._token = _begins.set(self._statements)

    def __exit__(self, *_: object) -> None:
        _begins.reset(self._token)
