"""The fixtures of `tests.postgres` themselves."""

from collections.abc import Callable

import psycopg


def connected(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def test_two_tests_databases_are_apart(new_database: Callable[[], str]) -> None:
    first, second = new_database(), new_database()
    with connected(first) as one, connected(second) as other:
        one.execute("CREATE TABLE seen (id int)")
        tables = other.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'seen'").fetchone()
    assert tables == (0,)


def test_role_is_bound_by_row_level_security(database_url: str) -> None:
    with connected(database_url) as connection:
        connection.execute("CREATE TABLE note (id int)")
        connection.execute("INSERT INTO note VALUES (1)")
        connection.execute("ALTER TABLE note ENABLE ROW LEVEL SECURITY")
        connection.execute("ALTER TABLE note FORCE ROW LEVEL SECURITY")
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (0,)


def test_exclusion_of_overlapping_times_can_be_declared(database_url: str) -> None:
    with connected(database_url) as connection:
        connection.execute("CREATE EXTENSION btree_gist")
        connection.execute(
            "CREATE TABLE slot (chair int, during tstzrange, EXCLUDE USING gist (chair WITH =, during WITH &&))"
        )
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
