"""The rules for sending: shown in kronor, kept whole or not at all, beside what is spent."""

import re

import httpx
import pytest
from sqlalchemy import select

from portal_api.settings.sending_form import document_of, values_of
from ringback.audit import first_break
from ringback.store.spent import COMPANY
from ringback.store.texting import save_texting, texting
from ringback.tables import AuditRow, SpentRow
from ringback.texting import Texting
from tests.portal_api.house import Home, House

SENDING = "/settings/sending"
AS_IT_IS = values_of(Texting(), "sv")


async def post(house: House, client: httpx.AsyncClient, **changed: str | None) -> httpx.Response:
    form = {"csrf": house.token(client), **AS_IT_IS, **changed}
    return await client.post(
        SENDING, data={name: value for name, value in form.items() if value is not None}
    )


async def rules(house: House, home: Home) -> Texting:
    async with house.db.read(home.company_id) as session:
        return await texting(session)


async def audited(house: House, home: Home) -> list[str]:
    async with house.db.read(home.company_id) as session:
        assert await first_break(session) is None
        query = select(AuditRow.object_kind).where(AuditRow.action == "change")
        return list(await session.scalars(query))


@pytest.mark.parametrize("language", ["sv", "en"])
def test_rules_that_nobody_changed_come_back_as_they_were(language: str) -> None:
    whole = Texting.from_document(
        {
            "missed_calls": False,
            "cool_down_h": 1.5,
            "countries": ["SE", "NO"],
            "quiet": {"begins": "22:30", "ends": "06:15", "then": "hold"},
            "limits": {"company_day_ore": 123_456_789, "number_day_ore": 5, "most_parts": 3},
            "privacy_url": "https://example.se/i",
        }
    )
    for given in (whole, Texting()):
        document, wrong = document_of(values_of(given, language))
        assert wrong == {}
        assert Texting.from_document(document) == given


async def test_changed_rules_hold_and_are_written_down(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    page = (await admin.get(SENDING)).text
    assert 'name="missed_calls" checked' in page
    assert 'name="company_day_kr" type="text" value="500,00"' in page
    answer = await post(
        house,
        admin,
        missed_calls=None,
        cool_down_h="0,5",
        countries="se no, DK",
        quiet_begins="20:00",
        quiet_then="hold",
        company_day_kr="1 234,5",
        number_hour_texts="3",
        most_parts="2",
        privacy_url="https://salong.example/integritet",
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"{SENDING}?done=saved")
    kept = await rules(house, saxen)
    assert not kept.missed_calls
    assert (kept.cool_down_h, kept.countries) == (0.5, ("SE", "NO", "DK"))
    assert (f"{kept.quiet.begins:%H:%M}", kept.quiet.then) == ("20:00", "hold")
    assert kept.limits.company_day_ore == 123_450
    assert (kept.limits.number_hour_texts, kept.limits.most_parts) == (3, 2)
    assert kept.privacy_url == "https://salong.example/integritet"
    assert await audited(house, saxen) == ["company"]
    page = (await admin.get(answer.headers["location"])).text
    assert "Sparat." in page
    assert "av Karin admin." in page
    assert "Sverige, Norge, Danmark" in page
    assert 'name="missed_calls" checked' not in page
    assert 'value="hold" checked' in page


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("cool_down_h", "12 h"),
        ("cool_down_h", "721"),
        ("cool_down_h", "nan"),
        ("cool_down_h", "1e2"),
        ("countries", ""),
        ("countries", "Sverige"),
        ("countries", "SE, XX"),
        ("countries", "EU"),
        ("quiet_begins", "9"),
        ("quiet_begins", "25:00"),
        ("quiet_ends", "08:00+01:00"),
        ("quiet_then", "perhaps"),
        ("number_hour_texts", "-1"),
        ("number_hour_texts", "1,5"),
        ("number_day_texts", "٣"),
        ("number_day_texts", "99999999999999999999"),
        ("most_parts", "0"),
        ("most_parts", "21"),
        ("company_day_kr", "en krona"),
        ("company_day_kr", "0,001"),
        ("company_day_kr", "-5"),
        ("company_month_kr", ""),
        ("company_month_kr", "10000001"),
        ("number_day_kr", "inf"),
        ("privacy_url", "javascript:alert(1)"),
        ("privacy_url", "http://salong.example"),
        ("privacy_url", "https://"),
        ("privacy_url", "https://[oops"),
        ("privacy_url", "https://a.example/ b"),
        ("privacy_url", "https://a.example/" + "x" * 200),
    ],
)
def test_what_can_not_be_a_rule_is_told_at_its_field(field: str, typed: str) -> None:
    _, wrong = document_of({**AS_IT_IS, field: typed})
    assert list(wrong) == [field]


async def test_one_fault_keeps_all_as_it_was_and_what_was_typed_on_the_page(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    answer = await post(house, admin, company_day_kr="hundra", most_parts="2", missed_calls=None)
    assert answer.status_code == 400
    assert "Inget sparades." in answer.text
    assert 'value="hundra"' in answer.text
    assert 'value="2"' in answer.text
    fault = answer.text[answer.text.index('id="company_day_kr-fault"') :]
    assert "Skriv ett belopp i kronor" in fault[: fault.index("</div>")]
    assert answer.text.count('class="field-fault"') == 1
    assert await rules(house, saxen) == Texting()
    assert await audited(house, saxen) == []


async def test_spent_stands_beside_the_budgets(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        for period, cost_e4 in (("2026-11-20", 1_280), ("2026-11", 2_500_640), ("2026-10", 9)):
            session.add(
                SpentRow(
                    number_index=COMPANY, period=period, texts=1, cost_e4=cost_e4, until=house.now
                )
            )
        await save_texting(session, {"limits": {"company_month_ore": 30_000}})
    page = (await admin.get(SENDING)).text.replace("\N{NO-BREAK SPACE}", " ")
    told = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "I dag 0,128 kr av 500,00 kr" in told
    assert "Den här månaden 250,064 kr av 300,00 kr" in told
    assert '<progress max="3000000" value="2500640"' in page


async def test_nobody_but_an_administrator_sees_or_changes_the_rules(
    house: House, saxen: Home
) -> None:
    async with house.visit("handler@saxen.example") as client:
        assert (await client.get(SENDING)).status_code == 403
        assert (await post(house, client, most_parts="1")).status_code == 403
    assert await rules(house, saxen) == Texting()


async def test_rules_of_one_company_are_not_another_ones(
    house: House, saxen: Home, luggen: Home, admin: httpx.AsyncClient
) -> None:
    assert (await post(house, admin, most_parts="1")).status_code == 303
    assert await rules(house, luggen) == Texting()
    assert (await rules(house, saxen)).limits.most_parts == 1


async def test_form_of_another_site_changes_no_rule(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    assert (await post(house, admin, most_parts="1", csrf="")).status_code == 403
    assert await rules(house, saxen) == Texting()
