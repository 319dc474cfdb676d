"""A log is read once, line by line, whatever logrotate does to it."""

import gzip
import os
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pbx_adapter.backfill.files import PAGE_LINES, LogFile
from pbx_adapter.backfill.records import SourceFault


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "queue_log"
    path.write_text("first\nsecond\n")
    return path


def read(log: Path, mark: str) -> tuple[list[str], str]:
    """All the pages, by a reader that knows nothing but the mark."""
    lines: list[str] = []
    while True:
        page = LogFile(log, "queue_log").read(mark)
        lines += [record.fields["line"] for record in page.records]
        mark = page.after
        if not page.more:
            return lines, mark


def add(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def test_lines_after_the_mark_come_once(log: Path) -> None:
    mark = LogFile(log, "queue_log").end()
    assert read(log, mark)[0] == []
    add(log, "third\nfourth\n")
    lines, mark = read(log, mark)
    assert lines == ["third", "fourth"]
    assert read(log, mark)[0] == []


def test_line_that_is_not_whole_yet_waits(log: Path) -> None:
    add(log, "thi")
    mark = LogFile(log, "queue_log").end()
    assert read(log, mark)[0] == []
    add(log, "rd\n")
    assert read(log, mark)[0] == ["third"]


def test_a_records_mark_leads_back_to_it(log: Path) -> None:
    page = LogFile(log, "queue_log").read(LogFile(log, "queue_log").start())
    assert read(log, page.records[1].before)[0] == ["second"]


@pytest.mark.parametrize("how", ["renamed", "copied and cut", "renamed and packed"])
def test_rotated_file_is_read_to_its_end_before_the_new_one(log: Path, how: str) -> None:
    mark = LogFile(log, "queue_log").end()
    add(log, "third\n")
    if how == "copied and cut":
        log.with_name("queue_log-20261122").write_bytes(log.read_bytes())
        log.write_text("")
    else:
        log.rename(log.with_name("queue_log.1"))
    if how == "renamed and packed":
        rotated = log.with_name("queue_log.1")
        log.with_name("queue_log.1.gz").write_bytes(gzip.compress(rotated.read_bytes()))
        rotated.unlink()
    add(log, "fourth\nfifth\n")
    lines, mark = read(log, mark)
    assert lines == ["third", "fourth", "fifth"]
    assert read(log, mark)[0] == []


def test_two_rotations_at_once_lose_nothing(log: Path) -> None:
    mark = LogFile(log, "queue_log").end()
    add(log, "third\n")
    log.rename(log.with_name("queue_log.2"))
    add(log, "fourth\n")
    log.rename(log.with_name("queue_log.1"))
    add(log, "fifth\n")
    assert read(log, mark)[0] == ["third", "fourth", "fifth"]


def test_new_file_that_is_still_empty_is_waited_for(log: Path) -> None:
    mark = LogFile(log, "queue_log").end()
    add(log, "third\n")
    log.rename(log.with_name("queue_log.1"))
    log.touch()
    lines, mark = read(log, mark)
    assert lines == ["third"]
    add(log, "fourth\n")
    assert read(log, mark)[0] == ["fourth"]


def test_place_of_the_mark_that_is_gone_is_said_and_what_is_left_is_read(log: Path) -> None:
    mark = LogFile(log, "queue_log").end()
    log.write_text("other\nlines\n")
    page = LogFile(log, "queue_log").read(mark)
    assert page.anew
    assert [record.fields["line"] for record in page.records] == ["other", "lines"]
    assert not LogFile(log, "queue_log").read(page.after).anew


def test_file_that_does_not_exist_yet_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "queue_log"
    mark = LogFile(log, "queue_log").end()
    with pytest.raises(SourceFault, match=r"no file .*queue_log.*Correct \[back_fill\]"):
        read(log, mark)
    add(log, "first\n")
    assert read(log, mark)[0] == ["first"]


def test_what_may_not_be_read_is_said_with_what_to_mend(tmp_path: Path) -> None:
    (tmp_path / "queue_log").mkdir()  # a folder can't be read by root either
    with pytest.raises(SourceFault, match="Give the user that runs ringback the right"):
        LogFile(tmp_path / "queue_log", "queue_log").end()


def test_long_file_comes_in_pages_that_lose_nothing(log: Path) -> None:
    mark = LogFile(log, "queue_log").end()
    add(log, "".join(f"line {number}\n" for number in range(PAGE_LINES + 10)))
    page = LogFile(log, "queue_log").read(mark)
    assert (len(page.records), page.more) == (PAGE_LINES, True)
    lines, _ = read(log, mark)
    assert lines == [f"line {number}" for number in range(PAGE_LINES + 10)]


def test_bytes_that_are_no_utf8_and_lines_without_end_are_survived(log: Path) -> None:
    mark = LogFile(log, "queue_log").end()
    with log.open("ab") as file:
        file.write("Åsa\n".encode("latin-1") + b"\x00" * 200_000 + b"\nlast\n")
    lines, _ = read(log, mark)
    assert (lines[0], lines[-1]) == ("Åsa", "last")


def packed(log: Path, number: int, content: bytes) -> None:
    path = log.with_name(f"queue_log.{number}.gz")
    path.write_bytes(content)
    os.utime(path, (1e9 - number, 1e9 - number))


def test_damaged_packed_file_is_read_as_far_as_it_goes_and_named(log: Path) -> None:
    mark = LogFile(log, "queue_log").end()
    lines = [f"{number} {sha256(bytes(number)).hexdigest()}\n" for number in range(3000)]
    packed(log, 1, gzip.compress((log.read_text() + "".join(lines)).encode())[:-200])
    log.write_text("last\n")
    reader = LogFile(log, "queue_log")
    page = reader.read(mark)
    assert [record.fields["line"] for record in page.records[:2]] == [
        "0 " + lines[0][2:-1],
        "1 " + lines[1][2:-1],
    ]
    page = reader.read(page.after)
    assert page.records[-1].fields["line"] == "last"
    assert "queue_log.1.gz is damaged" in page.fault
    log.with_name("queue_log.1.gz").unlink()
    assert reader.read(page.after).fault == ""


def test_damaged_file_from_before_the_mark_stops_nothing(log: Path) -> None:
    mark = LogFile(log, "queue_log").end()
    good = gzip.compress(b"older\n" * 2000)
    packed(log, 3, good[:14] + b"\xff\xff\xff\xff" + good[18:])
    add(log, "third\n")
    assert read(log, mark)[0] == ["third"]


def test_rotated_file_that_can_not_be_read_is_called_by_its_name() -> None:
    with TemporaryDirectory() as folder:  # root's own folders are closed to the user of this test
        log = Path(folder) / "queue_log"
        for path in (log, log.with_name("queue_log.1")):
            path.write_text(f"{path.name}\n")
        path.chmod(0)
        log.parent.chmod(0o755)
        user = os.geteuid()
        os.seteuid(user or 65534)
        try:
            with pytest.raises(SourceFault, match=r"queue_log\.1 can't be read"):
                LogFile(log, "queue_log").read("-:0")
        finally:
            os.seteuid(user)


@pytest.mark.parametrize("before", ["", "older\nlines\n"])
def test_log_that_was_empty_first_and_rotated_then_is_read_to_its_end(
    log: Path, before: str
) -> None:
    if before:
        log.with_name("queue_log.1").write_text(before)
        os.utime(log.with_name("queue_log.1"), (1e9, 1e9))
    log.write_text("")
    mark = LogFile(log, "queue_log").end()
    assert read(log, mark)[0] == []
    add(log, "third\n")
    log.rename(log.with_name("queue_log.0"))
    add(log, "fourth\n")
    assert read(log, mark)[0] == ["third", "fourth"]


def test_row_of_csv_with_a_line_end_in_a_value_is_one_record(log: Path) -> None:
    log.write_text('"one","a\nb","c"\n"two","c"\n')
    page = LogFile(log, "cdr").read("-:0")
    assert [record.fields["line"] for record in page.records] == ['"one","a\nb","c"', '"two","c"']
    assert LogFile(log, "cdr").read(page.records[1].before).records[0].fields["line"] == '"two","c"'


def test_quote_that_nobody_closes_costs_no_other_row(log: Path) -> None:
    log.write_text('"one"\n"\n"two","c"\n,,\n')
    page = LogFile(log, "cdr").read("-:0")
    assert [record.fields["line"] for record in page.records] == ['"one"', '"', '"two","c"', ",,"]
