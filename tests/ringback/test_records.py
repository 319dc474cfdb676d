import json
from dataclasses import replace
from datetime import timedelta

import pytest

from ringback.callbacks import CallbackRequest
from ringback.errors import BadInput
from ringback.records import read_call, read_callback, record_id, written
from tests.clock import FRIDAY_AT_TEN
from tests.ringback.flow import ANNA, missed_call

WISH = CallbackRequest(
    "k", ANNA, "pressed_1", None, FRIDAY_AT_TEN, FRIDAY_AT_TEN + timedelta(hours=1), FRIDAY_AT_TEN
)

MENU_WISH = replace(
    WISH,
    queue="support",
    choice="1300-1500@261122",
    customer_input="4711",
    language="sv",
    arrived_at=FRIDAY_AT_TEN - timedelta(minutes=6),
)
FIELDS_OF_THE_MENU = ("queue", "choice", "customer_input", "language", "arrived_at")


def test_what_was_written_is_read_as_it_was() -> None:
    call = replace(missed_call(), caller='Åsa ;\n"1"', outcome=None)
    assert read_call(written(call)) == call
    assert read_callback(written(WISH).encode()) == WISH
    assert read_callback(written(MENU_WISH)) == MENU_WISH


def test_wish_of_an_older_edge_has_nothing_of_the_menu() -> None:
    record = json.loads(written(MENU_WISH))
    older = {name: value for name, value in record.items() if name not in FIELDS_OF_THE_MENU}
    assert read_callback(json.dumps(older)) == WISH


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
        ({"start": 1e300, "end": 1e300}, "start"),
        ({"start": 2e9, "end": 1e9}, "start"),
        ({"start": float("nan")}, "start"),
        ({"wait_s": float("inf")}, "wait_s"),
        ({"talk_s": -1}, "talk_s"),
        ({"caller": "07\0"}, "caller"),
        ({"caller": "\ud83d"}, "caller"),
        ({"queues": ["x" * 1001]}, "queues"),
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


def test_record_bears_the_id_that_it_was_given_and_tells_it_however_wrong_the_rest_is() -> None:
    line = written(missed_call(), "r1")
    assert read_call(line) == missed_call()
    assert record_id(line) == "r1"
    assert record_id('{"id": "r2", "v": 9}') == "r2"
    for odd in ("", "[]", "{}", '{"id": 7}', '{"id": "\\u0000"}', "[" * 100_000):
        assert record_id(odd) == ""


@pytest.mark.parametrize("name", ["to_at", "arrived_at"])
@pytest.mark.parametrize(
    "moment",
    ["2026-11-20T12:00:00", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"],
)
def test_moment_without_an_offset_or_of_another_age_is_refused(name: str, moment: str) -> None:
    record = {**json.loads(written(WISH)), name: moment}
    with pytest.raises(BadInput, match=name):
        read_callback(json.dumps(record))


def test_record_that_is_too_large_is_not_even_parsed() -> None:
    line = written(replace(missed_call(), rang=("PJSIP/101",) * 7_000), "r1")
    with pytest.raises(BadInput, match="larger than 64 KB"):
        read_call(line)
    assert record_id(line) == ""
