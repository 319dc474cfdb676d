"""A real Asterisk of one's own: started with the small office of `etc/`, stopped by pid.

In: an `Install` and, if wanted, more configuration. Out: a running server whose ports are free ones
on 127.0.0.1 and whose files are in a temporary folder, so that many can run beside each other.
The tests of everything that speaks AMI or SIP stand on it.
"""

import asyncio
import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self

from tests.asterisk.install import Install
from tests.asterisk.office import HOST, free_ports, write_office

_START_S = 60.0  # for a loaded machine; 1 s is usual
_STOP_S = 20.0
_CLI_S = 30.0
_UDP = Path("/proc/net/udp")


class Asterisk:
    """One server of the office; an async context manager.

    Attributes:
        running: All that this process has started and not yet stopped.
        version: `22.10.1`.
        major: `22`.
        ami_port, sip_port: On 127.0.0.1, the same over restarts.
        outside_port: Where the trunk sends outbound calls; a `Phone` may listen there.
        folder: All its files: `log/full`, `log/queue_log`, `lib/astdb.sqlite3`, `spool`.
        etc: Its configuration; write there and `cli("dialplan reload")`.
    """

    running: ClassVar[list["Asterisk"]] = []

    def __init__(self, install: Install, extra: Mapping[str, str] | None = None) -> None:
        """Chooses ports and writes the configuration.

        Args:
            install: Which Asterisk.
            extra: Files to add to its configuration, by name. `extensions_custom.conf`,
                `pjsip_custom.conf`, `queues_custom.conf`, `manager_custom.conf` and
                `modules_custom.conf` are included by the office's own.
        """
        ports = free_ports()
        self.version, self.major = install.version, install.major
        self.ami_port, self.sip_port, self.outside_port = ports.ami, ports.sip, ports.outside
        self.folder = Path(tempfile.mkdtemp(prefix="ringback-asterisk-"))
        self.etc = self.folder / "etc"
        self._command = (*install.command, "-C", str(self.etc / "asterisk.conf"), "-n")
        self._process: subprocess.Popen[bytes] | None = None
        write_office(self.folder, install, ports, extra or {})

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            self._remove()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        self._remove()

    async def start(self) -> None:
        """Starts it and returns when AMI and SIP both answer.

        Raises:
            RuntimeError: It ended or was not ready in time; the text carries the end of its log.
        """
        with (self.folder / "log" / "console").open("ab") as console:
            self._process = subprocess.Popen(
                [*self._command, "-f"],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,  # Ctrl-C is for the tests, which then stop it in order
            )
        try:
            async with asyncio.timeout(_START_S):
                while not await self._is_ready():
                    await asyncio.sleep(0.05)
        except BaseException as error:
            await self.stop(kill=True)
            if isinstance(error, TimeoutError | _EndedError):
                raise RuntimeError(
                    f"Asterisk {self.version} did not start:\n{self._log_end()}"
                ) from error
            raise
        self.running.append(self)

    async def stop(self, kill: bool = False) -> None:
        """Ends it, in order or (`kill`) as a power cut would; returns when it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        if self in self.running:
            self.running.remove(self)
        if not kill:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, _STOP_S)
        process.kill()
        await asyncio.to_thread(process.wait)

    async def restart(self, kill: bool = False) -> None:
        """Stops it and starts it again on the same ports and with the same database."""
        await self.stop(kill)
        await self.start()

    async def cli(self, command: str) -> str:
        """What the console prints to the command.

        Raises:
            RuntimeError: The server was not there to ask.
        """
        asked = await asyncio.to_thread(self._asked, command)
        if asked.returncode != 0:
            raise RuntimeError(f"Asterisk did not answer {command!r}: {asked.stdout}{asked.stderr}")
        return asked.stdout

    @property
    def pid(self) -> int:
        """The server's process, for those who freeze or end it by signal."""
        if self._process is None:
            raise RuntimeError("Asterisk is not running.")
        return self._process.pid

    def _asked(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._command, "-rx", command],
            capture_output=True,
            text=True,
            timeout=_CLI_S,
            check=False,
        )

    async def _is_ready(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise _EndedError
        if not (await _greets(self.ami_port) and _is_bound(self.sip_port)):
            return False
        booted = await asyncio.to_thread(self._asked, "core waitfullybooted")
        return "fully booted" in booted.stdout

    def _log_end(self) -> str:
        logs = (self.folder / "log" / name for name in ("full", "console"))
        return "\n".join(log.read_text(errors="replace")[-2000:] for log in logs if log.exists())

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class _EndedError(Exception):
    """The process is gone."""


async def _greets(ami_port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(HOST, ami_port)
    except OSError:
        return False
    try:
        return (await reader.readline()).startswith(b"Asterisk Call Manager")
    finally:
        writer.close()


def _is_bound(udp_port: int) -> bool:
    """As the kernel lists it: whoever tries the port has it for a moment, and Asterisk then can't."""
    sockets = _UDP.read_text().splitlines()[1:]
    return f":{udp_port:04X}" in {one.split()[1][-5:] for one in sockets}
