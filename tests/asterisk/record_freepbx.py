"""Records traces of a FreePBX-like office: `record`, with another dialplan and other stories.

    python -m tests.asterisk.record_freepbx [--into FOLDER] [NAMES]

In: the scenarios of `tests/asterisk/scenarios/freepbx*.py`, all or those named. Out: in
tests/data/traces, `freepbx-like-22` (Gosub), `freepbx-like-16` (Macro), and each `-narrow`.
"""

import asyncio
from pathlib import Path

from tests.asterisk.fixtures import OUTBOX
from tests.asterisk.install import Install
from tests.asterisk.record import Repertoire, as_for, main
from tests.asterisk.scenarios import freepbx, freepbx_moves, freepbx_queues
from tests.asterisk.scenarios.story import Scenario
from tests.asterisk.server import Asterisk

_ETC = Path(__file__).parent / "scenarios" / "etc" / "freepbx"
_PARTS = ("call", "confirmed")  # of stories, shared by the modules

SCENARIOS: dict[str, Scenario] = {
    name: scenario
    for group in (freepbx, freepbx_queues, freepbx_moves)
    for name, scenario in vars(group).items()
    if asyncio.iscoroutinefunction(scenario)
    and scenario.__module__ == group.__name__
    and not name.startswith("_")
    and name not in _PARTS
}
"""Every scenario by name, in the order of the modules."""


def freepbx_office(install: Install) -> Asterisk:
    """An office whose dialplan looks like FreePBX's, with the outbox's contexts beside it."""
    files = {path.name: path.read_text() for path in _ETC.glob("*.conf")}
    files |= {"extensions_custom.conf": OUTBOX.read_text()}
    return Asterisk(install, as_for(install, files, "extensions.conf"))


if __name__ == "__main__":
    main(Repertoire("freepbx-like", SCENARIOS, freepbx_office))
