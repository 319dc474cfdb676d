"""`ringback asterisk`: an installer tells an Asterisk what callbacks in list need."""

import asyncio
from pathlib import Path

import pytest

from asterisk_conf.values import ManagerUser, Plan, QueuePlan
from ringback.cli.adding import add
from ringback.cli.asterisk import asterisk
from ringback.cli.asterisk_reload import Way, reload_by
from ringback.clock import system_clock
from ringback.db import open_database
from ringback.prompts import LANGUAGES, folder_of, spoken
from ringback.queues import Rules
from ringback.settings import read_settings
from ringback.store.companies import company_ids, pbxs
from ringback.store.queues import add_queue, save_rules
from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.office import AMI_SECRET, AMI_USER
from tests.asterisk.server import Asterisk
from tests.ringback.cli.conftest import SAMPLE, command

RULES = Rules(offer="always", digit="5", language="en")
OFFLINE = ("--reload", "none")


@pytest.fixture
def company(installed: Path) -> Path:
    """A company with an Asterisk and a queue."""
    assert command(add, "company", str(SAMPLE)).exit_code == 0
    pbx = ("192.0.2.10", "--username", "ringback", "--secret", "a-long-secret", "--name", "office")
    assert command(add, "pbx", *pbx).exit_code == 0
    asyncio.run(a_queue())
    return installed


async def a_queue(name: str = "support") -> None:
    db = open_database(read_settings())
    async with db.read_across() as session:
        (company_id,) = await company_ids(session)
    async with db.begin(company_id) as session:
        (pbx,) = await pbxs(session)
        row = await add_queue(session, pbx.id, name, "", system_clock())
        await save_rules(session, row.id, "", RULES, system_clock())
    await db.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A file system with an Asterisk whose prompts have all been recorded, so that none is made."""
    etc = tmp_path / "pbx" / "etc" / "asterisk"
    etc.mkdir(parents=True)
    for name in ("extensions.conf", "manager.conf"):
        (etc / name).write_text("[general]\n")
    (etc / "queues.conf").write_text("[general]\n[support]\n")
    plan = Plan(queues=(QueuePlan(name="support", key="0" * 12, rules=RULES),))
    sounds = tmp_path / "pbx" / "var" / "lib" / "asterisk" / "sounds"
    for language in LANGUAGES:
        for name in (*spoken(plan.rules, language), "beep"):
            for folder in {folder_of(language, name), f"{language}/ringback"}:
                (sounds / folder).mkdir(parents=True, exist_ok=True)
                (sounds / folder / f"{name}.wav").write_bytes(b"RIFF")
    return tmp_path / "pbx"


def everything(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() if path.is_file() else b"" for path in root.rglob("*")}


def test_install_check_and_remove_from_the_companys_rows(company: Path, root: Path) -> None:
    before = everything(root)
    at = ("--root", str(root), *OFFLINE)
    missing = command(asterisk, "check", *at)
    assert missing.exit_code == 1
    assert "extensions.conf does not include ours." in missing.output
    done = command(asterisk, "install", *at, "--yes")
    assert done.exit_code == 0
    assert "+periodic-announce = ringback/offer-5" in done.output
    assert "a-long-secret" not in done.output
    assert "secret = a-long-secret" in (root / "etc/asterisk/ringback/manager.conf").read_text()
    assert command(asterisk, "check", *at).exit_code == 0
    assert command(asterisk, "remove", *at).exit_code == 0
    assert everything(root) == before


def test_a_language_in_which_nobody_hears_the_offer_is_told_and_fails_nothing(
    company: Path, root: Path
) -> None:
    (root / "etc/asterisk/asterisk.conf").write_text("[options]\ndefaultlanguage = sv\n")
    at = ("--root", str(root), *OFFLINE)
    command(asterisk, "install", *at, "--yes")
    checked = command(asterisk, "check", *at)
    assert "hear the offer in 'sv'" in checked.output  # the menu of this queue speaks English
    assert checked.exit_code == 0


def test_the_companys_own_number_is_none_to_key(company: Path, root: Path) -> None:
    command(asterisk, "install", "--root", str(root), *OFFLINE, "--yes")
    rendered = (root / "etc/asterisk/ringback/extensions.conf").read_text()
    assert "exten => 0846500410,1,Return()\n" in rendered


def test_a_company_s_name_of_two_lines_stays_within_the_comment(
    installed: Path, root: Path, tmp_path: Path
) -> None:
    lines = SAMPLE.read_text().splitlines(keepends=True)
    own = tmp_path / "own.yaml"
    own.write_text(
        "".join('name: "Salong\\n[x]"\n' if at.startswith("name:") else at for at in lines)
    )
    command(add, "company", str(own))
    command(add, "pbx", "192.0.2.10", "--username", "u", "--secret", "a-long-secret", "--name", "o")
    done = command(asterisk, "install", "--root", str(root), *OFFLINE, "--yes")
    rendered = (root / "etc/asterisk/ringback/extensions.conf").read_text()
    assert rendered.startswith("; Written by Ringback for Salong [x]; "), done.output


def test_without_a_yes_nothing_is_changed(company: Path, root: Path) -> None:
    before = everything(root)
    asked = command(asterisk, "install", "--root", str(root), *OFFLINE)
    assert "+#tryinclude ringback/queues.conf" in asked.output
    assert everything(root) == before


def test_what_was_chosen_once_need_not_be_said_again(company: Path, root: Path) -> None:
    at = ("--root", str(root), *OFFLINE)
    chosen = ("--record-code", "*727", "--back", "support=ext-queues,support,1")
    command(asterisk, "install", *at, "--yes", *chosen)
    rendered = (root / "etc/asterisk/ringback/extensions.conf").read_text()
    assert "exten => *727,1,Goto(ringback-recording,s,1)" in rendered
    assert "Goto(ext-queues,support,1)" in rendered
    assert command(asterisk, "check", *at).exit_code == 0


def test_where_callers_go_back_to_is_kept_by_queue_and_undone(company: Path, root: Path) -> None:
    asyncio.run(a_queue("sales"))
    with (root / "etc/asterisk/queues.conf").open("a") as file:
        file.write("[sales]\n")
    at = ("--root", str(root), *OFFLINE, "--yes")
    rendered = root / "etc/asterisk/ringback/extensions.conf"
    command(asterisk, "install", *at, "--back", "support=in,s,1")
    command(asterisk, "install", *at, "--back", "sales=in,s,2")
    assert ("Goto(in,s,1)" in rendered.read_text(), "Goto(in,s,2)" in rendered.read_text()) == (
        True,
        True,
    )
    command(asterisk, "install", *at, "--back", "support=")
    assert ("Goto(in,s,1)" in rendered.read_text(), "Goto(in,s,2)" in rendered.read_text()) == (
        False,
        True,
    )
    refused = command(asterisk, "install", *at, "--back", "suport=in,s,1")
    assert "no queue of the plan. It has: " in refused.output
    assert refused.exit_code == 2


def test_options_that_a_plan_holds_already_are_not_passed_over_in_silence(
    company: Path, root: Path, tmp_path: Path
) -> None:
    command(asterisk, "render", "--into", str(tmp_path / "out"))
    plan = ("--plan", str(tmp_path / "out/plan.json"), "--root", str(root), *OFFLINE, "--yes")
    refused = command(asterisk, "install", *plan, "--permit", "192.0.2.10")
    assert (refused.exit_code, "to `render`" in refused.output) == (2, True)


def test_a_freepbx_is_told_from_its_files(company: Path, root: Path) -> None:
    (root / "etc/asterisk/extensions_additional.conf").write_text("[from-internal]\n")
    command(asterisk, "install", "--root", str(root), *OFFLINE, "--yes")
    etc = root / "etc/asterisk"
    assert "ringback/extensions.conf" in (etc / "extensions_custom.conf").read_text()
    assert (etc / "extensions.conf").read_text() == "[general]\n"


def test_a_plan_rendered_elsewhere_is_installed_without_the_database(
    company: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "plan.json").touch(0o644)
    assert command(asterisk, "render", "--into", str(out)).exit_code == 0
    assert (out / "plan.json").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("RINGBACK_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    plan = ("--plan", str(out / "plan.json"), "--root", str(root), *OFFLINE)
    assert command(asterisk, "install", *plan, "--yes").exit_code == 0
    for name in ("extensions.conf", "queues.conf", "manager.conf"):
        ours = (root / "etc/asterisk/ringback" / name).read_text()
        assert ours == (out / "ringback" / name).read_text()


def test_a_file_that_can_not_be_written_is_told_in_a_line(company: Path, root: Path) -> None:
    (root / "etc/asterisk/.queues.conf.ringback").mkdir()
    refused = command(asterisk, "install", "--root", str(root), *OFFLINE, "--yes")
    assert refused.exit_code == 2
    assert "queues.conf" in refused.output
    assert "Run this as root." in refused.output


def test_prompts_are_listed_with_the_numbers_to_key(company: Path, root: Path) -> None:
    listed = command(asterisk, "prompts", "--root", str(root)).output
    assert "  1  offer-5\n       Vill du bli uppringd" in listed
    assert "interval-1300-1500" in listed


def test_where_there_is_no_asterisk_it_says_so(company: Path, tmp_path: Path) -> None:
    refused = command(asterisk, "install", "--root", str(tmp_path / "nowhere"), "--yes")
    assert (refused.exit_code, "There is no" in refused.output) == (2, True)


@pytest.mark.parametrize("major", WANTED)
async def test_asterisk_reloads_over_its_manager_port(major: int) -> None:
    user = ManagerUser(name=AMI_USER, secret=AMI_SECRET)
    async with Asterisk(wanted(major)) as running:
        (running.etc / "extensions_custom.conf").write_text("[brand-new]\nexten => s,1,NoOp()\n")
        await reload_by(Way.AMI, Plan(manager=user), running.ami_port)
        async with asyncio.timeout(20):
            while "Context 'brand-new'" not in await running.cli("dialplan show brand-new"):
                await asyncio.sleep(0.05)
