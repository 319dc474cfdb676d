"""The week's page: public holidays by name, and nothing of what is only held for a caller."""

from datetime import UTC, datetime, timedelta

import pytest

from ringback.bookings import Slot
from ringback.store.bookings import hold
from ringback.store.companies import locked_company
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
