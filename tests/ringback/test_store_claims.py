import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import NoResultFound

from ringback.attempts import (
    NOTE_LEASE,
    RING_LEASE,
    IsOver,
    NoteMissing,
    Outcome,
    OutsideBounds,
    Phase,
    Taken,
)
from ringback.db import Database
from ringback.errors import BadInput
from ringback.store import attempts
from ringback.store.callback_requests import cancel_callback
from ringback.store.changes import Kind
from ringback.tables import AttemptRow, CallbackRow, ChangeRow, PbxRow
from tests.clock import FRIDAY_AT_TEN as NOW
from tests.clock import HandClock
from tests.ringback.called_back import NOTE, Office, an_office
from tests.ringback.flow import ANNA, ERIK

REASON = "Kunden bad om det."


@pytest.fixture
async def office(db: Database, company: UUID, clock: HandClock) -> Office:
    return await an_office(db, company, clock)


async def count_attempts(office: Office) -> int:
    async with office.db.read(office.company) as session:
        return await session.scalar(select(func.count()).select_from(AttemptRow)) or 0


async def test_of_fifty_who_press_ring_on_one_row_at_once_one_rings(office: Office) -> None:
    wish = await office.wish()
    await office.hire(50)

    async def press(who: UUID) -> UUID | str:
        try:
            return (await office.ring(wish, who)).user_id
        except Taken as taken:
            return taken.who

    async with asyncio.timeout(100):
        pressed = await asyncio.gather(*map(press, office.people))
    (winner,) = [one for one in pressed if isinstance(one, UUID)]
    name = f"Handläggare {office.people.index(winner) + 1}"
    assert {one for one in pressed if one != winner} == {name}
    assert await count_attempts(office) == 1
    (job,) = await office.jobs("ring")
    assert (await office.attempt(job[0])).user_id == winner
    row = await office.row(wish)
    assert (row.attempt_id, row.handler_id) == (job[0], winner)
    assert row.lease_until == NOW + RING_LEASE


async def test_handler_who_presses_ring_on_many_rows_at_once_rings_one(office: Office) -> None:
    wishes = [await office.wish(f"+467017406{number:02}") for number in range(10, 20)]
    anna = await office.hire()

    async def press(wish: UUID) -> bool:
        try:
            await office.ring(wish, anna)
        except NoteMissing:
            return False
        return True

    async with asyncio.timeout(100):
        assert sum(await asyncio.gather(*map(press, wishes))) == 1
    assert await count_attempts(office) == 1


async def test_of_two_rows_of_one_number_one_rings(office: Office) -> None:
    wishes = [await office.wish(), await office.wish(queue=False)]
    await office.hire(2)

    async def press(wish: UUID, who: UUID) -> bool:
        try:
            await office.ring(wish, who)
        except Taken:
            return False
        return True

    async with asyncio.timeout(100):
        rung = await asyncio.gather(*map(press, wishes, office.people))
    assert sorted(rung) == [False, True]


async def test_other_row_of_the_number_waits_for_the_note_too(office: Office) -> None:
    first, second = await office.wish(), await office.wish(queue=False)
    anna, bo = await office.hire(), await office.hire()
    attempt = await office.ring(first, anna)
    await office.told(attempt.id, Phase.ENDED, Outcome.NO_ANSWER)
    with pytest.raises(Taken):
        await office.ring(second, bo)
    await office.note(attempt.id, anna, Outcome.NO_ANSWER)
    assert (await office.ring(second, bo)).number == ANNA


async def test_second_click_of_the_same_handler_is_the_same_try(office: Office) -> None:
    wish, anna = await office.wish(), await office.hire()
    first, second = await office.ring(wish, anna), await office.ring(wish, anna)
    assert first.id == second.id
    assert len(await office.jobs("ring")) == 1


async def test_what_is_rung_is_what_the_row_the_queue_and_the_handler_say(office: Office) -> None:
    await office.rules(shown_number="+46846500410")
    wish, anna = await office.wish(), await office.hire(phone="PJSIP/107")
    attempt = await office.ring(wish, anna)
    assert (attempt.phone, attempt.number, attempt.shown_number) == (
        "PJSIP/107",
        ANNA,
        "+46846500410",
    )
    assert (attempt.pbx_id, attempt.phase, attempt.began_at) == (office.pbx, "asked", NOW)
    async with office.db.read(office.company) as session:
        told = await session.scalars(select(ChangeRow.kind).where(ChangeRow.subject == wish))
        assert told.all()[-1] == Kind.CALLBACK


async def test_handler_whose_note_is_missing_cannot_ring(office: Office) -> None:
    first, second = await office.wish(), await office.wish(ERIK)
    anna = await office.hire()
    attempt = await office.ring(first, anna)
    await office.told(attempt.id, Phase.ENDED, Outcome.BUSY)
    for wish in (first, second):
        with pytest.raises(NoteMissing) as missing:
            await office.ring(wish, anna)
        assert (missing.value.callback_id, missing.value.attempt_id) == (first, attempt.id)
    await office.note(attempt.id, anna, Outcome.BUSY)
    assert (await office.ring(second, anna)).number == ERIK


async def test_row_whose_lease_is_over_may_be_rung_by_others(office: Office) -> None:
    wish, anna, bo = await office.wish(), await office.hire(), await office.hire()
    first = await office.ring(wish, anna)
    office.clock.advance(RING_LEASE.total_seconds() - 1)
    with pytest.raises(Taken) as taken:
        await office.ring(wish, bo)
    assert (taken.value.who, taken.value.since) == ("Handläggare 1", NOW)
    office.clock.advance(1)
    second = await office.ring(wish, bo)
    assert (await office.row(wish)).attempt_id == second.id
    lost = await office.attempt(first.id)
    assert (lost.outcome, lost.ended_at, lost.noted_at) == (Outcome.LOST, office.now, office.now)
    assert await office.send(first.id) is None
    await office.ring(await office.wish(ERIK), anna)  # a lost try needs no note


async def test_other_row_of_a_number_is_free_when_the_lease_is_over(office: Office) -> None:
    first, second = await office.wish(), await office.wish(queue=False)
    anna, bo = await office.hire(), await office.hire()
    await office.ring(first, anna)
    office.clock.advance(RING_LEASE.total_seconds())
    await office.ring(second, bo)
    assert (await office.row(first)).attempt_id is None


async def test_customer_who_answered_is_not_rung_again_however_late_the_note(
    office: Office,
) -> None:
    wish, anna, bo = await office.wish(), await office.hire(), await office.hire()
    attempt = await office.ring(wish, anna)
    await office.told(attempt.id, Phase.TALKING)
    for _ in range(2):  # first the call is not heard of any more, then the note is not written
        office.clock.advance(NOTE_LEASE.total_seconds())
        with pytest.raises(Taken):
            await office.ring(wish, bo, outside_why=REASON)
    await office.note(attempt.id, bo, Outcome.REACHED)
    assert (await office.row(wish)).ended_as == "reached"


async def test_row_that_was_not_reached_is_free_when_its_note_is_too_late(office: Office) -> None:
    wish, anna, bo = await office.wish(), await office.hire(), await office.hire()
    attempt = await office.ring(wish, anna)
    await office.told(attempt.id, Phase.ENDED, Outcome.NO_ANSWER)
    office.clock.advance(NOTE_LEASE.total_seconds())
    await office.ring(wish, bo, outside_why=REASON)
    assert (await office.row(wish)).tries == 1
    assert (await office.attempt(attempt.id)).outcome == Outcome.NO_ANSWER


@pytest.mark.parametrize(
    ("hours", "interval", "words"),
    [
        (0, (NOW + timedelta(hours=1), NOW + timedelta(hours=3)), "has not begun"),
        (3, (NOW, NOW + timedelta(hours=3)), "is over"),
        (12, (None, None), "closed"),
    ],
)
async def test_interval_and_hours_are_kept_unless_the_handler_says_why(
    office: Office, hours: float, interval: tuple[object, object], words: str
) -> None:
    wish, anna = await office.wish(interval=interval), await office.hire()
    office.clock.advance(hours=hours)
    for why, automatic in (("", False), ("  ", False), (" x ", False), (REASON, True)):
        with pytest.raises(OutsideBounds, match=words):
            await office.ring(wish, anna, outside_why=why, automatic=automatic)
    assert (await office.row(wish)).attempt_id is None
    assert (await office.ring(wish, anna, outside_why=REASON)).outside_why == REASON


async def test_row_that_was_tried_often_enough_is_rung_only_with_a_reason(office: Office) -> None:
    await office.rules(most_tries=2)
    wish, anna = await office.wish(), await office.hire()
    for _ in range(2):
        await office.in_vain(wish, anna)
    with pytest.raises(OutsideBounds, match="tried as often"):
        await office.ring(wish, anna)
    await office.ring(wish, anna, outside_why=REASON)


async def test_delay_after_a_try_binds_the_automatic_mode_alone(office: Office) -> None:
    await office.rules(retry_min=20)
    wish, anna = await office.wish(), await office.hire()
    await office.in_vain(wish, anna)
    with pytest.raises(OutsideBounds, match="too early"):
        await office.ring(wish, anna, automatic=True)
    office.clock.advance(minutes=20)
    assert (await office.ring(wish, anna, automatic=True)).automatic


async def test_handler_without_a_phone_is_told_so(office: Office) -> None:
    wish, anna = await office.wish(), await office.hire(phone="")
    with pytest.raises(BadInput, match="which phone"):
        await office.ring(wish, anna)


@pytest.mark.parametrize("number", ["", "+469001234567", "+4712345678"])
async def test_number_that_is_not_known_or_not_allowed_is_not_rung(
    office: Office, number: str
) -> None:
    """However it came into the row."""
    wish, anna = await office.wish(), await office.hire()
    async with office.at_work() as session:
        (await session.get_one(CallbackRow, wish)).number = number
    with pytest.raises(BadInput) as refused:
        await office.ring(wish, anna, outside_why=REASON)
    assert refused.value.field == "number"
    assert await count_attempts(office) == 0


async def test_wish_of_no_queue_is_rung_by_the_first_pbx_that_can(office: Office) -> None:
    wish, anna = await office.wish(queue=False), await office.hire()
    async with office.at_work() as session:
        await session.execute(update(PbxRow).values(kind="sip"))
    with pytest.raises(BadInput, match="no PBX"):
        await office.ring(wish, anna)
    async with office.at_work() as session:
        await session.execute(update(PbxRow).values(kind="edge"))
    assert (await office.ring(wish, anna)).pbx_id == office.pbx


async def test_wish_that_has_ended_is_not_rung(office: Office) -> None:
    wish, anna = await office.wish(), await office.hire()
    async with office.at_work() as session:
        assert await cancel_callback(session, wish, NOW)
    with pytest.raises(IsOver):
        await office.ring(wish, anna)


async def test_wish_of_another_company_is_not_there(office: Office, neighbour: UUID) -> None:
    wish, anna = await office.wish(), await office.hire()
    async with office.db.begin(neighbour) as session:
        with pytest.raises(NoResultFound):
            await attempts.claim(session, wish, anna, NOW)
    with pytest.raises(NoResultFound):
        await office.ring(uuid4(), anna)


async def test_own_try_without_a_note_is_found(office: Office) -> None:
    wish, anna, bo = await office.wish(), await office.hire(), await office.hire()
    attempt = await office.ring(wish, anna)
    async with office.db.read(office.company) as session:
        found = await attempts.mine(session, anna)
        assert found is not None
        assert found.id == attempt.id
        assert await attempts.mine(session, bo) is None
    await office.note(attempt.id, anna, Outcome.REACHED, NOTE)
    async with office.db.read(office.company) as session:
        assert await attempts.mine(session, anna) is None
