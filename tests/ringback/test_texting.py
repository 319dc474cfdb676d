"""A company's rules for texts, as they are written down."""

from datetime import time

import pytest

from ringback.errors import BadInput
from ringback.texting import Limits, QuietHours, Texting


def test_new_company_has_rules_that_suit_a_small_swedish_one() -> None:
    assert Texting.from_document({}) == Texting()
    assert (Texting().countries, Texting().quiet.then) == (("SE",), "send")


def test_rules_survive_being_written_down() -> None:
    rules = Texting(
        missed_calls=False,
        cool_down_h=1.5,
        countries=("SE", "NO"),
        quiet=QuietHours(begins=time(22, 30), ends=time(7), then="hold"),
        limits=Limits(most_parts=3),
        privacy_url="https://salong.example.se/integritet",
    )
    assert Texting.from_document(rules.model_dump(mode="json")) == rules


@pytest.mark.parametrize(
    ("begins", "ends", "quiet", "loud"),
    [
        ("21:00", "08:00", ["21:00", "23:59", "00:00", "07:59"], ["08:00", "20:59", "12:00"]),
        ("12:00", "13:30", ["12:00", "13:29"], ["11:59", "13:30", "00:00"]),
        ("08:00", "08:00", [], ["07:59", "08:00", "08:01"]),
    ],
)
def test_quiet_hours_may_pass_midnight(
    begins: str, ends: str, quiet: list[str], loud: list[str]
) -> None:
    hours = QuietHours(begins=time.fromisoformat(begins), ends=time.fromisoformat(ends))
    assert [wall for wall in quiet + loud if hours.at(time.fromisoformat(wall))] == quiet


def test_quiet_hours_begin_and_end_on_whole_minutes() -> None:
    rules = Texting.from_document({"quiet": {"begins": "21:00:59.5", "ends": "08:00:01"}})
    assert (rules.quiet.begins, rules.quiet.ends) == (time(21), time(8))


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"countries": ["Sverige"]}, "countries, 0"),
        ({"countries": ["se"]}, "countries, 0"),
        ({"cool_down_h": -1}, "cool_down_h"),
        ({"quiet": {"begins": "21:00Z"}}, "quiet, begins"),
        ({"quiet": {"begins": "klockan nio"}}, "quiet, begins"),
        ({"quiet": {"then": "drop"}}, "quiet, then"),
        ({"limits": {"number_hour_texts": -1}}, "limits, number_hour_texts"),
        ({"limits": {"most_parts": 0}}, "limits, most_parts"),
        ({"privacy_url": "salong.example.se"}, "privacy_url"),
        ({"privacy_url": "javascript:alert(1)"}, "privacy_url"),
        ({"privacy_url": "https://salong.example.se/a b"}, "privacy_url"),
        ({"privacy_url": "https://salong.example.se/" + "a" * 90}, "privacy_url"),
        ({"privacy": "x"}, "privacy"),
        ([], "the rules"),
    ],
)
def test_fault_is_told_with_its_place(document: object, field: str) -> None:
    with pytest.raises(BadInput) as wrong:
        Texting.from_document(document)
    assert str(wrong.value).startswith(f"{field}: ")
    assert str(wrong.value).endswith(".")


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(BadInput) as wrong:
        Texting.from_document({"cool_down_h": -1, "countries": ["x"]})
    assert len(str(wrong.value).splitlines()) == 2


def test_kept_rules_of_a_newer_version_are_read_as_far_as_they_are_known() -> None:
    newer = {"cool_down_h": 3, "tomorrow": {"a": 1}, "quiet": {"then": "hold", "weekends": True}}
    known = {"cool_down_h": 3, "quiet": {"then": "hold"}}
    assert Texting.kept(newer) == Texting.from_document(known)


@pytest.mark.parametrize("document", [{"cool_down_h": -1, "tomorrow": 1}, [], None])
def test_kept_rules_that_are_wrong_are_refused(document: object) -> None:
    with pytest.raises(BadInput):
        Texting.kept(document)
