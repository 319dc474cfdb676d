"""The product's recorder on SQLite: prints each call's Uniqueid and the moment after its commit.

Arguments: the port, a folder. Moments are seconds of the machine's monotonic clock, which is the same
for all its processes.
"""

import asyncio
import logging
import sys
import time
from pathlib import Path
from uuid import uuid4

from bench.clients import READY
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.link import LinkKind, LinkState
from pbx_adapter.recorder import Recorder
from pbx_adapter.sink import DatabaseSink
from pbx_adapter.site import Site
from ringback.calls import Call
from ringback.clock import system_clock
from ringback.db import open_database
from ringback.logs import set_up_logs
from ringback.sample import salon
from ringback.schema import upgrade
from ringback.settings import Settings
from ringback.store.companies import add_company
from ringback.tables import PbxRow
from tests.asterisk.office import AMI_SECRET, AMI_USER


class _StampedSink(DatabaseSink):
    """Says when a call is safe: `keep_call` returns after the commit."""

    async def keep_call(self, call: Call) -> None:
        await super().keep_call(call)
        _print(call.uniqueid)

    async def keep_link(self, state: LinkState) -> None:
        """Says that the calls may begin."""
        await super().keep_link(state)
        if state.kind is LinkKind.UP:
            _print(READY)


def _print(what: str) -> None:
    sys.stdout.write(f"{what} {time.monotonic():.6f}\n")
    sys.stdout.flush()


async def _record(port: int, settings: Settings) -> None:
    db = open_database(settings)
    company_id, pbx_id = await add_company(db, salon(), system_clock()), uuid4()
    address = PbxAddress("127.0.0.1", port, AMI_USER, AMI_SECRET)
    async with db.begin(company_id) as session:
        session.add(
            PbxRow(
                id=pbx_id,
                name="office",
                host=address.host,
                port=address.port,
                username=address.username,
                secret=address.secret,
            )
        )
    site = Site(trunks=("PJSIP/trunk",), phones=("PJSIP/1xx",))
    sink = _StampedSink(db, system_clock, company_id, pbx_id)
    await Recorder(address, site, sink).run()


if __name__ == "__main__":
    set_up_logs(logging.ERROR)
    its_settings = Settings(var=Path(sys.argv[2]))
    upgrade(its_settings)
    asyncio.run(_record(int(sys.argv[1]), its_settings))
