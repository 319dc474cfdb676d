"""Each command loads what it needs, and no library that it does without."""

import json
import subprocess
import sys

import pytest

_LOAD = """
import gc, json, sys
from ringback.cli import app
from typer.main import get_command
get_command(app).get_command(None, sys.argv[1])
print(json.dumps({"loaded": sorted(sys.modules), "collects": gc.isenabled()}))
"""


@pytest.mark.parametrize(
    ("command", "unused"),
    [
        ("run", {"openai"}),  # for an installation without models
        ("add", {"openai", "fastapi"}),
        ("edge", {"openai", "fastapi"}),
    ],
)
def test_command_starts_without_what_it_does_not_use(command: str, unused: set[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _LOAD, command], check=True, capture_output=True, timeout=100
    )
    told = json.loads(run.stdout)
    assert unused & {*told["loaded"]} == set()
    assert told["collects"]
