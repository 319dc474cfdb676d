"""The lines of a process of its own: loggers remember how they were first set up."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import logging, structlog
from ringback.logs import set_up_logs
set_up_logs()
log = structlog.get_logger()
log.debug("not_shown")
log.info("text_sent", message="m1", odd="two\\nlines")
logging.getLogger("httpx").info("GET https://api.example/?to=+46701740605")
logging.getLogger("library").warning("a library warns")
def fail():
    planted = "a text " + "in a local variable"
    raise ValueError("went wrong")
try:
    fail()
except ValueError:
    log.exception("job_failed", job="send:1")
"""


def ran(stderr: int) -> bytes:
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, stderr=stderr, timeout=100, check=True)
    return done.stderr or b""


def test_away_from_a_terminal_each_event_is_one_line_of_json() -> None:
    lines = ran(subprocess.PIPE).decode().splitlines()
    assert lines[1] == "a library warns"
    sent, failed = json.loads(lines[0]), json.loads(lines[2])
    assert len(lines) == 3
    assert (sent["event"], sent["message"], sent["level"]) == ("text_sent", "m1", "info")
    assert sent["timestamp"].endswith("Z")
    assert sent["odd"] == "two\nlines"
    assert "ValueError: went wrong" in failed["exception"]
    assert "a text in a local variable" not in lines[2]


def test_on_a_terminal_errors_show_no_local_variables() -> None:
    ours, theirs = pty.openpty()
    try:
        ran(theirs)
        shown = os.read(ours, 1 << 16).decode()
    finally:
        os.close(theirs)
        os.close(ours)
    assert "text_sent" in shown
    assert "ValueError: went wrong" in shown
    assert "a text in a local variable" not in shown


def test_log_that_can_not_be_written_ends_nothing() -> None:
    with open("/dev/full", "w") as full:
        ran(full.fileno())
