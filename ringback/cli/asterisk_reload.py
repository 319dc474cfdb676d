"""How `ringback asterisk` lets Asterisk read its files anew: its console, the manager port, or not.

In: the way that was chosen; whom to log in as. Out: nothing; calls go on. The manager user's class
`system` is enough; on a first install he is not known before somebody has reloaded `manager.conf`.
"""

import asyncio
from enum import StrEnum

from asterisk_conf.reloading import console, reload
from asterisk_conf.values import Plan
from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import PbxAddress
from ringback.errors import BadInput

_HERE = "127.0.0.1"
_MODULES = ("pbx_config", "app_queue", "manager")


class Way(StrEnum):
    """How Asterisk is reached."""

    CONSOLE = "console"
    AMI = "ami"
    NONE = "none"


async def reload_by(way: Way, plan: Plan | None, port: int) -> None:
    """Reloads dialplan, queues and manager users.

    Args:
        way: How.
        plan: Its manager user logs in; needed for AMI.
        port: Of AMI, on this machine.

    Raises:
        BadInput: There is no manager user.
        TryAgain: Asterisk does not answer.
        Refused: It does not let us.
    """
    if way is Way.CONSOLE:
        await asyncio.to_thread(reload, console)
    elif way is Way.AMI:
        if plan is None or plan.manager is None:
            raise BadInput("There is no manager user to log in as. Reload by console instead.")
        await _by_ami(PbxAddress(_HERE, port, plan.manager.name, plan.manager.secret))


async def _by_ami(pbx: PbxAddress) -> None:
    connection = AmiConnection(pbx)
    try:
        await connection.connect()
        for module in _MODULES:
            await connection.action("Reload", {"Module": module})
    finally:
        await connection.close()
