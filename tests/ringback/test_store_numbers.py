"""Numbers that a company treats in its own way, in the database."""

import asyncio
from uuid import UUID, uuid4

import pytest

from ringback.db import Database
from ringback.errors import BadInput
from ringback.policy import NumberRule
from ringback.store.conversations import opted_out
from ringback.store.numbers import (
    count_number_rules,
    count_opted_out,
    lift_opt_out,
    number_rules,
    remove_number_rule,
    rule_of,
    rules_of,
    set_number_rule,
)
from ringback.tables import OptOutRow
from ringback.tenancy import number_index
from tests.clock import HandClock
from tests.ringback.flow import ANNA, ERIK

EXCLUDED, OWN, TEXTABLE = NumberRule.EXCLUDED, NumberRule.OWN, NumberRule.TEXTABLE


async def put(
    db: Database, company: UUID, clock: HandClock, number: str, rule: NumberRule, note: str = ""
) -> UUID:
    async with db.begin(company) as session:
        return (await set_number_rule(session, number, rule, note, clock.now())).id


async def test_number_is_found_by_any_way_of_writing_it_and_only_by_its_company(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    await put(db, company, clock, " 070-174 06 05 ", EXCLUDED, "leverantör")
    async with db.read(company) as session:
        assert await rule_of(session, ANNA) is EXCLUDED
        assert await rule_of(session, ERIK) is None
        (row,) = await number_rules(session, EXCLUDED)
        assert (row.number, row.note, row.created_at) == (ANNA, "leverantör", clock.now())
    async with db.read(neighbour) as session:
        assert await rule_of(session, ANNA) is None
        assert await number_rules(session, EXCLUDED) == []


async def test_number_put_on_two_lists_at_once_is_on_the_later(
    db: Database, company: UUID, clock: HandClock
) -> None:
    async with asyncio.timeout(20):
        async with db.begin(company) as session:
            await set_number_rule(session, ANNA, EXCLUDED, "", clock.now())
            other = asyncio.create_task(put(db, company, clock, ANNA, OWN, "växeln"))
            await asyncio.wait({other}, timeout=0.2)  # time to come as far as it can
        await other
    async with db.read(company) as session:
        assert await count_number_rules(session) == {EXCLUDED: 0, OWN: 1, TEXTABLE: 0}
        (row,) = await number_rules(session, OWN)
    assert row.note == "växeln"


async def test_rules_of_many_numbers_are_found_at_once(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await put(db, company, clock, ANNA, EXCLUDED)
    await put(db, company, clock, "+46846500455", TEXTABLE)
    async with db.read(company) as session:
        anna, erik, line = map(number_index, (ANNA, ERIK, "+46846500455"))
        assert await rules_of(session, [anna, erik, line]) == {anna: EXCLUDED, line: TEXTABLE}
        assert await rules_of(session, []) == {}


@pytest.mark.parametrize("at_once", [True, False])
async def test_pages_show_every_number_once_newest_first(
    db: Database, company: UUID, clock: HandClock, at_once: bool
) -> None:
    put_in = [f"+467017406{number:02d}" for number in range(5, 12)]
    for number in put_in:
        await put(db, company, clock, number, EXCLUDED)
        clock.advance(seconds=0 if at_once else 1)
    shown: list[str] = []
    after: UUID | None = None
    async with db.read(company) as session:
        while page := await number_rules(session, EXCLUDED, 3, after):
            assert len(page) <= 3
            shown += [row.number for row in page]
            after = page[-1].id
    assert sorted(shown) == put_in
    assert at_once or shown == put_in[::-1]


@pytest.mark.parametrize(
    ("number", "note", "field"),
    [
        ("växeln", "", "number"),
        ("", "", "number"),
        ("112", "", "number"),
        (ANNA, "a" * 201, "note"),
        (ANNA, "a\x00", "note"),
    ],
)
async def test_what_can_be_no_number_or_note_is_refused(
    db: Database, company: UUID, clock: HandClock, number: str, note: str, field: str
) -> None:
    with pytest.raises(BadInput) as wrong:
        await put(db, company, clock, number, OWN, note)
    assert wrong.value.field == field


async def test_removed_number_is_treated_as_any_other(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    row_id = await put(db, company, clock, ANNA, EXCLUDED)
    async with db.begin(neighbour) as session:
        assert not await remove_number_rule(session, row_id)
    async with db.begin(company) as session:
        assert await rule_of(session, ANNA) is EXCLUDED
        assert await remove_number_rule(session, row_id)
        assert not await remove_number_rule(session, row_id)
        assert not await remove_number_rule(session, uuid4())
        assert await rule_of(session, ANNA) is None


async def test_opt_outs_are_counted_and_lifted_one_by_one(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    for owner in (company, neighbour):
        async with db.begin(owner) as session:
            for number in (ANNA, ERIK):
                index = number_index(number)
                session.add(OptOutRow(number_index=index, created_at=clock.now()))
    async with db.begin(company) as session:
        assert await count_opted_out(session) == 2
        assert await lift_opt_out(session, ANNA)
        assert not await lift_opt_out(session, ANNA)
        assert await count_opted_out(session) == 1
        assert await opted_out(session, number_index(ERIK))
    async with db.read(neighbour) as session:
        assert await count_opted_out(session) == 2
