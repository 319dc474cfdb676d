"""A set is read whole, or every fault is told with its place."""

import shutil
from pathlib import Path

import pytest

from dialogue.evaluation.scenarios import read_set
from ringback.errors import BadInput
from tests.dialogue.playing import OWN, PUBLIC

GOOD = PUBLIC / "scenarios" / "book_one-01.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of one conversation."""
    shutil.copytree(PUBLIC / "businesses", tmp_path / "businesses")
    (tmp_path / "scenarios").mkdir()
    shutil.copy(GOOD, tmp_path / "scenarios")
    return tmp_path


def faults(folder: Path, old: str = "", new: str = "", file: str = "scenarios/book_one-01") -> str:
    path = folder / f"{file}.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BadInput) as refused:
        read_set(folder)
    assert str(path) in str(refused.value)
    return str(refused.value).replace(f"{path}: ", "")


@pytest.mark.parametrize("whole", [PUBLIC, OWN])
def test_both_sets_are_sound(whole: Path) -> None:
    known = read_set(whole)
    assert len(known.scenarios) == len(list((whole / "scenarios").iterdir()))


def test_a_key_that_there_is_not_is_told_with_its_place(folder: Path) -> None:
    said = faults(folder, "  expect:", "  expect:\n    bokning: 1")
    assert "turns, 1, expect, bokning: there is no such key; correct it or take it away." in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("caller:", "ringer:", "caller: is missing; add it."),
        ("business: ", "business: x", "there is no businesses/x"),
        ("now: '2026", "now: '20x6", "now: "),
        ("turns:", "turns: [", "is no YAML"),
        ("- user:", "- användare:", "turns, 1, user: is missing; add it."),
        ("service: ", "service: x", "there is no service 'x"),
    ],
)
def test_what_is_wrong_is_told(folder: Path, old: str, new: str, said: str) -> None:
    assert said in faults(folder, old, new)


def test_keys_of_the_sets_own_checker_are_left_alone(folder: Path) -> None:
    path = folder / "scenarios" / "book_one-01.yaml"
    path.write_text(path.read_text("utf-8") + "facts: [{open: x}]\nlint_skip: [day]\n", "utf-8")
    assert read_set(folder).scenarios


def test_a_company_without_hours_is_told_of(folder: Path) -> None:
    said = faults(folder, "opening_hours:", "hours:", "businesses/salong")
    assert "opening_hours: is missing" in said or "opening_hours: Field required" in said


def test_an_empty_folder_is_told_what_to_hold(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="businesses/ and scenarios/"):
        read_set(tmp_path)


def test_all_faults_of_all_files_come_at_once(folder: Path) -> None:
    shutil.copy(GOOD, folder / "scenarios" / "second.yaml")
    for path in (folder / "scenarios").iterdir():
        path.write_text(path.read_text("utf-8").replace("caller:", "ringer:"), "utf-8")
    with pytest.raises(BadInput) as refused:
        read_set(folder)
    assert str(refused.value).count("caller: is missing") == 2
