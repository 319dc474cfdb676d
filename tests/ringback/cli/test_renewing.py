"""`ringback add company --replace`: who is called otherwise, and documents that mean something else."""

from pathlib import Path

import pytest

from ringback.cli.adding import add
from tests.ringback.cli.conftest import SAMPLE, command


@pytest.fixture
def company(installed: Path) -> Path:
    assert command(add, "company", str(SAMPLE)).exit_code == 0
    return installed


def written(folder: Path, old: str, new: str) -> str:
    """The path of the sample with one thing in it changed."""
    text = SAMPLE.read_text()
    assert old in text
    path = folder / "changed.yaml"
    path.write_text(text.replace(old, new))
    return str(path)


def test_person_is_renamed_and_the_old_name_is_unknown_then(company: Path) -> None:
    path = written(company, "Ellen", "Ellen Ek")
    first = command(add, "company", path, "--replace", "--rename", "Ellen=Ellen Ek")
    assert first.output == "Renewed Salong Saxen.\n"
    again = command(add, "company", path, "--replace", "--rename", "Ellen=Ellen Ek")
    assert again.exit_code == 2
    assert "Nothing is called 'Ellen' so far. There are: Ellen Ek, Jonas" in again.output


@pytest.mark.parametrize("given", ["Ellen", "=Ellen Ek", "Ellen= "])
def test_renaming_that_lacks_a_name_is_told_with_how_to_write_it(company: Path, given: str) -> None:
    told = command(add, "company", str(SAMPLE), "--replace", "--rename", given)
    assert told.exit_code == 2
    assert told.output.endswith("write it like --rename 'Ellen=Ellen Ek'.\n")


@pytest.mark.parametrize("words", [("--rename", "Ellen=Ellen Ek"), ("--left", "Ellen")])
def test_renaming_without_replacing_is_told(company: Path, words: tuple[str, str]) -> None:
    told = command(add, "company", str(SAMPLE), *words)
    assert told.exit_code == 2
    assert "--replace" in told.output


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "tue: [['09:00', '12:00'], ['13:00', '18:00']]",
            "tue: [[10:00, 18:30]]",
            "opening_hours, tue, 0, 0: 600 is no time of day; write it in quotes, like '09:00'.",
        ),
        ("sat: [['10:00', '15:00']]", "sat: [[9, 15]]", "9 is no time of day"),
        ("sat: [['10:00', '15:00']]", "sat: [['9:00', '15:00']]", "9:00 is no time of day"),
        ("resources: [Ellen, Jonas, Mira]\nservices", "resources: [Ellen, Jonas, Mira]\nexceptions: [{date: 20261224, hours: []}]\nservices", "20261224 is no date"),
        ("horizon_days: 60", "horizon_days: 5000000", "horizon_days: Input should be less than"),
        ("min_notice_min: 60", "min_notice_min: -600", "min_notice_min: Input should be greater"),
        ("min_notice_min: 60", "min_notice_min: 5000000", "min_notice_min: Input should be less"),
    ],
)  # fmt: skip
def test_document_that_would_mean_something_else_is_refused_with_a_sentence(
    company: Path, old: str, new: str, told: str
) -> None:
    refused = command(add, "company", written(company, old, new), "--replace")
    assert refused.exit_code == 2
    assert told in refused.output


def test_times_of_a_document_that_was_kept_are_taken_again(company: Path) -> None:
    path = written(company, "'09:00'", "'09:00:00'")
    assert command(add, "company", path, "--replace").output == "Renewed Salong Saxen.\n"
