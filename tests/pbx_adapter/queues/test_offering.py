"""What is offered is told to the PBX, to waiting callers and to the portal; each when it changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import time, timedelta
from uuid import UUID, uuid4

import pytest

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.commands import VALUES
from pbx_adapter.queues.offering import Offering
from ringback.callbacks import CallbackRequest
from ringback.db import Database
from ringback.queues import Rules, offer_key
from ringback.store.callbacks import record_callback
from ringback.store.people import add_user
from ringback.store.queues import add_queue, remove_queue, save_rules
from ringback.store.staffing import staff
from ringback.tables import QueueRow, SignInRow
from tests.clock import FRIDAY_AT_TEN, HandClock
from tests.flow import rows
from tests.pbx_adapter.queues.office import until
from tests.pbx_adapter.queues.queue_pbx import SECRET, USER, QueuePbx
from tests.ringback.flow import ERIK, add_pbx

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
ALWAYS = Rules(offer="always", needs_staff=False)
MEMBER = {
    "Event": "QueueMember",
    "Location": "PJSIP/101",
    "Status": "1",
    "Paused": "0",
    "InCall": "0",
}


@pytest.fixture
async def pbx() -> AsyncIterator[QueuePbx]:
    it = QueuePbx()
    async with it.player:
        yield it


@pytest.fixture
async def pbx_id(db: Database, company: UUID) -> UUID:
    async with db.begin(company) as session:
        return await add_pbx(session)


async def queue(
    db: Database, company: UUID, pbx_id: UUID, rules: Rules, name: str = "support"
) -> UUID:
    async with db.begin(company) as session:
        row = await add_queue(session, pbx_id, name, "", FRIDAY_AT_TEN)
        await save_rules(session, row.id, "", rules, FRIDAY_AT_TEN)
        return row.id


@asynccontextmanager
async def connection_heard(pbx: QueuePbx, offering: Offering) -> AsyncIterator[None]:
    """One connection, whose events and whose time `offering` gets."""
    connection = AmiConnection(PbxAddress("127.0.0.1", pbx.player.port, USER, SECRET))
    await connection.connect()

    async def hear() -> None:
        async for at_s, frame in connection.events():
            offering.take(frame, at_s)

    tasks = [asyncio.create_task(hear()), asyncio.create_task(offering.run(connection))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await connection.close()


@asynccontextmanager
async def offering_on(
    pbx: QueuePbx, db: Database, company: UUID, pbx_id: UUID, clock: HandClock, every_s: float = 60
) -> AsyncIterator[Offering]:
    offering = Offering(
        db, clock.now, company, pbx_id, look_every_s=0.05, read_every_s=0.05, tell_every_s=every_s
    )
    async with connection_heard(pbx, offering):
        yield offering


def told(pbx: QueuePbx, queue_id: UUID) -> tuple[str, ...]:
    """On or off, and the choices; empty when nothing was told."""
    return tuple(pbx.astdb.get((VALUES, f"offer_{offer_key(queue_id)}"), "").split("|")[1:])


async def is_told(pbx: QueuePbx, queue_id: UUID, on: str) -> None:
    async def is_so() -> bool:
        return told(pbx, queue_id)[:1] == (on,)

    await until(is_so, f"the PBX is told {on!r}")


async def test_choices_of_now_are_told_with_the_pbx_own_second(
    pbx: QueuePbx, db: Database, company: UUID, pbx_id: UUID, clock: HandClock
) -> None:
    queue_id = await queue(db, company, pbx_id, ALWAYS)
    pbx.player._clock = lambda: clock.now() + timedelta(hours=3)
    async with offering_on(pbx, db, company, pbx_id, clock):
        await is_told(pbx, queue_id, "1")
    at_s, _, choices = pbx.astdb[VALUES, f"offer_{offer_key(queue_id)}"].split("|")
    assert int(at_s) == clock.now().timestamp() + 3 * 3600
    assert choices.startswith("s,1000-1200@261120,1300-1500@261120,")


async def test_several_queues_are_told_each_its_own_and_of_another_pbx_none(
    pbx: QueuePbx, db: Database, company: UUID, pbx_id: UUID, clock: HandClock
) -> None:
    on = await queue(db, company, pbx_id, ALWAYS)
    off = await queue(db, company, pbx_id, Rules(), "sales")
    async with db.begin(company) as session:
        other_pbx = await add_pbx(session, "Lager")
    elsewhere = await queue(db, company, other_pbx, ALWAYS)
    async with offering_on(pbx, db, company, pbx_id, clock):
        await is_told(pbx, on, "1")
        await is_told(pbx, off, "0")
    assert told(pbx, elsewhere) == ()


async def test_rules_that_are_changed_are_told_at_once_and_a_queue_that_is_removed_offers_nothing(
    pbx: QueuePbx, db: Database, company: UUID, pbx_id: UUID, clock: HandClock
) -> None:
    queue_id = await queue(db, company, pbx_id, ALWAYS)
    async with offering_on(pbx, db, company, pbx_id, clock):
        await is_told(pbx, queue_id, "1")
        async with db.begin(company) as session:
            await save_rules(session, queue_id, "", Rules(), clock.now())
        await is_told(pbx, queue_id, "0")
        async with db.begin(company) as session:
            await save_rules(session, queue_id, "", ALWAYS, clock.now())
        await is_told(pbx, queue_id, "1")
        async with db.begin(company) as session:
            await remove_queue(session, queue_id, clock.now())
        await is_told(pbx, queue_id, "0")


async def test_offer_that_stays_is_told_again_and_again_and_at_once_after_a_login(
    pbx: QueuePbx, db: Database, company: UUID, pbx_id: UUID, clock: HandClock
) -> None:
    await queue(db, company, pbx_id, ALWAYS)

    async def was_written(times: int) -> bool:
        return len(pbx.written) >= times

    async with offering_on(pbx, db, company, pbx_id, clock, every_s=0.05):
        await until(lambda: was_written(3), "it is written again")
    pbx.written.clear()
    async with offering_on(pbx, db, company, pbx_id, clock) as offering:
        await until(lambda: was_written(1), "it is written")
        async with connection_heard(pbx, offering):
            await until(lambda: was_written(2), "the next connection writes it, too")


async def test_offer_ends_when_the_interval_is_full_or_nobody_is_there(
    pbx: QueuePbx, db: Database, company: UUID, pbx_id: UUID, clock: HandClock
) -> None:
    afternoon = ((time(13), time(15)),)
    rules = Rules(offer="always", soonest=False, intervals=afternoon, next_day=False, most_each=1)
    queue_id = await queue(db, company, pbx_id, rules)
    wish = CallbackRequest(
        *("1.1", ERIK, "menu", "1.1", None, None, clock.now()),
        queue="support",
        choice="1300-1500@261120",
    )
    async with offering_on(pbx, db, company, pbx_id, clock):
        pbx_member = {**MEMBER, "Event": "QueueMemberStatus", "Interface": "PJSIP/101"}
        await is_told(pbx, queue_id, "0")
        await pbx.tell(**{**pbx_member, "Queue": "support"})
        await is_told(pbx, queue_id, "1")
        await pbx.tell(**{**pbx_member, "Queue": "support", "Status": "5"})
        await is_told(pbx, queue_id, "0")
        async with db.begin(company) as session:
            user = await add_user(
                session,
                db.master,
                email="anna@salong.example",
                name="Anna",
                role="handler",
                password_hash="x",
                language="sv",
                now=clock.now(),
            )
            await staff(session, user.id, [queue_id], clock.now())
            session.add(
                SignInRow(
                    id=uuid4(),
                    user_id=user.id,
                    token_hash=b"x",
                    created_at=clock.now(),
                    seen_at=clock.now(),
                )
            )
        await is_told(pbx, queue_id, "1")  # a handler staffs the list
        async with db.begin(company) as session:
            await record_callback(session, pbx_id, wish, clock.now())
        await is_told(pbx, queue_id, "0")


async def test_mean_of_waits_that_ended_counts_while_somebody_waits(
    pbx: QueuePbx, db: Database, company: UUID, pbx_id: UUID, clock: HandClock
) -> None:
    rules = Rules(offer="when_long", wait_over_min=0, needs_staff=False)
    queue_id = await queue(db, company, pbx_id, rules)
    async with offering_on(pbx, db, company, pbx_id, clock) as offering:
        await is_told(pbx, queue_id, "0")
        ended = {"Uniqueid": "1.1", "Queue": "support", "Channel": "PJSIP/trunk-1.1"}
        offering.take({"Event": "QueueCallerJoin", **ended}, clock.now().timestamp() - 60)
        offering.take({"Event": "Hangup", **ended}, clock.now().timestamp() - 1)
        just_came = {**ended, "Uniqueid": "1.2"}
        offering.take({"Event": "QueueCallerJoin", **just_came}, clock.now().timestamp())
        await is_told(pbx, queue_id, "1")


async def test_waiting_callers_hear_of_the_offer_in_their_own_language_while_it_is_on(
    pbx: QueuePbx, db: Database, company: UUID, pbx_id: UUID, clock: HandClock
) -> None:
    queue_id = await queue(db, company, pbx_id, ALWAYS)
    spoken = {"1.1": "sv", "1.2": "en", "1.3": "en_GB", "1.4": "fi"}

    async def is_spoken(*wanted: str) -> bool:
        return [pbx.language(one) for one in spoken] == list(wanted)

    async with offering_on(pbx, db, company, pbx_id, clock):
        await is_told(pbx, queue_id, "1")
        for uniqueid, language in spoken.items():
            await pbx.join(uniqueid, "support", language)
        await pbx.join("1.5", "sales", "sv")
        on = ("sv_offer", "en_offer", "en_offer", "sv_offer")
        await until(lambda: is_spoken(*on), "they hear of it")
        async with db.begin(company) as session:
            await save_rules(session, queue_id, "", Rules(), clock.now())
        await until(lambda: is_spoken("sv", "en", "en_GB", "fi"), "they hear of it no more")
        assert pbx.language("1.5") == "sv"  # waits in a queue that is none of ours


async def test_caller_who_heard_of_an_offer_that_ended_while_we_were_down_hears_it_no_more(
    pbx: QueuePbx, db: Database, company: UUID, pbx_id: UUID, clock: HandClock
) -> None:
    rules = Rules(offer="when_long", wait_over_min=5, needs_staff=False)
    queue_id = await queue(db, company, pbx_id, rules)

    async def is_silent() -> bool:
        return pbx.language("1.1") == "en_GB"

    async with offering_on(pbx, db, company, pbx_id, clock):
        await is_told(pbx, queue_id, "0")
        await pbx.join("1.1", "support", "en_GB_offer")
        await until(is_silent, "the caller hears of it no more")


async def test_caller_who_is_gone_keeps_no_other_from_hearing(
    pbx: QueuePbx, db: Database, company: UUID, pbx_id: UUID, clock: HandClock
) -> None:
    await queue(db, company, pbx_id, ALWAYS)

    async def hears() -> bool:
        return pbx.language("1.2") == "sv_offer"

    async with offering_on(pbx, db, company, pbx_id, clock):
        gone = {"Uniqueid": "1.1", "Channel": "PJSIP/gone", "Queue": "support"}
        await pbx.tell(Event="QueueCallerJoin", **gone)
        await pbx.join("1.2", "support")
        await until(hears, "the other hears of it")


async def test_callers_and_members_of_before_the_login_are_asked_for(
    pbx: QueuePbx, db: Database, company: UUID, pbx_id: UUID, clock: HandClock
) -> None:
    rules = Rules(offer="when_long", wait_over_min=5)
    queue_id = await queue(db, company, pbx_id, rules)
    caller = {"Event": "QueueEntry", "Queue": "support", "Uniqueid": "1.1", "Wait": "301"}
    pbx.entries["support"] = [caller, MEMBER]
    async with offering_on(pbx, db, company, pbx_id, clock):
        await is_told(pbx, queue_id, "1")


async def test_portal_sees_the_offer_and_how_many_wait(
    pbx: QueuePbx, db: Database, company: UUID, pbx_id: UUID, clock: HandClock
) -> None:
    await queue(db, company, pbx_id, ALWAYS)

    async def shows(on: bool, why: str, waiting: int) -> bool:
        (row,) = await rows(db, company, QueueRow)
        return (row.offer_on, row.offer_why, row.waiting) == (on, why, waiting)

    async with offering_on(pbx, db, company, pbx_id, clock):
        await until(lambda: shows(True, "always", 0), "the portal shows the offer")
        await pbx.join("1.1", "support")
        await until(lambda: shows(True, "always", 1), "the portal shows the caller")
        await pbx.tell(Event="Hangup", Uniqueid="1.1")
        await until(lambda: shows(True, "always", 0), "the portal shows that he is gone")


async def test_user_who_may_not_write_loses_nothing_else_and_is_told_when_he_may(
    pbx: QueuePbx, db: Database, company: UUID, pbx_id: UUID, clock: HandClock
) -> None:
    queue_id = await queue(db, company, pbx_id, ALWAYS)
    pbx.may_write = False

    async def was_tried() -> bool:
        return [one["Action"] for one in pbx.player.received].count("DBPut") >= 2

    async with offering_on(pbx, db, company, pbx_id, clock):
        await until(was_tried, "it is tried")
        assert told(pbx, queue_id) == ()
        pbx.may_write = True
        await is_told(pbx, queue_id, "1")
