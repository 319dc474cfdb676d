"""What the staff see of real rows, and what is noted about their looking."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select

from ringback.audit import first_break
from ringback.store.calls import record_call
from ringback.store.companies import set_link_state
from ringback.tables import AuditRow, CallRow
from tests.portal_api.house import Home, House

EMAIL = "handler@saxen.example"


async def test_missed_call_is_shown_with_what_became_of_it(house: House, saxen: Home) -> None:
    async with house.visit(EMAIL) as client:
        page = (await client.get("/missed")).text
    for words in ("070-174 06 05", "La på i kön", "kundtjanst", "Bokad", "hemligt om saxen"):
        assert words in page


async def test_list_has_pages(house: House, saxen: Home) -> None:
    async with house.db.begin(saxen.company_id) as session:
        for number in range(120):
            house.now += timedelta(seconds=1)
            call = house.missed_call("+46701740611", f"many.{number}")
            await record_call(session, saxen.pbx_id, call, house.now)
    async with house.visit(EMAIL) as client:
        first = (await client.get("/api/v1/missed-calls?limit=100")).json()
        rest = (await client.get(f"/api/v1/missed-calls?before={first['next']}")).json()
        page = (await client.get("/missed")).text
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (100, 21, None)
    assert len({row["id"] for row in first["items"] + rest["items"]}) == 121
    assert "/missed?before=" in page


async def test_reading_a_conversation_is_written_down_each_time(house: House, saxen: Home) -> None:
    async with house.visit(EMAIL) as client:
        await client.get(f"/conversations/{saxen.conversation_id}")
        await client.get(f"/api/v1/conversations/{saxen.conversation_id}")
    async with house.db.read(saxen.company_id) as session:
        rows = (await session.scalars(select(AuditRow).where(AuditRow.action == "read"))).all()
        assert await first_break(session) is None
    assert [row.object_id for row in rows] == [str(saxen.conversation_id)] * 2
    assert all(row.actor.startswith("user:") for row in rows)


async def test_conversation_shows_texts_call_and_booking(house: House, saxen: Home) -> None:
    async with house.visit(EMAIL) as client:
        page = (await client.get(f"/conversations/{saxen.conversation_id}")).text
    for words in ("Hej från oss", "hemligt om saxen", "La på i kön", "herrklippning", "10:00"):
        assert words in page


async def test_week_shows_the_booking_on_its_day_in_the_companys_zone(
    house: House, saxen: Home
) -> None:
    async with house.visit(EMAIL) as client:
        page = (await client.get("/bookings?week=2026-11-24")).text
        of_mira = (await client.get("/bookings?week=2026-11-24&resource=Mira")).text
        asked = {"from": "2026-11-24T00:00:00+01:00", "to": "2026-11-25T00:00:00+01:00"}
        api = (await client.get("/api/v1/bookings", params=asked)).json()
    assert "10:00" in page
    assert "070-174 06 05" in page
    assert "070-174 06 05" not in of_mira
    assert [item["starts_at"] for item in api["items"]] == ["2026-11-24T09:00:00Z"]


async def test_bad_requests_are_answered_in_plain_words(house: House, saxen: Home) -> None:
    async with house.visit(EMAIL) as client:
        for path in (
            "/bookings?week=next",
            "/missed?before=yesterday",
            "/conversations/not-an-id",
            "/api/v1/missed-calls?limit=9999",
            "/api/v1/missed-calls?before=yesterday",
            "/api/v1/bookings?from=2026-11-24T00:00:00&to=2026-11-25T00:00:00",
            "/events?topic=weather",
            "/events?topic=conversation&subject=nothing",
        ):
            answer = await client.get(path)
            assert answer.status_code == 400, path
        assert (await client.get(f"/missed?before={uuid4()}")).status_code == 404
        assert (await client.get(f"/conversations/{uuid4()}")).status_code == 404
        assert (await client.get("/no-such-page")).status_code == 404


async def test_call_without_a_number_is_shown_as_withheld(house: House, saxen: Home) -> None:
    async with house.db.begin(saxen.company_id) as session:
        row = await record_call(
            session, saxen.pbx_id, house.missed_call("+46701740622", "hidden.1"), house.now
        )
        assert row is not None
        call = await session.get_one(CallRow, row.id)
        call.withheld, call.text_withheld = True, "withheld"
    async with house.visit(EMAIL) as client:
        page = (await client.get("/missed")).text
    assert "Hemligt nummer" in page
    assert "070-174 06 22" not in page


async def test_pbx_that_is_away_is_told_with_what_to_mend(house: House, saxen: Home) -> None:
    said = "nobody answers at 127.0.0.1:5038: is Asterisk running?"
    async with house.db.begin(saxen.company_id) as session:
        await set_link_state(session, saxen.pbx_id, "unreachable", said, house.now)
    async with house.visit(EMAIL) as client:
        assert said in (await client.get("/missed")).text
    async with house.db.begin(saxen.company_id) as session:
        await set_link_state(session, saxen.pbx_id, "up", "Connected.", house.now)
    async with house.visit(EMAIL) as client:
        assert "Växeln är inte ansluten" not in (await client.get("/missed")).text


async def test_unforeseen_error_has_a_number_and_the_security_headers(
    house: House, saxen: Home
) -> None:
    async with house.visit(EMAIL) as client:
        await house.db.close()
        house.portal.clock = lambda: 1 / 0  # type: ignore[assignment, return-value]
        answer = await client.get("/missed")
    assert answer.status_code == 500
    assert "Felnummer" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "ZeroDivisionError" not in answer.text
