"""The fixture `asterisk`: every test that asks for it runs with Asterisk 22 and with 16.

In: what `install` finds. Out: a running `Asterisk`, one of each version for the whole run. A version
that can't be had is skipped and said so at the end of the run; with neither, tests fail.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.asterisk.install import HOW_TO_GET, WANTED, Install, wanted_installs
from tests.asterisk.quiet import wait_until_quiet
from tests.asterisk.server import Asterisk
from tests.asterisk.sip_agent import Agent

OUTBOX = Path(__file__).parents[2] / "asterisk_conf/outbox.conf"


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=WANTED, ids=str)
async def asterisk(request: pytest.FixtureRequest) -> AsyncIterator[Asterisk]:
    """A real Asterisk with the small office of `tests/asterisk/etc`."""
    async with Asterisk(wanted(request.param)) as running:
        yield running


@pytest_asyncio.fixture(params=WANTED, ids=str)
async def asterisk_with_outbox(request: pytest.FixtureRequest) -> AsyncIterator[Asterisk]:
    """The same office, of the test's own, whose calls pass through `asterisk_conf/outbox.conf`."""
    trunk = "[trunk](+type=endpoint)\ncontext = from-trunk-ringback\n"
    extra = {"extensions_custom.conf": OUTBOX.read_text(), "pjsip_custom.conf": trunk}
    async with Asterisk(wanted(request.param), extra) as running:
        yield running


@pytest.fixture(autouse=True)
def calls_are_over() -> Iterator[None]:
    """No test meets calls of the one before, which a loaded Asterisk may still be clearing away."""
    yield
    for one in Asterisk.running:
        if one.sip_port in Agent.visited:
            wait_until_quiet(one)
    Agent.visited.clear()


def wanted(major: int) -> Install:
    installs = wanted_installs()
    if not installs:
        pytest.fail(f"There is no Asterisk on this machine. {HOW_TO_GET}")
    if major not in installs:
        pytest.skip(f"There is no Asterisk {major} on this machine. {HOW_TO_GET}")
    return installs[major]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says loudly which version did not run, or which other one stood in for it."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    nodes = [getattr(report, "nodeid", "") for report in reports]
    installs = wanted_installs()
    for major in WANTED:
        install = installs.get(major)
        if (install and install.major == major) or not any(f"[{major}" in node for node in nodes):
            continue
        instead = f"{install.version} stood in" if install else "those tests did not run"
        terminalreporter.write_line(
            f"!!! No Asterisk {major} here: {instead}. {HOW_TO_GET}", red=True, bold=True
        )
