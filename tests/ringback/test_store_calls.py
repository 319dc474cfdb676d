import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ringback.callbacks import CallbackRequest
from ringback.calls import Call, Direction, Outcome, Reason
from ringback.db import Database
from ringback.store.callbacks import record_callback
from ringback.store.calls import calls_of, missed_calls, record_call
from ringback.store.changes import changes_since
from ringback.tables import CallbackRow, CallRow, JobRow
from ringback.tenancy import number_index
from tests.clock import FRIDAY_AT_TEN, HandClock
from tests.ringback.flow import ANNA, add_pbx, converse, missed_call


@pytest.fixture
async def pbx(db: Database, company: UUID) -> UUID:
    async with db.begin(company) as session:
        return await add_pbx(session)


async def record(db: Database, company: UUID, pbx: UUID, call: Call) -> UUID | None:
    async with db.begin(company) as session:
        row = await record_call(session, pbx, call, FRIDAY_AT_TEN)
        return row.id if row else None


async def jobs_put(db: Database) -> list[tuple[str, UUID, UUID]]:
    async with db.read_across() as session:
        rows = await session.scalars(select(JobRow))
        return [(row.kind, row.company_id, row.subject) for row in rows]


async def test_call_is_kept_as_it_was_told(db: Database, company: UUID, pbx: UUID) -> None:
    call = replace(missed_call(), answered_by="+46701740622", callee="0846500400")
    call_id = await record(db, company, pbx, call)
    async with db.read(company) as session:
        row = await session.get_one(CallRow, call_id)
        same = ("uniqueid", "direction", "caller", "caller_e164", "withheld", "did", "did_e164")
        more = ("callee", "outcome", "reason", "answered_by", "ended_by", "wait_s", "talk_s")
        for field in (*same, *more):
            assert getattr(row, field) == getattr(call, field), field
        assert (row.queues, row.rang) == (["bokning"], ["101", "102"])
        assert row.started_at == datetime.fromtimestamp(call.start, UTC)
        assert row.ended_at - row.started_at == timedelta(seconds=21.5)
        assert row.caller_index == number_index(ANNA)


async def test_missed_caller_is_to_be_texted(db: Database, company: UUID, pbx: UUID) -> None:
    call_id = await record(db, company, pbx, missed_call())
    assert await jobs_put(db) == [("first_text", company, call_id)]
    assert db.bell.heard("first_text") > 0


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": Outcome.ANSWERED, "reason": None},
        {"outcome": None, "reason": None},
        {"direction": Direction.OUTBOUND},
        {"direction": Direction.INTERNAL},
    ],
)
async def test_others_are_not_texted(
    db: Database, company: UUID, pbx: UUID, change: dict[str, object]
) -> None:
    call = replace(missed_call(), **change)  # type: ignore[arg-type]
    assert await record(db, company, pbx, call) is not None
    assert await jobs_put(db) == []


async def test_call_of_unknown_outcome_is_completed_by_a_source_that_knows(
    db: Database, company: UUID, pbx: UUID
) -> None:
    unknown = replace(missed_call(), outcome=None, reason=None, did=None, did_e164=None)
    call_id = await record(db, company, pbx, unknown)
    told_by_another = replace(missed_call(), queues=(), rang=())
    assert await record(db, company, pbx, unknown) is None
    assert await record(db, company, pbx, told_by_another) == call_id
    async with db.read(company) as session:
        row = await session.get_one(CallRow, call_id)
        assert (row.outcome, row.reason, row.did) == ("missed", "no_answer", "0846500410")
        assert (row.queues, row.rang) == (["bokning"], ["101", "102"])  # seen by the first
    assert await jobs_put(db) == [("first_text", company, call_id)]


@pytest.mark.parametrize("later", [Outcome.ANSWERED, None])
async def test_first_source_that_knows_the_outcome_is_believed(
    db: Database, company: UUID, pbx: UUID, later: Outcome | None
) -> None:
    call_id = await record(db, company, pbx, missed_call())
    other = replace(missed_call(), outcome=later, reason=None)
    assert await record(db, company, pbx, other) is None
    async with db.read(company) as session:
        assert (await session.get_one(CallRow, call_id)).outcome == "missed"


@pytest.mark.parametrize("later", [Outcome.ANSWERED, None])
async def test_call_whose_beginning_was_not_seen_gets_its_did_from_a_later_source(
    db: Database, company: UUID, pbx: UUID, later: Outcome | None
) -> None:
    call_id = await record(db, company, pbx, replace(missed_call(), did=None, did_e164=None))
    other = replace(missed_call(), outcome=later, reason=None)
    assert await record(db, company, pbx, other) == call_id
    async with db.read(company) as session:
        row = await session.get_one(CallRow, call_id)
        assert (row.outcome, row.did, row.did_e164) == ("missed", "0846500410", "+46846500410")
    assert await record(db, company, pbx, other) is None


async def test_did_that_is_known_stays_when_a_source_without_it_tells_the_outcome(
    db: Database, company: UUID, pbx: UUID
) -> None:
    call_id = await record(db, company, pbx, replace(missed_call(), outcome=None, reason=None))
    told_by_a_queue = replace(missed_call(), did=None, did_e164=None)
    assert await record(db, company, pbx, told_by_a_queue) == call_id
    async with db.read(company) as session:
        row = await session.get_one(CallRow, call_id)
        assert (row.outcome, row.did, row.did_e164) == ("missed", "0846500410", "+46846500410")


async def test_reason_and_queues_that_the_first_source_did_not_see_are_filled_in(
    db: Database, company: UUID, pbx: UUID
) -> None:
    call_id = await record(db, company, pbx, replace(missed_call(), reason=None, queues=()))
    later = replace(missed_call(), reason=Reason.ABANDONED_IN_QUEUE)
    assert await record(db, company, pbx, later) == call_id
    assert await record(db, company, pbx, replace(later, reason=Reason.BUSY)) is None
    async with db.read(company) as session:
        row = await session.get_one(CallRow, call_id)
    assert (row.reason, row.queues) == ("abandoned_in_queue", ["bokning"])
    assert len(await jobs_put(db)) == 1


HIDDEN = replace(missed_call(), caller="anonymous", caller_e164=None, withheld=True)


async def test_caller_who_was_hidden_stays_hidden_when_another_source_shows_the_number(
    db: Database, company: UUID, pbx: UUID
) -> None:
    call_id = await record(db, company, pbx, replace(HIDDEN, outcome=None, reason=None))
    assert await record(db, company, pbx, missed_call()) == call_id
    async with db.read(company) as session:
        row = await session.get_one(CallRow, call_id)
    assert (row.outcome, row.withheld, row.caller, row.caller_e164, row.caller_index) == (
        "missed",
        True,
        "anonymous",
        None,
        None,
    )


async def test_source_that_knows_the_caller_hides_takes_the_number_away(
    db: Database, company: UUID, pbx: UUID
) -> None:
    call_id = await record(db, company, pbx, missed_call())
    assert await record(db, company, pbx, HIDDEN) == call_id
    async with db.read(company) as session:
        row = await session.get_one(CallRow, call_id)
    assert (row.withheld, row.caller, row.caller_e164) == (True, "anonymous", None)


async def test_callback_asked_for_in_the_call_is_a_row_of_its_own_once(
    db: Database, company: UUID, pbx: UUID
) -> None:
    call = replace(missed_call(), reason=Reason.CALLBACK_REQUESTED)
    call_id = await record(db, company, pbx, call)
    wish = CallbackRequest(
        "k", ANNA, "pressed_1", call.uniqueid, None, None, asked_at=FRIDAY_AT_TEN
    )
    async with db.begin(company) as session:
        assert await record_callback(session, pbx, wish, FRIDAY_AT_TEN) is not None
        assert await record_callback(session, pbx, wish, FRIDAY_AT_TEN) is None
        (row,) = (await session.scalars(select(CallbackRow))).all()
    assert (row.call_id, row.number, row.state) == (call_id, ANNA, "open")
    assert (row.why, row.calls) == ("pressed_1", 1)


async def test_callback_that_is_told_before_its_call_has_ended_is_the_same_one(
    db: Database, company: UUID, pbx: UUID
) -> None:
    call = replace(missed_call(), reason=Reason.CALLBACK_REQUESTED)
    wish = CallbackRequest("k", ANNA, "pressed_1", call.uniqueid, None, None, FRIDAY_AT_TEN)
    async with db.begin(company) as session:
        assert await record_callback(session, pbx, wish, FRIDAY_AT_TEN) is not None
    call_id = await record(db, company, pbx, call)
    async with db.read(company) as session:
        (row,) = (await session.scalars(select(CallbackRow))).all()
    assert (row.call_id, row.why) == (call_id, "pressed_1")


async def test_callback_asked_for_without_a_known_call_is_kept_once(
    db: Database, company: UUID, pbx: UUID
) -> None:
    until = FRIDAY_AT_TEN + timedelta(hours=2)
    wish = CallbackRequest("k", ANNA, "pressed_1", None, FRIDAY_AT_TEN, until, FRIDAY_AT_TEN)
    async with db.begin(company) as session:
        assert await record_callback(session, pbx, wish, FRIDAY_AT_TEN) is not None
        assert await record_callback(session, pbx, wish, FRIDAY_AT_TEN) is None
        (row,) = (await session.scalars(select(CallbackRow))).all()
    assert (row.call_id, row.from_at, row.to_at) == (None, FRIDAY_AT_TEN, until)


async def test_call_told_twice_is_kept_once(db: Database, company: UUID, pbx: UUID) -> None:
    assert await record(db, company, pbx, missed_call()) is not None
    assert await record(db, company, pbx, missed_call()) is None
    assert len(await jobs_put(db)) == 1


async def test_same_uniqueid_on_another_pbx_is_another_call(
    db: Database, company: UUID, pbx: UUID
) -> None:
    async with db.begin(company) as session:
        second = await add_pbx(session, "Filialen")
    assert await record(db, company, pbx, missed_call()) is not None
    assert await record(db, company, second, missed_call()) is not None


async def test_call_told_by_many_at_once_is_kept_once(
    db: Database, company: UUID, pbx: UUID
) -> None:
    async def attempt() -> bool:
        try:
            return await record(db, company, pbx, missed_call()) is not None
        except IntegrityError:  # the recorder then tries again and finds it known
            return False

    assert sum(await asyncio.gather(*(attempt() for _ in range(8)))) == 1
    assert len(await jobs_put(db)) == 1


async def test_caller_without_a_number_has_no_index(db: Database, company: UUID, pbx: UUID) -> None:
    call = replace(missed_call(), caller="anonymous", caller_e164=None, withheld=True)
    call_id = await record(db, company, pbx, call)
    async with db.read(company) as session:
        row = await session.get_one(CallRow, call_id)
        assert (row.caller, row.caller_e164, row.caller_index) == ("anonymous", None, None)


async def test_new_call_is_told_to_the_live_pages(
    db: Database, company: UUID, pbx: UUID, clock: HandClock
) -> None:
    call_id = await record(db, company, pbx, missed_call())
    async with db.read(company) as session:
        (change,) = await changes_since(session, 0)
    assert (change.kind, change.subject, change.new) == ("call", call_id, True)


async def test_missed_calls_are_listed_newest_first_page_by_page(
    db: Database, company: UUID, pbx: UUID
) -> None:
    """Three of the seven began at the same moment: none is shown twice or left out."""
    for number in range(7):
        at = FRIDAY_AT_TEN + timedelta(minutes=max(number, 3))
        await record(db, company, pbx, missed_call(f"1.{number}", at=at))
    answered = replace(missed_call("1.90"), outcome=Outcome.ANSWERED, reason=None)
    outbound = replace(missed_call("1.91"), direction=Direction.OUTBOUND, reason=Reason.BUSY)
    for call in (answered, outbound):
        await record(db, company, pbx, call)
    seen: list[CallRow] = []
    async with db.read(company) as session:
        while page := await missed_calls(
            session, 2, (seen[-1].started_at, seen[-1].id) if seen else None
        ):
            assert len(page) <= 2
            seen += page
    assert {row.uniqueid for row in seen} == {f"1.{number}" for number in range(7)}
    assert len(seen) == 7
    times = [row.started_at for row in seen]
    assert times == sorted(times, reverse=True)


async def test_another_companys_calls_are_not_listed(
    db: Database, company: UUID, neighbour: UUID, pbx: UUID
) -> None:
    call_id = await record(db, company, pbx, missed_call())
    async with db.read(neighbour) as session:
        assert list(await missed_calls(session, 10)) == []
        assert await session.get(CallRow, call_id) is None


async def test_calls_of_a_conversation_are_told_oldest_first(
    db: Database, company: UUID, pbx: UUID
) -> None:
    async with db.begin(company) as session:
        talk = await converse(session)
        for number, minutes in enumerate((5, 1, 9)):
            at = FRIDAY_AT_TEN + timedelta(minutes=minutes)
            row = await record_call(session, pbx, missed_call(f"1.{number}", at=at), at)
            assert row is not None
            row.conversation_id = talk.id if minutes != 9 else None
    async with db.read(company) as session:
        rows = await calls_of(session, talk.id)
        assert [row.uniqueid for row in rows] == ["1.1", "1.0"]
        assert list(await calls_of(session, uuid4())) == []
