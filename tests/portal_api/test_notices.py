"""The privacy notice: whoever has its address reads it, in the right language, with nothing personal."""

import httpx
import pytest

from ringback.store.companies import company
from ringback.tables import CompanyRow
from tests.portal_api.house import Home, House


async def code_of(house: House, home: Home, **changed: object) -> str:
    async with house.db.begin(home.company_id) as session:
        row = await company(session)
        row.business = {**row.business, **changed}
        return row.code


async def read(house: House, path: str, **headers: str) -> httpx.Response:
    async with house.visit() as client:
        return await client.get(path, headers=headers)


async def test_notice_names_the_company_and_how_to_reach_it_without_signing_in(
    house: House, saxen: Home
) -> None:
    code = await code_of(house, saxen, address="Storgatan 1, Lund", phone="+46846500410")
    answer = await read(house, f"/i/{code}")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for words in (
        "Dina uppgifter hos Salong saxen",
        "Storgatan 1, Lund",
        "08-465 004 10",
        "automatisk assistent",
        "personuppgiftsansvarig",
        "det du har beställt eller bokat, och för att hålla",
        "Andra sms från företaget: det har ett berättigat intresse",
        "Tills företaget raderar",
        "Svara STOPP",
        "Integritetsskyddsmyndigheten",
    ):
        assert words in answer.text
    assert saxen.secret_words not in answer.text
    assert "070-174 06 05" not in answer.text


@pytest.mark.parametrize(
    ("query", "accepts", "title"),
    [
        ("", "en-GB,en;q=0.8", "Your data at Salong saxen"),
        ("?language=en", "sv", "Your data at Salong saxen"),
        ("?language=sv", "en", "Dina uppgifter hos Salong saxen"),
        ("", "de", "Dina uppgifter hos Salong saxen"),
        ("?language=xx", "", "Dina uppgifter hos Salong saxen"),
    ],
)
async def test_notice_speaks_what_is_asked_for_else_what_the_company_speaks(
    house: House, saxen: Home, query: str, accepts: str, title: str
) -> None:
    code = await code_of(house, saxen)
    answer = await read(house, f"/i/{code}{query}", **{"accept-language": accepts})
    assert title in answer.text


async def test_company_that_speaks_english_is_read_in_english_by_who_asks_for_neither(
    house: House, saxen: Home
) -> None:
    code = await code_of(house, saxen)
    async with house.db.begin_across() as session:
        (await session.get_one(CompanyRow, saxen.company_id)).language = "en"
    assert "Your data at" in (await read(house, f"/i/{code}", **{"accept-language": "de"})).text


async def test_company_that_wrote_no_address_is_named_all_the_same(
    house: House, saxen: Home
) -> None:
    code = await code_of(house, saxen, address="", phone="")
    assert "Vänd dig till Salong saxen." in (await read(house, f"/i/{code}")).text


async def test_what_the_company_calls_itself_is_never_markup(house: House, saxen: Home) -> None:
    code = await code_of(house, saxen, address="<script>alert(1)</script>")
    async with house.db.begin_across() as session:
        (await session.get_one(CompanyRow, saxen.company_id)).name = "Å & <b>Ö</b> 100 %"
    text = (await read(house, f"/i/{code}")).text
    assert "<script>alert" not in text
    assert "Å &amp; &lt;b&gt;Ö&lt;/b&gt; 100 %" in text


@pytest.mark.parametrize("code", ["00000000", "x", "a%00b", "%C3%A5", "a.b", "a" * 3000])
async def test_code_that_nobody_has_leads_nowhere(house: House, saxen: Home, code: str) -> None:
    assert (await read(house, f"/i/{code}")).status_code == 404
