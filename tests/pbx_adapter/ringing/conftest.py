"""The rows' side is tested on both databases elsewhere; here one of them is enough."""

import shutil
from pathlib import Path

import pytest

from ringback.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, upgraded_file: Path) -> Settings:
    """Settings of a database with all tables and no rows."""
    var = tmp_path / "var"
    var.mkdir()
    shutil.copy(upgraded_file, var)
    return Settings(var=var)
