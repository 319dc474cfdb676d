"""SQLite behind asyncio, with one trip to the connection's thread for a whole statement.

In: what SQLAlchemy asks of a database driver. Out: the same answers as from its own adapter of
aiosqlite, which takes four trips for a statement (a cursor, the statement, its rows, the cursor's
end) and more for the ends of a transaction, and each trip wakes two threads. Stands beneath
`ringback.db`, for the embedded database alone.

A transaction is begun by its first statement, in the same trip. One that was never begun, or has been
committed, needs no roll-back when its connection is given back.

In a transaction that has begun, what is likely to be short takes no trip at all: it is over before
the other thread would have woken. Now and then one takes a trip all the same, so that the event loop
gets its turn. What may wait, for the disk or for another writer, always takes one.
"""

import sqlite3
from collections import deque
from collections.abc import Sequence
from functools import partial
from time import perf_counter
from typing import Any, cast

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.engine import Connection, ExecutionContext
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm.bulk_persistence import _BulkUDCompileState as BulkUDCompileState
from sqlalchemy.util import EMPTY_DICT
from sqlalchemy.util.concurrency import await_

from ringback.tenancy import PREPARED

_CHUNK = 64  # rows that are fetched at once where they are streamed
_AT_A_STRETCH_S = 0.005  # after that the event loop gets its turn


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


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """One statement and its rows; `sqlite3.Cursor` tells what else is asked of it."""

    __slots__ = ("is_short",)

    is_short: bool
    """Whether the statement that comes next is certain to be; see `mark_short`."""
    _awaitable_cursor_close = False  # all rows are here, so nothing is left to close
    _adapt_connection: "_Connection"
    _cursor: Any

    def __init__(self, adapt_connection: Any) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._rows = deque()
        self._soft_closed_memoized = EMPTY_DICT
        self.is_short = False

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
            if self.is_short and not begin and perf_counter() < connection.trip_at:
                self._cursor, rows = threaded.run(begin, sql, parameters, many)
            else:
                self._cursor, rows = await_(threaded.statement(begin, sql, parameters, many))
                connection.trip_at = perf_counter() + _AT_A_STRETCH_S
        except Exception as error:
            connection._handle_exception(error)
        self._rows = deque(rows)


class _Connection(AsyncAdapt_aiosqlite_connection):
    """A connection that knows whether a transaction is open."""

    __slots__ = ("_begin", "_is_begun", "threaded", "trip_at")

    _cursor_cls = _Cursor

    def __init__(self, dbapi: "Driver", threaded: _Threaded) -> None:
        super().__init__(dbapi, cast(Any, threaded))
        self.threaded = threaded
        self.trip_at = 0.0
        """From then on the next statement takes a trip, however short; as `perf_counter` counts."""
        self._begin: Sequence[str] = ()
        self._is_begun = False

    def begin(self, *statements: str) -> None:
        """Have the next statement begin a transaction with these."""
        self._begin = statements

    def beginning(self) -> Sequence[str]:
        """What the next statement is to begin with; it is under way from now on."""
        begin, self._begin = self._begin, ()
        self._is_begun = self._is_begun or bool(begin)
        return begin

    def cursor(self, server_side: bool = False) -> Any:
        for begin in self.beginning() if server_side else ():
            await_(self.threaded.execute(begin))
        return super().cursor(server_side)

    def commit(self) -> None:
        if self._is_begun:
            super().commit()
        self._begin, self._is_begun = (), False

    def rollback(self) -> None:
        if self._is_begun:
            super().rollback()
        self._begin, self._is_begun = (), False


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """What SQLAlchemy takes for the driver's module (`create_engine(module=…)`)."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *where: Any, **options: Any) -> _Connection:
        """Open the file; arguments as of `sqlite3.connect`."""
        # Whoever has taken the connection is the only one who uses it, in whichever thread.
        options["check_same_thread"] = False
        threaded = _Threaded(partial(sqlite3.connect, *where, **options), _CHUNK)
        threaded._thread.daemon = True  # as SQLAlchemy has it: no process waits for it to end
        await_(threaded)
        return _Connection(self, threaded)


def mark_short(
    _connection: Connection,
    cursor: Any,
    _sql: str,
    parameters: Any,
    context: ExecutionContext | None,
    many: bool,
) -> None:
    """Event `before_cursor_execute`: says of prepared statements and few rows that they are short."""
    if isinstance(cursor, _Cursor) and isinstance(context, DefaultExecutionContext):
        few = not many or len(parameters) <= _CHUNK
        by_key = context.isupdate and not isinstance(_state_of(context), BulkUDCompileState)
        asked = context.execution_options.get(PREPARED, False)
        cursor.is_short = few and (asked or context.isinsert or by_key)


def _state_of(context: DefaultExecutionContext) -> object:
    return getattr(context.compiled, "compile_state", None)
