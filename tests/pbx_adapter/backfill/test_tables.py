"""A table is read from a number on; what is wrong with it is one plain sentence."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from pbx_adapter.backfill.records import SourceFault
from pbx_adapter.backfill.tables import PAGE_ROWS, RecordTable

MADE = "CREATE TABLE cdr (calldate timestamp, src varchar(80), uniqueid varchar(80){})"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "master.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute(MADE.format(""))
    return path


def put(file: Path, *numbers: int) -> None:
    with closing(sqlite3.connect(file)) as there, there:
        for number in numbers:
            there.execute(
                "INSERT INTO cdr VALUES ('2026-11-22 01:02:03', '0701740605', ?)", (f"{number}.0",)
            )


def table(file: Path) -> RecordTable:
    return RecordTable(f"sqlite:///{file}", "cdr")


def uniqueids(page: object) -> list[str]:
    return [record.fields["uniqueid"] for record in page.records]  # type: ignore[attr-defined]


def test_rows_after_the_mark_come_with_the_usual_names(file: Path) -> None:
    put(file, 1)
    mark = table(file).end()
    put(file, 2, 3)
    page = table(file).read(mark)
    assert uniqueids(page) == ["2.0", "3.0"]
    assert page.records[0].fields["start"] == "2026-11-22 01:02:03"
    assert uniqueids(table(file).read(page.records[1].before)) == ["3.0"]
    assert uniqueids(table(file).read(page.after)) == []


def test_value_that_does_not_fit_its_column_is_handed_on_as_it_is(file: Path) -> None:
    with closing(sqlite3.connect(file)) as there, there:
        there.execute("INSERT INTO cdr VALUES (1795306680.5, NULL, '1.0')")
    (record,) = table(file).read("0").records
    assert (record.fields["start"], record.fields["src"]) == ("1795306680.5", "")


def test_many_rows_come_in_pages(file: Path) -> None:
    put(file, *range(PAGE_ROWS + 3))
    first = table(file).read(table(file).start())
    assert (len(first.records), first.more) == (PAGE_ROWS, True)
    assert len(table(file).read(first.after).records) == 3


def test_table_that_was_emptied_is_read_from_its_beginning(file: Path) -> None:
    put(file, 1, 2, 3)
    mark = table(file).end()
    with closing(sqlite3.connect(file)) as there, there:
        there.execute("DELETE FROM cdr")
    put(file, 4)
    page = table(file).read(mark)
    assert (page.anew, page.more) == (True, True)
    assert uniqueids(table(file).read(page.after)) == ["4.0"]


def test_file_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(SourceFault, match=r"cdr: the database sqlite:.*unable to open"):
        table(tmp_path / "none.db").read("0")
    assert list(tmp_path.iterdir()) == []


def test_database_without_the_table_is_said_and_read_when_it_has_one(tmp_path: Path) -> None:
    path = tmp_path / "master.db"
    path.touch()
    asked = table(path)
    with pytest.raises(SourceFault, match="has no table cdr"):
        asked.end()
    with closing(sqlite3.connect(path)) as made:
        made.execute(MADE.format(""))
    put(path, 1)
    assert uniqueids(asked.read("0")) == ["1.0"]


def test_locked_database_is_said_and_read_afterwards(file: Path) -> None:
    put(file, 1)
    asked = RecordTable(f"sqlite:///{file}", "cdr", wait_s=0)
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SourceFault, match="locked"):
            asked.read("0")
        other.rollback()
    assert uniqueids(asked.read("0")) == ["1.0"]


@contextmanager
def postgres(new_database: Callable[[], str], made: str) -> Iterator[tuple[str, str]]:
    url = new_database()
    folder, name = url.rpartition("host=")[2], url.partition("@/")[2].partition("?")[0]
    with psycopg.connect(host=folder, user="ringback", dbname=name, autocommit=True) as there:
        there.execute(made.encode())
        there.execute("INSERT INTO cdr VALUES ('2026-11-22 01:02:03', '0701740605', '1.0')")
    yield f"postgresql://ringback@/{name}?host={folder}", folder


def test_postgresql_is_read_by_the_column_that_counts_up(
    new_database: Callable[[], str],
) -> None:
    with postgres(new_database, MADE.format(", id bigserial")) as (url, _):
        page = RecordTable(url, "cdr").read("0")
    assert uniqueids(page) == ["1.0"]
    assert page.records[0].fields["start"] == "2026-11-22T01:02:03"


def test_postgresql_table_of_another_name_is_found(new_database: Callable[[], str]) -> None:
    with postgres(new_database, MADE.format(", id bigserial")) as (url, _):
        assert uniqueids(RecordTable(f"{url}&table=cdr", "queue_log").read("0")) == ["1.0"]


def test_table_without_such_a_column_says_what_to_add(new_database: Callable[[], str]) -> None:
    with (
        postgres(new_database, MADE.format("")) as (url, _),
        pytest.raises(SourceFault, match="ALTER TABLE cdr ADD COLUMN id BIGSERIAL"),
    ):
        RecordTable(url, "cdr").read("0")


def test_postgresql_that_is_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceFault, match="can't be read"):
        RecordTable(f"postgresql://reader@/calls?host={tmp_path}", "cdr").read("0")
