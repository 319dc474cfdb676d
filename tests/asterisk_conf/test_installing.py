"""Install, check and remove on folders like an Asterisk's, and on the real one."""

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from asterisk_conf.checking import check
from asterisk_conf.existing import fitting
from asterisk_conf.installing import remove
from asterisk_conf.manifest import NAME, Manifest
from asterisk_conf.places import Places
from asterisk_conf.planning import difference, planned
from asterisk_conf.reloading import reload
from asterisk_conf.values import Choices, Kind, OwnPrompt, Plan, QueuePlan, Recording
from asterisk_conf.voices import as_wav
from ringback.errors import BadInput, TryAgain
from ringback.prompts import Language
from ringback.queues import Rules
from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.server import Asterisk
from tests.asterisk_conf.etc import (
    EXTENSIONS,
    MANAGER,
    NOW,
    QUEUES,
    everything,
    install,
    speaking,
    write_etc,
)
from tests.asterisk_conf.house import PLAN, SALES, SUPPORT


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return write_etc(tmp_path)


def test_what_is_installed_is_found_right_and_nothing_is_left_to_do(places: Places) -> None:
    plan = fitting(PLAN, places.etc)
    install(plan, places, speaking, NOW)
    assert check(plan, places, speaking, None) == []
    assert planned(fitting(PLAN, places.etc), places, speaking).is_empty
    assert (places.etc / "extensions.conf").read_bytes().startswith(EXTENSIONS + b"\n;")
    assert (places.etc / "ringback" / "manager.conf").stat().st_mode & 0o777 == 0o640
    assert (places.sounds / "sv_offer" / "ringback" / "offer.wav").exists()


def test_changed_files_are_copied_beside_first(places: Places) -> None:
    install(PLAN, places, speaking, NOW)
    copy = places.etc / "queues.conf.ringback-20261122T100000"
    assert copy.read_bytes() == QUEUES


def test_the_difference_shows_every_line_but_no_secret(places: Places) -> None:
    shown = difference(planned(PLAN, places, speaking).changes)
    assert "+#tryinclude ringback/queues.conf" in shown
    assert "+periodic-announce = ringback/offer-5" in shown
    assert "only-for-tests" not in shown
    assert "4711" not in shown
    assert "theirs" not in shown  # of another manager user, beside what is added


def test_files_with_secrets_are_not_for_everybody_even_if_they_were(places: Places) -> None:
    install(PLAN.model_copy(update={"recording": Recording(code="*727")}), places, speaking, NOW)
    dialplan = places.etc / "ringback" / "extensions.conf"
    assert dialplan.stat().st_mode & 0o777 == 0o644
    install(PLAN, places, speaking, NOW)
    assert dialplan.stat().st_mode & 0o777 == 0o640
    assert (places.etc / "manager.conf").stat().st_mode & 0o777 == 0o640  # as it was


def test_remove_leaves_every_byte_and_mode_as_it_was(places: Places, tmp_path: Path) -> None:
    before = everything(tmp_path)
    install(fitting(PLAN, places.etc), places, speaking, NOW)
    assert everything(tmp_path) != before
    assert remove(places) == []
    assert everything(tmp_path) == before


def test_remove_after_several_installs_too(places: Places, tmp_path: Path) -> None:
    before = everything(tmp_path)
    install(PLAN, places, speaking, NOW)
    install(Plan(queues=(SALES,), outbox=False), places, speaking, NOW)
    install(PLAN, places, speaking, NOW)
    remove(places)
    assert everything(tmp_path) == before


def test_a_copy_goes_with_the_line_that_it_was_made_for(places: Places) -> None:
    install(PLAN, places, speaking, NOW)
    install(PLAN.model_copy(update={"manager": None}), places, speaking, NOW)
    assert (places.etc / "manager.conf").read_bytes() == MANAGER
    assert list(places.etc.glob("manager.conf.ringback-*")) == []


def test_freepbx_gets_only_its_custom_files(places: Places, tmp_path: Path) -> None:
    before = everything(tmp_path)
    install(PLAN.model_copy(update={"kind": Kind.FREEPBX}), places, speaking, NOW)
    assert (places.etc / "extensions.conf").read_bytes() == EXTENSIONS
    assert (
        (places.etc / "extensions_custom.conf").read_text().endswith("ringback/extensions.conf\n")
    )
    assert not (places.etc / "ringback" / "queues.conf").exists()
    remove(places)
    assert everything(tmp_path) == before


def test_what_others_changed_meanwhile_stays(places: Places) -> None:
    install(PLAN, places, speaking, NOW)
    queues = places.etc / "queues.conf"
    queues.write_bytes(queues.read_bytes() + b"[new]\n")
    left = remove(places)
    assert queues.read_bytes() == QUEUES + b"[new]\n"
    assert len(left) == 1
    assert "has been changed since" in left[0]


def test_a_recorded_prompt_survives_install_and_remove(places: Places) -> None:
    install(PLAN, places, speaking, NOW)
    recorded = places.sounds / "sv" / "ringback" / "goodbye.wav"
    recorded.write_bytes(b"RIFF, spoken by Anna")
    todo = planned(PLAN, places, speaking)
    assert (todo.is_empty, todo.recorded) == (True, ("sv/ringback/goodbye.wav",))
    install(PLAN, places, speaking, NOW)
    left = remove(places)
    assert recorded.read_bytes() == b"RIFF, spoken by Anna"
    assert left == [f"{recorded} was recorded by phone and is kept."]


def test_a_prompt_of_the_companys_own_takes_the_place_of_the_spoken_one(places: Places) -> None:
    install(PLAN, places, speaking, NOW)
    own = as_wav(b"\x01\x02" * 100)
    prompt = OwnPrompt(language="sv", name="thanks", wav=base64.b64encode(own).decode())
    plan = PLAN.model_copy(update={"prompts": (prompt,)})
    assert len(planned(plan, places, speaking).sounds) == 1
    install(plan, places, speaking, NOW)
    thanks = places.sounds / "sv" / "ringback" / "thanks.wav"
    assert thanks.read_bytes() == own
    install(PLAN, places, speaking, NOW)
    assert thanks.read_bytes() == speaking("Tack. Vi ringer upp dig.", "sv")


@pytest.mark.parametrize(
    "content", [b"MP3", b"RIFF\x0c\0\0\0WAVEjunkd\0\0\0"], ids=["another", "cut off"]
)
def test_a_prompt_that_asterisk_can_not_play_is_refused(places: Places, content: bytes) -> None:
    prompt = OwnPrompt(language="sv", name="thanks", wav=base64.b64encode(content).decode())
    with pytest.raises(BadInput, match="WAV"):
        planned(PLAN.model_copy(update={"prompts": (prompt,)}), places, speaking)


def test_a_sound_that_fails_leaves_asterisk_s_files_alone(places: Places, tmp_path: Path) -> None:
    before = everything(tmp_path)
    made = 0

    def hoarse(words: str, language: Language) -> bytes:
        nonlocal made
        made += 1
        if made > 5:
            raise TryAgain("espeak-ng is not here.")
        return speaking(words, language)

    with pytest.raises(TryAgain):
        install(PLAN, places, hoarse, NOW)
    assert everything(tmp_path) == before


def test_an_install_that_was_cut_off_is_gone_on_with_and_removed(
    places: Places, tmp_path: Path
) -> None:
    before = everything(tmp_path)
    (places.etc / "ringback").mkdir()
    blocked = places.etc / ".queues.conf.ringback"
    blocked.mkdir()  # so that this file can't be written, which comes after others
    with pytest.raises(OSError, match="queues"):
        install(PLAN, places, speaking, NOW)
    blocked.rmdir()
    install(PLAN, places, speaking, NOW)
    assert (places.etc / "extensions.conf").read_text().count("include ringback") == 1
    assert remove(places) == []
    (places.etc / "ringback").rmdir()
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        (lambda etc: (etc / "extensions.conf").write_bytes(EXTENSIONS), "does not include ours"),
        (lambda etc: (etc / "ringback" / "queues.conf").unlink(), "queues.conf is missing"),
        (
            lambda etc: (etc / "ringback" / "extensions.conf").write_text("; edited"),
            "is not what the settings say",
        ),
    ],
)
def test_check_names_what_is_missing_or_different(
    places: Places, damage: Callable[[Path], object], finding: str
) -> None:
    install(PLAN, places, speaking, NOW)
    damage(places.etc)
    (found,) = check(PLAN, places, speaking, None)
    assert finding in found.what
    assert "install" in found.mend


def test_check_says_when_the_rules_have_changed(places: Places) -> None:
    install(PLAN, places, speaking, NOW)
    changed = SUPPORT.model_copy(update={"rules": Rules(digit="7")})
    found = check(PLAN.model_copy(update={"queues": (changed, SALES)}), places, speaking, None)
    assert [finding.what.split(" ")[0] for finding in found] == [
        "ringback/extensions.conf",
        "ringback/queues.conf",
        "4",
    ]


def test_check_asks_for_a_queue_whose_name_has_a_space(places: Places) -> None:
    """Asterisk's console cuts what it is asked at spaces, but within quotes."""
    queue = SUPPORT.model_copy(update={"name": "front desk"})
    plan = Plan(kind=Kind.FREEPBX, outbox=False, queues=(queue,))
    install(plan, places)

    def ask(line: str) -> str:
        if line == 'queue show "front desk"':
            return "No such queue: front desk.\n"
        return (
            f"Context '{line.split()[-1]}'" if line.startswith("dialplan") else "Usage: queue show"
        )

    (found,) = check(plan, places, speaking, ask)
    assert found.what == "Asterisk has no queue front desk."


def test_what_was_installed_but_can_not_be_read_is_not_to_be_taken_away(places: Places) -> None:
    (places.etc / NAME).mkdir(parents=True)  # as good as a file that only root may read
    with pytest.raises(OSError, match=NAME):
        planned(PLAN, places, speaking)


def test_a_queue_s_earlier_digits_still_lead_out_of_it(places: Places) -> None:
    support, sales = fitting(PLAN, places.etc).queues
    assert (support.exit_context, sales.exit_context) == ("team-exit", "sales-exit")


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("[support](team)\ncontext = own\n[support](+)\nmember => PJSIP/102\n", "own"),
        ("[support]\n[support](+,team)\n", "team-exit"),
        ("[support]\ncontext = own\n[support](+,team)\n", "team-exit"),
        ("[sub](!,team)\n[support](sub)\n", "team-exit"),
        ("[support]\n", ""),
    ],
)
def test_a_queue_has_the_context_that_asterisk_gives_it(
    places: Places, text: str, context: str
) -> None:
    (places.etc / "queues.conf").write_text(f"[team](!)\ncontext = team-exit\n{text}")
    (queue,) = fitting(Plan(queues=(SUPPORT,)), places.etc).queues
    assert queue.exit_context == context


def test_a_queue_s_own_announcement_is_still_heard_in_turn(places: Places) -> None:
    own = "periodic-announce = you-are-important, sorry\n"
    (places.etc / "queues.conf").write_text(f"[team](!)\n{own}[support](team)\n[sales]\n")
    install(fitting(PLAN, places.etc), places)
    rendered = (places.etc / "ringback" / "queues.conf").read_text()
    assert "periodic-announce = ringback/offer,you-are-important,sorry\n" in rendered
    assert "periodic-announce = ringback/offer-5\n" in rendered


def test_queues_in_a_folder_that_is_included_whole_are_found(places: Places) -> None:
    (places.etc / "queues.d").mkdir()
    (places.etc / "queues.d" / "a.conf").write_text("[support]\ncontext = from-d\n")
    (places.etc / "queues.conf").write_text('#include "/etc/asterisk/queues.d/*.conf"\n')
    (queue,) = fitting(Plan(queues=(SUPPORT,)), places.etc).queues
    assert queue.exit_context == "from-d"


def test_a_queue_that_is_not_in_queues_conf_is_said(places: Places) -> None:
    plan = Plan(queues=(QueuePlan(name="suport", key="0000000000a1"),))
    with pytest.raises(BadInput, match=r"no queue 'suport'; it has: sales, support\."):
        fitting(plan, places.etc)


def test_what_was_set_up_by_hand_is_not_told_twice(places: Places) -> None:
    (places.etc / "ringback-outbox.conf").write_text("[ringback-outbox]\nexten => s,1,Return()\n")
    (places.etc / "extensions.conf").write_text("#include ringback-outbox.conf\n")
    (places.etc / "manager.conf").write_text("[ringback-conf]\nsecret = by-hand\n")
    plan = fitting(PLAN, places.etc)
    assert (plan.outbox, plan.manager) == (False, None)


def test_what_the_installer_chose_is_known_the_next_time(places: Places) -> None:
    chosen = Choices(kind=Kind.FREEPBX, permit="192.0.2.10", back={"support": "in,s,1"})
    install(PLAN, places, speaking, NOW, chosen)
    install(PLAN, places, speaking, NOW)
    assert Manifest.of(places.etc).choices == chosen


@pytest.mark.parametrize("major", WANTED)
async def test_the_real_asterisk_loads_what_is_installed_and_forgets_what_is_removed(
    major: int,
) -> None:
    queues = {"queues_custom.conf": "[support]\n[sales]\n"}
    async with Asterisk(wanted(major), queues) as asterisk:
        places = Places(asterisk.etc, asterisk.folder / "data" / "sounds")
        loop = asyncio.get_running_loop()

        def ask(line: str) -> str:
            return asyncio.run_coroutine_threadsafe(asterisk.cli(line), loop).result(60)

        before = everything(asterisk.etc)
        plan = fitting(PLAN, places.etc)
        install(plan, places, speaking_short, NOW)
        unloaded = await asyncio.to_thread(check, plan, places, speaking_short, ask)
        await asyncio.to_thread(reload, ask)
        loaded = await asyncio.to_thread(check, plan, places, speaking_short, ask)
        remove(places)
        await asyncio.to_thread(reload, ask)
        left = await asterisk.cli("dialplan show ringback-menu-start")
        users = await asterisk.cli("manager show users")
        assert everything(asterisk.etc) == before
    assert (
        unloaded[0].what == f"Asterisk has not loaded ringback-menu-{SUPPORT.key} of queue support."
    )
    assert unloaded[-2].what == "Asterisk does not know the manager user ringback-conf."
    assert loaded == []
    assert "There is no existence of 'ringback-menu-start' context" in left
    assert "ringback-conf" not in users


def speaking_short(words: str, language: Language) -> bytes:
    return as_wav(bytes(320))
