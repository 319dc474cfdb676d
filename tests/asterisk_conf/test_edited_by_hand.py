"""Install and remove where people have edited Asterisk's files before, between and since."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asterisk_conf.including import COMMENT
from asterisk_conf.installing import install as installed
from asterisk_conf.installing import remove
from asterisk_conf.manifest import NAME, sum_of
from asterisk_conf.places import Places
from asterisk_conf.planning import planned
from asterisk_conf.values import Plan
from ringback.errors import BadInput, TryAgain
from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.server import Asterisk
from tests.asterisk_conf.etc import EXTENSIONS, NOW, everything, install, speaking, write_etc
from tests.asterisk_conf.house import PLAN, SALES, SUPPORT

OURS = "#include ringback/extensions.conf\n"
ENTERS = f" same => n,Gosub(ringback-menu-{SUPPORT.key},enter,1)\n"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return write_etc(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        OURS,
        '  #include "ringback/extensions.conf" ; callbacks\n',
        "#tryinclude /etc/asterisk/ringback/extensions.conf\r\n",
        f"{OURS}; a line of theirs\n{OURS}",
    ],
)
def test_an_include_that_was_rewritten_by_hand_is_known_and_goes_with_the_file(
    places: Places, line: str
) -> None:
    install(PLAN, places)
    extensions = places.etc / "extensions.conf"
    added = f"{COMMENT}#tryinclude ringback/extensions.conf\n".encode()
    assert added in extensions.read_bytes()
    extensions.write_bytes(extensions.read_bytes().replace(added, line.encode()))
    edited = extensions.read_bytes()
    install(PLAN, places)
    assert extensions.read_bytes() == edited
    remove(places)
    assert b"include" not in extensions.read_bytes()
    assert extensions.read_bytes().startswith(EXTENSIONS)


def test_an_install_that_forgot_the_last_one_includes_nothing_twice(places: Places) -> None:
    install(PLAN, places)
    (places.etc / NAME).unlink()
    install(PLAN, places)
    extensions = places.etc / "extensions.conf"
    assert extensions.read_text().count("include ringback") == 1
    remove(places)
    assert extensions.read_bytes() == EXTENSIONS + b"\n"


def test_a_link_of_theirs_stays_one(places: Places, tmp_path: Path) -> None:
    elsewhere = tmp_path / "extensions.of.theirs"
    (places.etc / "extensions.conf").rename(elsewhere)
    (places.etc / "extensions.conf").symlink_to(elsewhere)
    install(PLAN, places)
    assert "include ringback/extensions.conf" in elsewhere.read_text()
    remove(places)
    assert (places.etc / "extensions.conf").is_symlink()
    assert elsewhere.read_bytes() == EXTENSIONS


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize(
    "link",
    [".extensions.conf.ringback", "ringback/extensions.conf", "ringback/.queues.conf.ringback"],
)
def test_no_link_leads_what_we_write_to_a_file_of_somebody_else(
    places: Places, tmp_path: Path, link: str, there: bool
) -> None:
    victim = tmp_path / "passwd"
    if there:
        victim.write_text("root:x:0:0")
    (places.etc / "ringback").mkdir()
    (places.etc / link).symlink_to(victim)
    install(PLAN, places)
    assert (victim.read_text() if there else victim.exists()) == ("root:x:0:0" if there else False)
    assert not (places.etc / "extensions.conf").is_symlink()
    assert not (places.etc / "ringback" / "extensions.conf").is_symlink()


@pytest.mark.parametrize(
    "edit",
    [
        lambda kept, victim: kept["files"].append(str(victim)),
        lambda kept, victim: kept["files"].append(f"ringback/../../../{victim.name}"),
        lambda kept, victim: kept["sounds"].update({str(victim): {"of": "", "sum": sum_of(b"")}}),
        lambda kept, victim: kept["hosts"].update(
            {str(victim): {"added": "", "existed": False, "copy": ""}}
        ),
    ],
    ids=["file", "file above", "sound", "host"],
)
def test_nothing_but_ours_is_removed_whatever_the_record_of_the_install_says(
    places: Places, tmp_path: Path, edit: Callable[[dict[str, Any], Path], object]
) -> None:
    install(PLAN, places)
    victim = tmp_path / "passwd"
    victim.touch()
    kept = json.loads((places.etc / NAME).read_text())
    edit(kept, victim)
    (places.etc / NAME).write_text(json.dumps(kept))
    with pytest.raises(BadInput, match="none of ours"):
        remove(places)
    assert victim.exists()


def test_what_was_saved_between_the_question_and_the_yes_is_not_lost(
    places: Places, tmp_path: Path
) -> None:
    todo = planned(PLAN, places, speaking)
    (places.etc / "extensions.conf").write_bytes(EXTENSIONS + b"\n[new]\n")
    before = everything(tmp_path)
    with pytest.raises(TryAgain, match=r"extensions\.conf was changed just now"):
        installed(todo, places, NOW)
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("extensions.conf", ENTERS),
        ("pjsip.d/trunks.conf", "[operator]\ncontext = from-pstn-ringback\n"),
        ("extensions_additional.conf", f"exten => d-1,1,Goto(ringback-menu-{SALES.key},s,1)\n"),
        ("extensions.ael", f"context in {{ s => {{ &x(ringback-exit-{SALES.key}); }} }}\n"),
        ("other.conf", OURS),
    ],
)
def test_what_calls_still_lead_to_is_not_removed(
    places: Places, tmp_path: Path, file: str, line: str
) -> None:
    (places.etc / "pjsip.conf").write_text("#include pjsip.d/*.conf\n")
    install(PLAN, places)
    path = places.etc / file
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + line)
    before = everything(tmp_path)
    with pytest.raises(BadInput, match=rf"{file}, line \d+: ") as refused:
        remove(places)
    assert line.splitlines()[-1].strip() in str(refused.value)
    assert everything(tmp_path) == before


def test_a_queue_that_callers_still_enter_through_the_menu_is_not_dropped(places: Places) -> None:
    install(PLAN, places)
    with (places.etc / "extensions.conf").open("a") as file:
        file.write(ENTERS)
    with pytest.raises(BadInput, match=f"ringback-menu-{SUPPORT.key}"):
        install(PLAN.model_copy(update={"queues": (SALES,)}), places)
    install(PLAN.model_copy(update={"queues": (SUPPORT,)}), places)


def test_what_asterisk_does_not_read_leads_nowhere(places: Places) -> None:
    install(PLAN, places)
    (places.etc / "before").mkdir()
    (places.etc / "before" / "extensions.conf").write_text(ENTERS)
    (places.etc / "extensions.conf.old").write_text(ENTERS)
    remove(places)
    assert not (places.etc / NAME).exists()


def test_comments_and_what_the_company_has_itself_lead_nowhere(places: Places) -> None:
    install(PLAN, places)
    own = "[from-pstn-ringback]\nexten => s,1,Hangup()\n[x]\ncontext = from-pstn-ringback\n"
    with (places.etc / "extensions.conf").open("a") as file:
        file.write(f";{ENTERS}{own}")
    install(Plan(outbox=False), places)
    remove(places)
    assert not (places.etc / NAME).exists()


@pytest.mark.parametrize("major", WANTED)
async def test_the_company_s_own_calls_go_on_when_our_files_were_deleted_by_hand(
    major: int,
) -> None:
    async with Asterisk(wanted(major), {"queues_custom.conf": "[support]\n[sales]\n"}) as asterisk:
        install(PLAN, Places(asterisk.etc, asterisk.folder / "data" / "sounds"))
        shutil.rmtree(asterisk.etc / "ringback")
        await asterisk.restart()
        contexts = await asterisk.cli("dialplan show ext-did")
    assert "Context 'ext-did'" in contexts
