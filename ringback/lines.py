"""The lines that providers hold (SMPP, a modem): kept up, whatever one of them raises.

In: `Connected.run` of an account. Out: it runs until it is cancelled; after a fault that it did not
foresee it begins anew, later each time. One account never ends the process, nor another account.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0
_STEADY_S = 600.0  # a line that was up so long begins again at once
log = structlog.get_logger()


async def keep_up(
    account: str,
    line: Callable[[], Awaitable[None]],
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    elapsed_s: Callable[[], float] = time.monotonic,
) -> NoReturn:
    """Run the line of an account until cancelled.

    Args:
        account: Its name, for the log.
        line: Runs until it fails; it tries again by itself after faults that it knows.
        sleep: Waits so many seconds.
        elapsed_s: Seconds since any fixed moment.
    """
    pause_s = FIRST_PAUSE_S
    while True:
        began_s = elapsed_s()
        try:
            await line()
            log.error("sms_line_ended", account=account, again_in_s=pause_s)
        except Exception as fault:
            log.error("sms_line_failed", account=account, again_in_s=pause_s, exc_info=fault)
        if elapsed_s() - began_s >= _STEADY_S:
            pause_s = FIRST_PAUSE_S
        await sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
