"""`ringback dialogue-eval`: the table, the exit code, and what is wrong with a set."""

import json
import shutil
from pathlib import Path

import pytest
import typer

from ringback.cli.evaluating import dialogue_eval
from tests.dialogue.playing import PUBLIC
from tests.ringback.cli.conftest import command

app = typer.Typer()
app.command()(dialogue_eval)


@pytest.fixture
def folder(installed: Path) -> Path:
    """A set of two conversations, one of which can't pass."""
    place = installed / "set"
    shutil.copytree(PUBLIC / "businesses", place / "businesses")
    (place / "scenarios").mkdir()
    good = (PUBLIC / "scenarios" / "book_one-01.yaml").read_text("utf-8")
    (place / "scenarios" / "good.yaml").write_text(good.replace("book_one-01", "good"), "utf-8")
    bad = good.replace("book_one-01", "bad").replace("reply_lang: sv", "must_contain_any: [xyzzy]")
    (place / "scenarios" / "bad.yaml").write_text(bad, "utf-8")
    return place


def test_table_tells_shares_and_what_was_wrong(folder: Path) -> None:
    said = command(app, str(folder))
    assert said.exit_code == 0, said.output
    assert "category  book_one" in said.output
    assert "1 of    2   50.0%" in said.output
    assert '! must_contain_any ["xyzzy"]' in said.output


@pytest.mark.parametrize(("least", "code"), [("0.5", 0), ("0.51", 1)])
def test_exit_code_is_1_when_fewer_pass(folder: Path, least: str, code: int) -> None:
    assert command(app, str(folder), "--min", least).exit_code == code


def test_json_is_one_object(folder: Path) -> None:
    told = json.loads(command(app, str(folder), "--json").output)
    assert told["total"] == {"passed": 1, "played": 2, "share": 0.5}
    assert [one["id"] for one in told["failed"]] == ["bad"]


def test_broken_set_is_told_with_file_and_key(folder: Path) -> None:
    path = folder / "scenarios" / "bad.yaml"
    path.write_text(path.read_text("utf-8").replace("must_contain_any", "must_contain"), "utf-8")
    said = command(app, str(folder))
    assert said.exit_code == 2
    assert f"{path}: turns, 1, expect, must_contain: there is no such key" in said.output


def test_folder_and_stdio_exclude_each_other(folder: Path) -> None:
    assert command(app, str(folder), "--stdio").exit_code == 2
    assert command(app).exit_code == 2


def test_model_without_an_endpoint_is_told_how_to_name_one(folder: Path) -> None:
    said = command(app, str(folder), "--engine", "model")
    assert said.exit_code == 2
    assert "RINGBACK_MODELS" in said.output
