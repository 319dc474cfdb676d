"""What the staff see of real rows, and what is noted about their looking."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select

from ringback.audit import first_break
from ringback.calls import Direction
from ringback.store.calls import record_call
from ringback.store.companies import set_link_state
from ringback.store.conversations import queue_text
from ringback.store.gaps import note_found, note_link, note_read
from ringback.tables import AuditRow, CallRow, ConversationRow
from tests.portal_api.house import Home, House

EMAIL = "handler@saxen.example"
API = "/api/v1/bookings"


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
            "/bookings?week=9999-12-31",
            "/bookings?week=0001-01-01",
            f"{API}?from=0001-01-01T00:00:00%2B14:00&to=9999-12-31T23:59:59-14:00",
            f"{API}?from=9999-12-31T00:00:00-14:00&to=9999-12-31T23:59:59-14:00",
            f"{API}?from=2026-01-01T00:00:00%2B01:00&to=2027-01-03T00:00:00%2B01:00",
            f"{API}?from=2026-01-02T00:00:00%2B01:00&to=2026-01-01T00:00:00%2B01:00",
            "/events?topic=missed&after=9223372036854775808",
            "/events?topic=bookings&week=9999-12-31",
            "/events?topic=phone",
            f"/conversations/{saxen.conversation_id}?before=9223372036854775808",
        ):
            answer = await client.get(path)
            assert answer.status_code == 400, path
        assert (await client.get(f"/missed?before={uuid4()}")).status_code == 404
        assert (await client.get(f"/conversations/{uuid4()}")).status_code == 404
        assert (await client.get("/no-such-page")).status_code == 404


async def test_last_event_id_that_no_database_holds_is_refused(house: House, saxen: Home) -> None:
    async with house.visit(EMAIL) as client:
        answer = await client.get(
            "/events?topic=missed", headers={"Last-Event-ID": "9223372036854775808"}
        )
    assert answer.status_code == 400


async def test_what_is_wrong_is_said_in_words_to_people_and_programs(
    house: House, saxen: Home
) -> None:
    async with house.visit(EMAIL) as client:
        page = (await client.get("/bookings?week=9999-12-31")).text
        long = f"{API}?from=2026-01-01T00:00:00%2B01:00&to=2028-01-01T00:00:00%2B01:00"
        told = [
            (await client.get(path)).json()["detail"]
            for path in (long, "/api/v1/missed-calls?limit=9999")
        ]
    assert "Skriv veckan som en av dess dagar, till exempel 2027-03-01" in page
    assert "366 days" in told[0]
    assert told[1].startswith("limit: ")


async def test_earlier_texts_can_be_paged_to_the_first(house: House, saxen: Home) -> None:
    async with house.db.begin(saxen.company_id) as session:
        talk = await session.get_one(ConversationRow, saxen.conversation_id)
        for number in range(3, 121):
            await queue_text(session, talk, f"k:{number}", f"Text {number}.", house.now)
    path, api = (f"{prefix}/conversations/{saxen.conversation_id}" for prefix in ("", "/api/v1"))
    async with house.visit(EMAIL) as client:
        pages = [(await client.get(api)).json()]
        while pages[-1]["next"]:
            pages.append((await client.get(f"{api}?before={pages[-1]['next']}")).json())
        newest = (await client.get(path)).text
        oldest = (await client.get(f"{path}?before={pages[1]['next']}")).text
    texts = [message["text"] for page in reversed(pages) for message in page["messages"]]
    assert texts[:2] == ["Hej från oss", "hemligt om saxen"]
    assert texts[2:] == [f"Text {number}." for number in range(3, 121)]
    assert f'href="{path}?before=71"' in newest
    assert "hx-sse:connect" in newest
    assert "Hej från oss" in oldest
    assert "Visa tidigare sms" not in oldest
    assert f'href="{path}"' in oldest
    assert "hx-sse:connect" not in oldest  # new texts would be drawn below old ones


async def test_call_that_was_cut_from_view_is_listed_as_unknown_and_counted_apart(
    house: House, saxen: Home
) -> None:
    cut = replace(house.missed_call("+46701740622", "cut.1"), outcome=None, reason=None)
    out = replace(cut, uniqueid="cut.2", direction=Direction.OUTBOUND)
    async with house.db.begin(saxen.company_id) as session:
        for call in (cut, out):
            await record_call(session, saxen.pbx_id, call, house.now)
    async with house.visit(EMAIL) as client:
        page = (await client.get("/missed")).text
        first, *rest = (await client.get("/api/v1/missed-calls")).json()["items"]
    assert page.count("Okänt: kopplingen var nere") == 1
    assert "Inget sms skickat" in page
    assert "<dt>missade i dag</dt><dd>1</dd>" in page
    assert "<dt>okända i dag</dt><dd>1</dd>" in page
    known, unknown = sorted((first, *rest), key=lambda row: row["reason"])
    assert (known["reason"], unknown["reason"]) == ("abandoned_in_queue", "unknown")
    assert unknown["caller"] == "070-174 06 22"


async def test_head_is_answered_as_get_but_without_a_body(house: House, saxen: Home) -> None:
    async with house.visit(EMAIL) as client:
        for path in ("/missed", "/bookings", "/login", "/health", "/api/v1/missed-calls"):
            answer = await client.head(path)
            assert (answer.status_code, answer.content) == (200, b""), path
        assert (await client.head("/nowhere")).status_code == 404
        assert (await client.head("/events?topic=missed")).status_code == 405


async def test_slash_too_many_leads_to_the_page_on_whatever_host_was_asked(
    house: House, saxen: Home
) -> None:
    async with house.visit(EMAIL) as client:
        for path, onward in (
            ("/missed/", "/missed"),
            ("/bookings/?week=2026-11-24", "/bookings?week=2026-11-24"),
            ("//evil.example/", "/evil.example"),
            ("/%5Cevil.example/", "/evil.example"),
        ):
            answer = await client.get(f"http://portal.test{path}")
            assert (answer.status_code, answer.headers["location"]) == (308, onward)


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
        page = (await client.get("/missed")).text
    assert said in page
    assert "Växeln kan inte nås." in page
    async with house.db.begin(saxen.company_id) as session:
        await set_link_state(session, saxen.pbx_id, "up", "Connected.", house.now)
    async with house.visit(EMAIL) as client:
        assert "Växeln är inte ansluten" not in (await client.get("/missed")).text


async def test_gap_is_shown_in_its_place_and_told_to_integrators(house: House, saxen: Home) -> None:
    async with house.db.begin(saxen.company_id) as session:
        for state, minutes in (("up", 60), ("lost", 20), ("up", 15)):
            since = house.now - timedelta(minutes=minutes)
            await note_link(session, saxen.pbx_id, state, since, house.now)
            await set_link_state(session, saxen.pbx_id, state, "", since)
        ended_s = (house.now - timedelta(minutes=16)).timestamp()
        call = replace(house.missed_call("+46701740611", "late.1"), end=ended_s)
        await note_found(session, saxen.pbx_id, call, house.now)
        await note_read(session, saxen.pbx_id, "cel", house.now)
    async with house.visit(EMAIL) as client:
        page = (await client.get("/missed")).text
        (gap,) = (await client.get("/api/v1/missed-calls")).json()["gaps"]
    for words in ("Ingen kontakt med växeln x.", "1 samtal hittades efteråt", "händelselogg"):
        assert words in page
    assert (gap["pbx"], gap["found"], gap["sources"]) == ("x", 1, ["cel"])


async def test_gap_of_less_than_a_minute_is_told_in_seconds(house: House, saxen: Home) -> None:
    begun = house.now.replace(second=5) - timedelta(minutes=20)
    async with house.db.begin(saxen.company_id) as session:
        for state, at in (("up", begun - timedelta(hours=1)), ("lost", begun)):
            await note_link(session, saxen.pbx_id, state, at, house.now)
            await set_link_state(session, saxen.pbx_id, state, "", at)
        ended = begun + timedelta(seconds=40)
        await note_link(session, saxen.pbx_id, "up", ended, house.now)
    async with house.visit(EMAIL) as client:
        assert "(40 s)" in (await client.get("/missed")).text


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
