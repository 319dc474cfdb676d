"""The part `pbx` of the product as a process of its own, which a test can kill.

Run as `python -m tests.pbx_adapter.ringing.process VAR AHEAD`: the folder of the database, and a file
that says by how many seconds this process's clock is ahead.
"""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path

from pbx_adapter.ringing.asking import Ringing
from pbx_adapter.ringing.sweep import Sweep
from ringback import jobs
from ringback.clock import system_clock
from ringback.db import open_database
from ringback.following import Following
from ringback.settings import Settings
from ringback.worker import Worker, side_by_side


async def main(var: Path, ahead: Path) -> None:
    def clock() -> datetime:
        return system_clock() + timedelta(seconds=float(ahead.read_text()))

    db = open_database(Settings(var=var))
    async with db.begin_across() as session:
        await jobs.release_all(session, clock())
    following = Following(db, clock, var, look_every_s=0.1)
    steps = {"ring": side_by_side(Ringing(db, clock, following).ring, 8)}
    async with asyncio.TaskGroup() as loops:
        loops.create_task(following.run())
        loops.create_task(Worker(db, clock, steps, 60.0).run())
        loops.create_task(Sweep(db, clock, following, every_s=0.5).run())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
