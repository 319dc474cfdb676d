from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from ringback.attempts import Outcome, Phase
from ringback.db import Database
from ringback.store.callback_list import MASK, Listed, Page, history, listed, one, reveal
from ringback.store.callback_requests import cancel_callback, change_interval, set_number
from ringback.store.queues import add_queue
from ringback.tables import AuditRow, CallbackRow
from ringback.tenancy import number_index
from tests.clock import FRIDAY_AT_TEN as NOW
from tests.clock import HandClock
from tests.ringback.called_back import NOTE, Office, an_office
from tests.ringback.flow import ANNA, ERIK


@pytest.fixture
async def office(db: Database, company: UUID, clock: HandClock) -> Office:
    return await an_office(db, company, clock)


async def page(office: Office, **how: object) -> Page:
    async with office.db.read(office.company) as session:
        return await listed(session, office.now, **how)  # type: ignore[arg-type]


async def put_in(office: Office, minutes: int, **columns: object) -> UUID:
    """A row as it may stand in the list; later ones have arrived later."""
    number = f"+467017406{minutes:02}"
    async with office.at_work() as session:
        row = CallbackRow(
            id=uuid4(),
            key=str(uuid4()),
            number=number,
            number_index=number_index(number),
            why="menu",
            arrived_at=NOW + timedelta(minutes=minutes),
            created_at=NOW,
            **columns,
        )
        session.add(row)
    return row.id


async def other_queue(office: Office, label: str) -> UUID:
    async with office.at_work() as session:
        return (await add_queue(session, office.pbx, label.lower(), label, NOW)).id


def arrivals(items: tuple[Listed, ...]) -> list[int]:
    return [int((item.arrived_at - NOW) / timedelta(minutes=1)) for item in items]


async def test_row_is_shown_with_names_and_what_was_tried_last(office: Office) -> None:
    await office.rules(asks="customer_number")
    anna = await office.hire()
    wish = await office.wish(customer_input="4711", language="en")
    await office.in_vain(wish, anna, Outcome.BUSY)
    (row,) = (await page(office)).items
    assert (row.id, row.number, row.why, row.language) == (wish, ANNA, "call_back", "en")
    assert (row.queue, row.customer_input, row.input_kind) == ("Support", "4711", "customer_number")
    assert (row.handler, row.note, row.tries, row.attempt) == ("Handläggare 1", NOTE, 1, None)
    assert row.last is not None
    assert (row.last.outcome, row.last.handler, row.last.note) == ("busy", "Handläggare 1", NOTE)
    assert (row.state, row.ended_as, row.conversation_id) == ("open", None, None)


async def test_row_in_hand_says_who_since_when_and_where_the_call_is(office: Office) -> None:
    wish, anna = await office.wish(), await office.hire()
    attempt = await office.ring(wish, anna)
    await office.told(attempt.id, Phase.RINGS_CUSTOMER)
    async with office.db.read(office.company) as session:
        row = await one(session, wish)
    assert row.attempt is not None
    assert (row.attempt.id, row.attempt.user_id, row.attempt.handler) == (
        attempt.id,
        anna,
        "Handläggare 1",
    )
    assert (row.attempt.phase, row.attempt.began_at) == ("rings_customer", NOW)
    assert row.lease_until is not None


SORTED: dict[str, tuple[list[int], list[int]]] = {
    "arrived": ([1, 2, 3, 4], [4, 3, 2, 1]),
    "interval": ([4, 2, 1, 3], [1, 3, 2, 4]),  # as soon as possible is the soonest
    "queue": ([2, 3, 1, 4], [1, 3, 2, 4]),
    "input": ([3, 1, 2, 4], [2, 1, 3, 4]),
    "handler": ([1, 3, 2, 4], [2, 1, 3, 4]),
    "status": ([4, 1, 2, 3], [3, 1, 2, 4]),  # what has a note was tried
    "note": ([2, 3, 1, 4], [1, 3, 2, 4]),
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", SORTED)
async def test_list_is_sorted_by_every_column_and_then_by_arrival(
    office: Office, sort: str, descending: bool
) -> None:
    first, second = await office.hire(), await office.hire()
    lager, aland = await other_queue(office, "Lager"), await other_queue(office, "Åland")
    hour = timedelta(hours=1)
    from_1, from_2 = NOW + hour, NOW + 2 * hour
    await put_in(
        office,
        1,
        queue_id=aland,
        customer_input="200",
        handler_id=first,
        note="Ö",
        from_at=from_2,
        to_at=from_2 + hour,
    )
    await put_in(
        office,
        2,
        queue_id=lager,
        customer_input="3",
        handler_id=second,
        note="bokad",
        tries=1,
        from_at=from_1,
        to_at=from_1 + hour,
    )
    await put_in(
        office,
        3,
        queue_id=office.queue,
        customer_input="1000",
        handler_id=first,
        note="Ä",
        attempt_id=uuid4(),
        lease_until=NOW + hour,
        from_at=from_2,
        to_at=from_2 + hour,
    )
    await put_in(office, 4)
    found = await page(office, sort=sort, descending=descending)
    assert arrivals(found.items) == SORTED[sort][descending]
    assert found.total == 4


@pytest.mark.parametrize("sort", ["arrived", "handler", "note"])
async def test_pages_together_hold_every_row_once(office: Office, sort: str) -> None:
    for number in range(7):
        await put_in(office, number, note="lika" if number % 2 else None)
    seen: list[int] = []
    for offset in (0, 3, 6, 9):
        found = await page(office, sort=sort, limit=3, offset=offset)
        assert found.total == 7
        seen += arrivals(found.items)
    assert sorted(seen) == list(range(7))


async def test_status_tells_what_is_new_requeued_in_hand_and_done(office: Office) -> None:
    anna, bo = await office.hire(), await office.hire()
    new, tried, in_hand, done = [await office.wish(f"+4670174061{one}") for one in range(4)]
    await office.in_vain(tried, anna)
    await office.ring(in_hand, bo)
    async with office.at_work() as session:
        await cancel_callback(session, done, NOW)
    wanted = {
        "open": {new, tried, in_hand},
        "new": {new},
        "requeued": {tried},
        "in_hand": {in_hand},
        "done": {done},
    }
    for status, ids in wanted.items():
        found = await page(office, status=status)
        assert ({row.id for row in found.items}, found.total) == (ids, len(ids)), status
    office.clock.advance(hours=1)  # nobody has it in hand any more
    assert {row.id for row in (await page(office, status="new")).items} == {new, in_hand}


async def test_row_that_was_tried_stays_requeued_when_it_is_moved(office: Office) -> None:
    anna = await office.hire()
    tried, new = await office.wish(), await office.wish(ERIK)
    await office.in_vain(tried, anna)
    async with office.at_work() as session:
        row = await change_interval(session, tried, "1300-1500@261123", NOW)
        assert row.tries == 0
    for status, wanted in (("requeued", tried), ("new", new)):
        assert [row.id for row in (await page(office, status=status)).items] == [wanted]
    by_status = await page(office, sort="status")
    assert [row.id for row in by_status.items] == [new, tried]


async def test_row_whose_customer_was_spoken_with_is_in_hand_until_the_note(office: Office) -> None:
    wish, anna = await office.wish(), await office.hire()
    attempt = await office.ring(wish, anna)
    await office.told(attempt.id, Phase.TALKING)
    await office.told(attempt.id, Phase.ENDED)
    office.clock.advance(hours=1)
    for status, count in (("in_hand", 1), ("new", 0), ("requeued", 0), ("open", 1)):
        assert (await page(office, status=status)).total == count


async def test_list_of_some_queues_and_of_none(office: Office) -> None:
    lager = await other_queue(office, "Lager")
    for minutes, queue in enumerate((office.queue, lager, None)):
        await put_in(office, minutes, queue_id=queue)
    cases: list[tuple[object, list[int]]] = [
        (None, [0, 1, 2]),
        ([office.queue], [0]),
        ([lager, None], [1, 2]),
        ([None], [2]),
        ([], []),
    ]
    for queue_ids, found in cases:
        assert arrivals((await page(office, queue_ids=queue_ids)).items) == found


@pytest.mark.parametrize(
    ("columns", "is_due"),
    [
        ({}, True),
        ({"from_at": NOW, "to_at": NOW + timedelta(minutes=1)}, True),
        ({"from_at": NOW + timedelta(seconds=1), "to_at": NOW + timedelta(hours=1)}, False),
        ({"from_at": NOW - timedelta(hours=1), "to_at": NOW}, False),
        ({"not_before": NOW}, True),
        ({"not_before": NOW + timedelta(seconds=1)}, False),
    ],
)
async def test_rows_whose_interval_is_now(
    office: Office, columns: dict[str, datetime], is_due: bool
) -> None:
    await put_in(office, 1, **columns)
    assert (await page(office, due_now=True)).total == is_due


@pytest.mark.parametrize(
    ("digits", "found"),
    [
        ("070-174 06 05", [1]),
        ("0046701740605", [1]),
        ("+46701740605", [1]),
        ("0605", [1]),
        ("70174", [2, 1]),
        ("06 11", [2]),
        ("112", []),
        ("anna", []),
    ],
)
async def test_number_is_found_by_some_of_its_digits(
    office: Office, digits: str, found: list[int]
) -> None:
    first, second = await put_in(office, 1), await put_in(office, 2)
    async with office.at_work() as session:
        await set_number(session, first, ANNA, NOW)
        await set_number(session, second, ERIK, NOW)
    shown = await page(office, digits=digits, sort="arrived", descending=True)
    assert (arrivals(shown.items), shown.total) == (found, len(found))


async def test_personal_number_is_masked_until_somebody_asks_and_that_is_kept(
    office: Office,
) -> None:
    await office.rules(asks="personal_number")
    wish = await office.wish(customer_input="8501011234")
    (row,) = (await page(office, sort="input")).items
    assert row.customer_input == MASK
    async with office.at_work() as session:
        assert await reveal(session, wish, "user:1", NOW, "192.0.2.1") == "8501011234"
    async with office.db.read(office.company) as session:
        (line,) = (await session.scalars(select(AuditRow))).all()
    assert (line.actor, line.action, line.object_kind) == ("user:1", "reveal", "callback")
    assert (line.object_id, line.remote) == (str(wish), "192.0.2.1")


async def test_tries_are_told_newest_first_with_those_of_the_callers_other_rows(
    office: Office,
) -> None:
    anna = await office.hire()
    first, second = await office.wish(), await office.wish(queue=False)
    stranger = await office.wish(ERIK)
    for wish in (first, second, stranger, first):
        await office.in_vain(wish, anna)
        office.clock.advance(60)
    async with office.db.read(office.company) as session:
        tries = await history(session, first)
        assert [one.callback_id for one in tries] == [first, second, first]
        assert {(one.handler, one.note, one.outcome) for one in tries} == {
            ("Handläggare 1", NOTE, "no_answer")
        }


async def test_wishes_of_another_company_are_not_there(office: Office, neighbour: UUID) -> None:
    wish = await office.wish()
    reads: list[Callable[..., object]] = [one, history]
    async with office.db.begin(neighbour) as session:
        assert await listed(session, NOW) == Page((), 0)
        for read in reads:
            with pytest.raises(NoResultFound):
                await read(session, wish)  # type: ignore[misc]
        with pytest.raises(NoResultFound):
            await reveal(session, wish, "user:1", NOW)
