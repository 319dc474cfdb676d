"""A unit of work that must not be lost because the database was away for a moment.

In: work on the database, and until when it is worth trying. Out: its result, sooner or later. What a
provider answered can't be asked for again, so it is written down as soon as the database is back.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from ringback.db_faults import AWAY
from ringback.errors import TryAgain

AWAY_OR_BUSY = (*AWAY, NoConnectionFree, TryAgain)
_TRIES = 3  # of what fails otherwise: mostly another worker was the first to add a row
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 1.0
log = structlog.get_logger()
Result = TypeVar("Result")


async def insist(act: Callable[[], Awaitable[Result]], by: float) -> Result:
    """Do a whole unit of work, again with growing pauses if need be.

    Args:
        act: The work; it begins anew each time.
        by: By the loop's clock: until when a database that is away or busy is waited for. It is
            asked once in any case.

    Raises:
        Exception: What the last try raised; of `AWAY_OR_BUSY` when the database did not come back.
    """
    pause_s, tried = _FIRST_PAUSE_S, 0
    while True:
        tried += 1
        try:
            return await act()
        except Exception as fault:
            is_away = isinstance(fault, AWAY_OR_BUSY)
            too_late = asyncio.get_running_loop().time() + pause_s > by
            if too_late if is_away else tried >= _TRIES:
                raise
            log.info("database_asked_again", fault=type(fault).__name__)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
