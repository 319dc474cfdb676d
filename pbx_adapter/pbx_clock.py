"""What time it is at the PBX: its moments are told in ours, ours written down for it in its own.

In: a connection. Out: seconds. Source: the Timestamp that Asterisk answers to Ping.
"""

import structlog

from pbx_adapter.ami_connection import AmiConnection
from ringback.clock import Clock
from ringback.errors import TryAgain

_SAME_CLOCK_S, _NO_CLOCK_S = 2.0, 366 * 86_400.0
log = structlog.get_logger()


async def second_there(connection: AmiConnection) -> float:
    """The PBX's own clock, in epoch seconds.

    Raises:
        TryAgain: It tells none; else as `AmiConnection.action`.
    """
    stamp = (await connection.action("Ping"))[0].get("Timestamp", "")
    try:
        return float(stamp)
    except ValueError as wrong:
        raise TryAgain(f"The PBX tells no time, but {stamp[:40]!r}.") from wrong


async def clock_ahead_s(connection: AmiConnection, clock: Clock) -> float:
    """How far the PBX's clock is before ours, in seconds.

    Within two they are the same, and so they are when it was as late as that while we waited for
    the answer: a loaded machine reads it long after it was given.
    """
    asked_s = clock().timestamp()
    stamp = (await connection.action("Ping"))[0].get("Timestamp", "")
    unsure_s = (clock().timestamp() - asked_s) / 2
    try:
        ahead_s = float(stamp) - asked_s - unsure_s
    except ValueError:
        return 0.0
    if not _SAME_CLOCK_S + unsure_s < abs(ahead_s) < _NO_CLOCK_S:
        return 0.0
    log.warning("pbx_clock_differs", ahead_s=round(ahead_s))
    return ahead_s
