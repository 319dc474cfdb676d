from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.errors import BadInput
from sms_gateway.providers.gammu_files import (
    Part,
    Waiting,
    decoded,
    encoded,
    name_for,
    ours,
    part_in,
)

AT = datetime(2026, 11, 20, 9, 0, 5, tzinfo=UTC)
TOKEN = "a_-b" + "c" * 39


def test_name_is_what_smsd_wants_and_tells_token_and_time() -> None:
    name = name_for(TOKEN, "+46701740605", AT.astimezone(timezone(timedelta(hours=1))))
    assert name == f"OUTC20261120_090005_00_+46701740605_rb-{TOKEN}.txt"
    assert ours(name) == Waiting(TOKEN, AT)


def test_longest_number_leaves_a_name_that_smsd_has_room_for() -> None:
    assert len(name_for(TOKEN, "+" + "9" * 15, AT)) < 100


@pytest.mark.parametrize(
    "name",
    [
        "OUTC20261120_090005_00_+46701740605_sms0.txt",
        "OUTC20261120_090005_00_+46701740605_sms0.smsbackup",
        "OUTC20261399_990005_00_+46701740605_rb-a.txt",
        "OUT+46701740605.txt",
        ".a",
    ],
)
def test_file_of_another_program_is_not_ours(name: str) -> None:
    assert ours(name) is None


@pytest.mark.parametrize(
    ("name", "part"),
    [
        (
            "IN20261122_032425_00_+46701740606_02.txt",
            Part("IN20261122_032425_00_+46701740606", "+46701740606", 2),
        ),
        (
            "IN20261122_032425_11_Post_Nord_00.txt",
            Part("IN20261122_032425_11_Post_Nord", "Post_Nord", 0),
        ),
        ("IN20261122_032425_00__00.txt", Part("IN20261122_032425_00_", "", 0)),
        ("IN20261122_032425_00_+46701740606_00.bin", None),
        ("IN2026_00.txt", None),
        ("notes.txt", None),
    ],
)
def test_name_in_the_inbox_tells_sender_and_part(name: str, part: Part | None) -> None:
    assert part_in(name) == part


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_text_is_read_as_it_was_written(text: str) -> None:
    if not text.lstrip().startswith("[SMSBackup"):
        assert decoded(encoded(text)) == text


def test_what_smsd_1_42_writes_after_the_text_is_left_out() -> None:
    assert decoded(b"\xfe\xff" + "Hej å\0\0".encode("utf-16-be")) == "Hej å"
    # The lead half of a pair: what followed in memory need not be text at all.
    assert decoded(b"\xfe\xff" + "😀 Ж\0 [".encode("utf-16-be") + b"\xd8\x3d") == "😀 Ж"


def test_file_without_a_mark_is_read_as_utf_8() -> None:
    assert decoded("Hej å".encode()) == "Hej å"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xfe\xff",
        b"\xfe\xff\x00H\x00",
        b"\xfe\xff\xd8\x3d\x00H",
        "Hej å".encode("latin-1"),
        b"\n[SMSBackup000]\n#Hej\nSMSC = +46",
        bytes(range(256)),
    ],
)
def test_garbage_is_bad_input(content: bytes) -> None:
    with pytest.raises(BadInput):
        decoded(content)


@given(st.binary(max_size=300))
def test_no_bytes_do_worse_than_bad_input(content: bytes) -> None:
    with suppress(BadInput):
        assert decoded(content)
