"""The databases and the company of `tests/ringback`, for the steps that work on rows."""

from tests.ringback.conftest import (
    clock,
    company,
    db,
    neighbour,
    settings,
    upgraded_file,
    upgraded_url,
)

__all__ = ["clock", "company", "db", "neighbour", "settings", "upgraded_file", "upgraded_url"]
