"""A caller waits until he is offered a callback, chooses in the voice menu, and is a row.

The rendered dialplan and the product beside it, on a real Asterisk 22 and 16.
"""

from uuid import UUID

import pytest

from asterisk_conf.values import QueuePlan
from ringback.db import Database
from ringback.queues import Rules, offer_key
from ringback.store.queues import add_queue, save_rules
from ringback.tables import CallbackRow, CallRow
from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.sip import Caller
from tests.asterisk_conf.house import PLAN, told
from tests.asterisk_conf.walking import Hearing, dialplan
from tests.clock import HandClock
from tests.flow import rows
from tests.pbx_adapter.queues.office import until, watching
from tests.ringback.flow import ANNA, add_pbx

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
RULES = Rules(offer="when_long", wait_over_min=5, needs_staff=False)
DID = "0846500420"


@pytest.mark.parametrize("version", WANTED, ids=str)
async def test_caller_who_waits_long_hears_the_offer_and_his_choice_is_a_row(
    version: int, db: Database, company: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        pbx_id = await add_pbx(session)
        row = await add_queue(session, pbx_id, "support", "", clock.now())
        await save_rules(session, row.id, "", RULES, clock.now())
    queue = QueuePlan(name="support", key=offer_key(row.id), rules=RULES)
    plan = PLAN.model_copy(update={"queues": (queue,)})
    numbers = dialplan([(DID, (queue.name, queue.key))])

    async def is_row() -> bool:
        return bool(await rows(db, company, CallbackRow))

    async def is_call() -> bool:
        return bool(await rows(db, company, CallRow))

    async with (
        told(wanted(version), numbers, plan) as asterisk,
        Caller(asterisk) as caller,
        watching(asterisk, db, company, pbx_id, clock.now) as offering,
    ):

        async def is_seen() -> bool:
            return len(offering.queues.waiting("support")) == 1

        hearing = Hearing(asterisk)
        leg, channel = await hearing.joined(caller, DID)
        await until(is_seen, "the caller is seen")
        leg.press("1")  # nobody has offered it yet
        await hearing.prompt(channel, "not-now")
        await until(is_seen, "the caller is back")
        clock.advance(minutes=6)

        async def is_offered() -> bool:
            return "|1|s" in await asterisk.cli(f"database get ringback-value offer_{queue.key}")

        await until(is_offered, "it is offered")
        await hearing.prompt(channel, "offer")
        for prompt in ("choose", "number-keep"):
            leg.press("1")
            await hearing.prompt(channel, prompt)
        leg.press("1")
        await hearing.prompt(channel, "goodbye")
        await until(is_row, "the wish is a row")
        await until(is_call, "the call is recorded")
    (wish,) = await rows(db, company, CallbackRow)
    assert (wish.number, wish.why, wish.queue_id) == (ANNA, "menu", row.id)
    (call,) = await rows(db, company, CallRow)
    assert (call.outcome, call.reason) == ("missed", "callback_requested")
