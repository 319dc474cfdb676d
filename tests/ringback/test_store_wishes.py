"""Same caller, one row: what the voice menu, missed calls and programs ask for, told in any order."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ringback.callbacks import CallbackRequest
from ringback.calls import Call, Reason
from ringback.db import Database
from ringback.store.callback_requests import cancel_callback
from ringback.store.callbacks import record_callback, want_callback
from ringback.store.calls import record_call
from ringback.store.changes import changes_since
from ringback.store.waiting import calls_alone, settle_call
from ringback.tables import CallbackCallRow, CallbackRow
from tests.clock import FRIDAY_AT_TEN as NOW
from tests.clock import HandClock
from tests.ringback.called_back import Office, an_office
from tests.ringback.flow import ANNA, ERIK, missed_call

AFTERNOON = "1300-1500@261120"
MONDAY = "0800-1000@261123"


@pytest.fixture
async def office(db: Database, company: UUID, clock: HandClock) -> Office:
    return await an_office(db, company, clock)


def request(uniqueid: str = "1.1", minutes: float = 0, **changes: object) -> CallbackRequest:
    """As it is read from the PBX: the call came half a minute before the choice."""
    at = NOW + timedelta(minutes=minutes)
    wish = CallbackRequest(
        key=uniqueid,
        number=ANNA,
        why="menu",
        call_uniqueid=uniqueid,
        from_at=None,
        to_at=None,
        asked_at=at,
        queue="support",
        choice=AFTERNOON,
        language="sv",
        arrived_at=at - timedelta(seconds=30),
    )
    return replace(wish, **changes)  # type: ignore[arg-type]


def its_call(uniqueid: str = "1.1", minutes: float = 0, **changes: object) -> Call:
    at = NOW + timedelta(minutes=minutes, seconds=-32)
    call = missed_call(uniqueid, at=at)
    asked = {"reason": Reason.CALLBACK_REQUESTED, "queues": ("support",)}
    return replace(call, **{**asked, **changes})  # type: ignore[arg-type]


async def tell(office: Office, *told: CallbackRequest | Call) -> None:
    for one in told:
        async with office.at_work() as session:
            if isinstance(one, Call):
                await record_call(session, office.pbx, one, office.now)
            else:
                await record_callback(session, office.pbx, one, office.now)


async def rows(office: Office) -> list[CallbackRow]:
    async with office.db.read(office.company) as session:
        found = await session.scalars(select(CallbackRow).order_by(CallbackRow.arrived_at))
        return list(found)


async def test_wish_of_the_menu_is_in_the_list_as_it_was_chosen(office: Office) -> None:
    await office.rules(asks="customer_number", alert_min=20)
    await tell(office, request(customer_input="4711"))
    (row,) = await rows(office)
    assert (row.number, row.queue_id, row.why) == (ANNA, office.queue, "menu")
    assert (row.customer_input, row.input_kind, row.language) == ("4711", "customer_number", "sv")
    assert row.from_at == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert row.to_at == datetime(2026, 11, 20, 14, tzinfo=UTC)
    assert (row.arrived_at, row.calls, row.state) == (NOW - timedelta(seconds=30), 1, "open")
    assert await office.jobs("callback_text") == [(row.id, NOW)]
    assert await office.jobs("callback_alert") == [(row.id, row.to_at - timedelta(minutes=20))]
    assert await office.jobs("callback_expire") == [(row.id, row.to_at)]
    async with office.db.read(office.company) as session:
        (change,) = [one for one in await changes_since(session, 0) if one.subject == row.id]
    assert (change.kind, change.new) == ("callback", True)


async def test_as_soon_as_possible_has_no_end(office: Office) -> None:
    await tell(office, request(choice="s"))
    (row,) = await rows(office)
    assert (row.from_at, row.to_at) == (None, None)
    for kind in ("callback_alert", "callback_expire"):
        assert await office.jobs(kind) == []


TOLD_IN_ANY_ORDER = {
    "wish first": (request(), its_call()),
    "call first": (its_call(), request()),
    "each twice": (its_call(), request(), its_call(), request()),
    "wish twice first": (request(), request(), its_call()),
}


@pytest.mark.parametrize("told", TOLD_IN_ANY_ORDER.values(), ids=TOLD_IN_ANY_ORDER)
async def test_wish_and_its_call_are_one_row_in_whichever_order_they_are_told(
    office: Office, told: tuple[CallbackRequest | Call, ...]
) -> None:
    await tell(office, *told)
    (row,) = await rows(office)
    assert (row.why, row.number, row.calls, row.queue_id) == ("menu", ANNA, 1, office.queue)
    assert row.to_at == datetime(2026, 11, 20, 14, tzinfo=UTC)
    assert row.call_id is not None
    assert len(await office.jobs("callback_text")) == 1


async def test_call_that_came_within_the_second_that_the_menu_names_takes_no_choice_away(
    office: Office,
) -> None:
    """The menu knows by whole seconds when its call came."""
    call = its_call()
    later = replace(call, start=call.start + 2.7)
    await tell(office, later, request(customer_input="4711"))
    (row,) = await rows(office)
    assert row.to_at == datetime(2026, 11, 20, 14, tzinfo=UTC)
    assert row.customer_input == "4711"
    assert len(await office.jobs("callback_text")) == 1


async def test_number_keyed_in_the_menu_stands_in_place_of_that_of_the_call(
    office: Office,
) -> None:
    await tell(office, its_call(), request(number=ERIK))
    (row,) = await rows(office)
    assert row.number == ERIK
    await tell(office, request("1.2", 5, number=ERIK))
    assert [one.calls for one in await rows(office)] == [2]


@pytest.mark.parametrize("withheld", [False, True])
@pytest.mark.parametrize("order", [1, -1])
async def test_caller_who_keys_the_same_other_number_again_is_counted_in_that_row(
    office: Office, order: int, withheld: bool
) -> None:
    hidden: dict[str, Any] = {"withheld": True, "caller_e164": None} if withheld else {}
    await tell(office, request(number=ERIK), its_call(**hidden))
    (first,) = await rows(office)
    again = request("1.2", 5, number=ERIK, choice=MONDAY), its_call("1.2", 5, **hidden)
    await tell(office, *again[::order], *again)
    found = [row for row in await rows(office) if row.state == "open"]
    assert [(row.id, row.number, row.calls) for row in found] == [(first.id, ERIK, 2)]
    assert found[0].to_at == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert found[0].arrived_at == first.arrived_at
    assert len(await office.jobs("callback_text")) == 2


async def test_caller_who_asks_again_is_counted_in_his_row_and_keeps_his_place(
    office: Office,
) -> None:
    anna = await office.hire()
    await tell(office, request())
    (row,) = await rows(office)
    await office.in_vain(row.id, anna)
    await tell(office, request("1.2", 30, choice=MONDAY), its_call("1.2", 30))
    (row,) = await rows(office)
    assert (row.calls, row.arrived_at) == (2, NOW - timedelta(seconds=30))
    assert row.last_call_at == NOW + timedelta(minutes=29.5)
    assert row.from_at == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert (row.tries, row.not_before) == (0, None)  # he can be reached now
    assert len(await office.jobs("callback_text")) == 2


async def test_wish_that_is_read_late_does_not_undo_a_later_one(office: Office) -> None:
    await tell(office, request("1.2", 30, choice=MONDAY), request("1.1", 0))
    (row,) = await rows(office)
    assert (row.calls, row.from_at) == (2, datetime(2026, 11, 23, 7, tzinfo=UTC))
    assert row.arrived_at == NOW - timedelta(seconds=30)
    assert row.last_call_at == NOW + timedelta(minutes=29.5)


async def test_two_wishes_of_one_caller_at_the_same_moment_are_one_row(office: Office) -> None:
    async def ask(uniqueid: str) -> None:
        await tell(office, request(uniqueid))

    async with asyncio.timeout(60):
        await asyncio.gather(*(ask(f"1.{number}") for number in range(6)))
    (row,) = await rows(office)
    assert row.calls == 6
    assert row.last_call_at == row.arrived_at == NOW - timedelta(seconds=30)


async def test_wish_told_by_many_at_once_counts_once(office: Office) -> None:
    async with asyncio.timeout(60):
        await asyncio.gather(*(tell(office, request()) for _ in range(6)))
    assert [row.calls for row in await rows(office)] == [1]


async def test_wish_told_again_after_its_row_has_ended_stays_ended(office: Office) -> None:
    await tell(office, request("1.1"), request("1.2", 5))
    (row,) = await rows(office)
    async with office.at_work() as session:
        await cancel_callback(session, row.id, NOW)
    await tell(office, request("1.1"), request("1.2", 5), its_call("1.2", 5))
    assert [one.state for one in await rows(office)] == ["done"]
    await tell(office, request("1.3", 9))
    assert [one.state for one in await rows(office)] == ["done", "open"]


async def test_every_queue_and_every_caller_has_a_row_of_its_own(office: Office) -> None:
    await tell(office, request("1.1"), request("1.2", queue="växel"), request("1.3", number=ERIK))
    assert sorted((row.number, row.queue_id is None) for row in await rows(office)) == [
        (ANNA, False),
        (ANNA, True),
        (ERIK, False),
    ]


async def test_callers_who_hide_their_number_are_never_taken_for_one(office: Office) -> None:
    await tell(office, request("1.1", number=""), request("1.2", number=""))
    assert [(row.number, row.calls) for row in await rows(office)] == [("", 1), ("", 1)]
    assert await office.jobs("callback_text") == []


@pytest.mark.parametrize(
    "number", ["+469001234567", "+4712345678", "+46112", "112", "+46846500410"]
)
async def test_forbidden_number_of_the_menu_is_listed_without_and_the_callers_own_is_not_rung(
    office: Office, number: str
) -> None:
    await tell(office, its_call(), request(number=number))
    (row,) = await rows(office)
    assert (row.number, row.why, row.open_key) == ("", "number_refused", None)
    assert await office.jobs("callback_text") == []


async def test_choice_that_cannot_be_read_does_not_lose_the_caller(office: Office) -> None:
    await tell(office, request(choice="1300-1500@269999"))
    (row,) = await rows(office)
    assert (row.number, row.from_at, row.to_at) == (ANNA, None, None)


async def test_missed_call_of_a_caller_who_waits_is_counted_in_his_row(office: Office) -> None:
    await tell(office, request())
    again = its_call("1.9", 20, reason=Reason.ABANDONED_IN_QUEUE)
    await tell(office, again, again)
    (row,) = await rows(office)
    assert (row.calls, row.last_call_at) == (2, NOW + timedelta(minutes=20, seconds=-32))
    assert row.from_at == datetime(2026, 11, 20, 12, tzinfo=UTC)  # he asked for nothing else
    await tell(office, replace(again, uniqueid="1.10", caller_e164=ERIK))
    assert len(await rows(office)) == 1


async def test_missed_caller_who_cannot_be_texted_has_one_row_for_all_his_calls(
    office: Office,
) -> None:
    ids = []
    for number in range(3):
        async with office.at_work() as session:
            call = missed_call(f"1.{number}", at=NOW + timedelta(minutes=number))
            row = await record_call(session, office.pbx, call, NOW)
            assert row is not None
            await want_callback(session, row, "not_mobile", NOW)
            ids.append(row.id)
    (wish,) = await rows(office)
    assert (wish.calls, wish.call_id, wish.arrived_at) == (3, ids[0], NOW)
    async with office.at_work() as session:
        alone = await calls_alone(session, ids)
        assert {call: [one.id for one in own.open] for call, own in alone.items()} == {
            call: [wish.id] for call in ids
        }
        assert await settle_call(session, ids[2], [wish.id], NOW) == 1
    (wish,) = await rows(office)
    assert (wish.ended_as, wish.ended_at, wish.open_key) == ("settled", NOW, None)


async def test_database_itself_keeps_a_caller_to_one_open_row(office: Office) -> None:
    row = await office.row(await office.wish())
    second = CallbackRow(
        id=uuid4(),
        key="another",
        open_key=row.open_key,
        number=row.number,
        number_index=row.number_index,
        why="call_back",
        created_at=NOW,
    )
    async with office.at_work() as session:
        session.add(second)
        with pytest.raises(IntegrityError):
            await session.flush()
        await session.rollback()


async def test_calls_of_a_wish_are_another_companys_to_nobody(
    office: Office, neighbour: UUID
) -> None:
    await tell(office, request())
    async with office.db.read(neighbour) as session:
        assert (await session.scalars(select(CallbackCallRow))).all() == []
        assert (await session.scalars(select(CallbackRow))).all() == []
