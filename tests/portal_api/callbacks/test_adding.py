"""A handler puts a customer on the list: checked like a caller's own wish, one row per customer."""

import re
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from ringback.queues import Rules
from ringback.store.queues import queues, remove_queue, save_rules
from ringback.tables import CallbackRow, JobRow
from tests.portal_api.callbacks.desk import AFTERNOON, KARIN, LATER, Desk
from tests.portal_api.house import Home, House

NUMBER = "070-174 06 21"


async def form_of(client: httpx.AsyncClient) -> dict[str, str]:
    """An empty form as the browser would send it."""
    page = (await client.get("/callbacks/new")).text
    return {"key": re.findall(r'name="key" value="([^"]+)"', page)[0], "interval": "s"}


async def add(
    desk: Desk, client: httpx.AsyncClient, number: str = NUMBER, **typed: str
) -> httpx.Response:
    form = {"number": number, "queue": str(desk.support), **await form_of(client), **typed}
    return await desk.post(client, "new", scripted=True, **form)


async def rows(desk: Desk) -> list[CallbackRow]:
    async with desk.house.db.read(desk.home.company_id) as session:
        return list(await session.scalars(select(CallbackRow).order_by(CallbackRow.created_at)))


async def test_customer_stands_in_the_list_as_the_handler_wrote(desk: Desk) -> None:
    async with desk.house.visit(KARIN) as client:
        panel = await add(
            desk, client, interval=LATER, customer=" 55012 ", why="Mejlade\r\nom pris."
        )
        listed = (await client.get("/callbacks/list?scope=all")).text
    assert panel.status_code == 200
    (row,) = await rows(desk)
    assert (row.number, row.queue_id, row.why) == ("+46701740621", desk.support, "Mejlade om pris.")
    assert row.customer_input == "55012"
    assert row.from_at is not None
    assert row.from_at.hour == 14  # in UTC
    for shown in (panel.text, listed):
        for words in (NUMBER, "Support", "Mejlade om pris.", "15:00"):
            assert words in shown
    assert "Kunden står i listan." in panel.text
    assert f'data-callback="{row.id}"' in panel.text
    assert await desk.trail() == ["ask", "read"]


async def test_customer_gets_no_text_for_the_handler_has_told_him(desk: Desk) -> None:
    async with desk.house.visit(KARIN) as client:
        await add(desk, client)
    async with desk.house.db.read_across() as session:
        kinds = list(await session.scalars(select(JobRow.kind)))
    assert "callback_text" not in kinds


async def test_row_without_a_note_says_who_put_it_there(desk: Desk) -> None:
    async with desk.house.visit(KARIN) as client:
        panel = (await add(desk, client)).text
    assert "Inlagd av personalen" in panel
    assert "Så snart som möjligt" in panel


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("", "inget telefonnummer"),
        ("12", "inget telefonnummer"),
        ("0900-100 00 00", "kostar extra"),
        ("+47 22 00 00 00", "i det landet"),
        ("074-600 00 00", "av det slaget"),
        ("08-465 004 10", "Företagets egna nummer"),
    ],
)
async def test_number_that_is_not_rung_is_refused_beside_its_field_and_nothing_typed_is_lost(
    desk: Desk, number: str, words: str
) -> None:
    async with desk.house.visit(KARIN) as client:
        typed = {"customer": "55012", "why": "Om fakturan.", "interval": LATER}
        refused = await add(desk, client, number, queue=str(desk.sales), **typed)
    assert refused.status_code == 400
    field = refused.text.partition('for="new-number"')[2].partition('for="new-queue"')[0]
    assert f'value="{number}"' in field
    assert 'aria-invalid="true" autofocus' in field
    assert 'aria-describedby="new-number-fault"' in field
    assert words in field.partition('id="new-number-fault"')[2]
    assert refused.text.count("autofocus") == 1
    for kept in (
        f'<option value="{desk.sales}" selected>',
        f'<option value="{LATER}" selected>',
        'value="55012"',
        ">Om fakturan.</textarea>",
    ):
        assert kept in refused.text
    assert await rows(desk) == []


async def test_country_that_the_queue_allows_may_be_rung(desk: Desk) -> None:
    async with desk.house.db.begin(desk.home.company_id) as session:
        norwegian = Rules(countries=("NO",))
        await save_rules(session, desk.sales, "Försäljning", norwegian, desk.house.now)
    async with desk.house.visit(KARIN) as client:
        assert (await add(desk, client, "+47 22 00 00 00")).status_code == 400
        done = await add(desk, client, "+47 22 00 00 00", queue=str(desk.sales))
    assert done.status_code == 200


async def test_customer_who_waits_already_keeps_his_row_and_his_place(desk: Desk) -> None:
    wish = await desk.wish("+46701740621", keyed="4711")
    before = await desk.row(wish)
    async with desk.house.visit(KARIN) as client:
        panel = (await add(desk, client, interval=LATER, why="Mejlade om pris.")).text
        elsewhere = await add(desk, client, queue=str(desk.sales))
    assert "Kunden stod redan i listan." in panel
    assert "Kunden står i listan." in elsewhere.text
    row = await desk.row(wish)
    assert (row.arrived_at, row.calls, row.why) == (before.arrived_at, 1, "Mejlade om pris.")
    assert (row.customer_input, row.tries) == ("4711", 0)
    assert row.from_at is not None
    assert row.from_at.hour == 14  # in UTC
    assert [one.queue_id for one in await rows(desk)] == [desk.support, desk.sales]


@pytest.mark.parametrize("urgent", ["emergency", "complaint"])
async def test_note_takes_nobody_out_of_the_front_of_the_line(desk: Desk, urgent: str) -> None:
    wish = await desk.wish("+46701740621")
    async with desk.house.db.begin(desk.home.company_id) as session:
        (await session.get_one(CallbackRow, wish)).why = urgent
    async with desk.house.visit(KARIN) as client:
        page = (await add(desk, client, why="Mejlade om pris.")).text
        page += (await client.get("/callbacks/list?scope=all")).text
    assert (await desk.row(wish)).why == urgent
    assert "Mejlade om pris." in page


async def test_form_that_is_sent_twice_counts_once(desk: Desk) -> None:
    async with desk.house.visit(KARIN) as client:
        form = await form_of(client)
        for note in ("Första.", "Andra."):
            panel = await add(desk, client, why=note, **form)
            assert "Kunden står i listan." in panel.text
    (row,) = await rows(desk)
    assert row.why == "Första."


async def test_intervals_are_those_of_the_queue_that_is_chosen(desk: Desk) -> None:
    async with desk.house.db.begin(desk.home.company_id) as session:
        rules = Rules(intervals=Rules().intervals[:1], soonest=False, next_day=False)
        await save_rules(session, desk.sales, "Försäljning", rules, desk.house.now)
    async with desk.house.visit(KARIN) as client:
        typed = {"number": "0900", "why": "Halvskrivet", "interval": LATER, **await form_of(client)}
        shown = {}
        for queue in (desk.support, desk.sales, ""):
            answer = await desk.post(
                client, "new/times", scripted=True, **(typed | {"queue": str(queue)})
            )
            shown[queue] = answer.text
            assert answer.status_code == 200
            assert 'value="0900"' in answer.text
            assert ">Halvskrivet</textarea>" in answer.text
            assert "aria-invalid" not in answer.text
    assert f'<option value="{AFTERNOON}">' in shown[desk.support]
    assert f'<option value="{AFTERNOON}">' in shown[""]  # the company's own list
    assert intervals(shown[desk.sales]) == ["s"]  # though callers are not offered it


async def test_customer_is_known_by_what_the_queue_asks_for(desk: Desk) -> None:
    async with desk.house.visit(KARIN) as client:
        shown = {}
        for queue in (desk.support, desk.sales):
            form = {"queue": str(queue), **await form_of(client)}
            page = (await desk.post(client, "new/times", scripted=True, **form)).text
            (shown[queue],) = re.findall(r'for="new-customer">([^<]+) <', page)
        panel = await add(desk, client, customer="198001011234")
    assert shown == {desk.support: "Personnummer", desk.sales: "Kundnummer"}
    assert "198001011234" not in panel.text


def intervals(page: str) -> list[str]:
    part = page.partition('id="new-interval"')[2].partition("</select>")[0]
    return re.findall(r'<option value="([^"]+)"', part)


async def test_full_interval_is_not_offered_and_refused_when_it_filled_meanwhile(
    desk: Desk,
) -> None:
    async with desk.house.db.begin(desk.home.company_id) as session:
        await save_rules(session, desk.support, "Support", Rules(most_each=1), desk.house.now)
    async with desk.house.visit(KARIN) as client:
        assert LATER in intervals((await client.get("/callbacks/new")).text)
        await desk.wish("+46701740622", choice=LATER)
        refused = await add(desk, client, interval=LATER)
        over = await add(desk, client, interval="0800-1000@261120")
        nonsense = await add(desk, client, interval="när som helst")
    for answer, words in ((refused, "fullt"), (over, "över"), (nonsense, "")):
        assert answer.status_code == 400
        assert LATER not in intervals(answer.text)
        fault = answer.text.partition('id="new-interval-fault"')[2].partition("</div>")[0]
        assert words in fault
        assert fault != ""
    assert len(await rows(desk)) == 1


async def test_queue_that_was_removed_meanwhile_is_refused(desk: Desk) -> None:
    async with desk.house.visit(KARIN) as client:
        async with desk.house.db.begin(desk.home.company_id) as session:
            await remove_queue(session, desk.support, desk.house.now)
        for queue in (str(desk.support), "support"):
            refused = await add(desk, client, queue=queue)
            assert refused.status_code == 400
            assert "Kön finns inte längre" in refused.text.partition('id="new-queue-fault"')[2]
    assert await rows(desk) == []


async def test_note_that_is_too_long_is_refused_and_kept(desk: Desk) -> None:
    async with desk.house.visit(KARIN) as client:
        refused = await add(desk, client, why="å" * 201)
        assert "högst 200 tecken" in refused.text.partition('id="new-why-fault"')[2]
        assert "å" * 201 in refused.text
        assert (await add(desk, client, why="å\r\n" * 100)).status_code == 200


async def test_form_begins_at_a_queue_that_the_handler_staffs(desk: Desk) -> None:
    async with desk.house.visit(KARIN) as client:
        form = {"csrf": desk.house.token(client), "queue": [str(desk.support)], "phone": "101"}
        await client.post("/callbacks/staffing", data=form)
        for path in ("new", "new/panel"):
            page = (await client.get(f"/callbacks/{path}")).text
            assert f'<option value="{desk.support}" selected>' in page


async def test_company_without_queues_has_a_list_all_the_same(house: House, saxen: Home) -> None:
    desk = Desk(house, saxen)
    async with house.visit(KARIN) as client:
        page = (await client.get("/callbacks/new")).text
        assert 'name="queue"' not in page
        form = {"number": NUMBER, **await form_of(client)}
        done = await desk.post(client, "new", **form)
    assert done.status_code == 303
    (row,) = await rows(desk)
    assert done.headers["location"] == f"/callbacks/{row.id}"
    assert row.queue_id is None


async def test_without_scripts_the_page_answers_and_the_form_stands_in_it(desk: Desk) -> None:
    async with desk.house.visit(KARIN) as client:
        listed = (await client.get("/callbacks")).text
        assert 'href="/callbacks/new"' in listed
        form = {"number": "12", "queue": str(desk.sales), **await form_of(client)}
        refused = await desk.post(client, "new", **form)
        times = await desk.post(client, "new/times", **form)
    assert (refused.status_code, times.status_code) == (400, 200)
    for page in (refused.text, times.text):
        assert "<h1>" in page
        assert f'<option value="{desk.sales}" selected>' in page
        assert 'value="12"' in page


async def test_other_roles_and_other_companies_are_kept_out(
    desk: Desk, house: House, luggen: Home
) -> None:
    await house.add_person(desk.home.company_id, "a@saxen.example", "auditor")
    await house.add_person(luggen.company_id, "h@luggen.example", "handler")
    key = str(UUID(int=7))
    async with house.visit("a@saxen.example") as auditor:
        assert (await auditor.get("/callbacks/new")).status_code == 403
        assert (await desk.post(auditor, "new", number=NUMBER, key=key)).status_code == 403
    async with house.visit("h@luggen.example") as client:
        theirs = {"number": NUMBER, "queue": str(desk.support), "key": key}
        assert (await desk.post(client, "new", **theirs)).status_code == 400
    async with house.db.read(luggen.company_id) as session:
        assert await queues(session) == []
        assert list(await session.scalars(select(CallbackRow))) == []
    assert await rows(desk) == []
