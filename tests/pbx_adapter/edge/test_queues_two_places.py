"""`ringback edge`, Mosquitto and `ringback run` as processes: an offer by wait, as an installer has it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from ringback.clock import system_clock
from ringback.db import open_database
from ringback.queues import Rules
from ringback.settings import Settings
from ringback.store.companies import company, company_ids, pbxs
from ringback.store.queues import add_queue, save_rules
from tests.asterisk.fixtures import wanted
from tests.asterisk.office import AMI_SECRET
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller
from tests.pbx_adapter.edge.beside import always_open, speaks, value
from tests.pbx_adapter.queues.office import CONFIGURATION, DID, QUEUE, until
from tests.two_places import TwoPlaces

SITE_FILE = Path(__file__).parents[2] / "asterisk/site.toml"
TWO_SECONDS = Rules(offer="when_long", wait_over_min=2 / 60, needs_staff=False)


@asynccontextmanager
async def installed(product: TwoPlaces) -> AsyncIterator[UUID]:
    """Both places run, and the company, which is always open, has a queue; its id."""
    try:
        await product.installed()
        queue_id = await _queue(product)
        await product.centre.start()
        await product.edge.start()
        await product.linked()
        yield queue_id
    finally:
        await product.__aexit__()


async def _queue(product: TwoPlaces) -> UUID:
    db, now = open_database(Settings(var=product.centre.folder / "var")), system_clock()
    try:
        async with db.read_across() as across:
            (company_id,) = await company_ids(across)
        async with db.begin(company_id) as session:
            (await company(session)).business = always_open().model_dump(mode="json")
            (pbx,) = await pbxs(session)
            queue = await add_queue(session, pbx.id, QUEUE, "", now)
            await save_rules(session, queue.id, "", TWO_SECONDS, now)
            return queue.id
    finally:
        await db.close()


async def test_offer_by_wait_is_made_at_the_site_spoken_and_taken_back(tmp_path: Path) -> None:
    async with Asterisk(wanted(22), CONFIGURATION) as asterisk:
        product = TwoPlaces(tmp_path, asterisk.ami_port, AMI_SECRET, SITE_FILE)
        async with installed(product) as queue_id, Caller(asterisk) as caller:

            async def is_told(on: bool) -> None:
                async def is_so() -> bool:
                    return (await value(asterisk, queue_id))[1] == str(int(on))

                await until(is_so, f"the offer is {'on' if on else 'off'}")

            await is_told(False)
            leg = await caller.call(DID)
            await leg.answered()
            await is_told(True)
            await speaks(asterisk, "sv_offer")
            await leg.hang_up()
            await is_told(False)
