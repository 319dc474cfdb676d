"""The journal of the SMPP server, read at a bad moment."""

from pathlib import Path

from tests.smpp_server.journal import Journal

WHOLE, HALF, REST = b'{"text": "Text 1"}\n', b'{"text": "Tex', b't 2"}\n'


def test_half_a_line_is_told_when_it_is_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    with journal.path.open("ab", buffering=0) as server:
        server.write(WHOLE + HALF)
        assert journal.records() == [{"text": "Text 1"}]
        server.write(REST)
        assert journal.records() == [{"text": "Text 1"}, {"text": "Text 2"}]


def test_half_a_line_that_a_kill_left_does_not_spoil_the_next_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.path.write_bytes(WHOLE + HALF)
    journal.mend()
    with journal.path.open("ab") as next_server:
        next_server.write(WHOLE)
    assert journal.records() == [{"text": "Text 1"}] * 2


def test_nothing_was_taken(tmp_path: Path) -> None:
    assert Journal(tmp_path / "journal").records() == []
