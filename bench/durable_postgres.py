"""A PostgreSQL for the benchmark: durable as it is delivered, fsync and all, on a Unix socket.

In: a folder. Out: the URL of an empty database. The tests' own server is not durable and would flatter.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import psycopg

_START_S, _STOP_S = 30.0, 20.0


class _RunAs(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def programs() -> Path | None:
    """The folder of the newest PostgreSQL's programs, if there is one."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda path: float(path.parts[-3]), default=None)
    program = newest or shutil.which("initdb")
    return Path(program).parent if program else None


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """Start it; the URL is a superuser's, who is bound by no row-level security but is no slower."""
    where = programs()
    assert where is not None  # noqa: S101 - `programs` was asked before
    folder.mkdir()
    run_as = _run_as(folder)
    data = folder / "data"
    told = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
    subprocess.run(  # noqa: S603
        [where / "initdb", "-D", data, *told],
        check=True,
        capture_output=True,
        cwd=folder,
        timeout=120,
        **run_as,
    )
    settings = ("listen_addresses=", f"unix_socket_directories={folder}", "max_connections=60")
    words = [word for setting in settings for word in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(  # noqa: S603
            [where / "postgres", "-D", data, *words],
            stdout=log,
            stderr=log,
            cwd=folder,
            **run_as,
        )
    try:
        _wait_until_ready(server, folder)
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)  # its fast shutdown
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


def _wait_until_ready(server: "subprocess.Popen[bytes]", folder: Path) -> None:
    until = time.monotonic() + _START_S
    while server.poll() is None and time.monotonic() < until:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return
        time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()[-1000:]}")
