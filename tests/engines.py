"""Engines that outlive a test, for the statements that they have compiled.

In: the settings of a test's database. Out: a `Database` on an engine of the whole run, whose
connections end with the test. Nothing else is kept: keys, bell and locks are the `Database`'s own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ringback.crypto import master_key
from ringback.db import Database, open_database
from ringback.settings import Settings


class Engines:
    """One for each address; SQLite's is a link that leads to the folder of the test at hand."""

    def __init__(self, folder: Path) -> None:
        self._here = folder / "var"
        self._known: dict[str, AsyncEngine] = {}
        self._open = set[str]()

    @asynccontextmanager
    async def opened(self, settings: Settings) -> AsyncIterator[Database]:
        """The database until the test ends; who listens to its engine must cease to by then."""
        url = settings.database_url
        assert url not in self._open, "a second one at a time needs an engine of its own"
        self._open.add(url)
        self._here.unlink(missing_ok=True)
        self._here.symlink_to(settings.var)
        if url not in self._known:
            known = settings.model_copy(update={"var": self._here})
            self._known[url] = open_database(known).engine
        given = settings.master_key.get_secret_value() if settings.master_key else None
        database = Database(self._known[url], master_key(given, settings.var))
        try:
            yield database
        finally:
            await database.close()
            self._open.discard(url)


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Engines:
    return Engines(tmp_path_factory.mktemp("engines"))
