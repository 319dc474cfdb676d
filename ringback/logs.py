"""Structured logs: JSON lines in UTC, or readable lines on a terminal.

Events are constant names; ids are bound once; numbers are masked; message text never.
"""

import contextlib
import logging
import sys

import structlog


def set_up_logs(least: int = logging.INFO) -> None:
    """Send structlog's and the libraries' logs to standard error, from the level `least` on."""
    last: list[structlog.typing.Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    if sys.stderr.isatty():  # the plain form shows no local variables, which hold texts
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *_: _StandardError(),
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole URLs, with numbers
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")


class _StandardError:
    """Writes lines; a full disk or a closed pipe takes the log away, never the product."""

    def msg(self, line: str) -> None:
        """Write a line."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    log = debug = info = warning = warn = error = err = critical = exception = fatal = msg
