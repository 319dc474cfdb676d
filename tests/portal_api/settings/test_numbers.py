"""Numbers that are treated in their own way: listed, added, removed; and one that wants no texts."""

import re
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from ringback.audit import first_break
from ringback.policy import NumberRule
from ringback.store.numbers import number_rules, set_number_rule
from ringback.tables import AuditRow, OptOutRow
from ringback.tenancy import number_index
from tests.portal_api.house import Home, House

NUMBERS = "/settings/numbers"
ERIK, SHOP = "+46701740611", "+46846500411"


async def post(
    house: House, client: httpx.AsyncClient, path: str = "", **form: str
) -> httpx.Response:
    return await client.post(NUMBERS + path, data={"csrf": house.token(client), **form})


async def listed(house: House, home: Home, rule: NumberRule) -> list[tuple[str, str]]:
    async with house.db.read(home.company_id) as session:
        return [(row.number, row.note) for row in await number_rules(session, rule)]


async def put(house: House, home: Home, rule: NumberRule, number: str = ERIK) -> UUID:
    async with house.db.begin(home.company_id) as session:
        return (await set_number_rule(session, number, rule, "", house.now)).id


async def opt_out(house: House, home: Home, number: str, told_by: str = "caller") -> None:
    async with house.db.begin(home.company_id) as session:
        index = number_index(number)
        session.add(OptOutRow(number_index=index, told_by=told_by, created_at=house.now))


async def opted_out(house: House, home: Home) -> int:
    async with house.db.read(home.company_id) as session:
        return len((await session.scalars(select(OptOutRow.id))).all())


async def audited(house: House, home: Home) -> list[tuple[str, str]]:
    async with house.db.read(home.company_id) as session:
        assert await first_break(session) is None
        query = select(AuditRow).where(AuditRow.object_kind.in_(("number_rule", "opt_out")))
        rows = await session.scalars(query.order_by(AuditRow.number))
        return [(row.action, row.object_kind) for row in rows]


async def test_number_is_added_shown_and_removed(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    assert "Inga nummer här än" in (await admin.get(NUMBERS)).text
    answer = await post(house, admin, rule="textable", number="08-465 004 11", note="Kansliet")
    assert answer.headers["location"] == f"{NUMBERS}?rule=textable&done=added"
    page = (await admin.get(answer.headers["location"])).text
    for words in ("08-465 004 11", "Kansliet", "Numret står på listan."):
        assert words in page
    assert await listed(house, saxen, NumberRule.TEXTABLE) == [(SHOP, "Kansliet")]
    (action,) = re.findall(r'action="/settings/numbers(/[^/"]+/remove)"', page)
    for _ in range(2):  # the second time it is gone
        answer = await post(house, admin, action, rule="textable")
        assert answer.headers["location"] == f"{NUMBERS}?rule=textable&done=removed"
    assert await listed(house, saxen, NumberRule.TEXTABLE) == []
    assert await audited(house, saxen) == [("change", "number_rule"), ("remove", "number_rule")]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"number": ""}, "number"),
        ({"number": "ring mig"}, "number"),
        ({"number": "12"}, "number"),
        ({"number": "070-174 06 11", "note": "x" * 201}, "note"),
        ({"number": "070-174 06 11", "note": "a\x00b"}, "note"),
    ],
)
async def test_what_can_not_be_listed_is_told_at_its_field_and_stays_typed(
    house: House, saxen: Home, admin: httpx.AsyncClient, form: dict[str, str], field: str
) -> None:
    answer = await post(house, admin, rule="own", **form)
    assert answer.status_code == 400
    assert re.findall(r'id="(\w+)-fault"', answer.text) == [field]
    assert f'value="{form["number"]}"' in answer.text
    assert await listed(house, saxen, NumberRule.OWN) == []
    assert await audited(house, saxen) == []


async def test_lists_have_counts_and_pages(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        for number in range(460, 495):
            await set_number_rule(session, f"+46846500{number}", NumberRule.EXCLUDED, "", house.now)
        for number in range(20, 40):
            await set_number_rule(
                session, f"+467017406{number}", NumberRule.EXCLUDED, "", house.now
            )
    first = (await admin.get(NUMBERS)).text
    (more,) = re.findall(r'href="(/settings/numbers\?rule=excluded&amp;after=[^"]+)"', first)
    rest = (await admin.get(more.replace("&amp;", "&"))).text
    assert [page.count("/remove") for page in (first, rest)] == [50, 5]
    assert "Visa äldre" not in rest
    assert 'Får aldrig sms <span class="quiet">55</span>' in first


async def test_number_that_wants_no_texts_is_found_and_let_in_again(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    await opt_out(house, saxen, ERIK, "provider")
    assert "1 nummer har sagt STOPP." in (await admin.get(NUMBERS)).text
    answer = await post(house, admin, "/opted-out", asked="070-174 06 11", act="ask")
    assert answer.status_code == 200
    assert "070-174 06 11 har inte velat ha sms sedan" in answer.text
    assert "Operatören har meddelat det." in answer.text
    (onward,) = set(re.findall(r'name="onward" value="([^"]*)"', answer.text))
    assert (await admin.get(onward)).status_code == 200
    assert await opted_out(house, saxen) == 1
    for _ in range(2):  # the second time there is nothing to lift
        answer = await post(house, admin, "/opted-out", asked="070-174 06 11", act="lift")
        assert answer.headers["location"] == f"{NUMBERS}?done=lifted"
    assert await opted_out(house, saxen) == 0
    assert await audited(house, saxen) == [("lift", "opt_out")]


async def test_number_that_takes_texts_is_told_and_can_not_be_lifted(
    house: House, saxen: Home, luggen: Home, admin: httpx.AsyncClient
) -> None:
    await opt_out(house, luggen, ERIK)  # from another company
    answer = await post(house, admin, "/opted-out", asked="070-174 06 11")
    assert "070-174 06 11 tar emot sms." in answer.text
    assert 'value="lift"' not in answer.text
    await post(house, admin, "/opted-out", asked="070-174 06 11", act="lift")
    assert await opted_out(house, luggen) == 1
    assert await audited(house, luggen) == []
    answer = await post(house, admin, "/opted-out", asked="ingen")
    assert answer.status_code == 400
    assert 'id="asked-fault"' in answer.text


async def test_what_no_browser_would_send_is_refused(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    assert (await admin.get(f"{NUMBERS}?rule=foes")).status_code == 400
    assert (await post(house, admin, rule="foes", number=ERIK)).status_code == 400
    assert (await post(house, admin, "/opted-out", asked=ERIK, act="drop")).status_code == 400
    assert (await post(house, admin, "/no-id/remove", rule="own")).status_code == 400
    assert (await post(house, admin, f"/{uuid4()}/remove", rule="own")).status_code == 303


async def test_nobody_else_sees_or_changes_the_lists(
    house: House, saxen: Home, luggen: Home
) -> None:
    rule_id = await put(house, saxen, NumberRule.EXCLUDED)
    async with house.visit("handler@saxen.example") as client:
        assert (await client.get(NUMBERS)).status_code == 403
        for path in ("", f"/{rule_id}/remove", "/opted-out"):
            assert (await post(house, client, path, rule="excluded")).status_code == 403
    async with house.visit("admin@luggen.example") as client:
        assert "070-174 06 11" not in (await client.get(NUMBERS)).text
        await post(house, client, f"/{rule_id}/remove", rule="excluded")
    assert await listed(house, saxen, NumberRule.EXCLUDED) == [(ERIK, "")]


async def test_form_of_another_site_changes_no_list(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    rule_id = await put(house, saxen, NumberRule.EXCLUDED)
    for path in ("", f"/{rule_id}/remove", "/opted-out"):
        form = {"rule": "excluded", "number": SHOP, "asked": ERIK, "csrf": "0" * 64}
        assert (await admin.post(NUMBERS + path, data=form)).status_code == 403
    assert await listed(house, saxen, NumberRule.EXCLUDED) == [(ERIK, "")]
