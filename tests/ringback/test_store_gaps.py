"""When a gap begins and ends, and what is found of it."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from ringback.calls import Call
from ringback.db import Database
from ringback.store.calls import record_call
from ringback.store.changes import Kind, changes_since
from ringback.store.companies import set_link_state
from ringback.store.gaps import gaps_between, note_found, note_link, note_read
from ringback.tables import GapRow
from tests.clock import FRIDAY_AT_TEN, HandClock
from tests.flow import rows
from tests.ringback.flow import add_pbx, missed_call

TEN = FRIDAY_AT_TEN


@pytest.fixture
async def pbx(db: Database, company: UUID) -> UUID:
    async with db.begin(company) as session:
        return await add_pbx(session)


async def link(db: Database, company: UUID, pbx: UUID, state: str, minutes: float) -> None:
    """The link is so, since so many minutes after ten."""
    since = TEN + timedelta(minutes=minutes)
    async with db.begin(company) as session:
        await note_link(session, pbx, state, since, since)
        await set_link_state(session, pbx, state, "", since)


def ended(minutes: float) -> Call:
    return replace(missed_call(), end=(TEN + timedelta(minutes=minutes)).timestamp())


async def gap(db: Database, company: UUID) -> GapRow:
    (one,) = await rows(db, company, GapRow)
    return one


async def test_gap_runs_from_the_last_word_to_the_next(
    db: Database, company: UUID, pbx: UUID
) -> None:
    for minutes, state in enumerate(("connecting", "up", "lost", "unreachable", "up")):
        await link(db, company, pbx, state, minutes)
    one = await gap(db, company)
    assert one.from_at == TEN + timedelta(minutes=2)
    assert one.to_at == TEN + timedelta(minutes=4)
    assert (one.found, one.sources) == (0, [])


async def test_process_that_was_away_finds_out_that_it_was(
    db: Database, company: UUID, pbx: UUID
) -> None:
    """It begins with the moment at which the one before last heard the PBX."""
    await link(db, company, pbx, "up", 0)
    await link(db, company, pbx, "connecting", 7)
    await link(db, company, pbx, "unreachable", 7)
    await link(db, company, pbx, "up", 12)
    one = await gap(db, company)
    assert one.from_at == TEN + timedelta(minutes=7)
    assert one.to_at == TEN + timedelta(minutes=12)


async def test_gap_that_was_told_late_begins_with_the_earlier_word(
    db: Database, company: UUID, pbx: UUID
) -> None:
    await link(db, company, pbx, "up", 0)
    await link(db, company, pbx, "lost", 9)
    await link(db, company, pbx, "connecting", 5)
    assert (await gap(db, company)).from_at == TEN + timedelta(minutes=5)


async def test_pbx_that_was_never_heard_has_no_gap(db: Database, company: UUID, pbx: UUID) -> None:
    for minutes, state in enumerate(("connecting", "unreachable", "refused", "up", "up")):
        await link(db, company, pbx, state, minutes)
    assert await rows(db, company, GapRow) == []


@pytest.mark.parametrize("up_at", [1 + 2 / 60, 0.5])
async def test_line_taken_up_at_once_or_never_let_go_is_no_gap(
    db: Database, company: UUID, pbx: UUID, up_at: float
) -> None:
    """Of an edge that was out of reach, its link may have been up all the time."""
    await link(db, company, pbx, "up", 0)
    await link(db, company, pbx, "lost", 1)
    await link(db, company, pbx, "up", up_at)
    assert await rows(db, company, GapRow) == []


async def test_calls_that_ended_in_the_gap_are_counted_and_others_not(
    db: Database, company: UUID, pbx: UUID
) -> None:
    await link(db, company, pbx, "up", 0)
    await link(db, company, pbx, "lost", 2)
    async with db.begin(company) as session:
        for minutes in (1.0, 3.0):
            await note_found(session, pbx, ended(minutes), TEN)
    await link(db, company, pbx, "up", 4)
    async with db.begin(company) as session:
        for minutes in (3.5, 5):
            await note_found(session, pbx, ended(minutes), TEN)
    assert (await gap(db, company)).found == 2


async def test_call_that_is_told_by_several_sources_counts_once(
    db: Database, company: UUID, pbx: UUID
) -> None:
    await link(db, company, pbx, "up", 0)
    await link(db, company, pbx, "lost", 2)
    unknown = replace(ended(3), outcome=None, reason=None)
    for told in (unknown, ended(3), ended(3)):
        async with db.begin(company) as session:
            await note_found(session, pbx, told, TEN)
            await record_call(session, pbx, told, TEN)
    assert (await gap(db, company)).found == 1


async def test_source_counts_as_read_after_gaps_that_are_over(
    db: Database, company: UUID, pbx: UUID
) -> None:
    await link(db, company, pbx, "up", 0)
    await link(db, company, pbx, "lost", 1)
    async with db.begin(company) as session:
        await note_read(session, pbx, "cdr", TEN)
    assert (await gap(db, company)).sources == []
    await link(db, company, pbx, "up", 2)
    for source in ("cdr", "queue_log", "cdr"):
        async with db.begin(company) as session:
            await note_read(session, pbx, source, TEN)
    assert (await gap(db, company)).sources == ["cdr", "queue_log"]


async def test_open_pages_are_told_of_every_change(db: Database, company: UUID, pbx: UUID) -> None:
    await link(db, company, pbx, "up", 0)
    await link(db, company, pbx, "lost", 1)
    await link(db, company, pbx, "up", 2)
    one = await gap(db, company)
    async with db.read(company) as session:
        changes = [change for change in await changes_since(session, 0) if change.kind is Kind.GAP]
    assert [(change.subject, change.new) for change in changes] == [(one.id, True), (one.id, False)]


async def test_gaps_are_those_of_the_company_in_a_span_of_time_newest_first(
    db: Database, company: UUID, neighbour: UUID, pbx: UUID, clock: HandClock
) -> None:
    async with db.begin(neighbour) as session:
        theirs = await add_pbx(session)
    for owner, own in ((company, pbx), (neighbour, theirs)):
        for minutes in (0, 10, 20):
            await link(db, owner, own, "up", minutes)
            await link(db, owner, own, "lost", minutes + 5)
    async with db.read(company) as session:
        found = await gaps_between(session, TEN + timedelta(minutes=6), None, 10)
        older = await gaps_between(session, None, TEN + timedelta(minutes=6), 10)
        two = await gaps_between(session, None, None, 2)
    assert [gap.from_at.minute for gap, _ in found] == [25, 15]
    assert [gap.from_at.minute for gap, _ in older] == [5]
    assert len(two) == 2
    assert {shown.id for _, shown in (*found, *older)} == {pbx}
