"""The sums of texts and money: which periods a text counts in, and when they are dropped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ringback.db import Database
from ringback.policy import Spent
from ringback.store.spent import Ledger, forget_old, spent_by_company
from ringback.tables import SpentRow
from ringback.tenancy import number_index
from tests.clock import FRIDAY_AT_TEN
from tests.ringback.flow import ANNA, ERIK

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@asynccontextmanager
async def ledger(db: Database, company: UUID, *moments: datetime) -> AsyncIterator[Ledger]:
    async with db.begin(company) as session:
        numbers = [number_index(ANNA), number_index(ERIK)]
        opened = await Ledger.locked(session, STOCKHOLM, numbers, moments)
        yield opened
        opened.keep()


async def count(db: Database, company: UUID, number: str, *moments: datetime) -> None:
    for at in moments:
        async with ledger(db, company, at) as opened:
            opened.add(number_index(number), at, 1, 640)


async def before(db: Database, company: UUID, number: str, now: datetime) -> Spent:
    async with ledger(db, company, now) as opened:
        return opened.before(number_index(number), now)


async def test_nothing_is_spent_in_the_beginning(db: Database, company: UUID) -> None:
    assert await before(db, company, ANNA, FRIDAY_AT_TEN) == Spent()


async def test_text_counts_for_its_number_and_for_the_company(db: Database, company: UUID) -> None:
    await count(db, company, ANNA, FRIDAY_AT_TEN, FRIDAY_AT_TEN)
    await count(db, company, ERIK, FRIDAY_AT_TEN)
    assert await before(db, company, ANNA, FRIDAY_AT_TEN) == Spent(2, 2, 1280, 1920, 1920)
    assert await before(db, company, ERIK, FRIDAY_AT_TEN) == Spent(1, 1, 640, 1920, 1920)


LOCAL = [  # a text, another moment, and what counts then: hour, day, company's day, its month
    ("2026-11-20T09:00", "2026-11-20T09:59", (1, 1, 640, 640)),
    ("2026-11-20T09:59", "2026-11-20T10:00", (0, 1, 640, 640)),
    ("2026-11-20T22:59", "2026-11-20T23:00", (0, 0, 0, 640)),  # midnight in Stockholm
    ("2026-11-30T22:59", "2026-11-30T23:00", (0, 0, 0, 0)),  # a new month there
    ("2026-10-25T00:30", "2026-10-25T01:30", (1, 1, 640, 640)),  # the hour that comes twice
    ("2026-03-29T00:30", "2026-03-29T01:30", (0, 1, 640, 640)),  # the hour that never comes
    ("2026-12-31T22:59", "2026-12-31T23:00", (0, 0, 0, 0)),
]


@pytest.mark.parametrize(("sent", "then", "counts"), LOCAL)
async def test_periods_are_the_company_s_local_ones(
    db: Database, company: UUID, sent: str, then: str, counts: tuple[int, ...]
) -> None:
    at, now = (datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (sent, then))
    await count(db, company, ANNA, at)
    spent = await before(db, company, ANNA, now)
    assert counts == (
        spent.number_hour_texts,
        spent.number_day_texts,
        spent.company_day_e4,
        spent.company_month_e4,
    )


async def test_texts_of_one_unit_of_work_see_each_other(db: Database, company: UUID) -> None:
    async with ledger(db, company, FRIDAY_AT_TEN) as opened:
        for number in range(3):
            spent = opened.before(number_index(ANNA), FRIDAY_AT_TEN)
            assert (spent.number_hour_texts, spent.company_day_e4) == (number, number * 640)
            opened.add(number_index(ANNA), FRIDAY_AT_TEN, 1, 640)


async def test_what_is_taken_back_never_falls_below_nothing(db: Database, company: UUID) -> None:
    await count(db, company, ANNA, FRIDAY_AT_TEN)
    for _ in range(2):
        async with ledger(db, company, FRIDAY_AT_TEN) as opened:
            opened.add(number_index(ANNA), FRIDAY_AT_TEN, -1, -640)
    assert await before(db, company, ANNA, FRIDAY_AT_TEN) == Spent()


async def test_two_at_once_lose_no_text(db: Database, company: UUID) -> None:
    """Also when both find that nothing is spent yet: the second one is refused and begins again."""

    async def one(number: str) -> None:
        for _ in range(3):
            try:
                await count(db, company, number, FRIDAY_AT_TEN)
            except IntegrityError:
                continue
            return

    await asyncio.gather(*(one(number) for number in (ANNA, ERIK, ANNA, ERIK)))
    assert (await before(db, company, ANNA, FRIDAY_AT_TEN)).company_day_e4 == 4 * 640


async def test_company_s_own_sums_are_read_without_a_number(db: Database, company: UUID) -> None:
    await count(db, company, ANNA, FRIDAY_AT_TEN)
    async with db.read(company) as session:
        assert await spent_by_company(session, FRIDAY_AT_TEN) == Spent(0, 1, 640, 640, 640)


async def test_another_company_s_sums_are_its_own(
    db: Database, company: UUID, neighbour: UUID
) -> None:
    await count(db, company, ANNA, FRIDAY_AT_TEN)
    assert await before(db, neighbour, ANNA, FRIDAY_AT_TEN) == Spent()


@pytest.mark.parametrize(("days", "kept"), [(1, 4), (2, 3), (10, 2), (801, 0)])
async def test_sums_are_kept_as_long_as_somebody_may_ask(
    db: Database, company: UUID, days: int, kept: int
) -> None:
    await count(db, company, ANNA, FRIDAY_AT_TEN)
    async with db.begin_across() as session:
        await forget_old(session, FRIDAY_AT_TEN + timedelta(days=days))
    async with db.read(company) as session:
        assert len((await session.scalars(select(SpentRow))).all()) == kept
