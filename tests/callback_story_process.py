"""`ringback run` with a clock that a test sets ahead; all else is the product's own.

Run as `python tests/callback_story_process.py AHEAD`, a file that says by how many seconds.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import uvloop

from ringback.clock import system_clock
from ringback.serving import listen
from ringback.settings import read_settings
from ringback.wiring import open_parts, run


async def main(ahead: Path) -> None:
    def clock() -> datetime:
        return system_clock() + timedelta(seconds=float(ahead.read_text()))

    settings = read_settings()
    async with open_parts(settings, clock) as opened:
        await run(opened, listening=listen(settings))


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1])))
