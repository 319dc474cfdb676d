"""A table of records in SQLite or PostgreSQL, read from a mark on. Reads only.

In: the address of a database and the mark of the last reading. Out: a `Page` of rows. The mark is the
row's number: SQLite's own, in PostgreSQL a column that counts up. Blocks; the caller has a thread.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    URL,
    ColumnElement,
    Engine,
    Executable,
    Integer,
    MetaData,
    NullPool,
    String,
    Table,
    column,
    create_engine,
    func,
    inspect,
    make_url,
    select,
    type_coerce,
)
from sqlalchemy.exc import SQLAlchemyError

from pbx_adapter.backfill import cdr, cel
from pbx_adapter.backfill.records import Page, Record, SourceFault

PAGE_ROWS = 1000
WAIT_S = 5
_NUMBER = "row_number_"
_COUNTING = ("id", "acctid", "cdr_id", "cel_id", "cdr_pkey")
_READ_ONLY = "-c default_transaction_read_only=on -c statement_timeout=10s"
_USUAL_NAMES: Mapping[str, Mapping[str, str]] = {
    "cdr": cdr.ALSO_CALLED,
    "cel": cel.ALSO_CALLED,
    "queue_log": {"data": "data1"},
}


class RecordTable:
    """One table.

    Args:
        place: `sqlite:////var/log/asterisk/master.db`, `postgresql://reader@host/asteriskcdrdb`;
            `?table=name` when it is not called like the source.
        called: The source, and the table's usual name: `cdr`.
        wait_s: For the connection, and for another's lock.
    """

    def __init__(self, place: str, called: str, wait_s: int = WAIT_S) -> None:
        self._wait_s = wait_s
        self._called = called
        self._address = make_url(place)
        self._name = str(self._address.query.get("table", called))
        self._open: tuple[Engine, Table, ColumnElement[int]] | None = None

    def end(self) -> str:
        """The mark of what will be written from now on; SourceFault as `read`."""
        rows = self._asked(lambda number, table: select(func.max(number)).select_from(table))
        return str(rows[0][0] or 0)

    def start(self) -> str:
        """The mark of the first row that there is."""
        return "0"

    def read(self, mark: str) -> Page:
        """The rows behind the mark.

        Raises:
            SourceFault: The database is away, locked, or has no such table.
        """
        after = int(mark) if mark.isdecimal() else 0
        rows = self._asked(
            lambda number, table: (
                select(number.label(_NUMBER), *_as_they_are(table))
                .where(number > after)
                .order_by(number)
                .limit(PAGE_ROWS)
            )
        )
        if not rows and int(self.end()) < after:
            return Page(
                (), "0", more=True, anew=True
            )  # it was emptied, and counts from the beginning
        records = [Record(row[0], str(row[0] - 1), self._fields(row._mapping)) for row in rows]
        last = str(records[-1].number) if records else str(after)
        return Page(tuple(records), last, more=len(records) == PAGE_ROWS)

    def _fields(self, row: Mapping[str, object]) -> dict[str, str]:
        usual = _USUAL_NAMES[self._called]
        columns = {name.lower(): value for name, value in row.items() if name != _NUMBER}
        return {usual.get(name, name): _text(value) for name, value in columns.items()}

    def _asked(self, question: Callable[[ColumnElement[int], Table], Executable]) -> Any:
        try:
            engine, table, number = self._opened()
            with engine.connect() as connection:
                return connection.execute(question(number, table)).all()
        except (SQLAlchemyError, OSError) as fault:
            reason = str(getattr(fault, "orig", None) or fault).strip().partition("\n")[0]
            raise SourceFault(
                f"{self._called}: the database {self._shown} can't be read ({reason}). "
                "It is tried again."
            ) from fault

    def _opened(self) -> tuple[Engine, Table, ColumnElement[int]]:
        """The database and the table as it is; looked at once."""
        if self._open is None:
            engine = _engine(self._address, self._wait_s)
            if not inspect(engine).has_table(self._name):
                raise SourceFault(
                    f"{self._called}: the database {self._shown} has no table {self._name}. "
                    "Have Asterisk write it, or name another with ?table= in the site file."
                )
            table = Table(self._name, MetaData(), autoload_with=engine)
            self._open = engine, table, self._number_of(table)
        return self._open

    def _number_of(self, table: Table) -> ColumnElement[int]:
        if self._address.get_backend_name() == "sqlite":
            return column("rowid", Integer)
        by_name = {column.name.lower(): column for column in table.c}
        found = next((by_name[name] for name in _COUNTING if name in by_name), None)
        if found is None:
            raise SourceFault(
                f"{self._called}: the table {self._name} in {self._shown} has no column that "
                f"counts up. Add one: ALTER TABLE {self._name} ADD COLUMN id BIGSERIAL;"
            )
        return found

    @property
    def _shown(self) -> str:
        return self._address.render_as_string(hide_password=True)


def _as_they_are(table: Table) -> list[ColumnElement[str]]:
    """The columns without conversion: SQLite keeps anything in any column."""
    return [type_coerce(column, String).label(column.name) for column in table.c]


def _engine(address: URL, wait_s: int) -> Engine:
    address = address.difference_update_query(["table"])
    if address.get_backend_name() == "sqlite":
        # Read only: a database that is not there is not made.
        url = f"sqlite:///file:{quote(address.database or '')}?mode=ro&uri=true"
        return create_engine(url, connect_args={"timeout": wait_s}, poolclass=NullPool)
    bounds = {"connect_timeout": wait_s, "options": _READ_ONLY}
    url_there = address.set(drivername="postgresql+psycopg")
    return create_engine(url_there, connect_args=bounds, poolclass=NullPool)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value).replace("\x00", "")
