"""The callback list as handlers see it: seven columns, sorted and filtered, live figures, masked input."""

import re
from datetime import timedelta

import httpx
import pytest

from ringback.attempts import Phase
from ringback.tables import CallbackRow
from tests.portal_api.callbacks.desk import KARIN, LATER, Desk

ANNA, BO, CILLA = "070-174 06 11", "070-174 06 12", "070-174 06 13"


def order(page: str) -> list[str]:
    """The numbers of the rows, from top to bottom."""
    return re.findall(r'class="number"[^>]*>([^<]+)</a>', page)


async def numbers(client: httpx.AsyncClient, query: str = "") -> list[str]:
    return order((await client.get(f"/callbacks/list{query or '?scope=all'}")).text)


async def test_row_tells_all_seven_columns(desk: Desk) -> None:
    await desk.wish("+46701740611", keyed="198001011234")
    async with desk.house.visit(KARIN) as client:
        page = (await client.get("/callbacks?scope=all")).text
    for heading in ("Samtal ankom", "Önskat intervall", "Kö", "Kundinmatning", "Handläggare"):
        assert f">{heading}<" in page
    for heading in ("Status", "Senaste logg"):
        assert f">{heading}<" in page
    for words in (ANNA, "12:40", "13:00</time>–", "Nu, 2 h kvar", "Support", "Ej hanterad"):
        assert words in page
    assert "Personnummer" in page
    assert "198001011234" not in page


async def test_personal_number_is_masked_where_the_queue_asks_for_another(desk: Desk) -> None:
    wish = await desk.wish(queue="sales", keyed="198112189876")
    await desk.wish("+46701740612", queue="sales", keyed="4711")
    async with desk.house.visit(KARIN) as client:
        page = (await client.get("/callbacks?scope=all")).text
        told = (await client.get("/api/v1/callbacks")).text
        for seen in (page, told, (await client.get(f"/callbacks/{wish}/panel")).text):
            assert "198112189876" not in seen
        assert "4711" in page
        shown = await desk.post(client, f"{wish}/input", scripted=True)
    assert "198112189876" in shown.text
    assert "reveal" in await desk.trail()


async def test_front_page_leads_staff_to_the_list_and_others_elsewhere(desk: Desk) -> None:
    await desk.house.add_person(desk.home.company_id, "a@saxen.example", "auditor")
    async with desk.house.visit(KARIN) as karin, desk.house.visit("a@saxen.example") as auditor:
        assert (await karin.get("/")).headers["location"] == "/callbacks"
        assert (await auditor.get("/")).headers["location"] == "/missed"
        assert (await auditor.get("/callbacks")).status_code == 403
        assert "/callbacks" not in (await auditor.get("/")).text


async def test_list_is_sorted_by_each_heading_and_back(desk: Desk) -> None:
    minutes = {ANNA: 30, BO: 20, CILLA: 10}
    at = {who: desk.house.now.replace(hour=11, minute=60 - ago) for who, ago in minutes.items()}
    await desk.wish("+46701740611", queue="support", choice=LATER, arrived=at[ANNA], keyed="2")
    await desk.wish("+46701740612", queue="sales", choice="s", arrived=at[BO], keyed="3")
    await desk.wish("+46701740613", queue="sales", arrived=at[CILLA], keyed="1")
    async with desk.house.visit(KARIN) as client:
        assert await numbers(client, "?scope=all&sort=arrived") == [ANNA, BO, CILLA]
        assert await numbers(client, "?scope=all&sort=arrived&desc=1") == [CILLA, BO, ANNA]
        assert await numbers(client, "?scope=all&sort=interval") == [BO, CILLA, ANNA]
        assert await numbers(client, "?scope=all&sort=queue") == [BO, CILLA, ANNA]
        for key in ("input", "handler", "status", "note"):
            assert sorted(await numbers(client, f"?scope=all&sort={key}")) == [ANNA, BO, CILLA]
        page = (await client.get("/callbacks?scope=all&sort=queue&desc=1")).text
    assert re.search(r'aria-sort="descending"><a class="sort" id="sort-queue"', page)


async def test_rows_of_a_filter_are_those_that_the_open_page_keeps_under_it(desk: Desk) -> None:
    """The browser places a row that changes by what the row itself says, the server by its columns."""
    new, moved, spoken = [await desk.wish(f"+4670174061{one}") for one in (1, 2, 3)]
    house, home = desk.house, desk.home
    async with house.visit(KARIN) as client:
        await desk.post(client, f"{moved}/ring")
        tried = str((await desk.attempt()).id)
        path = f"{moved}/note"
        await desk.post(client, path, attempt=tried, outcome="busy", note="Upptaget.")
        await desk.post(client, f"{moved}/interval", choice=LATER)
        await desk.post(client, f"{spoken}/ring")
        await desk.goes_on(Phase.TALKING)
        await desk.goes_on(Phase.ENDED)
        async with house.db.begin(home.company_id) as session:
            (await session.get_one(CallbackRow, new)).expired_at = house.now
        house.now += timedelta(hours=1)
        wanted = {"new": new, "requeued": moved, "in_hand": spoken}
        for place, wish in wanted.items():
            page = (await client.get(f"/callbacks/list?scope=all&status={place}")).text
            rows = re.findall(r'<tr id="callback-([^"]+)"[^>]* data-place="([a-z_]+)"', page)
            assert rows == [(str(wish), place)]
        assert re.search(r'data-figure="requeued">1<', page)
        assert re.search(r'data-figure="in_hand">1<', page)


async def test_sorting_and_filter_are_remembered(desk: Desk) -> None:
    await desk.wish("+46701740611")
    async with desk.house.visit(KARIN) as client:
        await client.get("/callbacks/list?scope=all&sort=note&desc=1&status=new")
        again = (await client.get("/callbacks")).text
    assert re.search(r'aria-sort="descending"><a class="sort" id="sort-note"', again)
    assert 'data-status="new"' in again


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?scope=all", [ANNA, BO, CILLA]),
        ("?scope=mine", [ANNA]),
        ("?scope=all&status=new", [ANNA, BO, CILLA]),
        ("?scope=all&status=requeued", []),
        ("?scope=all&status=in_hand", []),
        ("?scope=all&status=done", []),
        ("?scope=all&due=1", [ANNA, CILLA]),
        ("?scope=nonsense&sort=nonsense&rows=x", [ANNA]),
    ],
)
async def test_filter_shows_what_it_says(desk: Desk, query: str, shown: list[str]) -> None:
    await desk.wish("+46701740611")
    await desk.wish("+46701740612", queue="sales", choice=LATER)
    await desk.wish("+46701740613", queue="sales", choice="s")
    async with desk.house.visit(KARIN) as client:
        await staff(desk, client, str(desk.support))
        assert await numbers(client, query) == shown


def nothing(page: str) -> str:
    """What an empty list says, without tags."""
    row = page.partition('id="callback-nothing"')[2].partition("</tr>")[0].partition(">")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ("?scope=mine", "Mina köer"),
        ("?scope=all&status=requeued", "Återköad"),
        ("?scope=all&status=done", "Genomförd"),
        ("?status=in_hand&due=1&sort=queue", "Mina köer , Pågår , Inom intervall nu"),
    ],
)
async def test_empty_list_says_what_its_filter_hides_and_leads_to_the_whole(
    desk: Desk, query: str, filters: str
) -> None:
    await desk.wish("+46701740612", queue="sales", choice=LATER)
    await desk.wish("+46701740613", queue="sales", choice="s")
    async with desk.house.visit(KARIN) as client:
        await staff(desk, client, str(desk.support))
        page = (await client.get(f"/callbacks/list{query}")).text
        (whole,) = re.findall(r'class="btn nothing-whole" href="/callbacks([^"]+)"', page)
        assert order(page) == []
        assert f"Här visas: {filters} ." in nothing(page)
        assert "2 väntande återuppringningar döljs av filtret." in nothing(page)
        assert "Visa hela listan" in nothing(page)
        assert ("sort=queue" in whole) == ("sort=queue" in query)
        assert sorted(await numbers(client, whole.replace("&amp;", "&"))) == [BO, CILLA]


async def test_list_that_hides_nothing_says_who_comes_into_it(desk: Desk) -> None:
    async with desk.house.visit(KARIN) as client:
        open_page = nothing((await client.get("/callbacks/list?scope=all")).text)
        done_page = (await client.get("/callbacks/list?scope=all&status=done")).text
    assert "visas här genast" in open_page
    assert "Här visas" not in open_page
    assert 'id="callback-hidden" hidden' in done_page
    assert "Inga genomförda återuppringningar" in nothing(done_page)


async def staff(desk: Desk, client: httpx.AsyncClient, *queues: str, phone: str = "101") -> str:
    form = {"csrf": desk.house.token(client), "phone": phone, "queue": list(queues)}
    answer = await client.post("/callbacks/staffing", data=form)
    return answer.headers.get("location", answer.text)


async def test_figures_are_those_of_the_queues_that_are_shown(desk: Desk) -> None:
    await desk.wish("+46701740611")
    await desk.wish("+46701740612", queue="sales", choice="1000-1200@261120")
    await desk.wish("+46701740613", queue="sales", choice=LATER)
    async with desk.house.visit(KARIN) as client:
        everything = (await client.get("/callbacks/list?scope=all")).text
        await staff(desk, client, str(desk.support))
        mine = (await client.get("/callbacks/list?scope=mine")).text
    assert figures(everything) == {
        "waiting": "3",
        "due": "1",
        "overdue": "1",
        "requeued": "0",
        "in_hand": "0",
    }
    assert figures(mine)["waiting"] == "1"


def figures(page: str) -> dict[str, str]:
    return dict(re.findall(r'data-figure="(\w+)">(\d+)<', page))


async def test_list_shows_fifty_and_more_when_asked(desk: Desk) -> None:
    for number in range(50):
        await desk.wish(f"+467017406{number + 5:02d}", queue="support")
        if number < 5:
            await desk.wish(f"+467017406{number + 5:02d}", queue="sales")
    async with desk.house.visit(KARIN) as client:
        first = (await client.get("/callbacks/list?scope=all")).text
        (more,) = re.findall(r'href="/callbacks(\?[^"]*rows=100[^"]*)"', first)
        rest = (await client.get("/callbacks/list" + more.replace("&amp;", "&"))).text
    assert (len(order(first)), len(order(rest))) == (50, 55)
    assert "50 av 55 visas" in first
    assert "rows=150" not in rest


async def test_part_of_a_number_is_searched_for_in_all_queues(desk: Desk) -> None:
    await desk.wish("+46701740611")
    await desk.wish("+46701740698", queue="sales")
    async with desk.house.visit(KARIN) as client:
        found = await desk.post(client, "search", number="06 98", scripted=True)
        whole = await desk.post(client, "search", number="070-174 06 98")
        none = await desk.post(client, "search", number="999", scripted=True)
    assert order(found.text) == ["070-174 06 98"]
    assert order(whole.text) == ["070-174 06 98"]
    assert "<h1>" in whole.text
    assert order(none.text) == []
    assert "Sökningen gäller bara väntande." in nothing(none.text)


async def test_who_staffs_nothing_is_told_and_who_does_sees_which(desk: Desk) -> None:
    async with desk.house.visit(KARIN) as client:
        before = (await client.get("/callbacks")).text
        assert await staff(desk, client, str(desk.support), str(desk.sales)) == "/callbacks"
        after = (await client.get("/callbacks")).text
    assert "Du bemannar ingen kö" in before
    assert "Du bemannar:" in after
    assert "PJSIP/101" in after


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("102", "PJSIP/102"), ("sip/anna", "SIP/anna"), (" PJSIP/1-2 ", "PJSIP/1-2"), ("", "")],
)
async def test_own_phone_is_kept_as_the_switchboard_names_it(
    desk: Desk, typed: str, kept: str
) -> None:
    async with desk.house.visit(KARIN) as client:
        await staff(desk, client, phone=typed)
        page = (await client.get("/callbacks")).text
    assert f'name="phone" value="{kept}"' in page


@pytest.mark.parametrize("typed", ["Local/0900123@from-internal", "PJSIP/0701740605@trunk", "a b"])
async def test_phone_that_would_dial_out_is_refused_beside_its_field(
    desk: Desk, typed: str
) -> None:
    async with desk.house.visit(KARIN) as client:
        page = await staff(desk, client, str(desk.sales), phone=typed)
        kept = (await client.get("/callbacks")).text
    assert "Det är ingen telefon" in page
    assert 'aria-invalid="true"' in page
    ticked = f'value="{desk.sales}" checked'
    assert ticked in page  # what was chosen with it is not lost, and not kept either
    assert ticked not in kept
    assert typed not in kept


async def test_row_of_another_company_does_not_exist(desk: Desk, luggen: object) -> None:
    wish = await desk.wish()
    await desk.house.add_person(luggen.company_id, "h@luggen.example", "handler")  # type: ignore[attr-defined]
    async with desk.house.visit("h@luggen.example") as client:
        for path in (f"/callbacks/{wish}", f"/callbacks/{wish}/panel", f"/api/v1/callbacks/{wish}"):
            assert (await client.get(path)).status_code == 404
        assert (await client.get("/api/v1/callbacks")).json()["total"] == 0
        for act in ("ring", "number", "input"):
            assert (await desk.post(client, f"{wish}/{act}", number="101")).status_code == 404
