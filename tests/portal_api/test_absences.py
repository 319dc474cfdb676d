"""Absences that staff enter on the bookings' page: they block, are listed, and can be taken away."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ringback.bookings import is_free
from ringback.sample import salon
from ringback.store.bookings import taken_between
from ringback.tables import AuditRow, BusyRow
from tests.flow import rows
from tests.portal_api.house import Home, House

EMAIL = "handler@saxen.example"
TUESDAY_AT_TEN = datetime(2026, 11, 24, 9, tzinfo=UTC)  # in Stockholm
ADD = "/bookings/absences"
AWAY = {"who": "Mira", "starts": "2026-11-24T09:00", "ends": "2026-11-24T18:00", "note": "Läkare"}


async def is_offered(house: House, home: Home, who: str) -> bool:
    async with house.db.read(home.company_id) as session:
        span = TUESDAY_AT_TEN, TUESDAY_AT_TEN + timedelta(hours=1)
        taken = await taken_between(session, *span, house.now)
        return is_free(salon(), "herr", TUESDAY_AT_TEN, taken, house.now, who)


async def test_absence_blocks_its_person_shows_on_the_page_and_is_free_again_when_removed(
    house: House, saxen: Home
) -> None:
    async with house.visit(EMAIL) as client:
        form = {"csrf": house.token(client)}
        assert await is_offered(house, saxen, "Mira")
        answer = await client.post(ADD, data=form | AWAY)
        assert answer.status_code == 303
        page = (await client.get(answer.headers["location"])).text
        assert "Läkare" in page
        assert "09:00</time>–" in page
        assert not await is_offered(house, saxen, "Mira")
        assert await is_offered(house, saxen, "Ellen")
        (row,) = await rows(house.db, saxen.company_id, BusyRow)
        assert (row.source, row.starts_at) == ("staff", datetime(2026, 11, 24, 8, tzinfo=UTC))
        for _ in range(2):  # whoever is second finds it gone
            answer = await client.post(f"{ADD}/{row.id}/remove", data=form)
            assert answer.status_code == 303
        assert "Läkare" not in (await client.get(answer.headers["location"])).text
    assert await is_offered(house, saxen, "Mira")
    async with house.db.read(saxen.company_id) as session:
        audited = await session.scalars(select(AuditRow).where(AuditRow.object_kind == "absence"))
        assert [one.action for one in audited] == ["add", "remove"]


async def test_absence_over_a_booking_tells_that_it_stands(house: House, saxen: Home) -> None:
    async with house.visit(EMAIL) as client:
        data = {"csrf": house.token(client)} | AWAY | {"who": "Jonas"}
        answer = await client.post(ADD, data=data)
        assert "done=absent_booked" in answer.headers["location"]
        answer = await client.post(ADD, data=data | {"starts": "2026-11-24T12:00"})
        assert "done=absent&" in answer.headers["location"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"who": ""}, "who"),
        ({"who": "Stig"}, "who"),
        ({"starts": "tisdag"}, "starts"),
        ({"starts": "2026-11-24"}, "starts"),
        ({"starts": "2026-11-24T09:00+05:00"}, "starts"),
        ({"starts": "9999-12-31T23:59"}, "starts"),
        ({"ends": ""}, "ends"),
        ({"ends": "2026-11-24T08:59"}, "ends"),
        ({"ends": "2026-11-20T12:59"}, "ends"),
        ({"ends": "2028-11-24T09:00"}, "ends"),
        ({"note": "x" * 201}, "note"),
        ({"note": "a\nb"}, "note"),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field_and_what_was_typed_stays(
    house: House, saxen: Home, wrong: dict[str, str], field: str
) -> None:
    async with house.visit(EMAIL) as client:
        data = {"csrf": house.token(client)} | AWAY | wrong
        answer = await client.post(ADD, data=data)
        assert answer.status_code == 400
        assert set(re.findall(r'id="(\w+)-fault"', answer.text)) == {field, "form"}
        if field != "note":
            assert 'value="Läkare"' in answer.text
    assert await rows(house.db, saxen.company_id, BusyRow) == []


async def test_absence_of_another_company_is_neither_seen_nor_removed(
    house: House, saxen: Home, luggen: Home
) -> None:
    async with house.visit("admin@luggen.example") as client:
        await client.post(ADD, data={"csrf": house.token(client)} | AWAY)
    (row,) = await rows(house.db, luggen.company_id, BusyRow)
    async with house.visit(EMAIL) as client:
        assert "Läkare" not in (await client.get("/bookings?week=2026-11-24")).text
        await client.post(f"{ADD}/{row.id}/remove", data={"csrf": house.token(client)})
    assert len(await rows(house.db, luggen.company_id, BusyRow)) == 1


async def test_form_from_elsewhere_and_who_may_not_see_bookings_change_nothing(
    house: House, saxen: Home
) -> None:
    await house.add_person(saxen.company_id, "auditor@saxen.example", "auditor")
    async with house.visit(EMAIL) as client:
        assert (await client.post(ADD, data=AWAY)).status_code == 403
    async with house.visit("auditor@saxen.example") as client:
        data = {"csrf": house.token(client)} | AWAY
        assert (await client.post(ADD, data=data)).status_code == 403
    assert await rows(house.db, saxen.company_id, BusyRow) == []
