"""Kannel 1.4.5 as the peer: bearerbox and smsbox, on loopback, in front of the benchmark's own SMSC.

In: a folder and ports. Out: a running Kannel and the address of its sendsms. Its spool store keeps each
text as a file of its own; whether it waits for the disk is not known here, so its "accepted" may promise
less than a committed row, for which we do wait.
"""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench.ports import free_ports, listens

_START_S, _STOP_S = 20.0, 10.0


@dataclass(frozen=True, slots=True)
class Kannel:
    """Where it listens."""

    sendsms_port: int
    callback_port: int

    @property
    def receipt(self) -> str:
        """The end of sendsms' address that asks for a callback on every change (dlr-mask 31)."""
        address = f"http://127.0.0.1:{self.callback_port}/receipt?status=%d"
        return f"&dlr-mask=31&dlr-url={quote(address, safe='')}"


def missing() -> str:
    """What is not installed, or nothing."""
    programs = ("bearerbox", "smsbox", "wrk")
    return ", ".join(name for name in programs if shutil.which(name, path=_PATH) is None)


@contextlib.asynccontextmanager
async def running(folder: Path, smsc_port: int, callback_port: int) -> AsyncIterator[Kannel]:
    """Start both boxes and wait until sendsms listens and the SMSC is bound."""
    admin, boxes, sendsms = free_ports(3)
    config = _written(folder, _config(folder, smsc_port, admin, boxes, sendsms))
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(_program("bearerbox", config))
        await listens(boxes, _START_S)
        await stack.enter_async_context(_program("smsbox", config))
        await listens(sendsms, _START_S)
        yield Kannel(sendsms, callback_port)


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"


@contextlib.asynccontextmanager
async def _program(name: str, config: Path) -> AsyncIterator[None]:
    """Run one of the boxes until the block ends."""
    program = shutil.which(name, path=_PATH)
    assert program is not None  # noqa: S101 - `missing` was asked before
    process = await asyncio.create_subprocess_exec(
        program,
        *("-v", "4", str(config)),
        cwd=config.parent,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _written(folder: Path, config: str) -> Path:
    (folder / "spool").mkdir(parents=True)
    path = folder / "kannel.conf"
    path.write_text(config)
    return path


def _config(folder: Path, smsc: int, admin: int, boxes: int, sendsms: int) -> str:
    """Groups must be apart by a blank line."""
    return f"""
group = core
admin-port = {admin}
admin-interface = "127.0.0.1"
admin-password = bench
smsbox-port = {boxes}
smsbox-interface = "127.0.0.1"
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
log-file = "{folder}/bearerbox.log"
log-level = 4
store-type = spool
store-location = "{folder}/spool"
dlr-storage = internal
maximum-queue-length = -1

group = smsc
smsc = smpp
smsc-id = BENCH
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = bench
smsc-password = bench
system-type = ""
max-pending-submits = 10

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {boxes}
sendsms-interface = "127.0.0.1"
sendsms-port = {sendsms}
log-file = "{folder}/smsbox.log"
log-level = 4

group = sendsms-user
username = bench
password = bench
max-messages = 10
concatenation = true
user-deny-ip = "*.*.*.*"
user-allow-ip = "127.0.0.1"
"""
