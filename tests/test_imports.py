"""The import contracts hold, and each of them breaks when somebody crosses it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "ringback",
    "pbx_adapter",
    "sms_gateway",
    "dialogue",
    "portal_api",
    "asterisk_conf",
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the sources to plant faults in."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def judged(tree: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache"],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_the_contracts_hold(tree: Path) -> None:
    result = judged(tree)
    assert result.returncode == 0, result.stdout[-2000:]


@pytest.mark.parametrize(
    ("module", "planted", "contract"),
    [
        ("ringback/segments.py", "import dialogue.turns", "Star"),
        ("ringback/calls.py", "import pbx_adapter.frames", "Star"),
        ("dialogue/start.py", "import ringback.wiring", "The wiring"),
        ("pbx_adapter/link.py", "import panoramisk", "panoramisk stays"),
        ("dialogue/engines.py", "import openai", "openai stays"),
        ("pbx_adapter/sip/listener.py", "import pyVoIP", "pyVoIP stays"),
        ("pbx_adapter/edge/sender.py", "import aiomqtt", "MQTT stays"),
        ("pbx_adapter/edge/centre.py", "import paho", "MQTT stays"),
        ("ringback/worker.py", "import fastapi", "FastAPI stays"),
        ("portal_api/missed.py", "import httpx", "HTTP to providers"),
        ("pbx_adapter/tracker.py", "import asyncio", "Pure modules"),
        ("ringback/bookings.py", "import ringback.db", "Pure modules"),
    ],
)
def test_planted_wrong_import_breaks_its_contract(
    tree: Path, module: str, planted: str, contract: str
) -> None:
    path = tree / module
    path.write_text(f"{path.read_text()}\n{planted}\n")
    result = judged(tree)
    assert result.returncode == 1
    broken = [line for line in result.stdout.splitlines() if "BROKEN" in line]
    assert any(contract in line for line in broken), broken
