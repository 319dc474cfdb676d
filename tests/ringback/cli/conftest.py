"""The command line in this process, on a database and an accounts file of its own."""

import os
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.ringback.conftest import upgraded_file

__all__ = ["upgraded_file"]
SAMPLE = Path(__file__).parents[3] / "ringback/sample/salon.yaml"


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, upgraded_file: Path) -> Path:
    """A folder of an installation without settings of anybody else's; its database has tables."""
    for name in list(os.environ):
        if name.startswith("RINGBACK_") and not name.startswith("RINGBACK_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    shutil.copy(upgraded_file, tmp_path / "var")
    return tmp_path


def command(app: typer.Typer, *words: str) -> Result:
    """Run a command to its end."""
    return CliRunner().invoke(app, words)
