import json
from dataclasses import replace
from datetime import timedelta

import pytest

from ringback.callbacks import CallbackRequest
from ringback.errors import BadInput
from ringback.records import read_call, read_callback, written
from tests.clock import FRIDAY_AT_TEN
from tests.ringback.flow import ANNA, missed_call

WISH = CallbackRequest(
    "k", ANNA, "pressed_1", None, FRIDAY_AT_TEN, FRIDAY_AT_TEN + timedelta(hours=1), FRIDAY_AT_TEN
)


def test_what_was_written_is_read_as_it_was() -> None:
    call = replace(missed_call(), caller='Åsa ;\n"1"', outcome=None)
    assert read_call(written(call)) == call
    assert read_callback(written(WISH).encode()) == WISH


def test_field_of_a_newer_edge_is_passed_over() -> None:
    newer = {**json.loads(written(missed_call())), "mood": "calm"}
    assert read_call(json.dumps(newer)) == missed_call()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"v": 2}, "version 1"),
        ({"outcome": "perhaps"}, "outcome"),
        ({"start": None}, "start"),
        ({"start": "yesterday"}, "start"),
    ],
)
def test_record_that_is_wrong_is_refused_and_its_field_named(
    change: dict[str, object], says: str
) -> None:
    record = {**json.loads(written(missed_call())), **change}
    with pytest.raises(BadInput, match=says):
        read_call(json.dumps(record))


@pytest.mark.parametrize("text", ["", "{", "[]", "7", b"\xff\xfe"])
def test_what_is_no_record_is_refused(text: str | bytes) -> None:
    with pytest.raises(BadInput):
        read_call(text)


def test_moment_without_an_offset_is_refused() -> None:
    record = {**json.loads(written(WISH)), "to_at": "2026-11-20T12:00:00"}
    with pytest.raises(BadInput, match="to_at"):
        read_callback(json.dumps(record))
