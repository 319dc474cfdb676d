"""Records traces: plays scenarios on the real Asterisks and keeps what AMI says, with the truth.

    python -m tests.asterisk.record [--into FOLDER] [NAMES]

In: the scenarios of `tests/asterisk/scenarios`, all or those named. Out: in tests/data/traces, folders
`office-22`, `office-16` (an AMI user with all rights) and `office-22-narrow`, `office-16-narrow`
(the same calls, heard at the same time by a user with few), in the form of the README there.
"""

import argparse
import asyncio
import gzip
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.asterisk.ami_tap import Link, Tap
from tests.asterisk.fixtures import OUTBOX
from tests.asterisk.install import Install, wanted_installs
from tests.asterisk.scenarios import (
    attended,
    callers,
    direct,
    elsewhere,
    forwarding,
    groups,
    members,
    menus,
    outages,
    outgoing,
    parking,
    queues,
    transfers,
)
from tests.asterisk.scenarios.story import Scenario, people
from tests.asterisk.server import Asterisk

TRACES = Path(__file__).parents[1] / "data" / "traces"
_ETC = Path(__file__).parent / "scenarios" / "etc"
_GROUPS = (
    *(callers, direct, groups, queues, members, menus, forwarding),
    *(transfers, attended, parking, elsewhere, outgoing, outages),
)
_NO_MACROS_SINCE = 21
_SERVERS = 2  # of each version, beside each other
_TRIES = 2  # a loaded machine may spoil a scenario's timing

SCENARIOS: dict[str, Scenario] = {
    name: scenario
    for group in _GROUPS
    for name, scenario in vars(group).items()
    if asyncio.iscoroutinefunction(scenario)
    and scenario.__module__ == group.__name__
    and not name.startswith("_")
}
"""Every scenario by name, in the order of the modules."""


@dataclass(frozen=True, slots=True)
class Repertoire:
    """Scenarios that go together.

    Attributes:
        folder: What the folders of their traces are called, before the version: `office`.
        scenarios: By name, in order.
        office: Where they are played.
    """

    folder: str
    scenarios: Mapping[str, Scenario]
    office: Callable[[Install], Asterisk]


def office_for_scenarios(install: Install) -> Asterisk:
    """The office with the numbers, queues and phones that the scenarios need besides."""
    files = {path.name: path.read_text() for path in (*_ETC.glob("*.conf"), OUTBOX)}
    return Asterisk(install, as_for(install, files, "extensions_custom.conf"))


def as_for(install: Install, files: dict[str, str], dialplan: str) -> dict[str, str]:
    """The same configuration as FreePBX writes it for this version of Asterisk."""
    if install.major >= _NO_MACROS_SINCE:
        return files
    return files | {
        dialplan: with_macros(files[dialplan]),
        "modules_custom.conf": files["modules_custom.conf"] + "load = app_macro.so\n",
    }


def with_macros(dialplan: str) -> str:
    """The same dialplan as FreePBX wrote it for older Asterisks: Macro() instead of Gosub()."""
    call = re.compile(r"Gosub\(macro-([a-z-]+),s,1\((.*)\)\)$")
    lines, in_macro = [], False
    for line in dialplan.splitlines():
        if line.startswith("["):
            in_macro = line.startswith("[macro-")
        line = call.sub(lambda m: f"Macro({','.join(filter(None, m.groups()))})", line)
        line = line.replace("U(macro-", "M(")  # what Dial() runs on the phone that answers
        lines.append(line.replace("Return()", "MacroExit()") if in_macro else line)
    return "\n".join(lines) + "\n"


async def recorded(
    asterisk: Asterisk, name: str, scenarios: Mapping[str, Scenario] = SCENARIOS
) -> tuple[Link, dict[str, Any]]:
    """Plays one scenario; returns what was heard on AMI, and the truth about it."""
    link = Link(asterisk)
    number = list(scenarios).index(name)
    async with people(asterisk, link, number) as story:
        await link.open()
        try:
            await scenarios[name](story)
            await link.settle()
        finally:
            await link.cut()
    truth = {
        "scenario": name,
        "description": (scenarios[name].__doc__ or "").strip(),
        "asterisk": asterisk.version,
        "calls": story.told,
    }
    return link, truth


def write_trace(folder: Path, name: str, taps: Sequence[Tap], truth: dict[str, Any]) -> None:
    """Writes the connections of one user, their clocks and the truth; replaces older ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{name}.*"):
        old.unlink()
    parts = [""] if len(taps) == 1 else [f".{number}" for number in range(1, len(taps) + 1)]
    for part, tap in zip(parts, taps, strict=True):
        _pack(folder / f"{name}{part}.ami.gz", bytes(tap.received))
        _pack(folder / f"{name}{part}.idx.json.gz", json.dumps(tap.index).encode())
    if len(taps) > 1:
        truth = truth | {"connections": _connections(name, taps)}
    text = json.dumps(truth, ensure_ascii=False, indent=1)
    (folder / f"{name}.expected.json").write_text(text + "\n")


def _connections(name: str, taps: Sequence[Tap]) -> list[dict[str, Any]]:
    began = taps[0].began_at
    return [
        {
            "file": f"{name}.{number}.ami.gz",
            "t_open": round(tap.began_at - began, 3),
            "t_close": round(tap.ended_at - began, 3),
        }
        for number, tap in enumerate(taps, 1)
    ]


def _pack(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content, mtime=0))


async def _record_some(
    repertoire: Repertoire, install: Install, names: Iterator[str], folder: Path
) -> None:
    async with repertoire.office(install) as asterisk:
        for name in names:
            for left in reversed(range(_TRIES)):
                try:
                    link, truth = await recorded(asterisk, name, repertoire.scenarios)
                except (OSError, RuntimeError, StopIteration) as fault:
                    print(f"{folder.name} {name}: {type(fault).__name__} {fault}", flush=True)
                    if not left:
                        break
                else:
                    write_trace(folder, name, link.full, truth)
                    write_trace(folder.with_name(f"{folder.name}-narrow"), name, link.narrow, truth)
                    break


async def _record(repertoire: Repertoire, names: Sequence[str], target: Path) -> None:
    began = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        for major, install in wanted_installs().items():
            folder = target / f"{repertoire.folder}-{major}"
            left = iter(names)  # shared: whoever is free takes the next
            for _ in range(_SERVERS):
                tasks.create_task(_record_some(repertoire, install, left, folder))
    print(f"{len(names)} scenarios in {time.monotonic() - began:.0f} s")


def main(repertoire: Repertoire) -> None:
    """Records all of it, or those scenarios that the command line names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--into", type=Path, default=TRACES)
    parser.add_argument("names", nargs="*")
    wanted = parser.parse_args()
    asyncio.run(_record(repertoire, wanted.names or list(repertoire.scenarios), wanted.into))


if __name__ == "__main__":
    main(Repertoire("office", SCENARIOS, office_for_scenarios))
