"""A queue of a real Asterisk whose callers can be offered a callback, and the product beside it.

In: an Asterisk with `CONFIGURATION`. Out: a recorder on it that works with an injected clock.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.link import Backoff, Pace
from pbx_adapter.queues.offering import Offering
from pbx_adapter.recorder import Recorder
from pbx_adapter.sink import DatabaseSink
from pbx_adapter.site import Site
from ringback.clock import Clock
from ringback.db import Database
from tests.asterisk.office import AMI_NARROW_USER, AMI_SECRET, HOST
from tests.asterisk.server import Asterisk

QUEUE, DID = "vantande", "0846500420"
SITE = Site.from_toml((Path(__file__).parents[2] / "data/traces/site-office.toml").read_text())
_PACE = Pace(unreachable=Backoff(0.02, 0.02), refused=Backoff(0.02, 0.02))
CONFIGURATION = {
    "queues_custom.conf": f"""
[{QUEUE}]
strategy = ringall
timeout = 15
retry = 1
joinempty = yes
leavewhenempty = no
context = leaves-by-digit
member => PJSIP/101
""",
    "extensions_custom.conf": f"""
[from-trunk](+)
exten => {DID},1,Answer()
 same => n,Set(CHANNEL(language)=sv)
 same => n,Queue({QUEUE},t)
 same => n,Hangup()

[leaves-by-digit]
exten => 1,1,Goto(ringback-menu-0123456789ab,s,1)
exten => 2,1,Goto(ivr-break-out,s,1)

[ringback-menu-0123456789ab]
exten => s,1,WaitExten(20)
exten => 1,1,UserEvent(CallbackRequested)
 same => n,Wait(20)
exten => 9,1,Goto(from-trunk,{DID},1)

[ivr-break-out]
exten => s,1,Goto(ringback-menu-0123456789ab,s,1)
""",
}


@asynccontextmanager
async def watching(
    asterisk: Asterisk,
    db: Database,
    company: UUID,
    pbx_id: UUID,
    clock: Clock,
    look_every_s: float = 600,
) -> AsyncIterator[Offering]:
    """The product, logged in as the user that docs/asterisk.md asks for."""
    address = PbxAddress(HOST, asterisk.ami_port, AMI_NARROW_USER, AMI_SECRET)
    sink = DatabaseSink(db, clock, company, pbx_id)
    offering = Offering(db, clock, company, pbx_id, look_every_s=0.1)
    recorder = Recorder(address, SITE, sink, clock, look_every_s, listeners=[offering])
    task = asyncio.create_task(recorder.run(_PACE))
    try:
        yield offering
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(check: Callable[[], Awaitable[bool]], what: str) -> None:
    """Waits until it is so."""
    try:
        async with asyncio.timeout(30):
            while not await check():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"It did not come about that {what}.") from None
