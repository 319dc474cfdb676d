"""The fixture `asterisk`: every test that asks for it runs with Asterisk 22 and with 16.

In: what `install` finds. Out: a running `Asterisk`, one of each version for the whole run. A version
that can't be had is skipped and said so at the end of the run; with neither, tests fail.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.asterisk.install import HOW_TO_GET, WANTED, wanted_installs
from tests.asterisk.server import Asterisk


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=WANTED, ids=str)
async def asterisk(request: pytest.FixtureRequest) -> AsyncIterator[Asterisk]:
    """A real Asterisk with the small office of `tests/asterisk/etc`."""
    installs = wanted_installs()
    if not installs:
        pytest.fail(f"There is no Asterisk on this machine. {HOW_TO_GET}")
    if request.param not in installs:
        pytest.skip(f"There is no Asterisk {request.param} on this machine. {HOW_TO_GET}")
    async with Asterisk(installs[request.param]) as running:
        yield running


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
