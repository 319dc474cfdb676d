from collections.abc import Iterator

import hypothesis
import pytest
import structlog

hypothesis.settings.register_profile("untimed", deadline=None)  # the machine may be busy
hypothesis.settings.load_profile("untimed")
pytest_plugins = ["tests.asterisk.fixtures", "tests.postgres"]
_LONGEST = (
    "test_busy_hour.py",
    "test_many_texts.py",
    "test_asterisk_records.py",
    "test_two_places.py",
    "test_foreign_pbx.py",
    "test_killed.py",
    "test_callback_story.py",
    "test_callback_story_killed.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files go first, so that no process is left with one of them at the end."""
    items.sort(key=lambda item: item.path.name not in _LONGEST)


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """A command that sets up logs in one test must not send the next one's to a closed file."""
    yield
    structlog.reset_defaults()
