"""How a command ends: our errors become plain lines on standard error, and exit code 2."""

from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import typer
import uvloop

from ringback.errors import BadInput, RingbackError


def finish(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end; errors that are ours become lines, not tracebacks."""
    try:
        uvloop.run(work)
    except KeyboardInterrupt:
        return
    except RingbackError as fault:
        _say_and_exit(fault)
    except BaseExceptionGroup as group:
        ours, others = group.split(RingbackError)
        if ours is None or others is not None:
            raise
        _say_and_exit(_first(ours))


def _first(group: BaseExceptionGroup[RingbackError]) -> RingbackError:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def _say_and_exit(fault: RingbackError) -> None:
    typer.echo(str(fault), err=True)
    raise SystemExit(2)


def text_of(path: Path) -> str:
    """What a file says; BadInput when it can't be read."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as refused:
        raise BadInput(f"{path} can't be read as text: {refused}.") from refused
