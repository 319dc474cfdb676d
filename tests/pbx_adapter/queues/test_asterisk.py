"""Offers and wishes on a real Asterisk 22 and 16, with callers who wait and a clock that the test moves."""

import re
from collections.abc import AsyncIterator
from datetime import time
from uuid import UUID

import pytest
import pytest_asyncio

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.queues.requests import FAMILY
from ringback.db import Database
from ringback.queues import Rules, offer_key
from ringback.store.queues import add_queue, save_rules
from ringback.tables import CallbackRow, CallRow, QueueRow
from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.office import AMI_NARROW_USER, AMI_SECRET, HOST
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Phone
from tests.clock import HandClock
from tests.flow import rows
from tests.pbx_adapter.queues.office import CONFIGURATION, DID, QUEUE, until, watching
from tests.ringback.flow import add_pbx

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
RULES = Rules(
    offer="when_long", wait_over_min=5, offer_from=time(9), offer_to=time(11), language="sv"
)
ENTRY = f"1|{QUEUE}|0701740611|s|4711|sv|{{asked}}|{{arrived}}"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WANTED, ids=str)
async def asterisk(request: pytest.FixtureRequest) -> AsyncIterator[Asterisk]:
    async with Asterisk(wanted(request.param), CONFIGURATION) as running:
        yield running


@pytest.fixture
async def pbx_id(db: Database, company: UUID) -> UUID:
    async with db.begin(company) as session:
        return await add_pbx(session)


@pytest.fixture
async def queue_id(db: Database, company: UUID, pbx_id: UUID, clock: HandClock) -> UUID:
    async with db.begin(company) as session:
        row = await add_queue(session, pbx_id, QUEUE, "Kundtjänst", clock.now())
        await save_rules(session, row.id, "Kundtjänst", RULES, clock.now())
        return row.id


async def told(asterisk: Asterisk, queue_id: UUID) -> tuple[str, str, str]:
    """What the dialplan would read: when it was told, whether it is on, the choices."""
    printed = await asterisk.cli(f"database get ringback-value offer_{offer_key(queue_id)}")
    found = re.search(r"Value: ([0-9]+)\|([01])\|(.*)", printed)
    return (found[1], found[2], found[3].strip()) if found else ("", "", "")


async def is_offered(asterisk: Asterisk, queue_id: UUID, *, on: bool) -> None:
    async def is_so() -> bool:
        return (await told(asterisk, queue_id))[1] == str(int(on))

    await until(is_so, f"the offer is {'on' if on else 'off'}")


async def speaks(asterisk: Asterisk, language: str) -> None:
    """The one caller who waits."""

    async def is_so() -> bool:
        listed = await asterisk.cli("core show channels concise")
        (channel,) = [line for line in listed.splitlines() if "!Queue!" in line]
        shown = await asterisk.cli(f"core show channel {channel.partition('!')[0]}")
        return re.search(rf"Language: {language}\n", shown) is not None

    await until(is_so, f"the caller's channel speaks {language}")


async def test_offer_turns_on_at_the_threshold_and_off_at_the_end_of_the_window(
    asterisk: Asterisk, db: Database, company: UUID, pbx_id: UUID, queue_id: UUID, clock: HandClock
) -> None:
    async def is_shown(on: bool, why: str, waiting: int) -> None:
        async def is_so() -> bool:
            (row,) = await rows(db, company, QueueRow)
            return (row.offer_on, row.offer_why, row.waiting) == (on, why, waiting)

        await until(is_so, f"the portal shows {why} with {waiting} waiting")

    async with (
        Phone(asterisk, "101"),
        Caller(asterisk) as caller,
        watching(asterisk, db, company, pbx_id, clock.now),
    ):
        await is_offered(asterisk, queue_id, on=False)
        leg = await caller.call(DID)
        await leg.answered()
        await is_shown(False, "short_wait", 1)
        clock.advance(minutes=5)
        await is_shown(False, "short_wait", 1)
        await speaks(asterisk, "sv")
        clock.advance(seconds=1)
        await is_offered(asterisk, queue_id, on=True)
        _, _, choices = await told(asterisk, queue_id)
        assert choices.split(",")[:2] == ["s", "1000-1200@261120"]
        await is_shown(True, "long_wait", 1)
        await speaks(asterisk, "sv_offer")
        clock.advance(minutes=54, seconds=59)  # 11:00 in Stockholm
        await is_offered(asterisk, queue_id, on=False)
        await is_shown(False, "outside_window", 1)
        await speaks(asterisk, "sv")
        await leg.hang_up()
        await is_shown(False, "outside_window", 0)


async def test_offer_ends_when_nobody_is_left_who_could_ring(
    asterisk: Asterisk, db: Database, company: UUID, pbx_id: UUID, queue_id: UUID, clock: HandClock
) -> None:
    async with Caller(asterisk) as caller, watching(asterisk, db, company, pbx_id, clock.now):
        async with Phone(asterisk, "101"):
            leg = await caller.call(DID)
            await leg.answered()

            async def waits() -> bool:
                (row,) = await rows(db, company, QueueRow)
                return row.waiting == 1

            await until(waits, "the caller is seen")
            clock.advance(minutes=6)
            await is_offered(asterisk, queue_id, on=True)
        await is_offered(asterisk, queue_id, on=False)

        async def is_shown() -> bool:
            (row,) = await rows(db, company, QueueRow)
            return row.offer_why == "no_staff"

        await until(is_shown, "the portal shows why")
        await leg.hang_up()


async def test_callers_who_wait_at_a_login_are_known_with_their_arrival(
    asterisk: Asterisk, db: Database, company: UUID, pbx_id: UUID, queue_id: UUID, clock: HandClock
) -> None:
    async with Phone(asterisk, "101"), Caller(asterisk) as caller:
        leg = await caller.call(DID)
        await leg.answered()
        async with watching(asterisk, db, company, pbx_id, clock.now) as offering:

            async def is_known() -> bool:
                signed_in = [one.logged_in for one in offering.queues.members(QUEUE)]
                return len(offering.queues.waiting(QUEUE)) == 1 and signed_in == [True]

            await until(is_known, "the caller is known")
            (one,) = offering.queues.waiting(QUEUE)
            assert clock.now().timestamp() - one.arrived_s < 60
            (member,) = offering.queues.members(QUEUE)
            assert (member.interface, member.logged_in) == ("PJSIP/101", True)
        await leg.hang_up()


async def put(asterisk: Asterisk, uniqueid: str, value: str) -> None:
    await asterisk.cli(f'database put {FAMILY} {uniqueid} "{value}"')


async def is_emptied(asterisk: Asterisk) -> None:
    async def is_so() -> bool:
        return "0 results found" in await asterisk.cli(f"database show {FAMILY}")

    await until(is_so, "the entry is taken out")


async def test_menu_entry_is_a_row_as_soon_as_the_dialplan_says_so(
    asterisk: Asterisk, db: Database, company: UUID, pbx_id: UUID, queue_id: UUID, clock: HandClock
) -> None:
    """Nobody looks by himself here (`look_every_s`), so that the event alone can have done it."""
    at_s = int(clock.now().timestamp())
    async with watching(asterisk, db, company, pbx_id, clock.now) as offering:

        async def is_watched() -> bool:
            return bool((await told(asterisk, queue_id))[0])

        await until(is_watched, "the product has logged in")
        await put(asterisk, "1795297097.7", ENTRY.format(asked=at_s, arrived=at_s - 300))
        other = AmiConnection(PbxAddress(HOST, asterisk.ami_port, AMI_NARROW_USER, AMI_SECRET))
        await other.connect()
        await other.action("UserEvent", {"UserEvent": "CallbackRequested"})
        await other.close()
        await is_emptied(asterisk)
        assert offering.queues.waiting(QUEUE) == ()
    (row,) = await rows(db, company, CallbackRow)
    assert (row.number, row.why, row.queue_id) == ("+46701740611", "menu", queue_id)
    assert (row.customer_input, row.language) == ("4711", "sv")


async def test_entry_that_was_written_while_we_were_down_is_found_once(
    asterisk: Asterisk, db: Database, company: UUID, pbx_id: UUID, queue_id: UUID, clock: HandClock
) -> None:
    at_s = int(clock.now().timestamp())
    for _ in range(2):  # killed between the commit and the deletion, it is there again
        await put(asterisk, "1795297097.8", ENTRY.format(asked=at_s, arrived=at_s))
        async with watching(asterisk, db, company, pbx_id, clock.now):
            await is_emptied(asterisk)
    assert len(await rows(db, company, CallbackRow)) == 1


@pytest.mark.parametrize(
    ("pressed", "reason"),
    [("1", "abandoned_in_queue"), ("2", "abandoned_in_queue"), ("11", "callback_requested")],
    ids=["menu", "FreePBX's break-out and menu", "chosen"],
)
async def test_caller_who_leaves_the_queue_for_the_menu_is_missed(
    asterisk: Asterisk,
    db: Database,
    company: UUID,
    pbx_id: UUID,
    queue_id: UUID,
    clock: HandClock,
    pressed: str,
    reason: str,
) -> None:
    async def is_in_menu() -> bool:
        listed = await asterisk.cli("core show channels concise")
        last = "1" if len(pressed) > 1 else "s"
        return f"!ringback-menu-0123456789ab!{last}!" in listed

    async def is_told() -> bool:
        return bool(await rows(db, company, CallRow))

    async with (
        Phone(asterisk, "101") as phone,
        Caller(asterisk) as caller,
        watching(asterisk, db, company, pbx_id, clock.now),
    ):
        await is_offered(asterisk, queue_id, on=False)
        leg = await caller.call(DID)
        await leg.answered()
        await phone.rung()
        leg.press(pressed)
        await until(is_in_menu, "the caller is in the menu")
        await leg.hang_up()
        await until(is_told, "the call is recorded")
    (call,) = await rows(db, company, CallRow)
    assert (call.outcome, call.reason, call.queues) == ("missed", reason, [QUEUE])


async def test_caller_who_comes_back_from_the_menu_keeps_his_arrival(
    asterisk: Asterisk, db: Database, company: UUID, pbx_id: UUID, queue_id: UUID, clock: HandClock
) -> None:
    async with (
        Phone(asterisk, "101") as phone,
        Caller(asterisk) as caller,
        watching(asterisk, db, company, pbx_id, clock.now) as offering,
    ):
        await is_offered(asterisk, queue_id, on=False)
        leg = await caller.call(DID)
        await phone.rung()

        async def waits() -> bool:
            return bool(offering.queues.waiting(QUEUE))

        async def is_gone() -> bool:
            return not offering.queues.waiting(QUEUE)

        await until(waits, "the caller waits")
        (before,) = offering.queues.waiting(QUEUE)
        clock.advance(minutes=2)
        leg.press("1")
        await until(is_gone, "the caller has left the queue")
        clock.advance(minutes=2)
        leg.press("9")
        await until(waits, "the caller waits again")
        (after,) = offering.queues.waiting(QUEUE)
        await leg.hang_up()
    assert after.arrived_s == before.arrived_s
