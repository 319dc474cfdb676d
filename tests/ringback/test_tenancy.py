"""Each kind of statement sees one company's rows only; what can't be limited is refused."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import (
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    true,
    union_all,
    update,
)
from sqlalchemy.exc import InvalidRequestError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ringback.crypto import SealBroken
from ringback.db import Database, UnknownCompany
from ringback.tables import Base, ChangeRow, CompanyRow, SimulatedTextRow, SmsNumberRow
from ringback.tenancy import (
    NoCompany,
    Owned,
    Sealed,
    current_keys,
    into,
    number_index,
    prepared,
)
from tests.clock import FRIDAY_AT_TEN
from tests.ringback.flow import ANNA

Row = SimulatedTextRow
Other = aliased(SimulatedTextRow)
Number = SmsNumberRow
TABLE: Any = SimulatedTextRow.__table__


@dataclass(frozen=True)
class Two:
    """Our company and another, each with one text `ours` or `theirs` and a number named alike."""

    db: Database
    ours: UUID
    theirs: UUID
    our_row: UUID
    their_row: UUID


@pytest.fixture
async def two(db: Database, company: UUID, neighbour: UUID) -> Two:
    ids = {}
    for owner, token in ((company, "ours"), (neighbour, "theirs")):
        async with db.begin(owner) as session:
            row = a_text(token)
            session.add(row)
            session.add(SmsNumberRow(provider=token, e164=token))
            await session.flush()
            ids[token] = row.id
    return Two(db, company, neighbour, ids["ours"], ids["theirs"])


def a_text(token: str, **more: Any) -> SimulatedTextRow:
    return SimulatedTextRow(
        id=uuid4(),
        token=token,
        number_index=number_index(ANNA),
        typed=False,
        body=f"Hej {token}",
        created_at=FRIDAY_AT_TEN,
        **more,
    )


def _is_theirs() -> Any:
    return Row.token == "theirs"


READS: dict[str, tuple[Any, list[Any]]] = {
    "columns": (select(Row.token), [("ours",)]),
    "sealed column": (select(Row.body), [("Hej ours",)]),
    "where": (select(Row.token).where(_is_theirs()), []),
    "alias": (select(Other.token), [("ours",)]),
    "count of rows": (select(func.count()).select_from(Row), [(1,)]),
    "count of a column": (select(func.count(Row.id)), [(1,)]),
    "greatest": (select(func.max(Row.token)), [("ours",)]),
    "case": (select(case((_is_theirs(), 1), else_=0)), [(0,)]),
    "join": (select(Number.e164, Row.token).join(Row, true()), [("ours", "ours")]),
    "outer join": (
        select(Number.e164, Row.token).outerjoin(Row, _is_theirs()),
        [("ours", None)],
    ),
    "join with itself": (select(Row.token, Other.token).join(Other, true()), [("ours", "ours")]),
    "exists in where": (
        select(Number.e164).where(exists().where(Other.token == "theirs")),
        [],
    ),
    "exists as a column": (select(select(Row.id).where(_is_theirs()).exists()), [(False,)]),
    "in a subquery": (select(Number.e164).where(literal("theirs").in_(select(Row.token))), []),
    "scalar subquery": (select(select(func.count(Row.id)).scalar_subquery()), [(1,)]),
    "from a subquery": (select(select(Row.token).subquery()), [("ours",)]),
    "with": (select(select(Row.token).cte()), [("ours",)]),
    "union": (union_all(select(Row.token), select(Row.token)), [("ours",), ("ours",)]),
    "beside the companies": (
        select(func.count(CompanyRow.id), func.max(Row.token)).join(Row, true()),
        [(1, "ours")],
    ),
    "companies": (select(func.count()).select_from(CompanyRow), [(1,)]),
}


@pytest.mark.parametrize("kind", READS)
async def test_statement_sees_the_companys_rows_only(two: Two, kind: str) -> None:
    statement, expected = READS[kind]
    async with two.db.read(two.ours) as session:
        assert [tuple(row) for row in await session.execute(statement)] == expected
    async with two.db.begin(two.ours) as session:
        assert [tuple(row) for row in await session.execute(statement)] == expected


@pytest.mark.parametrize("kind", READS)
async def test_prepared_statement_sees_the_rows_of_the_company_that_asks(
    two: Two, kind: str
) -> None:
    statement, expected = READS[kind]
    asked_by_all = prepared(statement)
    async with two.db.read(two.theirs) as session:
        await session.execute(asked_by_all)
    async with two.db.begin(two.ours) as session:
        assert [tuple(row) for row in await session.execute(asked_by_all)] == expected


@pytest.mark.parametrize("statement", [select(Row.token), select(CompanyRow.id)], ids=str)
async def test_prepared_statement_is_refused_across_companies(two: Two, statement: Any) -> None:
    with pytest.raises((NoCompany, StatementError), match="outside a company"):
        async with two.db.read_across() as session:
            await session.execute(prepared(statement))


async def test_entities_are_the_companys_only(two: Two) -> None:
    async with two.db.read(two.ours) as session:
        assert [row.id for row in await session.scalars(select(Row))] == [two.our_row]
        assert [row.id async for row in await session.stream_scalars(select(Row))] == [two.our_row]
        companies = list(await session.scalars(select(CompanyRow)))
        assert [row.id for row in companies] == [two.ours]


async def test_row_of_another_company_is_not_found_by_its_id(two: Two) -> None:
    async with two.db.begin(two.ours) as session:
        assert await session.get(Row, two.their_row) is None
        assert await session.get(Row, two.their_row, with_for_update=True) is None
        assert await session.get(CompanyRow, two.theirs) is None
        assert (await session.get_one(Row, two.our_row)).token == "ours"


async def test_two_companies_in_turn_on_one_connection_stay_apart(two: Two) -> None:
    """The limit is a parameter of a cached statement: it must not stick to the first company."""
    for _ in range(3):
        for owner, token in ((two.ours, "ours"), (two.theirs, "theirs")):
            async with two.db.read(owner) as session:
                assert await session.scalar(select(Row.token)) == token


@pytest.mark.parametrize(
    "statement",
    [
        update(Row).values(typed=True),
        update(Row).where(_is_theirs()).values(typed=True),
        prepared(update(Row).values(typed=True)),
        prepared(delete(Row)),
        delete(Row),
        delete(Row).where(_is_theirs()),
        delete(Row).where(Row.token.in_(select(Other.token))),
    ],
    ids=str,
)
async def test_update_and_delete_leave_other_companies_rows(two: Two, statement: Any) -> None:
    async with two.db.begin(two.ours) as session:
        await session.execute(statement)
    async with two.db.read(two.theirs) as session:
        (row,) = await session.scalars(select(Row))
        assert row.typed is False


UNLIMITABLE: dict[str, Any] = {
    "raw SQL": text("SELECT token FROM simulated_text"),
    "rows from raw SQL": select(Row).from_statement(text("SELECT * FROM simulated_text")),
    "Core select": select(TABLE.c.token),
    "Core update": update(TABLE).values(typed=True),
    "Core delete": delete(TABLE),
    "Core insert": insert(TABLE).values(token="new"),
    "insert of rows": insert(Row).values(token="new"),
}


@pytest.mark.parametrize("kind", UNLIMITABLE)
async def test_statement_that_can_not_be_limited_is_refused(two: Two, kind: str) -> None:
    with pytest.raises(NoCompany):
        async with two.db.begin(two.ours) as session:
            await session.execute(UNLIMITABLE[kind])


@pytest.mark.parametrize("statement", [update(Row), prepared(update(Row))])
async def test_update_of_many_by_their_ids_is_refused(two: Two, statement: Any) -> None:
    with pytest.raises(NoCompany):
        async with two.db.begin(two.ours) as session:
            await session.execute(statement, [{"id": two.their_row, "typed": True}])


async def test_rows_of_another_company_are_not_written_by_a_prepared_statement(two: Two) -> None:
    change = {"kind": "call", "subject": uuid4(), "new": True, "at": FRIDAY_AT_TEN}
    async with two.db.begin(two.ours) as session:
        await session.execute(into(ChangeRow), [{"company_id": two.ours, **change}])
        with pytest.raises(NoCompany):
            await session.execute(into(ChangeRow), [{"company_id": two.theirs, **change}])


@pytest.mark.parametrize(
    "statement",
    [select(Row), select(Row.token), select(func.count(Row.id)), delete(Row), select(CompanyRow)],
    ids=str,
)
async def test_statement_without_a_company_is_refused(two: Two, statement: Any) -> None:
    async with AsyncSession(two.db.engine) as session:
        with pytest.raises(NoCompany):
            await session.execute(statement)


async def test_row_without_a_company_is_refused(two: Two) -> None:
    async with AsyncSession(two.db.engine) as session:
        session.add(SmsNumberRow(provider="x", e164="x"))
        with pytest.raises(NoCompany):
            await session.flush()


async def test_new_row_gets_the_company(two: Two) -> None:
    async with two.db.begin(two.ours) as session:
        row = a_text("new")
        session.add(row)
        await session.flush()
        assert row.company_id == two.ours


async def test_new_row_for_another_company_is_refused(two: Two) -> None:
    with pytest.raises(NoCompany):
        async with two.db.begin(two.ours) as session:
            session.add(a_text("new", company_id=two.theirs))


async def test_own_row_can_not_be_given_away(two: Two) -> None:
    with pytest.raises(NoCompany):
        async with two.db.begin(two.ours) as session:
            (await session.get_one(Row, two.our_row)).company_id = two.theirs


@pytest.mark.parametrize("renamed", [False, True])
async def test_row_that_was_read_as_another_company_can_not_be_written(
    two: Two, renamed: bool
) -> None:
    async with two.db.read(two.theirs) as session:
        row = await session.get_one(Row, two.their_row)
    row.typed = True
    if renamed:
        row.company_id = two.ours
    with pytest.raises(NoCompany):
        async with two.db.begin(two.ours) as session:
            session.add(row)
    async with two.db.read(two.theirs) as session:
        assert (await session.get_one(Row, two.their_row)).typed is False


async def test_row_that_was_read_as_another_company_can_not_be_taken_along(two: Two) -> None:
    """Refreshing it would go past the limit."""
    async with two.db.read(two.theirs) as session:
        row = await session.get_one(SmsNumberRow, await _their_number(session))
    async with two.db.read(two.ours) as session:
        with pytest.raises(NoCompany):
            session.add(row)


async def test_row_of_another_company_is_not_brought_in_by_merging(two: Two) -> None:
    async with two.db.read(two.theirs) as session:
        row = await session.get_one(SmsNumberRow, await _their_number(session))
    with pytest.raises((NoCompany, InvalidRequestError)):
        async with two.db.begin(two.ours) as session:
            await session.merge(row)


async def _their_number(session: AsyncSession) -> UUID:
    return (await session.scalars(select(SmsNumberRow.id))).one()


async def test_sealed_column_can_not_be_read_across_companies(two: Two) -> None:
    async with two.db.read_across() as session:
        assert len(list(await session.scalars(select(Row.token)))) == 2
        with pytest.raises(NoCompany):
            (await session.scalars(select(Row.body))).all()


async def test_sealed_column_stays_shut_across_companies_inside_a_companys_work(two: Two) -> None:
    async with two.db.read(two.ours), two.db.read_across() as session:
        with pytest.raises(NoCompany):
            (await session.scalars(select(Row.body).where(Row.token == "ours"))).all()


async def test_sealed_column_can_not_be_written_across_companies(two: Two) -> None:
    with pytest.raises((NoCompany, StatementError)) as refused:
        async with two.db.begin_across() as session:
            await session.execute(update(Row).values(body="Hej hemlighet"))
    assert "hemlighet" not in str(refused.value)


async def test_field_moved_into_another_companys_row_does_not_open(two: Two) -> None:
    async with two.db.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE simulated_text SET body ="
            " (SELECT body FROM simulated_text WHERE token = 'theirs') WHERE token = 'ours'"
        )
    async with two.db.read(two.ours) as session:
        with pytest.raises(SealBroken):
            await session.get(Row, two.our_row)


async def test_unit_of_work_is_not_used_inside_another_companys(two: Two) -> None:
    """The row would be sealed with the wrong company's key."""

    async def mix() -> None:
        async with two.db.begin(two.ours) as session, two.db.read(two.theirs):
            session.add(a_text("new"))
            await session.flush()

    with pytest.raises(NoCompany):
        await mix()


async def test_keys_are_gone_after_the_unit_of_work(two: Two) -> None:
    async with two.db.read(two.ours):
        assert current_keys().company_id == two.ours
    with pytest.raises(NoCompany):
        current_keys()


async def test_company_whose_key_was_erased_can_not_be_opened(two: Two) -> None:
    async with two.db.begin_across() as session:
        row = await session.get_one(CompanyRow, two.theirs)
        row.wrapped_keys = b""
    fresh = Database(two.db.engine, two.db.master)
    with pytest.raises(UnknownCompany, match="erased"):
        await fresh.keys(two.theirs)
    async with fresh.read(two.ours) as session:
        assert await session.scalar(select(Row.body)) == "Hej ours"


async def test_unknown_company_can_not_be_opened(two: Two) -> None:
    with pytest.raises(UnknownCompany):
        async with two.db.read(uuid4()):
            pass


def _classes() -> list[type[Any]]:
    return [mapper.class_ for mapper in Base.registry.mappers]


def test_every_table_but_the_operators_belongs_to_companies() -> None:
    operators = {cls.__tablename__ for cls in _classes() if not issubclass(cls, Owned)}
    assert operators == {
        "company",
        "job",
        "pace",
        "parked_receipt",
        "sms_account",
        "sms_price",
    }


def test_every_owned_row_refers_to_its_company() -> None:
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, Owned):
            (key,) = mapper.columns.company_id.foreign_keys
            assert key.target_fullname == "company.id", mapper


def test_sealed_columns_are_bound_to_their_own_name() -> None:
    for cls in _classes():
        for column in cls.__table__.c:
            if isinstance(column.type, Sealed):
                assert column.type.column == f"{cls.__tablename__}.{column.name}"


def a_change(owner: UUID) -> dict[str, Any]:
    return {
        "company_id": owner,
        "kind": "call",
        "subject": uuid4(),
        "new": True,
        "at": FRIDAY_AT_TEN,
    }


async def test_rows_that_all_say_they_are_ours_may_be_inserted_at_once(two: Two) -> None:
    async with two.db.begin(two.ours) as session:
        await session.execute(insert(ChangeRow), [a_change(two.ours), a_change(two.ours)])
    async with two.db.read(two.ours) as session:
        assert await session.scalar(select(func.count(ChangeRow.id))) == 2
    async with two.db.read(two.theirs) as session:
        assert await session.scalar(select(func.count(ChangeRow.id))) == 0


async def test_rows_of_another_company_among_them_are_refused(two: Two) -> None:
    nobodys = {name: value for name, value in a_change(two.ours).items() if name != "company_id"}
    theirs = a_change(two.theirs)
    for statement, rows in (
        (insert(ChangeRow), [a_change(two.ours), theirs]),
        (insert(ChangeRow), [nobodys]),
        (insert(ChangeRow).values(company_id=two.theirs), [a_change(two.ours)]),
        (insert(ChangeRow).values(company_id=two.theirs), [nobodys]),
        (insert(ChangeRow).values([theirs]), None),
        (insert(CompanyRow), [{"company_id": two.ours, "name": "x"}]),
    ):
        async with two.db.begin(two.ours) as session:
            with pytest.raises(NoCompany):
                await session.execute(statement, rows)
