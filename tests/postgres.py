"""A real PostgreSQL of one's own, on a Unix socket in a temporary folder.

In: the newest PostgreSQL of the machine. Out: `postgres_url` (the server, for the whole run) and
`database_url` (an empty database for one test). The tests' role owns its databases and is no
superuser, for row-level security does not bind those.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypedDict

import psycopg
import pytest
from psycopg import sql

from tests.asterisk.install import HOW_TO_GET

ROLE = "ringback"

_INIT_S, _START_S = 100.0, 60.0
_STOP_S = 30.0
_UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class _RunAs(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server's own database, for SQLAlchemy; `database_url` gives one of the test's own."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="ringback-postgres-"))
    try:
        with _running(programs, folder):
            with psycopg.connect(host=str(folder), user="postgres", dbname="postgres") as admin:
                admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE)))
            yield _url(folder, "postgres")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_database(postgres_url: str) -> Iterator[Callable[[], str]]:
    """A function that makes an empty database and returns its URL; all are dropped at the end."""
    folder = postgres_url.rpartition("host=")[2]
    numbers = itertools.count(1)
    made: list[str] = []

    def make() -> str:
        name = f"test_{next(numbers)}"
        _execute(folder, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        made.append(name)
        return _url(Path(folder), name)

    yield make
    for name in made:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        _execute(folder, drop)


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """An empty database, for SQLAlchemy with psycopg."""
    return new_database()


def _url(folder: Path, database: str) -> str:
    return f"postgresql+psycopg://{ROLE}@/{database}?host={folder}"


def _execute(folder: str, statement: sql.Composed) -> None:
    with psycopg.connect(host=folder, user=ROLE, dbname="postgres", autocommit=True) as connection:
        connection.execute(statement)


def _programs() -> Path:
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda path: float(path.parts[-3]), default=None)
    on_path = shutil.which("initdb")
    if newest is None and on_path is None:
        pytest.fail(f"There is no PostgreSQL on this machine. {HOW_TO_GET}")
    return (newest or Path(str(on_path))).parent


@contextlib.contextmanager
def _running(programs: Path, folder: Path) -> Iterator[None]:
    run_as = _run_as(folder)
    data = folder / "data"
    subprocess.run(
        [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        timeout=_INIT_S,
        **run_as,
    )
    settings = (
        "listen_addresses=",
        f"unix_socket_directories={folder}",
        "max_connections=100",
        *_UNSAFE_BUT_FAST,
    )
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                programs / "postgres",
                "-D",
                data,
                *(word for setting in settings for word in ("-c", setting)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,  # Ctrl-C is for the tests, which then stop it in order
            **run_as,
        )
    try:
        _wait_until_ready(server, folder)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
        try:
            server.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _run_as(folder: Path) -> _RunAs:
    """PostgreSQL refuses to run as root; root runs it as the user that its package made."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + _START_S
    while server.poll() is None and time.monotonic() < until:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return
        time.sleep(0.05)
    pytest.fail(f"PostgreSQL did not start:\n{(folder / 'log').read_text()[-2000:]}")
