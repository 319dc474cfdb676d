"""Offers by wait and queues that ring by themselves, on real Asterisks behind an edge."""

from collections.abc import AsyncIterator
from datetime import time, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from asterisk_conf.values import QueuePlan
from pbx_adapter.edge.bus_faults import MqttVersion
from pbx_adapter.ringing.automatic import Automatic
from ringback.clock import system_clock
from ringback.db import Database
from ringback.queues import Rules, offer_key
from ringback.store.callback_requests import ask_callback
from ringback.store.companies import add_company
from ringback.tables import AttemptRow, QueueRow
from tests.asterisk.fixtures import wanted
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Outside, Phone, answer_after
from tests.asterisk_conf.house import PLAN, told
from tests.asterisk_conf.walking import Hearing, dialplan
from tests.clock import HandClock
from tests.flow import rows
from tests.mosquitto import Mosquitto
from tests.pbx_adapter.edge.beside import Places, always_open, edge_with_queue, speaks, value
from tests.pbx_adapter.queues.office import CONFIGURATION, DID, QUEUE, until
from tests.pbx_adapter.ringing.switchboard import CUSTOMER, OTHER_CUSTOMER, AheadClock, there

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
BOTH = pytest.mark.parametrize(("version", "mqtt"), [(22, "5"), (16, "3.1.1")])
RULES = Rules(offer="when_long", wait_over_min=5, offer_from=time(9), offer_to=time(11))
OPEN_LINE, OPEN_QUEUE = "0846500403", "kundtjanst"


@pytest.fixture
async def mosquitto() -> AsyncIterator[Mosquitto]:
    async with Mosquitto() as broker:
        yield broker


@BOTH
async def test_offer_turns_on_at_the_threshold_and_off_when_the_caller_is_gone(
    db: Database,
    company: UUID,
    clock: HandClock,
    mosquitto: Mosquitto,
    tmp_path: Path,
    version: int,
    mqtt: MqttVersion,
) -> None:
    _, queue_id = await edge_with_queue(db, company, QUEUE, RULES, clock.now)

    async def is_offered(on: bool, why: str, waiting: int) -> None:
        async def is_so() -> bool:
            (row,) = await rows(db, company, QueueRow)
            shown = (row.offer_on, row.offer_why, row.waiting) == (on, why, waiting)
            second = f"{clock.now().timestamp():.0f}"
            return shown and await value(asterisk, queue_id) == (second, str(int(on)))

        await until(is_so, f"PBX and portal are told {why} with {waiting} waiting")

    async with Asterisk(wanted(version), CONFIGURATION) as asterisk:
        places = Places(asterisk, mosquitto, db, clock.now, tmp_path, mqtt)
        async with places.at_work(), Phone(asterisk, "101"), Caller(asterisk) as caller:
            async with places.edge():
                await is_offered(False, "short_wait", 0)
                leg = await caller.call(DID)
                await leg.answered()
                await is_offered(False, "short_wait", 1)
                clock.advance(minutes=5)
                await is_offered(False, "short_wait", 1)
                await speaks(asterisk, "sv")
                clock.advance(seconds=1)
                await is_offered(True, "long_wait", 1)
                await speaks(asterisk, "sv_offer")
                await leg.hang_up()
                await is_offered(False, "short_wait", 0)
                leg = await caller.call(DID)
                await leg.answered()
                await is_offered(True, "long_wait", 1)  # the mean of those who waited lately
                clock.advance(minutes=54, seconds=59)  # 11:00 in Stockholm
                await is_offered(False, "outside_window", 1)
                await speaks(asterisk, "sv")
            await until_unknown(places, QUEUE)
            async with places.edge():  # who waits now came while no edge was there to see it
                await places.is_seen(QUEUE, 1)
                await leg.hang_up()
                await places.is_seen(QUEUE, 0)


async def until_unknown(places: Places, queue: str) -> None:
    async def is_so() -> bool:
        return places.seen(queue) is None

    await until(is_so, f"nothing is known of {queue}")


@pytest.mark.parametrize(("version", "when_silent"), [(22, "off"), (16, "last")])
async def test_dead_edge_ends_in_what_the_rules_say_of_silence(
    db: Database, mosquitto: Mosquitto, tmp_path: Path, version: int, when_silent: str
) -> None:
    """Both places' clock is 110 seconds behind the PBX's, so that silence is noticed in ten."""
    clock = AheadClock()
    clock.ahead = timedelta(seconds=-110)
    company = await add_company(db, always_open(), clock())
    rules = Rules.from_document(
        {"offer": "when_long", "wait_over_min": 0, "needs_staff": False, "when_silent": when_silent}
    )
    _, queue_id = await edge_with_queue(db, company, "support", rules, clock)
    queue = QueuePlan(name="support", key=offer_key(queue_id), rules=rules)
    plan = PLAN.model_copy(update={"queues": (queue,)})
    async with told(wanted(version), dialplan([(DID, ("support", queue.key))]), plan) as asterisk:
        places = Places(asterisk, mosquitto, db, clock, tmp_path)

        async def is_on() -> bool:
            return (await value(asterisk, queue_id))[1] == "1"

        async def is_old() -> bool:
            second, _ = await value(asterisk, queue_id)
            return system_clock().timestamp() - float(second) > 121

        async with places.at_work(), Caller(asterisk) as caller:
            hearing = Hearing(asterisk)
            async with places.edge():
                leg, channel = await hearing.joined(caller, DID)
                await until(is_on, "it is offered")
            await until(is_old, "nobody tells the PBX any more")
            assert await is_on()
            leg.press("1")
            await hearing.prompt(channel, "choose" if when_silent == "last" else "not-now")
            await leg.hang_up()
    (row,) = await rows(db, company, QueueRow)
    assert (row.offer_on, row.offer_why) == (True, "long_wait")  # as when an AMI is dead


@BOTH
async def test_queue_that_rings_by_itself_rings_its_handler_and_then_the_customer(
    db: Database,
    company: UUID,
    mosquitto: Mosquitto,
    tmp_path: Path,
    clock: HandClock,
    version: int,
    mqtt: MqttVersion,
) -> None:
    pbx_id, queue_id = await edge_with_queue(
        db, company, OPEN_QUEUE, Rules(automatic=True), clock.now
    )
    anna = await there(db, company, "PJSIP/101", queue_id, clock.now())

    async def is_talked() -> bool:
        tries = await rows(db, company, AttemptRow)
        return bool(tries) and tries[0].ended_at is not None

    async with Asterisk(wanted(version)) as asterisk:
        places = Places(asterisk, mosquitto, db, clock.now, tmp_path, mqtt)
        async with (
            places.at_work(automatic=True),
            Phone(asterisk, "101", answer_after(0.1)) as phone,
            Outside(asterisk, answer_after(0.1, talk_s=0.2)) as outside,
        ):
            await wish(db, company, queue_id, clock, CUSTOMER)
            assert places.following.phones(pbx_id) is None
            async with places.edge():
                await until(is_talked, "the customer was rung")
                await wish(db, company, queue_id, clock, OTHER_CUSTOMER)  # before Anna's note
                assert [leg.callee for leg in phone.received] == ["101"]
                assert [leg.callee for leg in outside.received] == ["0701740605"]
    (attempt,) = await rows(db, company, AttemptRow)
    assert (attempt.user_id, attempt.automatic, attempt.outcome) == (anna, True, None)
    assert attempt.answered_at is not None


async def wish(db: Database, company: UUID, queue_id: UUID, clock: HandClock, number: str) -> None:
    async with db.begin(company) as session:
        assert await ask_callback(
            session, number, "api", clock.now(), key=number, queue_id=queue_id
        )


@BOTH
async def test_nobody_is_rung_before_a_caller_who_came_first_nor_on_a_phone_in_use_nor_unseen(
    db: Database,
    company: UUID,
    mosquitto: Mosquitto,
    tmp_path: Path,
    clock: HandClock,
    version: int,
    mqtt: MqttVersion,
) -> None:
    pbx_id, queue_id = await edge_with_queue(
        db, company, OPEN_QUEUE, Rules(automatic=True), clock.now
    )
    await there(db, company, "PJSIP/104", queue_id, clock.now())  # no member of the queue

    async with Asterisk(wanted(version)) as asterisk:
        places = Places(asterisk, mosquitto, db, clock.now, tmp_path, mqtt)
        automatic = Automatic(db, clock.now, places.following)

        async def is_idle() -> bool:
            phones = places.following.phones(pbx_id)
            return phones is not None and phones.is_idle("PJSIP/104", OPEN_QUEUE)

        async def is_busy() -> bool:
            known = places.seen(OPEN_QUEUE)
            return known is not None and not await is_idle()

        async def tries() -> int:
            await automatic.look()
            return len(await rows(db, company, AttemptRow))

        async with (
            places.at_work(),
            Phone(asterisk, "104") as phone,
            Caller(asterisk) as caller,
        ):
            async with places.edge():
                waits = await caller.call(OPEN_LINE, OTHER_CUSTOMER)
                await places.is_seen(OPEN_QUEUE, 1)
                await until(is_idle, "the phone is idle")
                clock.advance(seconds=10)
                await wish(db, company, queue_id, clock, CUSTOMER)
                await places.is_seen(OPEN_QUEUE, 1)
                assert await tries() == 0
                await waits.hang_up()
                await places.is_seen(OPEN_QUEUE, 0)
                own = await caller.call("0846500405", OTHER_CUSTOMER)
                await phone.rung()
                await until(is_busy, "the phone is in use")
                assert await tries() == 0
                await own.cancel()
                await until(is_idle, "the phone is idle again")
            await until_unknown(places, OPEN_QUEUE)
            assert await tries() == 0
            async with places.edge():
                await until(is_idle, "the phone is idle again")
                assert await tries() == 1
