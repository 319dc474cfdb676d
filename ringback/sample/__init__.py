"""What the demo shows: a hair salon, its PBX, and recorded calls of it."""

from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml

from ringback.business import Business

FOLDER = Path(str(files("ringback.sample")))
CALLS = (
    "queue_ringall_abandon",
    "direct_busy",
    "queue_ringall_answered",
    "direct_noanswer_caller_cancel",
    "ivr_abandon",
    "after_hours",
)
"""Recorded calls, in the order in which the demo plays them."""


@cache
def salon() -> Business:
    """The sample company, read once."""
    return Business.model_validate(yaml.safe_load((FOLDER / "salon.yaml").read_text()))


def site() -> str:
    """The site file of the sample PBX, TOML."""
    return (FOLDER / "site.toml").read_text()


def trace(name: str) -> Path:
    """A recorded call."""
    return FOLDER / "traces" / f"{name}.ami.gz"
