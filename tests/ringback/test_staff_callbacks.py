"""What staff put on the list for a customer: one row, on both databases."""

from uuid import UUID

import pytest

from ringback.db import Database
from ringback.errors import BadInput
from ringback.store.queues import remove_queue
from ringback.store.staff_callbacks import BY_STAFF, ask_for_customer
from ringback.tables import CallbackRow
from tests.clock import FRIDAY_AT_TEN as NOW
from tests.clock import HandClock
from tests.ringback.called_back import Office, an_office
from tests.ringback.flow import ANNA


@pytest.fixture
async def office(db: Database, company: UUID, clock: HandClock) -> Office:
    return await an_office(db, company, clock)


async def put(office: Office, key: str = "1", note: str = "") -> tuple[UUID, bool]:
    async with office.at_work() as session:
        row, is_new = await ask_for_customer(
            session, ANNA, office.now, key=key, queue_id=office.queue, choice="s", note=note
        )
        return row.id, is_new


async def test_customer_is_listed_once_and_the_latest_note_counts(office: Office) -> None:
    wish, is_new = await put(office)
    assert is_new
    assert (await office.row(wish)).why == BY_STAFF
    office.clock.advance(60)
    assert await put(office, "2", "Mejlade.") == (wish, False)
    assert await put(office, "2", "Igen.") == (wish, False)  # the same form
    row = await office.row(wish)
    assert (row.why, row.arrived_at, row.calls) == ("Mejlade.", NOW, 1)
    assert await office.jobs("callback_text") == []


async def test_form_that_is_sent_twice_is_as_new_as_before(office: Office) -> None:
    assert await put(office) == await put(office)


async def test_what_comes_first_stays_first(office: Office) -> None:
    wish = await office.wish()
    async with office.at_work() as session:
        (await session.get_one(CallbackRow, wish)).why = "emergency"
    assert await put(office, note="Mejlade.") == (wish, False)
    row = await office.row(wish)
    assert (row.why, row.note) == ("emergency", "Mejlade.")


async def test_queue_that_was_removed_takes_nobody(office: Office) -> None:
    async with office.at_work() as session:
        await remove_queue(session, office.queue, NOW)
    with pytest.raises(BadInput) as refused:
        await put(office)
    assert refused.value.field == "queue"
