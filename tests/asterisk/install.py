"""Finds the Asterisks of this machine: folders built by `scripts/test-servers.sh`, and the PATH's.

In: the cache folder (RINGBACK_TEST_CACHE). Out: `Install` values that say how to start each one.

A built folder holds a whole small Debian of another release. Its Asterisk is started by that
folder's own loader with that folder's own libraries: no chroot, no mounts, no need to be root.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WANTED = (22, 16)
HOW_TO_GET = "Run scripts/test-servers.sh once, which gets what the tests run against."


@dataclass(frozen=True, slots=True)
class Install:
    """One Asterisk that can be started.

    Attributes:
        version: As it says itself: `22.10.1`.
        command: What to run, arguments of Asterisk to follow.
        modules: Its folder of modules.
        share: Its folder with documentation (which PJSIP can't start without) and sounds.
    """

    version: str
    command: tuple[str, ...]
    modules: Path
    share: Path

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def cache_folder() -> Path:
    """Where `scripts/test-servers.sh` puts what it builds; the same rule as there."""
    if named := os.environ.get("RINGBACK_TEST_CACHE"):
        return Path(named)
    if os.geteuid() == 0:
        return Path("/var/cache/ringback")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ringback"


@cache
def installs() -> tuple[Install, ...]:
    """Every Asterisk that starts, the newest first."""
    found = [_in_root(root) for root in sorted(cache_folder().glob("asterisk-*"))]
    found.append(_on_path())
    return tuple(sorted(filter(None, found), key=lambda install: install.major, reverse=True))


def wanted_installs() -> dict[int, Install]:
    """What stands for each of the `WANTED` versions; one of another version stands in."""
    exact = {install.major: install for install in installs() if install.major in WANTED}
    others = [install for install in installs() if install.major not in WANTED]
    missing = [major for major in WANTED if major not in exact]
    return exact | dict(zip(missing, others, strict=False))


def _in_root(root: Path) -> Install | None:
    loader = next(root.glob("usr/lib/*-linux-gnu*/ld-linux*.so.*"), None)
    if loader is None:
        return None
    libraries = f"{loader.parent}:{root}/usr/lib"
    program = f"{root}/usr/sbin/asterisk"
    return _described((str(loader), "--library-path", libraries, program), root)


def _on_path() -> Install | None:
    program = shutil.which(
        "asterisk", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    )
    return _described((program,), Path("/")) if program else None


def _described(command: tuple[str, ...], root: Path) -> Install | None:
    said = subprocess.run([*command, "-V"], capture_output=True, text=True, timeout=20, check=False)
    version = re.match(r"Asterisk (?:certified[/-])?(\d+(?:\.\d+)*)", said.stdout)
    modules = next(_folders(root, "usr/lib/asterisk/modules", "usr/lib/*/asterisk/modules"), None)
    share = next(_folders(root, "usr/share/asterisk", "var/lib/asterisk"), None)
    if not (version and modules and share):
        return None
    return Install(version[1], command, modules, share)


def _folders(root: Path, *patterns: str) -> Iterator[Path]:
    for pattern in patterns:
        yield from (folder for folder in root.glob(pattern) if folder.is_dir())
