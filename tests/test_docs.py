"""The docs say what the program does."""

import re
from pathlib import Path

from ringback.settings import Settings

ROOT = Path(__file__).parents[1]


def test_every_setting_is_told_with_its_meaning_and_no_other() -> None:
    page = (ROOT / "docs/operate.md").read_text()
    told = dict(re.findall(r"^\| `RINGBACK_(\w+)` \| .*? \| (.*) \|$", page, re.M))
    meant = {name.upper(): field.description for name, field in Settings.model_fields.items()}
    assert told == meant


def test_every_target_of_the_makefile_that_the_docs_name_is_there() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M))
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    named = {name for page in pages for name in re.findall(r"`?make (\w+)", page.read_text())}
    assert {"demo", "test", "check"} <= named
    assert named <= targets | {"sure", "a", "the", "it"}


def test_every_link_of_the_docs_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
