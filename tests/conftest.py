from collections.abc import Iterator

import pytest
import structlog

pytest_plugins = ["tests.asterisk.fixtures", "tests.postgres"]


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """A command that sets up logs in one test must not send the next one's to a closed file."""
    yield
    structlog.reset_defaults()
