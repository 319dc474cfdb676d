"""The week's page: public holidays by name, and nothing of what is only held for a caller."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ringback.bookings import Slot
from ringback.store.bookings import hold
from ringback.store.companies import locked_company
from ringback.tables import BookingRow
from ringback.tenancy import number_index
from tests.portal_api.house import Home, House

EMAIL = "handler@saxen.example"


@pytest.mark.parametrize(("language", "name"), [("sv", "Juldagen"), ("en", "Christmas Day")])
async def test_week_names_the_public_holiday_on_which_the_company_is_closed(
    house: House, saxen: Home, language: str, name: str
) -> None:
    week = f"/bookings?week=2026-12-25&language={language}"
    async with house.visit(EMAIL) as client:
        assert name not in (await client.get(week)).text
        async with house.db.begin(saxen.company_id) as session:
            row = await locked_company(session)
            row.business = row.business | {"closed_holidays": "SE"}
        assert name in (await client.get(week)).text


async def test_time_that_is_only_held_is_not_shown(house: House, saxen: Home) -> None:
    starts_at = datetime(2026, 11, 26, 13, 15, tzinfo=UTC)
    slot = Slot("herr", "Mira", starts_at, starts_at + timedelta(minutes=30))
    until = house.now + timedelta(minutes=10)
    async with house.db.begin(saxen.company_id) as session:
        zone = "Europe/Stockholm"
        await hold(session, [slot], saxen.caller, "hold:1", zone, house.now, until)
    async with house.visit(EMAIL) as client:
        page = (await client.get("/bookings?week=2026-11-26")).text
        conversation = (await client.get(f"/conversations/{saxen.conversation_id}")).text
        span = {"from": "2026-11-26T00:00:00Z", "to": "2026-11-27T00:00:00Z"}
        api = (await client.get("/api/v1/bookings", params=span)).json()
    assert "14:15" not in page
    assert "14:15" not in conversation
    assert api["items"] == []


async def add_many(house: House, home: Home, first: datetime, resources: int, each: int) -> None:
    """Short bookings of made-up people, one after the other."""
    quarter = timedelta(minutes=15)
    async with house.db.begin(home.company_id) as session:
        for who in range(resources):
            for number in range(each):
                at = first + number * quarter
                session.add(
                    BookingRow(
                        id=uuid4(),
                        key=f"many:{who}:{at.isoformat()}",
                        number=home.caller,
                        number_index=number_index(home.caller),
                        service="skagg",
                        resource=f"P{who:02d}",
                        starts_at=at,
                        ends_at=at + quarter,
                        zone="Europe/Stockholm",
                        state="confirmed",
                        source="sms",
                        created_at=house.now,
                    )
                )


async def test_day_with_more_bookings_than_are_shown_says_so_and_takes_nothing_from_the_next(
    house: House, saxen: Home
) -> None:
    thursday, friday = (datetime(2026, 11, day, 7, tzinfo=UTC) for day in (26, 27))
    await add_many(house, saxen, thursday, resources=21, each=10)
    await add_many(house, saxen, friday, resources=1, each=3)
    async with house.visit(EMAIL) as client:
        whole = (await client.get("/bookings?week=2026-11-26")).text
        of_last = (await client.get("/bookings?week=2026-11-26&resource=P20")).text
    assert whole.count('class="booking-confirmed"') == 1 + 200 + 3
    assert "200" in whole
    assert of_last.count('class="booking-confirmed"') == 10


async def test_program_reads_all_bookings_page_by_page_each_once(house: House, saxen: Home) -> None:
    await add_many(house, saxen, datetime(2026, 11, 26, 7, tzinfo=UTC), resources=3, each=5)
    asked: dict[str, str | int] = {
        "from": "2026-11-26T00:00:00Z",
        "to": "2026-11-27T00:00:00Z",
        "limit": 4,
    }
    seen: list[str] = []
    async with house.visit(EMAIL) as client:
        while True:
            page = (await client.get("/api/v1/bookings", params=asked)).json()
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            asked["after"] = page["next"]
        asked |= {"resource": "P01", "limit": 500, "after": ""}
        of_one = (await client.get("/api/v1/bookings", params=asked)).json()
        odd = await client.get("/api/v1/bookings", params=asked | {"after": "yesterday_1"})
    assert len(seen) == len(set(seen)) == 15
    assert {item["resource"] for item in of_one["items"]} == {"P01"}
    assert len(of_one["items"]) == 5
    assert odd.status_code == 400
