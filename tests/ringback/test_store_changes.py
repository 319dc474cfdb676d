from uuid import UUID, uuid4

from ringback.db import Database
from ringback.store.changes import (
    KEEP,
    LOOK_BACK,
    Change,
    Kind,
    changes_since,
    forget_old,
    latest_position,
    note_change,
)
from tests.clock import HandClock


async def note(db: Database, company: UUID, clock: HandClock, count: int = 1) -> list[UUID]:
    subjects = [uuid4() for _ in range(count)]
    async with db.begin(company) as session:
        for subject in subjects:
            await note_change(session, Kind.CALL, subject, clock.now(), new=True)
            await session.flush()
    return subjects


async def since(db: Database, company: UUID, position: int) -> list[Change]:
    async with db.read(company) as session:
        return await changes_since(session, position)


async def test_changes_come_in_the_order_in_which_they_were_made(
    db: Database, company: UUID, clock: HandClock
) -> None:
    subjects = await note(db, company, clock, 3)
    changes = await since(db, company, 0)
    assert [change.subject for change in changes] == subjects
    assert [change.id for change in changes] == sorted(change.id for change in changes)
    assert {(change.kind, change.new, change.part) for change in changes} == {
        (Kind.CALL, True, None)
    }


async def test_position_is_the_latest_change_of_the_company(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    async with db.read(company) as session:
        assert await latest_position(session) == 0
    await note(db, company, clock)
    await note(db, neighbour, clock)
    (ours,) = await since(db, company, 0)
    async with db.read(company) as session:
        assert await latest_position(session) == ours.id


async def test_change_that_was_committed_late_is_still_found(
    db: Database, company: UUID, clock: HandClock
) -> None:
    """The reader goes back a little and skips what it has seen; longer ago it does not look."""
    await note(db, company, clock, LOOK_BACK + 5)
    everything = await since(db, company, 0)
    assert len(everything) == LOOK_BACK + 5
    again = await since(db, company, everything[-1].id)
    assert again == everything[5:]


async def test_other_companies_changes_are_not_told(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    await note(db, neighbour, clock)
    assert await since(db, company, 0) == []


async def test_changes_are_forgotten_after_a_day(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await note(db, company, clock)
    clock.advance(1)
    (kept,) = await note(db, company, clock)
    clock.advance(KEEP.total_seconds())
    async with db.begin_across() as session:
        await forget_old(session, clock.now())
    assert [change.subject for change in await since(db, company, 0)] == [kept]


async def test_position_does_not_go_back_when_changes_are_forgotten(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await note(db, company, clock)
    (before,) = await since(db, company, 0)
    clock.advance(days=2)
    async with db.begin_across() as session:
        await forget_old(session, clock.now())
    await note(db, company, clock)
    (after,) = await since(db, company, 0)
    assert after.id > before.id
