"""The build brings the portal's third-party files in, once, and never packs a wheel without them."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hatch_build import FILES, STAMP, VENDOR, AssetsMissing, bring_assets, npm_ci, take_files

ROOT = Path(__file__).parents[1]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A fresh checkout as far as the assets are concerned: names and hashes, no files."""
    (tmp_path / "frontend").mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / "frontend" / name, tmp_path / "frontend")
    return tmp_path


def packages(folder: Path) -> Path:
    for source in FILES.values():
        (folder / source).parent.mkdir(parents=True, exist_ok=True)
        (folder / source).write_text(source)
    return folder


def test_a_fresh_checkout_gets_every_file_and_a_second_build_does_nothing(tree):
    assert bring_assets(tree) is True
    for name in FILES:
        assert (tree / VENDOR / name).stat().st_size > 0
    (tree / "frontend/package.json").unlink()  # would be needed to fetch anything
    assert bring_assets(tree) is False


def test_a_changed_lock_or_a_lost_file_is_noticed(tree):
    vendor = tree / VENDOR
    bring_assets(tree)
    (vendor / STAMP).write_text("of another lock\n")
    assert bring_assets(tree) is True
    (vendor / "htmx.min.js").unlink()
    assert bring_assets(tree) is True
    assert (vendor / "htmx.min.js").is_file()


def test_the_test_tools_in_node_modules_are_left_alone(tree):
    tool = tree / "frontend/node_modules/axe-core/axe.js"
    tool.parent.mkdir(parents=True)
    tool.write_text("kept")
    bring_assets(tree)
    assert tool.read_text() == "kept"


def test_a_file_that_a_package_no_longer_holds_stops_the_build_and_keeps_the_old_ones(tmp_path):
    vendor = tmp_path / "vendor"
    take_files(packages(tmp_path / "old"), vendor)
    broken = packages(tmp_path / "new")
    (broken / FILES["hx-sse.min.js"]).unlink()
    with pytest.raises(AssetsMissing, match="hx-sse"):
        take_files(broken, vendor)
    assert {path.name for path in vendor.iterdir()} == set(FILES)


def test_a_lock_that_npm_refuses_stops_the_build_with_the_reason(tree):
    (tree / "frontend/package-lock.json").write_text("{}")
    with pytest.raises(AssetsMissing, match="npm could not bring"):
        npm_ci(tree / "frontend")


def test_the_lock_names_no_registry():
    assert "resolved" not in (ROOT / "frontend/package-lock.json").read_text()


def test_a_wheel_holds_the_pages_their_files_and_the_catalogue(tree):
    for name in ("pyproject.toml", "hatch_build.py", ".gitignore"):
        shutil.copy(ROOT / name, tree)
    for name in ("README.md", "LICENSE"):
        (tree / name).write_text("-")
    for package in (
        "ringback",
        "pbx_adapter",
        "sms_gateway",
        "dialogue",
        "portal_api",
        "migrations",
    ):
        skipped = shutil.ignore_patterns("__pycache__", "vendor")
        shutil.copytree(ROOT / package, tree / package, ignore=skipped)
    shutil.copytree(ROOT / "asterisk_conf", tree / "asterisk_conf")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "out"]
    subprocess.run(build, cwd=tree, check=True, capture_output=True, timeout=250)
    (wheel,) = (tree / "out").glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"{VENDOR}/{name}" for name in FILES} <= names
    assert {
        "portal_api/templates/live/missed.html",
        "portal_api/static/js/keyboard.js",
        "ringback/locale/sv/LC_MESSAGES/ringback.po",
    } <= names
