"""A company's own templates in the database."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from ringback.db import Database
from ringback.errors import BadInput
from ringback.policy import Situation
from ringback.store.templates import (
    delete_template,
    own_templates,
    save_template,
    template_rows,
)
from ringback.store.texting import save_texting
from ringback.templates import Template
from tests.clock import HandClock

DID = "+46846500410"
SECOND = Template(Situation.SECOND_CALL, "sv", "Hej igen! {stop}")


async def save(db: Database, company: UUID, clock: HandClock, *templates: Template) -> None:
    for template in templates:
        async with db.begin(company) as session:
            await save_template(session, template, clock.now())


async def kept(db: Database, company: UUID) -> tuple[Template, ...]:
    async with db.read(company) as session:
        return await own_templates(session)


async def test_templates_are_kept_as_they_are_told_and_are_the_companys_own(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    for_did = replace(SECOND, did=DID, queue="bokning")
    all_own = {
        SECOND,
        for_did,
        replace(for_did, queue="frågor"),
        replace(for_did, did="+46846500411"),
        replace(SECOND, language="en"),
        replace(SECOND, situation=Situation.REMINDER),
    }
    await save(db, company, clock, *all_own)
    assert set(await kept(db, company)) == all_own
    assert await kept(db, neighbour) == ()


async def test_template_for_the_same_place_is_replaced(
    db: Database, company: UUID, clock: HandClock
) -> None:
    await save(db, company, clock, SECOND)
    clock.advance(minutes=5)
    await save(db, company, clock, replace(SECOND, text=" Hej! "))
    async with db.read(company) as session:
        (row,) = await template_rows(session)
    assert (row.text, row.changed_at) == ("Hej!", clock.now())


async def test_two_who_save_at_once_leave_the_later_template(
    db: Database, company: UUID, clock: HandClock
) -> None:
    later = replace(SECOND, text="Hej då")
    async with asyncio.timeout(20):
        async with db.begin(company) as session:
            await save_template(session, SECOND, clock.now())
            other = asyncio.create_task(save(db, company, clock, later))
            await asyncio.wait({other}, timeout=0.2)  # time to come as far as it can
        await other
    assert await kept(db, company) == (later,)


async def test_did_is_kept_in_one_form(db: Database, company: UUID, clock: HandClock) -> None:
    for did in ("08-465 004 10", "0846500410", DID):
        await save(db, company, clock, replace(SECOND, did=did))
    (template,) = await kept(db, company)
    assert template.did == DID


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "{namn}"}, "text"),
        ({"situation": Situation.MISSED}, "text"),  # the law asks for more than it says
        ({"situation": Situation.REPLY}, "language"),
        ({"language": "de"}, "language"),
        ({"did": "växeln"}, "did"),
        ({"queue": "a" * 81}, "queue"),
        ({"queue": "a\x00"}, "queue"),
    ],
)
async def test_what_can_be_no_template_is_refused_and_changes_nothing(
    db: Database, company: UUID, clock: HandClock, change: dict[str, str], field: str
) -> None:
    with pytest.raises(BadInput) as wrong:
        await save(db, company, clock, replace(SECOND, **change))  # type: ignore[arg-type]
    assert wrong.value.field == field
    assert await kept(db, company) == ()


@pytest.mark.parametrize(("most_parts", "fits"), [(2, True), (1, False)])
async def test_text_that_the_companys_rules_would_stop_each_time_is_refused(
    db: Database, company: UUID, clock: HandClock, most_parts: int, fits: bool
) -> None:
    async with db.begin(company) as session:
        await save_texting(session, {"limits": {"most_parts": most_parts}})
    two_parts = replace(SECOND, text="{company}" + "a" * 150)  # 162 signs as it is read
    with nullcontext() if fits else pytest.raises(BadInput, match="make it shorter"):
        await save(db, company, clock, two_parts)
    assert await kept(db, company) == ((two_parts,) if fits else ())


async def test_deleted_template_is_gone_and_anothers_can_not_be_deleted(
    db: Database, company: UUID, neighbour: UUID, clock: HandClock
) -> None:
    async with db.begin(company) as session:
        row_id = (await save_template(session, SECOND, clock.now())).id
    async with db.begin(neighbour) as session:
        assert not await delete_template(session, row_id)
    assert await kept(db, company) == (SECOND,)
    async with db.begin(company) as session:
        assert await delete_template(session, row_id)
        assert not await delete_template(session, row_id)
        assert not await delete_template(session, uuid4())
    assert await kept(db, company) == ()
