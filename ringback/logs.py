"""Structured logs: JSON lines in UTC, or readable lines on a terminal.

Events are constant names; ids are bound once; numbers are masked; message text never.
"""

import logging
import sys

import structlog


def set_up_logs(verbose: bool = False) -> None:
    """Send structlog's and the libraries' logs to standard error."""
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.DEBUG if verbose else logging.INFO
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole URLs, with numbers
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
