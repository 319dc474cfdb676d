"""A few scenarios played live, so that the recorder and the recorded traces stay true."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pbx_adapter.replay import replay
from pbx_adapter.site import Site
from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.record import SCENARIOS, TRACES, office_for_scenarios, recorded, write_trace
from tests.asterisk.server import Asterisk
from tests.pbx_adapter.truth import faults

LIVE = ("queue_local_optimised_answered", "attended_transfer_answered", "linkcut_before_answer")


@pytest_asyncio.fixture(params=WANTED, ids=str)
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Asterisk]:
    async with office_for_scenarios(wanted(request.param)) as running:
        yield running


async def test_calls_recorded_just_now_are_told_as_they_were(
    office: Asterisk, tmp_path: Path
) -> None:
    site = Site.from_toml((TRACES / "site-office.toml").read_text())
    for name in LIVE:
        link, truth = await recorded(office, name)
        for user, taps in (("full", link.full), ("narrow", link.narrow)):
            write_trace(tmp_path / user, name, taps, truth)
            connections = sorted((tmp_path / user).glob(f"{name}.*ami.gz"))
            calls = list(replay(connections, site))
            assert faults(truth["calls"], calls) == [], (name, user)


def test_every_scenario_is_recorded_for_both_versions_and_both_users() -> None:
    folders = [f"office-{major}{user}" for major in WANTED for user in ("", "-narrow")]
    for folder in folders:
        recorded_names = {
            path.name.removesuffix(".expected.json")
            for path in (TRACES / folder).glob("*.expected.json")
        }
        assert recorded_names == set(SCENARIOS), folder
