"""Rendered files against whole expected ones, and loaded by the real Asterisk.

`RINGBACK_TEST_WRITE=1` writes the expected files anew; read the difference before it is kept.
"""

import asyncio
import os
import re
from pathlib import Path

import pytest

from asterisk_conf.render import render
from asterisk_conf.values import Kind, Plan, QueuePlan
from ringback.errors import BadInput
from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk_conf.house import PLAN, told

EXPECTED = Path(__file__).parents[1] / "data" / "asterisk_conf"
FREEPBX = PLAN.model_copy(update={"kind": Kind.FREEPBX})
PLANS = {
    "plain": PLAN,
    "freepbx": FREEPBX,
    "outbox": Plan(company="Salong Sax"),
    "manager": Plan(outbox=False, manager=PLAN.manager),
}
_OF_THE_OFFICE = re.compile(
    r"ccss|cel\.conf|indications|acl\.conf|udptl|pjproject|lib/keys|key directory|sales-exit"
)
"""What Asterisk complains of in the test office without any file of ours, and a context that we name
but the office lacks."""


@pytest.mark.parametrize("name", PLANS)
def test_files_are_those_expected(name: str) -> None:
    folder = EXPECTED / name
    rendered = {file.name.partition("/")[2]: file.text for file in render(PLANS[name])}
    if os.environ.get("RINGBACK_TEST_WRITE"):
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in rendered.items():
            (folder / file).write_text(text)
    assert rendered == {path.name: path.read_text() for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["plain", "freepbx", "outbox"])
@pytest.mark.parametrize("major", WANTED)
async def test_asterisk_loads_them_without_a_warning(name: str, major: int) -> None:
    async with told(wanted(major), plan=PLANS[name]) as asterisk:
        users = await asterisk.cli("manager show user ringback-conf")
        contexts = await asterisk.cli("dialplan show ringback-outbox")
        log = (asterisk.folder / "log" / "full").read_text()
    complaints = [
        line
        for line in log.splitlines()
        if re.search(r" (WARNING|ERROR)\[", line) and not _OF_THE_OFFICE.search(line)
    ]
    assert complaints == []
    assert "ringback-outbox" in contexts
    assert ("write perm" in users) == (PLANS[name].manager is not None)


@pytest.mark.parametrize("major", WANTED)
async def test_nobody_logs_in_from_elsewhere_over_ipv6_either(major: int) -> None:
    asterisk = told(wanted(major))
    manager = asterisk.etc / "manager.conf"
    manager.write_text(manager.read_text().replace("bindaddr = 127.0.0.1", "bindaddr = ::"))
    async with asterisk:
        assert await logged_in("127.0.0.1", asterisk.ami_port) == "Success"
        try:
            over_ipv6 = await logged_in("::1", asterisk.ami_port)
        except OSError:  # a machine without IPv6 lets nobody in by it
            over_ipv6 = "Error"
    assert over_ipv6 == "Error"


async def logged_in(host: str, port: int) -> str:
    assert PLAN.manager
    lines = ("Action: Login", f"Username: {PLAN.manager.name}", f"Secret: {PLAN.manager.secret}")
    reader, writer = await asyncio.open_connection(host, port)
    writer.write("\r\n".join([*lines, "", ""]).encode())
    async with asyncio.timeout(10):
        while not (line := (await reader.readline()).decode()).startswith("Response: "):
            assert line
    writer.close()
    return line.split()[1]


def test_a_plan_comes_back_from_its_file_whole() -> None:
    assert Plan.from_json(PLAN.to_json()) == PLAN


@pytest.mark.parametrize("name", ["a]b", "a,b", "a;b", 'a"b', "a\nb", "${EXEC}", "a|b", ""])
def test_a_queue_whose_name_would_break_out_of_the_file_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        QueuePlan(name=name, key="0000000000a1")


def test_faults_of_a_plan_are_told_without_its_secrets() -> None:
    wrong = PLAN.to_json().replace('"permit":"127.0.0.1"', '"permit":"every\\\\nwhere"')
    wrong = wrong.replace('"permit": "127.0.0.1"', '"permit": "everywhere;"')
    with pytest.raises(BadInput, match=r"manager\.permit") as fault:
        Plan.from_json(wrong)
    assert "only-for-tests" not in str(fault.value)
