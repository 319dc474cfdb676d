"""One company per unit of work: set once, added to every statement, refused when missing.

In: a session opened for a company (`Database.begin`) or, for the few steps that must look across
companies, `Database.begin_across`. Out: SQLAlchemy events that see to it that

- every ORM statement on an owned table is limited to the company, and one without is refused;
- every new row carries the company, and a row of another is never written;
- sealed columns are encrypted and decrypted with that company's keys.

Raw SQL, Core statements and bulk writes pass these events by; a test keeps them out of all modules
but the ones it lists. PostgreSQL's row-level security is to be the second wall (docs/decisions).
"""

from contextvars import ContextVar
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, event
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria
from sqlalchemy.types import TypeDecorator

from ringback.crypto import CompanyKeys
from ringback.errors import RingbackError

_keys: ContextVar[CompanyKeys | None] = ContextVar("company_keys", default=None)


class NoCompany(RingbackError):
    """A statement on a company's rows was made without saying which company."""


class Owned:
    """Mixed into every table whose rows belong to a company."""

    company_id: Mapped[UUID] = mapped_column(index=True)


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


@event.listens_for(Session, "do_orm_execute")
def _limit_to_company(state: ORMExecuteState) -> None:
    owner = state.session.info.get("company")
    if owner == ACROSS:
        return
    if owner is None:
        if any(issubclass(mapper.class_, Owned) for mapper in state.all_mappers):
            raise NoCompany(f"A statement on {state.bind_mapper} was made without a company.")
        return
    if not state.is_column_load and not state.is_relationship_load:
        state.statement = state.statement.options(
            with_loader_criteria(Owned, lambda row: row.company_id == owner, include_aliases=True)
        )


@event.listens_for(Session, "before_flush")
def _stamp_company(session: Session, *_: Any) -> None:
    owner = session.info.get("company")
    for row in session.new:
        if isinstance(row, Owned):
            if owner is None:
                raise NoCompany(f"A new {type(row).__name__} row was made without a company.")
            if owner != ACROSS and getattr(row, "company_id", None) is None:
                row.company_id = owner
            _same_company(row, owner)
    for row in [*session.dirty, *session.deleted]:
        if isinstance(row, Owned):
            _same_company(row, owner)


def _same_company(row: Owned, owner: object) -> None:
    if owner == ACROSS:
        return
    if row.company_id != owner:
        raise NoCompany(f"A {type(row).__name__} row of another company was about to be written.")
