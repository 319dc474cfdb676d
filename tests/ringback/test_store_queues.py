import string
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound

from asterisk_conf.values import QueuePlan
from ringback.db import Database
from ringback.errors import BadInput
from ringback.offer import Offer, Why
from ringback.queues import Rules, offer_key
from ringback.store.changes import Kind
from ringback.store.people import sign_in, sign_out
from ringback.store.queues import (
    add_queue,
    note_offer,
    queue_named,
    queues,
    remove_queue,
    rules_of,
    save_rules,
)
from ringback.store.staffing import Present, present, staff, staffed_by
from ringback.tables import ChangeRow, QueueRow, SignInRow, UserRow
from tests.clock import FRIDAY_AT_TEN as NOW
from tests.clock import HandClock
from tests.ringback.called_back import Office, an_office


@pytest.fixture
async def office(db: Database, company: UUID, clock: HandClock) -> Office:
    return await an_office(db, company, clock)


async def changes(office: Office, queue: UUID) -> int:
    async with office.db.read(office.company) as session:
        query = select(func.count()).where(ChangeRow.subject == queue, ChangeRow.kind == Kind.QUEUE)
        return await session.scalar(query) or 0


async def test_queues_are_listed_by_the_name_that_people_see(office: Office) -> None:
    async with office.at_work() as session:
        for name, label in (("402", ""), ("403", "order"), ("404", "Bokning")):
            await add_queue(session, office.pbx, name, label, NOW)
        found = [(row.name, row.label) for row in await queues(session)]
    assert found == [("402", ""), ("404", "Bokning"), ("403", "order"), ("support", "Support")]


@pytest.mark.parametrize(
    "name",
    ["", "  ", "a|b", "a,b", "a;b", 'a"b', "a\nb", "x" * 81, "support", "a(b)", "[a", "General"],
)
async def test_name_that_no_dialplan_takes_or_that_is_there_is_refused(
    office: Office, name: str
) -> None:
    async with office.at_work() as session:
        with pytest.raises(BadInput) as refused:
            await add_queue(session, office.pbx, name, "", NOW)
        assert refused.value.field == "name"
        assert len(await queues(session)) == 1


@pytest.mark.parametrize("name", ["?? !", "-", "…", "!!!"])
async def test_name_that_nobody_can_read_is_refused(office: Office, name: str) -> None:
    async with office.at_work() as session:
        with pytest.raises(BadInput, match="letter or a digit") as refused:
            await add_queue(session, office.pbx, name, "", NOW)
        assert refused.value.field == "name"
        for asked in (
            add_queue(session, office.pbx, "402", name, NOW),
            save_rules(session, office.queue, f" {name} ", Rules(), NOW),
        ):
            with pytest.raises(BadInput, match="letter or a digit") as refused:
                await asked
            assert refused.value.field == "label"
        assert [row.name for row in await queues(session)] == ["support"]


async def test_names_of_any_script_can_be_read(office: Office) -> None:
    async with office.at_work() as session:
        for name in ("7", "Å!", "поддержка", "支援"):
            await add_queue(session, office.pbx, name, name, NOW)
        assert len(await queues(session)) == 5


async def test_every_queue_that_can_be_added_can_be_written_into_asterisk_s_files(
    office: Office,
) -> None:
    """One that can't would keep all others from being installed."""
    async with office.at_work() as session:
        for sign in string.printable:
            with suppress(BadInput):
                row = await add_queue(session, office.pbx, f"a{sign}b", "", NOW)
                assert QueuePlan(name=row.name, key=offer_key(row.id))
        assert len(await queues(session)) > 70


async def test_queue_is_found_by_what_its_own_pbx_calls_it(office: Office) -> None:
    async with office.at_work() as session:
        found = await queue_named(session, office.pbx, "support")
        assert found is not None
        assert found.id == office.queue
        assert await queue_named(session, office.pbx, "växel") is None
        assert await queue_named(session, uuid4(), "support") is None
        with pytest.raises(NoResultFound):
            await add_queue(session, uuid4(), "support", "", NOW)


async def test_rules_are_kept_and_hold_for_the_queue(office: Office) -> None:
    own = Rules(offer="when_long", wait_over_min=3, countries=("SE", "NO"))
    async with office.at_work() as session:
        await save_rules(session, office.queue, " Kundtjänst ", own, NOW)
    async with office.at_work() as session:
        assert await rules_of(session, office.queue) == own
        assert await rules_of(session, None) == Rules()
        assert (await session.get_one(QueueRow, office.queue)).label == "Kundtjänst"
    assert await changes(office, office.queue) == 2  # made, and saved


async def test_queue_that_is_removed_keeps_its_wishes_and_may_come_back(office: Office) -> None:
    wish, anna = await office.wish(), await office.hire()
    own = Rules(offer="always")
    async with office.at_work() as session:
        await save_rules(session, office.queue, "", own, NOW)
        await staff(session, anna, [office.queue], NOW)
        await remove_queue(session, office.queue, NOW)
    async with office.at_work() as session:
        assert await queues(session) == []
        assert await queue_named(session, office.pbx, "support") is None
        assert await staffed_by(session, anna) == set()
        on = Offer(on=True, why=Why.ALWAYS)
        assert not await note_offer(session, office.queue, on, 3, NOW)
        assert not await note_offer(session, uuid4(), on, 3, NOW)
    assert (await office.row(wish)).queue_id == office.queue
    await office.ring(wish, anna)
    async with office.at_work() as session:
        back = await add_queue(session, office.pbx, "support", "Igen", NOW)
        assert (back.id, back.removed_at, back.label) == (office.queue, None, "Igen")
        assert await rules_of(session, back.id) == own


async def test_offer_is_written_only_when_it_changes(office: Office) -> None:
    on, off = Offer(on=True, why=Why.LONG_WAIT), Offer(on=False, why=Why.SHORT_WAIT)
    later = NOW + timedelta(minutes=5)
    told = [(on, 2, NOW), (on, 2, later), (on, 3, later), (off, 3, later), (off, 3, later)]
    written = []
    for offered, waiting, at in told:
        async with office.at_work() as session:
            written.append(await note_offer(session, office.queue, offered, waiting, at))
        async with office.db.read(office.company) as session:
            row = await session.get_one(QueueRow, office.queue)
        assert (row.offer_on, row.offer_why, row.waiting) == (offered.on, offered.why, waiting)
        assert row.offer_since == (NOW if offered.on else later)
    assert written == [True, False, True, True, False]
    assert await changes(office, office.queue) == 4  # made, and three times changed


async def test_handler_staffs_the_queues_that_he_chose_last(office: Office) -> None:
    anna = await office.hire()
    async with office.at_work() as session:
        other = (await add_queue(session, office.pbx, "växel", "", NOW)).id
    for chosen in ({office.queue, other}, {other}, set(), {office.queue}):
        async with office.at_work() as session:
            await staff(session, anna, chosen, NOW)
            assert await staffed_by(session, anna) == chosen
    assert await changes(office, other) == 3  # made, taken up, left
    async with office.at_work() as session:
        with pytest.raises(BadInput):
            await staff(session, anna, [uuid4()], NOW)


async def test_queue_of_another_company_cannot_be_staffed(office: Office, neighbour: UUID) -> None:
    async with office.db.begin(neighbour) as session:
        with pytest.raises(BadInput):
            await staff(session, uuid4(), [office.queue], NOW)
        assert await queues(session) == []


async def who_is_there(office: Office) -> list[Present]:
    async with office.db.read(office.company) as session:
        return await present(session, office.queue, office.now)


async def test_who_staffs_a_queue_and_was_heard_of_lately_is_there(office: Office) -> None:
    anna, bo = await office.hire(phone="PJSIP/101"), await office.hire(phone="")
    async with office.at_work() as session:
        await staff(session, anna, [office.queue], NOW)
        await staff(session, bo, [office.queue], NOW + timedelta(seconds=1))
        await sign_in(session, anna, NOW)
    assert await who_is_there(office) == [Present(anna, "PJSIP/101")]
    async with office.at_work() as session:
        await sign_in(session, bo, NOW)
        await sign_in(session, bo, NOW)  # in two browsers he is one person
    assert await who_is_there(office) == [Present(anna, "PJSIP/101"), Present(bo, "")]
    office.clock.advance(minutes=2, seconds=59)
    assert len(await who_is_there(office)) == 2
    office.clock.advance(1)
    assert await who_is_there(office) == []


async def test_who_has_signed_out_or_must_not_sign_in_is_not_there(office: Office) -> None:
    anna, bo, cia = [await office.hire() for _ in range(3)]
    async with office.at_work() as session:
        for who in (anna, bo, cia):
            await staff(session, who, [office.queue], NOW)
            await sign_in(session, who, NOW)
    async with office.at_work() as session:
        signed = await session.scalar(select(SignInRow.id).where(SignInRow.user_id == anna))
        assert signed is not None
        await sign_out(session, signed, NOW)
        (await session.get_one(UserRow, bo)).disabled_at = NOW
    assert [one.user_id for one in await who_is_there(office)] == [cia]
