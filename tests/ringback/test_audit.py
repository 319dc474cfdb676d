import asyncio
from datetime import timedelta, timezone
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from ringback import audit
from ringback.db import Database
from ringback.store.changes import Kind, note_change
from ringback.store.companies import company as company_row
from ringback.tables import AuditRow
from tests.clock import HandClock

ENTRIES = 5


class Trail:
    """A company's chain, and a way to tamper with it past everything that guards it."""

    def __init__(self, db: Database, company: UUID, clock: HandClock) -> None:
        self.db = db
        self.company = company
        self.clock = clock

    async def record(self, action: str = "read") -> None:
        self.clock.advance(1)
        async with self.db.begin(self.company) as session:
            now, remote = self.clock.now(), "192.0.2.44"
            await audit.record(session, now, "user:7", action, "conversation", uuid4(), remote)

    async def first_break(self) -> int | None:
        async with self.db.read(self.company) as session:
            return await audit.first_break(session)

    async def tamper(self, statement: str) -> None:
        async with self.db.engine.begin() as connection:
            await connection.exec_driver_sql(statement)


@pytest.fixture
async def trail(db: Database, company: UUID, clock: HandClock) -> Trail:
    made = Trail(db, company, clock)
    for _ in range(ENTRIES):
        await made.record()
    return made


async def test_untouched_chain_holds(trail: Trail) -> None:
    assert await trail.first_break() is None
    async with trail.db.read(trail.company) as session:
        rows = (await session.scalars(select(AuditRow).order_by(AuditRow.number))).all()
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert [row.previous_hash for row in rows] == ["", *(row.hash for row in rows[:-1])]
    assert {row.remote for row in rows} == {"192.0.2.44"}


async def test_company_without_entries_has_no_break(
    db: Database, neighbour: UUID, clock: HandClock
) -> None:
    assert await Trail(db, neighbour, clock).first_break() is None


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'user:8'",
        "action = 'erase'",
        "object_kind = 'booking'",
        "object_id = 'another'",
        "hash = previous_hash",
        "previous_hash = hash",
        "at = (SELECT at FROM audit WHERE number = 4)",
    ],
)
async def test_changed_entry_is_found(trail: Trail, change: str) -> None:
    await trail.tamper(f"UPDATE audit SET {change} WHERE number = 3")
    assert await trail.first_break() == 3


@pytest.mark.parametrize("number", [1, 3, ENTRIES])
async def test_removed_entry_is_found(trail: Trail, number: int) -> None:
    await trail.tamper(f"DELETE FROM audit WHERE number = {number}")
    assert await trail.first_break() == number


async def test_trail_that_was_cut_together_with_its_head_is_found(trail: Trail) -> None:
    """Whoever also counts back the number has rewritten all; only an outside copy shows that."""
    await trail.tamper(f"DELETE FROM audit WHERE number = {ENTRIES}")
    head = f"(SELECT hash FROM audit WHERE number = {ENTRIES - 1})"
    await trail.tamper(f"UPDATE company SET audit_head = {head}")
    assert await trail.first_break() == ENTRIES


async def test_reordered_entries_are_found(trail: Trail) -> None:
    for old, new in ((2, 99), (4, 2), (99, 4)):
        await trail.tamper(f"UPDATE audit SET number = {new} WHERE number = {old}")
    assert await trail.first_break() == 2


async def test_time_in_another_zone_is_the_same_time(trail: Trail) -> None:
    stockholm = timezone(timedelta(hours=1))
    async with trail.db.begin(trail.company) as session:
        at = trail.clock.now().astimezone(stockholm)
        await audit.record(session, at, "system", "read", "call", uuid4())
    assert await trail.first_break() is None


async def test_two_entries_of_one_unit_of_work_follow_each_other(trail: Trail) -> None:
    async with trail.db.begin(trail.company) as session:
        for action in ("book", "cancel"):
            await audit.record(session, trail.clock.now(), "assistant", action, "booking", "1")
    assert await trail.first_break() is None


async def test_entry_is_rolled_back_with_what_it_records(trail: Trail) -> None:
    async def fail() -> None:
        async with trail.db.begin(trail.company) as session:
            await audit.record(session, trail.clock.now(), "assistant", "book", "booking", "1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await trail.first_break() is None
    await trail.record()
    assert await trail.first_break() is None


async def test_companies_have_chains_of_their_own(
    trail: Trail, neighbour: UUID, clock: HandClock
) -> None:
    other = Trail(trail.db, neighbour, clock)
    await other.record()
    await trail.tamper("UPDATE audit SET action = 'x' WHERE number = 5")
    assert await other.first_break() is None
    assert await trail.first_break() == 5


async def test_writers_in_parallel_keep_the_chain_whole(trail: Trail) -> None:
    """Each as a turn does it: the company is read and rows are added before the entry is made."""
    ready = asyncio.Barrier(1 if trail.db.is_sqlite else 4)

    async def write() -> None:
        async with trail.db.begin(trail.company) as session:
            held = await company_row(session)
            await note_change(session, Kind.BOOKING, uuid4(), trail.clock.now())
            await session.flush()
            await ready.wait()
            await audit.record(session, trail.clock.now(), "assistant", "book", "booking", "1")
            assert held.audit_number > ENTRIES

    async with asyncio.timeout(20):
        await asyncio.gather(*(write() for _ in range(12)))
    assert await trail.first_break() is None
    async with trail.db.read(trail.company) as session:
        assert await session.scalar(select(func.max(AuditRow.number))) == ENTRIES + 12
