"""Stages whose databases are copies of one with all tables."""

from pathlib import Path

import pytest

from dialogue.evaluation.stage import Stages
from ringback.cli.evaluating import served
from ringback.settings import Settings
from tests.ringback.conftest import upgraded_file

__all__ = ["upgraded_file"]


@pytest.fixture
def stages(upgraded_file: Path, tmp_path: Path) -> Stages:
    return Stages(served, upgraded_file, Settings(var=tmp_path, database_url=""), {})
