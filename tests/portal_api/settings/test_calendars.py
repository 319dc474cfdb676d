"""The calendars in the settings: a feed's address, a CalDAV calendar that is tried, a secret that stays one."""

import re
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import select

from ringback.audit import first_break
from ringback.calendars import Place, Wrong
from ringback.store.bookings import taken_between
from ringback.store.busy import Busy, replace_busy
from ringback.store.calendars import calendar_of, connect, place_of
from ringback.tables import AuditRow, CalendarRow, JobRow
from tests.portal_api.house import Home, House

PAGE = "/settings/calendars"
URL, USER, PASSWORD = "https://dav.example.com/ellen/diary/", "ellen", "only-for-tests"
FORM = {"resource": "Ellen", "url": URL, "user": USER, "password": PASSWORD}


class Server:
    """Stands for what asks calendar servers; keeps what it was asked."""

    def __init__(self, answer: Wrong | None = None) -> None:
        self.answer = answer
        self.asked: list[Place] = []

    async def __call__(self, place: Place) -> Wrong | None:
        self.asked.append(place)
        return self.answer


@pytest.fixture
def server(house: House) -> Server:
    server = Server()
    house.portal.try_calendar = server
    return server


async def post(
    house: House, client: httpx.AsyncClient, path: str = "/caldav", **form: str
) -> httpx.Response:
    return await client.post(PAGE + path, data={"csrf": house.token(client), **form})


async def kept(house: House, home: Home, resource: str = "Ellen") -> Place | None:
    async with house.db.read(home.company_id) as session:
        return place_of(await calendar_of(session, resource))


async def audited(house: House, home: Home) -> list[str]:
    async with house.db.read(home.company_id) as session:
        assert await first_break(session) is None
        query = select(AuditRow.action).where(AuditRow.object_kind == "calendar")
        return list(await session.scalars(query.order_by(AuditRow.number)))


async def jobs(house: House) -> list[str]:
    async with house.db.read_across() as session:
        query = select(JobRow.kind).where(JobRow.kind.startswith("calendar"))
        return sorted(await session.scalars(query))


async def test_address_is_made_shown_and_renewed(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    assert "Ingen kalender än" in (await admin.get(PAGE)).text
    seen = []
    for _ in range(2):
        answer = await post(house, admin, "/feed", resource="Ellen")
        assert answer.headers["location"] == f"{PAGE}/edit?resource=Ellen&done=feed"
        page = (await admin.get(answer.headers["location"])).text
        (address,) = re.findall(r"http://portal.test(/calendar/[\w-]{43}\.ics)", page)
        assert (await admin.get(address)).status_code == 200
        seen.append(address)
    assert (await admin.get(seen[0])).status_code == 404
    assert "Går att prenumerera på" in (await admin.get(PAGE)).text
    assert await audited(house, saxen) == ["renew", "renew"]


async def test_calendar_is_saved_tried_and_read(
    house: House, saxen: Home, admin: httpx.AsyncClient, server: Server
) -> None:
    answer = await post(house, admin, **FORM | {"resource": "Jonas"})
    assert answer.status_code == 200
    assert "Det fungerar" in answer.text
    assert server.asked == [Place(URL, USER, PASSWORD)] == [await kept(house, saxen, "Jonas")]
    assert await jobs(house) == ["calendar", "calendar_read"]  # the booking that Jonas has
    assert await audited(house, saxen) == ["change"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Wrong.PASSWORD, "godtar inte användarnamnet och lösenordet"),
        (Wrong.AWAY, "svarar inte"),
        (Wrong.NO_CALENDAR, "Det finns ingen kalender på adressen"),
        (Wrong.NOT_ALLOWED, "får inte skriva"),
        (Wrong.ADDRESS, "får inte användas härifrån"),
    ],
)
async def test_trial_that_fails_is_told_in_plain_words(
    house: House, saxen: Home, admin: httpx.AsyncClient, server: Server, wrong: Wrong, words: str
) -> None:
    server.answer = wrong
    answer = await post(house, admin, **FORM)
    assert words in answer.text
    assert "Det fungerar" not in answer.text


async def test_password_is_never_shown_and_kept_for_the_same_server_and_user(
    house: House, saxen: Home, admin: httpx.AsyncClient, server: Server
) -> None:
    answers = [await post(house, admin, **FORM)]
    other = "https://dav.example.com/ellen/other/"
    answers += [await post(house, admin, **FORM | {"url": other, "password": ""})]
    answers += [await post(house, admin, resource="Ellen", act="try")]
    answers += [await admin.get(f"{PAGE}/edit?resource=Ellen"), await admin.get(PAGE)]
    assert not any(PASSWORD in answer.text for answer in answers)
    assert server.asked[1:] == [Place(other, USER, PASSWORD)] * 2


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "https://mine.example.net/"},
        {"url": "http://dav.example.com/ellen/diary/"},
        {"url": "https://dav.example.com:8443/"},
        {"user": "mira"},
    ],
)
async def test_password_is_not_sent_to_another_server_or_for_another_user(
    house: House,
    saxen: Home,
    admin: httpx.AsyncClient,
    server: Server,
    changed: dict[str, str],
) -> None:
    await post(house, admin, **FORM)
    answer = await post(house, admin, **FORM | {"password": ""} | changed)
    assert answer.status_code == 400
    assert re.findall(r'id="(\w+)-fault"', answer.text)[1:] == ["password"]
    assert await kept(house, saxen) == Place(URL, USER, PASSWORD)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        *(({"url": url}, "url") for url in ("", "dav.example.com", "ftp://x.example", "https://")),
        ({"url": "https://u:p@dav.example.com/"}, "url"),
        ({"url": "https://dav.example.com:x/"}, "url"),
        ({"user": " "}, "user"),
        ({"password": ""}, "password"),
    ],
)
async def test_what_cannot_be_used_is_told_at_its_field_and_nothing_is_kept(
    house: House,
    saxen: Home,
    admin: httpx.AsyncClient,
    server: Server,
    changed: dict[str, str],
    field: str,
) -> None:
    answer = await post(house, admin, **FORM | changed)
    assert answer.status_code == 400
    assert re.findall(r'id="(\w+)-fault"', answer.text) == ["form", field]
    assert (await kept(house, saxen), server.asked) == (None, [])


async def test_calendar_that_is_no_longer_used_keeps_no_password_and_blocks_nothing(
    house: House, saxen: Home, admin: httpx.AsyncClient, server: Server
) -> None:
    await post(house, admin, **FORM)
    now, later = house.now, house.now.replace(day=30)
    async with house.db.begin(saxen.company_id) as session:
        await replace_busy(session, "Ellen", "caldav", (now, later), [Busy("x", now, later)], now)
    for _ in range(2):  # the second time it is gone
        answer = await post(house, admin, resource="Ellen", act="stop")
        assert answer.headers["location"].endswith("done=calendar_off")
    async with house.db.read(saxen.company_id) as session:
        row = (await session.scalars(select(CalendarRow))).one()
        assert (row.caldav_url, row.caldav_user, row.caldav_password) == ("", "", "")
        taken = await taken_between(session, now, later, now)
        assert [one.resource for one in taken] == ["Jonas"]
    assert await audited(house, saxen) == ["change", "disconnect"]


async def test_page_says_what_is_wrong_with_a_calendar(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        row = await connect(session, "Ellen", Place(URL, USER, PASSWORD), house.now)
        row.state, row.read_at = "ok", house.now
        row.text = f"{Wrong.OVERLAP} 2026-11-24T09:00:00+00:00"
    for path in (PAGE, f"{PAGE}/edit?resource=Ellen"):
        page = (await admin.get(path)).text
        assert "ligger över bokningen" in page
        assert "24 nov. 10:00" in page
        assert "Senast läst" in page


async def test_resource_that_nobody_has_is_not_there(
    house: House, saxen: Home, admin: httpx.AsyncClient, server: Server
) -> None:
    nobody = "<b>Å & Ö</b>"
    assert (await admin.get(f"{PAGE}/edit?resource={quote(nobody)}")).status_code == 404
    assert (await post(house, admin, "/feed", resource=nobody)).status_code == 404
    assert (await post(house, admin, **FORM | {"resource": nobody})).status_code == 404
    assert await audited(house, saxen) == []


async def test_nobody_else_sees_or_changes_calendars(
    house: House, saxen: Home, luggen: Home, admin: httpx.AsyncClient, server: Server
) -> None:
    await post(house, admin, **FORM)
    async with house.visit("handler@saxen.example") as client:
        for path in (PAGE, f"{PAGE}/edit?resource=Ellen"):
            assert (await client.get(path)).status_code == 403
        for path in ("/feed", "/caldav"):
            assert (await post(house, client, path, **FORM)).status_code == 403
    async with house.visit("admin@luggen.example") as client:
        assert URL not in (await client.get(f"{PAGE}/edit?resource=Ellen")).text
        await post(house, client, resource="Ellen", act="stop")
    assert await kept(house, saxen) == Place(URL, USER, PASSWORD)
    forged = FORM | {"csrf": "0" * 64, "url": "https://mine.example.net/"}
    assert (await admin.post(f"{PAGE}/caldav", data=forged)).status_code == 403
    assert await kept(house, saxen) == Place(URL, USER, PASSWORD)
