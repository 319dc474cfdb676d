"""Many callers at once, by SIPp: for the volume tests and the long runs of `make soak`.

In: an Asterisk, a number to call, how many and how fast. Out: how many calls went as the scenario
says. The callers' numbers run through the fictional series; their calls carry SDP but no sound.
"""

import asyncio
import csv
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.asterisk.install import HOW_TO_GET
from tests.asterisk.office import HOST
from tests.asterisk.server import Asterisk

_SCENARIOS = Path(__file__).parent / "sipp"
_FIRST_CALLER, _CALLERS = 701740605, 95
_SPARE_S = 40.0  # for the last calls' ringing, and a slow machine


@dataclass(frozen=True, slots=True)
class Counted:
    """How the calls went, by the scenario's measure."""

    successful: int
    failed: int


async def sipp_calls(
    asterisk: Asterisk,
    did: str,
    *,
    calls: int,
    rate: float,
    hold_s: float = 1.0,
    scenario: Literal["answered", "abandoned"] = "answered",
) -> Counted:
    """Lets SIPp make the calls, and returns when the last one is over.

    Args:
        asterisk: Who is called, as by the trunk.
        did: The number.
        calls: How many in all.
        rate: Calls begun per second.
        hold_s: Seconds from the answer to the caller's BYE, or from ringing to the CANCEL.
        scenario: `answered` wants each call answered, `abandoned` rung and given up.

    Raises:
        TimeoutError: SIPp did not finish.
        RuntimeError: SIPp is missing, or did not count.
    """
    program = shutil.which("sipp")
    if program is None:
        raise RuntimeError(f"There is no sipp on this machine. {HOW_TO_GET}")
    with tempfile.TemporaryDirectory(prefix="ringback-sipp-") as name:
        folder = Path(name)
        (folder / "callers.csv").write_text("\n".join(_callers()) + "\n")
        options = {
            "-sf": _SCENARIOS / f"{scenario}.xml",
            "-inf": folder / "callers.csv",
            "-s": did,
            "-i": HOST,
            "-m": calls,
            "-r": rate,
            "-l": calls,
            "-d": int(hold_s * 1000),
            "-stf": folder / "counted.csv",
        }
        words = (str(word) for option in options.items() for word in option)
        target = f"{HOST}:{asterisk.sip_port}"
        await _finished(
            [program, target, *words, "-trace_stat", "-nostdin"],
            folder,
            calls / rate + hold_s + _SPARE_S,
        )
        return _counted(folder / "counted.csv")


async def _finished(command: list[str], folder: Path, within_s: float) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={"TERM": "dumb"},
    )
    try:
        async with asyncio.timeout(within_s):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _callers() -> Iterator[str]:
    yield "SEQUENTIAL"
    for number in range(_FIRST_CALLER, _FIRST_CALLER + _CALLERS):
        yield f"0{number};"


def _counted(statistics: Path) -> Counted:
    if not statistics.exists():
        raise RuntimeError("SIPp left no statistics; run its command by hand to see why.")
    with statistics.open(newline="") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    return Counted(int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"]))
