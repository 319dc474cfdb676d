"""One company per unit of work: set once, added to every statement, refused when missing.

In: a session opened for a company (`Database.begin`) or, for the few steps that must look across
companies, `Database.begin_across`. Out: SQLAlchemy events that see to it that

- every ORM statement is limited to the company's rows, and what can't be limited (raw SQL, Core
  and bulk statements, a session without a company) is refused;
- every new row carries the company, and a row of another is never written;
- sealed columns are encrypted and decrypted with that company's keys.

Work across companies is not limited, and no event sees the session's old `bulk_…` methods; a test
keeps both out of all modules but the ones it lists. PostgreSQL's row-level security is to be the
second wall (docs/decisions).
"""

from contextvars import ContextVar
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import (
    BindParameter,
    Executable,
    Insert,
    LargeBinary,
    Uuid,
    bindparam,
    event,
    insert,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    Session,
    attributes,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.types import TypeDecorator

from ringback.crypto import CompanyKeys
from ringback.errors import RingbackError

_keys: ContextVar[CompanyKeys | None] = ContextVar("company_keys", default=None)


class NoCompany(RingbackError):
    """Rows were to be read or written without saying whose, or somebody else's."""


class Owned:
    """Mixed into every table whose rows belong to a company."""

    company_id: Mapped[UUID] = mapped_column(index=True)


class Owner:
    """Mixed into the table of the companies: of these, a company sees itself."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)


class Sealed(TypeDecorator[str]):
    """Text that is stored encrypted under the company's data key.

    Args:
        column: `table.column`, bound into the seal.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Encrypts on the way in."""
        return None if value is None else current_keys().seal(self.column, value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Decrypts on the way out."""
        return None if value is None else current_keys().open(self.column, value)


def current_keys() -> CompanyKeys:
    """The keys of the company of this unit of work; NoCompany outside of one."""
    keys = _keys.get()
    if keys is None:
        raise NoCompany("A company's row was read or written outside a company's unit of work.")
    return keys


def number_index(e164: str) -> bytes:
    """The blind index of a number in the company of this unit of work."""
    return current_keys().index("number", e164)


class company_keys:
    """Context in which sealed columns belong to this company."""

    def __init__(self, keys: CompanyKeys | None) -> None:
        self._new = keys

    def __enter__(self) -> None:
        self._token = _keys.set(self._new)

    def __exit__(self, *_: object) -> None:
        _keys.reset(self._token)


ACROSS = "across all companies"
PREPARED = "ringback_prepared"
"""Option of a statement that `prepared` has made."""
SHORT = "ringback_short"
"""Option of a statement that finds few rows by an index: SQLite is asked without a detour."""
Statement = TypeVar("Statement", bound=Executable)
_COMPANY: BindParameter[UUID] = bindparam(
    "company_of_unit_of_work", callable_=lambda: current_keys().company_id, type_=Uuid()
)
_LIMITS = (
    with_loader_criteria(Owned, lambda row: row.company_id == _COMPANY, include_aliases=True),
    with_loader_criteria(Owner, lambda row: row.id == _COMPANY, include_aliases=True),
)
"""Of every table the rows of the company whose unit of work executes the statement."""


def prepared(statement: Statement) -> Statement:
    """A statement that is asked again and again, limited to a company once and for all.

    SQLAlchemy then need not look through it each time, which takes as long as the rest. It is made
    when its module is loaded, with a `bindparam` for whatever is different each time, and finds few
    rows by an index: SQLite is asked without a detour (`ringback.sqlite`).

    Returns:
        The same statement; in a unit of work of a company it finds that company's rows, in another
        one it is refused (NoCompany).
    """
    return statement.options(*_LIMITS).execution_options(**{PREPARED: True, SHORT: True})


def short(statement: Statement) -> Statement:
    """A statement that is asked across companies again and again (`SHORT`)."""
    return statement.execution_options(**{SHORT: True})


def into(table: type[Any]) -> Insert:
    """`insert(Row)` and no more, prepared: for rows that each say whose they are."""
    return insert(table).execution_options(**{PREPARED: True})


@event.listens_for(Session, "do_orm_execute")
def _limit_to_company(state: ORMExecuteState) -> None:
    owner = _owner(state.session)
    if owner is None:
        return
    if not state.is_orm_statement or state.is_from_statement:
        raise NoCompany("A statement that can't be limited to a company was about to be executed.")
    in_bulk = state.is_insert or (state.is_update and state.is_executemany)
    if in_bulk and any(issubclass(mapper.class_, (Owned, Owner)) for mapper in state.all_mappers):
        if not _inserts_only_own_rows(state, owner):
            raise NoCompany("Rows of a company are written with its id in each, or one by one.")
        return
    if isinstance(state.parameters, dict) and _COMPANY.key in state.parameters:
        raise NoCompany("A statement was given the company that only its unit of work may tell.")
    if not state.execution_options.get(PREPARED):
        state.statement = state.statement.options(*_LIMITS)


def _inserts_only_own_rows(state: ORMExecuteState, owner: UUID) -> bool:
    """Whether it is `insert(Row)` and no more, with rows that each say that they are the company's."""
    mapper, rows, statement = state.bind_mapper, state.parameters, state.statement
    if mapper is None or not isinstance(rows, list) or not isinstance(statement, Insert):
        return False
    is_plain = state.execution_options.get(PREPARED) or statement.compare(insert(mapper))
    plain = issubclass(mapper.class_, Owned) and is_plain
    return plain and all(row.get("company_id") == owner for row in rows)


@event.listens_for(Session, "before_flush")
def _stamp_company(session: Session, *_: Any) -> None:
    owner = _owner(session)
    if owner is None:
        return
    for row in session.new:
        if isinstance(row, Owned) and getattr(row, "company_id", None) is None:
            row.company_id = owner
    for row in [*session.new, *session.dirty, *session.deleted]:
        _refuse_foreign(row, owner)


@event.listens_for(Session, "detached_to_persistent")
def _take_back(session: Session, row: object) -> None:
    owner = _owner(session)
    if owner is not None:
        _refuse_foreign(row, owner)


def _refuse_foreign(row: object, owner: UUID) -> None:
    if not isinstance(row, Owned):
        return
    before = attributes.get_history(row, "company_id").deleted  # it may have been renamed to ours
    if {row.company_id, *before} - {owner, None}:
        raise NoCompany(f"A {type(row).__name__} row of another company was about to be written.")


def _owner(session: Session) -> UUID | None:
    """The company of a unit of work; None across companies. NoCompany when neither was said."""
    owner = session.info.get("company")
    if owner == ACROSS:
        return None
    if not isinstance(owner, UUID):
        raise NoCompany("A unit of work was opened without saying for which company.")
    if current_keys().company_id != owner:
        raise NoCompany("A unit of work was used inside another company's.")
    return owner
