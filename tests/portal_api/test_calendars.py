"""The feed that calendar programs subscribe to: by its secret alone, always up to date, cheap to ask."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from icalendar import Calendar, Event
from sqlalchemy import select

from ringback.bookings import Slot
from ringback.calendars import uid
from ringback.store.bookings import book, cancel, hold, move
from ringback.store.calendars import SECRET_BYTES, renew_feed
from ringback.tables import BookingRow, CalendarRow
from tests.portal_api.house import Home, House

ZONE = "Europe/Stockholm"
TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)  # when `Home` has its booking, with Jonas


def cut(starts_at: datetime, resource: str = "Jonas") -> Slot:
    return Slot("herr", resource, starts_at, starts_at + timedelta(minutes=30))


async def make_feed(house: House, home: Home, resource: str = "Jonas") -> str:
    """The path of a new feed."""
    async with house.db.begin(home.company_id) as session:
        row = await renew_feed(session, resource, house.now)
        return f"/calendar/{row.feed_secret}.ics"


@pytest_asyncio.fixture
async def feed(house: House, saxen: Home) -> str:
    return await make_feed(house, saxen)


async def get(house: House, path: str, **headers: str) -> httpx.Response:
    async with house.visit() as client:
        return await client.get(path, headers=headers)


async def events(house: House, path: str) -> list[Event]:
    answer = await get(house, path)
    assert answer.status_code == 200
    return sorted(Calendar.from_ical(answer.text).events, key=lambda event: event.start)


async def add(house: House, home: Home, starts_at: datetime, resource: str = "Jonas") -> UUID:
    async with house.db.begin(home.company_id) as session:
        key, now = f"t:{starts_at}", house.now
        row = await book(session, cut(starts_at, resource), home.caller, key, ZONE, now)
        assert row is not None
        return row.id


async def test_feed_shows_a_booking_without_naming_its_caller(
    house: House, saxen: Home, feed: str
) -> None:
    answer = await get(house, feed)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(answer.text).events
    assert (event["SUMMARY"], event.status, event.sequence) == (
        "herrklippning ···605",
        "CONFIRMED",
        1,
    )
    assert event.start.isoformat() == "2026-11-24T10:00:00+01:00"
    assert event.end - event.start == timedelta(minutes=30)
    assert event["URL"] == f"http://portal.test/conversations/{saxen.conversation_id}"
    assert "4670174" not in answer.text
    assert saxen.secret_words not in answer.text
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n" in answer.content


async def test_feed_follows_what_becomes_of_a_booking(house: House, saxen: Home, feed: str) -> None:
    async with house.db.begin(saxen.company_id) as session:
        row = (await session.scalars(select(BookingRow))).one()
        await move(session, row, cut(TUESDAY + timedelta(days=1)), house.now)
    (event,) = await events(house, feed)
    assert (event.uid, event.sequence) == (uid(row.id), 2)
    assert event.start == TUESDAY + timedelta(days=1)
    async with house.db.begin(saxen.company_id) as session:
        await cancel(session, await session.get_one(BookingRow, row.id), house.now)
    (event,) = await events(house, feed)
    assert (event.uid, event.sequence, event.status) == (uid(row.id), 3, "CANCELLED")


async def test_feed_reaches_a_month_back_and_holds_one_resource_s_bookings_alone(
    house: House, saxen: Home, luggen: Home, feed: str
) -> None:
    ellens = await add(house, saxen, TUESDAY, "Ellen")
    later = await add(house, saxen, TUESDAY + timedelta(days=25))
    async with house.db.begin(saxen.company_id) as session:
        held, until = [cut(TUESDAY + timedelta(days=2))], house.now + timedelta(minutes=10)
        await hold(session, held, saxen.caller, "h", ZONE, house.now, until)
    house.now = TUESDAY + timedelta(days=29)
    assert [event.start for event in await events(house, feed)] == [
        TUESDAY,
        TUESDAY + timedelta(days=25),
    ]
    house.now += timedelta(days=2)
    assert [event.uid for event in await events(house, feed)] == [uid(later)]
    house.now -= timedelta(days=20)
    (event,) = await events(house, await make_feed(house, saxen, "Ellen"))
    assert event.uid == uid(ellens)


async def test_program_that_has_it_already_is_told_so(house: House, saxen: Home, feed: str) -> None:
    first = await get(house, feed)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, max-age=300"
    for told in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = await get(house, feed, **{"If-None-Match": told})
        assert (answer.status_code, answer.content) == (304, b""), told
        assert answer.headers["etag"] == tag
    await add(house, saxen, TUESDAY + timedelta(days=1))
    answer = await get(house, feed, **{"If-None-Match": tag})
    assert (answer.status_code, answer.headers["etag"] != tag) == (200, True)


async def test_only_the_whole_secret_opens_a_feed(house: House, feed: str) -> None:
    secret = feed.removeprefix("/calendar/").removesuffix(".ics")
    assert len(secret) >= SECRET_BYTES * 4 // 3
    for wrong in ("x", secret[:-1], secret + "A", secret.swapcase(), "å" * 43, "a" * 5000):
        answer = await get(house, f"/calendar/{wrong}.ics")
        assert answer.status_code == 404, wrong
    assert (await get(house, feed.removesuffix(".ics"))).status_code == 404


async def test_new_address_ends_the_old_one(house: House, saxen: Home, feed: str) -> None:
    renewed = await make_feed(house, saxen)
    assert (await get(house, feed)).status_code == 404
    assert len(await events(house, renewed)) == 1


async def test_secret_is_in_no_column_in_the_clear(house: House, saxen: Home, feed: str) -> None:
    secret = feed.removeprefix("/calendar/").removesuffix(".ics")
    async with house.db.read(saxen.company_id) as session:
        row = (await session.scalars(select(CalendarRow))).one()
        assert row.feed_secret == secret
    for file in house.db_files():
        assert secret.encode() not in file.read_bytes()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PROPFIND"])
async def test_feed_can_only_be_read(house: House, feed: str, method: str) -> None:
    async with house.visit() as client:
        assert (await client.request(method, feed)).status_code in (403, 405)
