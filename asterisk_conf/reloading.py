"""Asterisk's console: reload what was changed, and ask what it has loaded.

In: what to say. Out: what it prints. `asterisk -rx` works for root and for the user that Asterisk runs
as; no other privilege is needed. Beside `installing` and `checking`.
"""

import subprocess
from collections.abc import Callable

from ringback.errors import TryAgain

Console = Callable[[str], str]
"""Says a line to Asterisk and gives what it prints; TryAgain when it does not answer."""

RELOADS = ("dialplan reload", "queue reload all", "manager reload")
_ANSWER_S = 20.0
_PROGRAM = "asterisk"


def console(line: str) -> str:
    """What the console of this machine's Asterisk prints.

    Raises:
        TryAgain: It does not answer, or we may not ask it.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; the line is one argument
            [_PROGRAM, "-rx", line], capture_output=True, text=True, timeout=_ANSWER_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise TryAgain(_unanswered(line, str(fault))) from fault
    if done.returncode:
        raise TryAgain(_unanswered(line, (done.stderr or done.stdout).strip()))
    return done.stdout


def reload(ask: Console) -> None:
    """Lets Asterisk read its dialplan, queues and manager users anew; calls go on.

    Raises:
        TryAgain: It does not answer.
    """
    for line in RELOADS:
        ask(line)


def _unanswered(line: str, why: str) -> str:
    return (
        f"Asterisk's console does not answer: {why}. Run this as root or as Asterisk's user, "
        f"or say `{line}` to it yourself."
    )
