"""A FreePBX-like story played live, so that its recorded traces stay true."""

from pathlib import Path

import pytest

from pbx_adapter.replay import replay
from pbx_adapter.site import Site
from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.record import TRACES, recorded, write_trace
from tests.asterisk.record_freepbx import SCENARIOS, freepbx_office
from tests.pbx_adapter.truth import faults

LIVE = "queue_member_mobile_confirmed"  # four Local channels between the caller and the mobile


@pytest.mark.parametrize("major", WANTED)
async def test_call_recorded_just_now_is_told_as_it_was(major: int, tmp_path: Path) -> None:
    site = Site.from_toml((TRACES / "site-freepbx-like.toml").read_text())
    async with freepbx_office(wanted(major)) as office:
        link, truth = await recorded(office, LIVE, SCENARIOS)
    for user, taps in (("full", link.full), ("narrow", link.narrow)):
        write_trace(tmp_path / user, LIVE, taps, truth)
        calls = list(replay([tmp_path / user / f"{LIVE}.ami.gz"], site))
        assert faults(truth["calls"], calls) == [], user


def test_every_scenario_is_recorded_for_both_versions_and_both_users() -> None:
    for folder in (f"freepbx-like-{major}{user}" for major in WANTED for user in ("", "-narrow")):
        names = {path.name for path in (TRACES / folder).glob("*.expected.json")}
        assert names == {f"{name}.expected.json" for name in SCENARIOS}, folder
