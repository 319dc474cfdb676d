"""A queue that rings by itself: when a handler is free and it is the customer's turn."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from pbx_adapter.channels import Channels
from pbx_adapter.queues.waits import Queues
from pbx_adapter.ringing.automatic import Automatic
from pbx_adapter.ringing.phones import Phones
from pbx_adapter.site import Site
from ringback.attempts import Outcome
from ringback.clock import system_clock
from ringback.db import Database
from ringback.queues import Rules
from ringback.store.attempts import end_attempt, write_note
from ringback.store.callback_requests import ask_callback
from ringback.store.queues import add_queue, save_rules
from ringback.store.staffing import staff
from ringback.tables import AttemptRow, CallbackRow, SignInRow
from ringback.tenancy import number_index
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Outside, Phone, answer_after
from tests.clock import FRIDAY_AT_TEN, HandClock
from tests.flow import rows
from tests.pbx_adapter.ringing.switchboard import (
    CUSTOMER,
    OTHER_CUSTOMER,
    Switchboard,
    there,
    until,
)
from tests.ringback.flow import add_pbx

QUEUE = "kundtjanst"


@dataclass
class House:
    """A company with one queue that rings by itself, on a PBX told by hand."""

    db: Database
    company: UUID
    clock: HandClock
    queues: Queues = field(default_factory=Queues)
    channels: Channels = field(default_factory=lambda: Channels(Site()))
    heard: bool = True
    pbx_id: UUID = field(init=False)
    queue_id: UUID = field(init=False)
    automatic: Automatic = field(init=False)

    def __post_init__(self) -> None:
        self.automatic = Automatic(self.db, self.clock.now, self)

    def phones(self, pbx_id: UUID) -> Phones | None:
        known = self.heard and pbx_id == self.pbx_id
        return Phones(self.queues, self.channels) if known else None

    async def open(self, *, automatic: bool = True) -> None:
        async with self.db.begin(self.company) as session:
            self.pbx_id = await add_pbx(session)
        self.queue_id = await self.add_queue(QUEUE, automatic=automatic)

    async def add_queue(self, name: str, *, automatic: bool = True) -> UUID:
        async with self.db.begin(self.company) as session:
            queue = await add_queue(session, self.pbx_id, name, "", self.clock.now())
            rules = Rules(automatic=automatic)
            await save_rules(session, queue.id, "", rules, self.clock.now())
            return queue.id

    async def staff(self, handler: UUID, *queue_ids: UUID) -> None:
        async with self.db.begin(self.company) as session:
            await staff(session, handler, queue_ids, self.clock.now())

    async def handler(self, phone: str) -> UUID:
        """Somebody who staffs the queue and is there."""
        return await there(self.db, self.company, phone, self.queue_id, self.clock.now())

    async def wish(self, number: str, ago_min: float = 10) -> UUID:
        arrived_at = self.clock.now() - timedelta(minutes=ago_min)
        async with self.db.begin(self.company) as session:
            row = await ask_callback(
                session, number, "api", arrived_at, key=uuid4().hex, queue_id=self.queue_id
            )
            assert row is not None
            return row.id

    def caller_waits(self, ago_min: float, queue: str = QUEUE) -> None:
        at_s = self.clock.now().timestamp() - ago_min * 60
        uniqueid = f"1.{ago_min:.0f}"
        frame = {"Event": "QueueCallerJoin", "Queue": queue, "Uniqueid": uniqueid}
        self.queues.feed(frame, at_s)

    def member(self, interface: str, status: str = "1", paused: str = "0", **more: str) -> None:
        self.queues.feed(
            {
                **{"Event": "QueueMemberStatus", "Queue": QUEUE, "Interface": interface},
                **{"Status": status, "Paused": paused, **more},
            },
            0.0,
        )

    def in_call(self, channel: str) -> None:
        self.channels.appeared({"Uniqueid": "2.1", "Channel": channel})

    async def all_are_there(self) -> None:
        """Everybody's browser is heard again."""
        async with self.db.begin(self.company) as session:
            await session.execute(update(SignInRow).values(seen_at=self.clock.now()))

    async def rung(self) -> list[tuple[UUID, UUID]]:
        """Who has been rung by whom so far, after another look."""
        await self.automatic.look()
        tries = await rows(self.db, self.company, AttemptRow)
        assert all(one.automatic for one in tries)
        in_order = sorted(tries, key=lambda one: one.began_at)
        return [(one.callback_id, one.user_id) for one in in_order]


@pytest.fixture
async def house(db: Database, company: UUID, clock: HandClock) -> House:
    house = House(db, company, clock)
    await house.open()
    return house


async def test_free_handler_gets_the_one_who_came_first(house: House) -> None:
    anna = await house.handler("PJSIP/101")
    await house.wish(CUSTOMER, ago_min=5)
    first = await house.wish(OTHER_CUSTOMER, ago_min=9)
    assert await house.rung() == [(first, anna)]
    assert await house.rung() == [(first, anna)]


async def test_next_one_is_rung_only_after_the_note(house: House) -> None:
    anna = await house.handler("PJSIP/101")
    first, second = await house.wish(CUSTOMER, 9), await house.wish(OTHER_CUSTOMER, 5)
    assert len(await house.rung()) == 1
    (attempt,) = await rows(house.db, house.company, AttemptRow)
    now = house.clock.now()
    async with house.db.begin(house.company) as session:
        await end_attempt(session, attempt.id, Outcome.NO_ANSWER, "", now)
    assert await house.rung() == [(first, anna)]
    async with house.db.begin(house.company) as session:
        await write_note(session, attempt.id, anna, Outcome.NO_ANSWER, "Svarade ej.", now)
    house.clock.advance(1)
    assert await house.rung() == [(first, anna), (second, anna)]


async def test_requeued_wish_waits_for_its_delay(house: House) -> None:
    anna = await house.handler("PJSIP/101")
    wish = await house.wish(CUSTOMER)
    await house.rung()
    (attempt,) = await rows(house.db, house.company, AttemptRow)
    async with house.db.begin(house.company) as session:
        await write_note(session, attempt.id, anna, Outcome.BUSY, "Upptaget.", house.clock.now())
    assert len(await house.rung()) == 1
    house.clock.advance(minutes=14)
    await house.all_are_there()
    assert len(await house.rung()) == 1
    house.clock.advance(minutes=1)
    assert await house.rung() == [(wish, anna), (wish, anna)]


async def test_caller_on_the_line_who_came_before_keeps_the_handler(house: House) -> None:
    await house.handler("PJSIP/101")
    await house.wish(CUSTOMER, ago_min=5)
    house.caller_waits(ago_min=7)
    assert await house.rung() == []
    await house.handler("PJSIP/102")
    assert len(await house.rung()) == 1


async def test_caller_of_another_queue_who_came_before_keeps_their_handler(house: House) -> None:
    other = await house.add_queue("bokning")
    anna = await house.handler("PJSIP/101")
    await house.staff(anna, house.queue_id, other)
    await house.wish(CUSTOMER, ago_min=5)
    house.caller_waits(ago_min=7, queue="bokning")
    assert await house.rung() == []


async def test_wish_without_a_number_holds_up_no_other(house: House) -> None:
    anna = await house.handler("PJSIP/101")
    hidden, other = await house.wish(CUSTOMER, 9), await house.wish(OTHER_CUSTOMER, 5)
    async with house.db.begin(house.company) as session:
        row = await session.get_one(CallbackRow, hidden)
        row.number, row.number_index = "", number_index("")
    assert await house.rung() == [(other, anna)]


async def test_caller_on_the_line_who_came_later_waits(house: House) -> None:
    anna = await house.handler("PJSIP/101")
    wish = await house.wish(CUSTOMER, ago_min=5)
    house.caller_waits(ago_min=3)
    assert await house.rung() == [(wish, anna)]


@pytest.mark.parametrize("phone", ["", "PJSIP/101"])
async def test_handler_whose_phone_is_busy_or_missing_is_not_free(house: House, phone: str) -> None:
    await house.handler(phone)
    await house.wish(CUSTOMER)
    house.in_call("PJSIP/101-00000001")
    assert await house.rung() == []


@pytest.mark.parametrize(
    ("interface", "state"),
    [
        ("PJSIP/101", "PJSIP/101"),
        ("Local/101@from-queue/n", "hint:101@ext-local"),
        ("Local/101@from-queue/n", "PJSIP/101"),
    ],
)
async def test_member_who_pauses_or_is_gone_is_not_rung_until_he_is_back(
    house: House, interface: str, state: str
) -> None:
    anna = await house.handler("PJSIP/101")
    wish = await house.wish(CUSTOMER)
    house.member(interface, paused="1", StateInterface=state)
    assert await house.rung() == []
    house.member(interface, status="5", StateInterface=state)
    assert await house.rung() == []
    house.member("PJSIP/102", paused="1")
    house.member(interface, StateInterface=state)
    assert await house.rung() == [(wish, anna)]


async def test_handler_who_does_not_pick_up_is_left_alone_for_a_while(house: House) -> None:
    anna = await house.handler("PJSIP/101")
    await house.wish(CUSTOMER, 9)
    await house.wish(OTHER_CUSTOMER, 8)
    assert len(await house.rung()) == 1
    (attempt,) = await rows(house.db, house.company, AttemptRow)
    async with house.db.begin(house.company) as session:
        await end_attempt(session, attempt.id, Outcome.HANDLER_AWAY, "", house.clock.now())
    house.clock.advance(minutes=2)
    assert len(await house.rung()) == 1
    house.clock.advance(minutes=4)
    await house.all_are_there()
    assert [user for _, user in await house.rung()] == [anna, anna]


async def test_handlers_take_turns(house: House) -> None:
    both = {await house.handler("PJSIP/101"), await house.handler("PJSIP/102")}
    await house.wish(CUSTOMER, 9)
    ((_, first),) = await house.rung()
    (attempt,) = await rows(house.db, house.company, AttemptRow)
    async with house.db.begin(house.company) as session:
        await write_note(session, attempt.id, first, Outcome.REACHED, "Talade.", house.clock.now())
    house.clock.advance(1)
    await house.wish(OTHER_CUSTOMER, 8)
    assert {user for _, user in await house.rung()} == both


async def test_wish_that_can_not_be_claimed_holds_up_no_other(house: House) -> None:
    anna = await house.handler("PJSIP/101")
    bad, good = await house.wish(CUSTOMER, 9), await house.wish(OTHER_CUSTOMER, 8)
    async with house.db.begin(house.company) as session:
        (await session.get_one(CallbackRow, bad)).number = "+4722345678"  # a foreign one
    assert await house.rung() == []
    assert await house.rung() == [(good, anna)]


async def test_those_who_were_rung_in_vain_too_often_hold_up_no_other(house: House) -> None:
    anna = await house.handler("PJSIP/101")
    earlier = await house.wish(OTHER_CUSTOMER, 9)
    async with house.db.begin(house.company) as session:
        first = await session.get_one(CallbackRow, earlier)
        first.tries = Rules().most_tries
        for number in range(200):
            session.add(
                CallbackRow(
                    id=uuid4(),
                    key=f"spent:{number}",
                    number=first.number,
                    number_index=first.number_index,
                    queue_id=house.queue_id,
                    why="menu",
                    tries=first.tries,
                    arrived_at=first.arrived_at,
                    created_at=first.created_at,
                )
            )
    wish = await house.wish(CUSTOMER, 5)
    assert await house.rung() == [(wish, anna)]


@pytest.mark.parametrize("together", [True, False])
async def test_phone_that_two_handlers_share_rings_for_one_of_them(
    house: House, together: bool
) -> None:
    await house.handler("PJSIP/101")
    second = await house.handler("PJSIP/101")
    other = await house.add_queue("bokning")
    await house.staff(second, house.queue_id if together else other)
    await house.wish(CUSTOMER)
    async with house.db.begin(house.company) as session:
        queue = house.queue_id if together else other
        now = house.clock.now()
        await ask_callback(session, OTHER_CUSTOMER, "api", now, key="other", queue_id=queue)
    for _ in range(2):
        assert len(await house.rung()) == 1


async def test_handler_who_has_gone_home_is_not_rung(house: House) -> None:
    await house.handler("PJSIP/101")
    await house.wish(CUSTOMER)
    house.clock.advance(minutes=5)
    assert await house.rung() == []


async def test_pbx_that_is_not_heard_rings_nobody(house: House) -> None:
    await house.handler("PJSIP/101")
    await house.wish(CUSTOMER)
    house.heard = False
    assert await house.rung() == []


async def test_queue_without_the_mode_rings_nobody(
    db: Database, company: UUID, clock: HandClock
) -> None:
    house = House(db, company, clock)
    await house.open(automatic=False)
    await house.handler("PJSIP/101")
    await house.wish(CUSTOMER)
    assert await house.rung() == []


async def test_real_queue_rings_its_handler_and_then_the_customer_one_after_the_other(
    db: Database, company: UUID, asterisk: Asterisk, tmp_path: Path
) -> None:
    board = Switchboard(db, company, asterisk.ami_port, tmp_path)
    board.clock.ahead = FRIDAY_AT_TEN - system_clock()  # the company is open
    await board.open()
    async with db.begin(company) as session:
        queue = await add_queue(session, board.pbx_id, QUEUE, "", board.clock())
        await save_rules(session, queue.id, "", Rules(automatic=True), board.clock())
    anna = await there(db, company, "PJSIP/101", queue.id, board.clock())
    for number in (CUSTOMER, OTHER_CUSTOMER):
        await board.wish(number, queue.id)
    async with (
        Phone(asterisk, "101", answer_after(0.1)) as phone,
        Outside(asterisk, answer_after(0.1, talk_s=0.2)) as outside,
        board.at_work(automatic=True),
    ):
        for count in (1, 2):
            attempt = await board.waits_for_its_note(anna)
            assert (len(phone.received), len(outside.received)) == (count, count)
            await board.note(attempt, anna, Outcome.REACHED)
    assert [leg.callee for leg in outside.received] == ["0701740605", "0701740611"]
    assert {leg.callee for leg in phone.received} == {"101"}


async def test_real_caller_who_came_before_is_served_before_the_callback(
    db: Database, company: UUID, asterisk: Asterisk, tmp_path: Path
) -> None:
    board = Switchboard(db, company, asterisk.ami_port, tmp_path)
    board.clock.ahead = FRIDAY_AT_TEN - system_clock()
    await board.open()
    async with db.begin(company) as session:
        queue = await add_queue(session, board.pbx_id, QUEUE, "", board.clock())
        await save_rules(session, queue.id, "", Rules(automatic=True), board.clock())
    await there(db, company, "PJSIP/104", queue.id, board.clock())  # no member of the queue
    async with (
        Phone(asterisk, "104") as phone,
        Outside(asterisk),
        Caller(asterisk) as caller,
        board.at_work() as following,
    ):
        waits = await caller.call("0846500403", OTHER_CUSTOMER)

        async def is_seen() -> bool:
            phones = following.phones(board.pbx_id)
            return phones is not None and bool(phones.callers(QUEUE))

        await until(is_seen)
        automatic = Automatic(db, board.clock, following)
        await board.wish(CUSTOMER, queue.id)
        await automatic.look()
        with pytest.raises(TimeoutError):
            await phone.rung(0.5)
        await waits.hang_up()
        await until(lambda: _not(is_seen()))
        await automatic.look()
        await phone.rung()


async def _not(seen: Awaitable[bool]) -> bool:
    return not await seen
