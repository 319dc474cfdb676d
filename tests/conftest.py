import gc
from collections.abc import Iterator
from pathlib import Path

import certifi
import hypothesis
import pytest
import structlog
from xdist.remote import Producer

from tests.sharing_out import ByParts, part_of, places

hypothesis.settings.register_profile(  # the machine may be busy
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")
pytest_plugins = ["tests.asterisk.fixtures", "tests.engines", "tests.postgres"]
gc.set_threshold(5_000, 20, 50)  # a database and a portal for each test: much that goes at once


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByParts | None:
    return ByParts(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        place = places(item.nodeid for item in items)
        items.sort(key=lambda item: place[part_of(item.nodeid)])


def pytest_collection_finish() -> None:
    """Fifteen thousand tests are not looked through again whenever one of them leaves garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates to trust, of one authority: all of them cost 20 ms whenever a client is opened."""
    end = "-----END CERTIFICATE-----\n"
    first = Path(certifi.where()).read_text().partition(end)[0]
    file = tmp_path_factory.mktemp("authority") / "one.pem"
    file.write_text(first + end)
    return file


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """A command that sets up logs in one test must not send the next one's to a closed file."""
    yield
    structlog.reset_defaults()
