from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from ringback.attempts import IsOver
from ringback.callbacks import CallbackRequest
from ringback.db import Database
from ringback.errors import BadInput, Refused
from ringback.queues import Rules, choices, interval_of
from ringback.store.callback_requests import (
    ask_callback,
    cancel_callback,
    change_interval,
    set_number,
)
from ringback.store.callbacks import record_callback, want_callback
from ringback.store.calls import record_call
from ringback.store.companies import business
from ringback.store.queues import remove_queue, taken
from ringback.tables import CallbackRow
from tests.clock import FRIDAY_AT_TEN as NOW
from tests.clock import HandClock
from tests.ringback.a_company import AROUND_THE_CLOCK, a_company
from tests.ringback.called_back import Office, an_office
from tests.ringback.flow import ANNA, ERIK, missed_call

AFTERNOON = "1300-1500@261120"
MONDAY = "1300-1500@261123"
HOUR = timedelta(hours=1)


@pytest.fixture
async def office(db: Database, company: UUID, clock: HandClock) -> Office:
    return await an_office(db, company, clock)


async def ask(office: Office, number: str = ANNA, key: str = "1", **more: object) -> UUID | None:
    async with office.at_work() as session:
        queue_id = more.pop("queue_id", office.queue)
        row = await ask_callback(
            session,
            number,
            "call_back",
            office.now,
            key=key,
            queue_id=queue_id,  # type: ignore[arg-type]
            **more,  # type: ignore[arg-type]
        )
        return row.id if row else None


async def states(office: Office) -> list[str]:
    async with office.db.read(office.company) as session:
        return list(await session.scalars(select(CallbackRow.state)))


async def test_program_asks_for_a_callback_once(office: Office) -> None:
    wish = await ask(office, "070-174 06 05", choice=AFTERNOON, customer_input=" 4711 ")
    assert wish is not None
    assert await ask(office, ERIK) is None  # the same request, whatever it says now
    row = await office.row(wish)
    assert (row.number, row.customer_input, row.arrived_at) == (ANNA, "4711", NOW)
    assert row.from_at == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert await office.jobs("callback_text") == [(wish, NOW)]
    assert await states(office) == ["open"]


async def test_same_key_of_another_company_is_another_request(
    office: Office, neighbour: UUID
) -> None:
    assert await ask(office) is not None
    async with office.db.begin(neighbour) as session:
        assert await ask_callback(session, ANNA, "call_back", NOW, key="1") is not None


@pytest.mark.parametrize(("source", "texts"), [("api", 1), ("webchat", 1), ("dialogue", 0)])
async def test_only_who_was_told_by_nobody_gets_a_text(
    office: Office, source: str, texts: int
) -> None:
    await ask(office, source=source)
    assert len(await office.jobs("callback_text")) == texts


async def test_caller_who_asks_again_has_one_row_with_the_newest_interval(office: Office) -> None:
    first = await ask(office, key="1", choice=AFTERNOON)
    office.clock.advance(60)
    assert await ask(office, key="2", choice=MONDAY) == first
    assert first is not None
    row = await office.row(first)
    assert (row.from_at, row.arrived_at) == (datetime(2026, 11, 23, 12, tzinfo=UTC), NOW)
    assert row.calls == 1  # he has not rung
    assert len(await office.jobs("callback_text")) == 2


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0900-100 00 00", "cost extra"),
        ("+47 22 00 00 00", "that country"),
        ("074-600 00 00", "that kind"),
        ("08-465 004 10", "own numbers"),
        ("112", "no telephone number"),
        ("", "no telephone number"),
    ],
)
async def test_number_that_must_not_be_rung_is_refused(
    office: Office, number: str, words: str
) -> None:
    wish = await office.wish(ERIK)
    with pytest.raises(BadInput, match=words) as refused:
        await ask(office, number)
    assert refused.value.field == "number"
    with pytest.raises(BadInput, match=words):
        async with office.at_work() as session:
            await set_number(session, wish, number, NOW)
    assert (await office.row(wish)).number == ERIK
    assert await states(office) == ["open"]


@pytest.mark.parametrize(
    "interval",
    [
        (NOW - 2 * HOUR, NOW),
        (NOW + 2 * HOUR, NOW + HOUR),
        (None, NOW),
        (NOW + 10 * HOUR, NOW + 11 * HOUR),  # closed
        (NOW + timedelta(days=70), NOW + timedelta(days=71)),
    ],
)
async def test_interval_that_cannot_be_kept_is_not_promised(
    office: Office, interval: tuple[datetime | None, datetime | None]
) -> None:
    wish = await office.wish(ERIK)
    with pytest.raises(BadInput):
        await ask(office, interval=interval)
    with pytest.raises(BadInput):
        async with office.at_work() as session:
            await change_interval(session, wish, interval, NOW)
    assert (await office.row(wish)).to_at is None


async def test_interval_that_is_full_is_refused(office: Office) -> None:
    await office.rules(most_each=1)
    await ask(office, choice=AFTERNOON)
    with pytest.raises(Refused, match="full"):
        await ask(office, ERIK, "2", choice=AFTERNOON)
    assert await ask(office, ERIK, "2", choice=MONDAY) is not None


async def test_full_interval_is_full_however_it_is_written(office: Office) -> None:
    await office.rules(most_each=1)
    await ask(office, choice=AFTERNOON)
    ends = (datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 20, 14, tzinfo=UTC))
    with pytest.raises(Refused, match="full"):
        await ask(office, ERIK, "2", interval=ends)
    moved = await ask(office, ERIK, "2", choice=MONDAY)
    assert moved is not None
    with pytest.raises(Refused, match="full"):
        async with office.at_work() as session:
            await change_interval(session, moved, ends, NOW)


async def test_who_has_a_place_in_a_full_interval_may_ask_for_it_again(office: Office) -> None:
    await office.rules(most_each=1)
    wish = await ask(office, choice=AFTERNOON)
    assert wish is not None
    assert await ask(office, key="2", choice=AFTERNOON) == wish
    async with office.at_work() as session:
        assert (await change_interval(session, wish, AFTERNOON, NOW)).id == wish


async def test_as_soon_as_possible_is_never_full(office: Office) -> None:
    await office.rules(most_each=1)
    for number, choice in ((ANNA, "s"), (ERIK, "s"), ("+46701740612", "")):
        assert await ask(office, number, number, choice=choice) is not None


@pytest.mark.parametrize(
    "interval",
    [(NOW, NOW + timedelta(days=61)), (NOW + timedelta(days=61), None), (None, NOW)],
)
async def test_interval_that_reaches_too_far_is_refused(
    office: Office, interval: tuple[datetime | None, datetime | None]
) -> None:
    with pytest.raises(BadInput, match="too far away"):
        await ask(office, interval=interval)
    assert await states(office) == []


async def test_wishes_that_wait_are_counted_by_interval(office: Office) -> None:
    async with office.at_work() as session:
        assert await taken(session, office.queue) == {}
    for number, choice in enumerate((AFTERNOON, AFTERNOON, MONDAY, "s")):
        await ask(office, f"+4670174062{number}", str(number), choice=choice)
    done = await ask(office, ERIK, "9", choice=MONDAY)
    await ask(office, ERIK, "10", choice=MONDAY, queue_id=None)
    assert done is not None
    async with office.at_work() as session:
        await cancel_callback(session, done, NOW)
        afternoon, monday = [
            interval_of(one, await business(session)) for one in (AFTERNOON, MONDAY)
        ]
        assert await taken(session, office.queue) == {afternoon: 2, monday: 1, None: 1}


@pytest.mark.parametrize(
    ("night", "choice"),
    [
        (date(2027, 3, 28), "0200-0400@270328"),  # begins in the hour that the clock skips
        (date(2027, 3, 28), "0100-0230@270328"),  # ends in it
        (date(2027, 10, 31), "0200-0400@271031"),  # begins in the hour that comes twice
    ],
)
async def test_interval_is_full_in_the_night_in_which_the_clock_changes(
    office: Office, night: date, choice: str
) -> None:
    before = datetime.combine(night, time(0, 15), ZoneInfo("Europe/Stockholm"))
    rules = Rules(soonest=False, intervals=(_times(choice),), next_day=False, most_each=2)
    company = a_company(opening_hours=AROUND_THE_CLOCK)
    async with office.at_work() as session:
        for number, still_offered in ((ANNA, True), (ERIK, False)):
            asked = CallbackRequest(
                *(number, number, "menu", None, None, None, NOW), queue="support", choice=choice
            )
            await record_callback(session, office.pbx, asked, NOW)
            left = choices(rules, company, before, await taken(session, office.queue))
            assert (choice in left) is still_offered


def _times(choice: str) -> tuple[time, time]:
    begins, ends = choice.partition("@")[0].split("-")
    return time.fromisoformat(begins), time.fromisoformat(ends)


async def test_moved_wish_begins_anew_and_is_watched_to_its_new_end(office: Office) -> None:
    await office.rules(alert_min=0)
    wish, anna = await office.wish(choice=AFTERNOON), await office.hire()
    await office.in_vain(wish, anna)
    async with office.at_work() as session:
        row = await session.get_one(CallbackRow, wish)
        row.alerted_at = row.expired_at = NOW
    async with office.at_work() as session:
        await change_interval(session, wish, MONDAY, NOW)
    row = await office.row(wish)
    assert row.from_at == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert (row.tries, row.not_before, row.alerted_at, row.expired_at) == (0, None, None, None)
    ends = [at for _, at in await office.jobs("callback_expire")]
    assert ends == [datetime(2026, 11, 20, 14, tzinfo=UTC), row.to_at]
    assert await office.jobs("callback_alert") == []
    async with office.at_work() as session:
        await change_interval(session, wish, "s", NOW)
    assert (await office.row(wish)).to_at is None


async def test_hidden_caller_may_be_given_a_number_and_is_rung_then(office: Office) -> None:
    async with office.at_work() as session:
        hidden = missed_call()
        call = await record_call(session, office.pbx, hidden, NOW)
        assert call is not None
        call.withheld = True
        row = await want_callback(session, call, "withheld", NOW)
        assert row is not None
    anna = await office.hire()
    with pytest.raises(BadInput, match="no number"):
        await office.ring(row.id, anna)
    async with office.at_work() as session:
        await set_number(session, row.id, "070-174 06 11", NOW)
    assert (await office.ring(row.id, anna)).number == ERIK


async def test_two_rows_may_come_to_have_one_number(office: Office) -> None:
    first, second = await office.wish(ANNA), await office.wish(ERIK)
    async with office.at_work() as session:
        await set_number(session, second, ANNA, NOW)
        await set_number(session, second, ANNA, NOW)
    assert (await office.row(second)).number == ANNA
    assert await office.wish(ANNA) == first
    async with office.at_work() as session:
        await set_number(session, first, ERIK, NOW)
    assert await office.wish(ERIK) == first


async def test_caller_cancels_once(office: Office) -> None:
    wish = await office.wish()
    async with office.at_work() as session:
        assert await cancel_callback(session, wish, NOW)
        assert not await cancel_callback(session, wish, NOW + HOUR)
    row = await office.row(wish)
    assert (row.state, row.ended_as, row.ended_at, row.open_key) == ("done", "cancelled", NOW, None)


async def test_wish_that_has_ended_is_changed_no_more(office: Office) -> None:
    wish = await office.wish()
    async with office.at_work() as session:
        await cancel_callback(session, wish, NOW)
    async with office.at_work() as session:
        with pytest.raises(IsOver):
            await change_interval(session, wish, MONDAY, NOW)
        with pytest.raises(IsOver):
            await set_number(session, wish, ERIK, NOW)


async def test_what_another_company_has_is_not_there(office: Office, neighbour: UUID) -> None:
    wish = await office.wish()
    async with office.db.begin(neighbour) as session:
        for change in (
            cancel_callback(session, wish, NOW),
            set_number(session, wish, ERIK, NOW),
            change_interval(session, wish, MONDAY, NOW),
            ask_callback(session, ANNA, "x", NOW, key="1", queue_id=office.queue),
            ask_callback(session, ANNA, "x", NOW, key="1", queue_id=uuid4()),
            remove_queue(session, office.queue, NOW),
        ):
            with pytest.raises(NoResultFound):
                await change
    assert (await office.row(wish)).state == "open"
