"""`make demo ASTERISK=1`: the demo around a real Asterisk, rung by a real SIP caller."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import typer

from ringback.cli.starting import show_demo
from ringback.demo import DemoPbx
from tests.asterisk.install import HOW_TO_GET, wanted_installs
from tests.asterisk.office import AMI_SECRET, AMI_USER, HOST
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Phone

_RING_S = 4.0
_DIDS = ("0846500401", "0846500403", "0846500402", "0846500408")


@asynccontextmanager
async def real_pbx() -> AsyncIterator[DemoPbx]:
    """The newest Asterisk there is, with phones that ring and nobody at them."""
    installs = wanted_installs()
    if not installs:
        raise SystemExit(f"There is no Asterisk on this machine. {HOW_TO_GET}")
    async with (
        Asterisk(installs[max(installs)]) as asterisk,
        Phone(asterisk, "101"),
        Phone(asterisk, "102"),
        Caller(asterisk) as caller,
    ):
        rung = 0

        async def ring(number: str) -> None:
            nonlocal rung
            leg = await caller.call(_DIDS[rung % len(_DIDS)], number)
            rung += 1
            await asyncio.sleep(_RING_S)
            await (leg.hang_up() if leg.truth.answered_at else leg.cancel())

        site = (Path(__file__).parent / "site.toml").read_text()
        typer.echo(f"Asterisk {asterisk.version} runs on {HOST}, SIP port {asterisk.sip_port}.")
        yield DemoPbx(HOST, asterisk.ami_port, AMI_USER, AMI_SECRET, site, ring)


if __name__ == "__main__":
    show_demo(real_pbx)
