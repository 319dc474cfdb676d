"""Who has been spoken with need not be rung back: the row closes itself, and so does the question."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from ringback.attempts import Phase, channel_id
from ringback.callbacks import Ended
from ringback.calls import Call, Direction, Outcome
from ringback.db import Database
from ringback.store.callbacks import close_reached, settle_callbacks
from ringback.store.calls import record_call
from ringback.store.changes import changes_since
from ringback.store.standings import standings
from ringback.tables import CallbackRow
from tests.clock import FRIDAY_AT_TEN as NOW
from tests.clock import HandClock
from tests.ringback.called_back import Office, an_office
from tests.ringback.flow import ANNA, ERIK, converse, missed_call


@pytest.fixture
async def office(db: Database, company: UUID, clock: HandClock) -> Office:
    return await an_office(db, company, clock)


def answered(
    direction: Direction = Direction.INBOUND, minutes: float = 10, **changes: object
) -> Call:
    """The caller got through in another queue, or was rung by somebody, some minutes later."""
    call = missed_call("1.50", at=NOW + timedelta(minutes=minutes))
    call = replace(call, direction=direction, outcome=Outcome.ANSWERED, reason=None)
    if direction is not Direction.INBOUND:
        call = replace(call, caller="101", caller_e164=None, callee="0701740605", did=None)
    return replace(call, **changes)  # type: ignore[arg-type]


async def tell(office: Office, call: Call) -> None:
    async with office.at_work() as session:
        await record_call(session, office.pbx, call, NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    "call",
    [
        answered(),
        answered(Direction.OUTBOUND),
        answered(Direction.OUTBOUND, callee="+46701740605"),
        answered(Direction.OUTBOUND, callee="0046701740605"),
    ],
)
async def test_caller_who_was_spoken_with_otherwise_is_done(office: Office, call: Call) -> None:
    wish, other = await office.wish(), await office.wish(ERIK)
    await tell(office, call)
    row = await office.row(wish)
    assert (row.state, row.ended_as) == ("done", "reached_by_other_call")
    assert (row.ended_at, row.open_key) == (NOW + timedelta(hours=1), None)
    assert (await office.row(other)).state == "open"
    async with office.db.read(office.company) as session:
        told = [one.subject for one in await changes_since(session, 0)]
    assert told.count(wish) == 2  # made, and ended


@pytest.mark.parametrize(
    "call",
    [
        answered(outcome=Outcome.MISSED),
        answered(outcome=None),
        answered(withheld=True),
        answered(Direction.INTERNAL),
        answered(Direction.OUTBOUND, callee="0701740611"),
        answered(Direction.OUTBOUND, callee="*98"),
        answered(minutes=-10),  # he asked to be rung after that call had begun
        answered(minutes=0),
    ],
)
async def test_call_that_did_not_reach_the_caller_since_leaves_the_row(
    office: Office, call: Call
) -> None:
    wish = await office.wish()
    await tell(office, call)
    assert (await office.row(wish)).state == "open"


async def test_call_whose_outcome_is_told_later_ends_the_row_then(office: Office) -> None:
    wish = await office.wish()
    await tell(office, answered(outcome=None))
    await tell(office, answered())
    assert (await office.row(wish)).ended_as == "reached_by_other_call"


async def test_open_question_in_the_texts_is_closed_with_it(office: Office) -> None:
    async with office.at_work() as session:
        talk = await converse(session)
        row = CallbackRow(
            id=uuid4(),
            key="turn:1",
            number=talk.number,
            number_index=talk.number_index,
            conversation_id=talk.id,
            why="question",
            created_at=NOW,
        )
        session.add(row)
    async with office.db.read(office.company) as session:
        assert (await standings(session, [talk.id]))[talk.id] == "needs_person"
    await tell(office, answered())
    async with office.db.read(office.company) as session:
        assert (await standings(session, [talk.id]))[talk.id] == "handled"
        told = [one.subject for one in await changes_since(session, 0)]
    assert (await office.row(row.id)).ended_as == "reached_by_other_call"
    assert talk.id in told


async def test_call_of_a_try_leaves_the_row_to_the_handlers_note(office: Office) -> None:
    """That a phone was answered is not that the customer was: it may be his voicemail."""
    wish, anna = await office.wish(), await office.hire()
    attempt = await office.ring(wish, anna)
    await tell(office, answered(Direction.OUTBOUND, uniqueid=channel_id(attempt.id)))
    missed = answered(uniqueid=channel_id(uuid4()), outcome=Outcome.MISSED)
    await tell(office, missed)  # however the PBX tells of it: nobody is texted, nothing is listed
    assert (await office.row(wish)).state == "open"
    assert await office.jobs("first_text") == []


async def test_row_that_is_being_rung_is_done_too_and_its_phone_is_not_rung(
    office: Office,
) -> None:
    wish, anna = await office.wish(), await office.hire()
    attempt = await office.ring(wish, anna)
    await tell(office, answered())
    assert (await office.row(wish)).ended_as == "reached_by_other_call"
    assert await office.send(attempt.id) is None
    assert (await office.attempt(attempt.id)).phase == Phase.ENDED


async def test_try_may_be_left_out(office: Office) -> None:
    first, second = await office.wish(), await office.wish(queue=False)
    attempt = await office.ring(first, await office.hire())
    async with office.at_work() as session:
        assert await close_reached(session, ANNA, NOW, Ended.OTHER_CALL, attempt.id) == 1
        assert await close_reached(session, ANNA, NOW, Ended.OTHER_CALL, attempt.id) == 0
    assert (await office.row(first)).state == "open"
    assert (await office.row(second)).state == "done"


async def test_row_that_staff_marked_as_handled_says_so(office: Office) -> None:
    async with office.at_work() as session:
        talk = await converse(session)
    wish = await office.wish(conversation_id=talk.id)
    async with office.at_work() as session:
        assert await settle_callbacks(session, talk.id, [wish], NOW) == 1
    row = await office.row(wish)
    assert (row.state, row.ended_as, row.ended_at, row.open_key) == ("done", "settled", NOW, None)


async def test_call_of_a_neighbour_ends_nothing_here(office: Office, neighbour: UUID) -> None:
    wish = await office.wish()
    async with office.db.begin(neighbour) as session:
        assert await close_reached(session, ANNA, NOW, Ended.OTHER_CALL) == 0
    assert (await office.row(wish)).state == "open"
