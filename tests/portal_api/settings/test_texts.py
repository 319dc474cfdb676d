"""The words of the texts: shown, previewed with true figures, kept, taken back, written down."""

import re
from datetime import date, timedelta

import httpx
import pytest
from sqlalchemy import select

from ringback.audit import first_break
from ringback.policy import Situation
from ringback.prices import OUTSOURCING_TARIFF, Price
from ringback.segments import count
from ringback.store.prices import add_price
from ringback.store.templates import own_templates, save_template
from ringback.store.texting import save_texting
from ringback.tables import AuditRow, SmsNumberRow
from ringback.templates import BUILT_IN, Template
from tests.portal_api.house import OUR_NUMBER, Home, House

TEXTS = "/settings/texts"
EDIT = f"{TEXTS}/edit"
GOOD = "Hej från {company}. En {assistant} svarar. {stop}. {privacy}"


async def post(
    house: House, client: httpx.AsyncClient, text: str, path: str = EDIT, **fields: str
) -> httpx.Response:
    form = {"situation": "missed", "language": "sv", "text": text, "csrf": house.token(client)}
    return await client.post(path, data={**form, **fields})


async def own(house: House, home: Home) -> tuple[Template, ...]:
    async with house.db.read(home.company_id) as session:
        return await own_templates(session)


async def audited(house: House, home: Home) -> list[str]:
    async with house.db.read(home.company_id) as session:
        assert await first_break(session) is None
        query = select(AuditRow.action).where(AuditRow.object_kind == "template")
        return list(await session.scalars(query.order_by(AuditRow.number)))


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\N{NO-BREAK SPACE}", " ").split())


async def figures(house: House, client: httpx.AsyncClient, text: str, **fields: str) -> str:
    answer = await post(house, client, text, f"{TEXTS}/preview", **fields)
    assert answer.status_code == 200
    return words_of(answer.text)


async def test_built_in_words_hold_until_own_ones_are_kept(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    before = (await admin.get(TEXTS)).text
    answer = await post(house, admin, GOOD, act="save")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{TEXTS}?done=saved")
    after = (await admin.get(answer.headers["location"])).text
    assert BUILT_IN[Situation.MISSED, "sv"] in before
    assert GOOD not in before
    assert GOOD in after
    assert BUILT_IN[Situation.MISSED, "sv"] not in after
    assert BUILT_IN[Situation.MISSED, "en"] in after
    assert "Sparat." in after
    assert "Karin admin" in words_of(after)
    assert await own(house, saxen) == (Template(Situation.MISSED, "sv", GOOD),)
    assert await audited(house, saxen) == ["change"]


async def test_own_words_can_be_taken_back(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    await post(house, admin, GOOD, act="save")
    editor = (await admin.get(f"{EDIT}?situation=missed&language=sv")).text
    assert GOOD in editor
    assert "Ta bort och använd den inbyggda texten" in editor
    for _ in range(2):  # the second time there is nothing left
        answer = await post(house, admin, "whatever stands there", act="reset")
        assert answer.status_code == 303
    assert await own(house, saxen) == ()
    assert await audited(house, saxen) == ["change", "remove"]


async def test_words_for_one_number_and_queue_are_kept_beside_the_others(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    page = (await admin.get(f"{EDIT}?situation=missed&language=sv&new=1")).text
    assert '<option value="08-465 004 10">' in page
    assert '<option value="kundtjanst">' in page
    place = {"did": "08-465 004 10", "queue": "kundtjanst", "new": "1"}
    assert (await post(house, admin, GOOD, act="save", **place)).status_code == 303
    (kept,) = await own(house, saxen)
    assert (kept.did, kept.queue) == ("+46846500410", "kundtjanst")
    page = (await admin.get(TEXTS)).text
    assert BUILT_IN[Situation.MISSED, "sv"] in page
    assert "Nummer 08-465 004 10" in page
    (address,) = re.findall(r'href="(/settings/texts/edit\?[^"]+queue=[^"]+)"', page)
    assert GOOD in (await admin.get(address.replace("&amp;", "&"))).text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Texten är tom."),
        ("Hej {company}", "Platshållaren {stop} saknas."),
        (GOOD + " {weather}", "Det finns ingen platshållare {weather}."),
        (GOOD + " {", "En klammer saknas"),
        (GOOD + "x" * 1000, "Texten är för lång."),
        (GOOD + "\x07", "Texten innehåller tecken som inte kan visas."),
    ],
)
async def test_text_that_can_not_be_sent_is_refused_at_its_field_and_kept_on_the_page(
    house: House, saxen: Home, admin: httpx.AsyncClient, text: str, said: str
) -> None:
    answer = await post(house, admin, text, act="save")
    assert answer.status_code == 400
    fault = answer.text[answer.text.index('id="text-fault"') :]
    assert said in words_of(fault[: fault.index("</div>")])
    assert 'aria-describedby="text-fault"' in answer.text
    assert text.rstrip("\x07")[-20:] in answer.text
    (onward,) = set(re.findall(r'name="onward" value="([^"]*)"', answer.text))
    assert (await admin.get(onward.replace("&amp;", "&"))).status_code == 200
    assert await own(house, saxen) == ()
    assert await audited(house, saxen) == []


async def test_number_that_is_none_is_refused_at_its_own_field(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    answer = await post(house, admin, GOOD, act="save", did="12", new="1")
    assert answer.status_code == 400
    assert 'id="did-fault"' in answer.text
    assert 'id="text-fault"' not in answer.text
    assert await own(house, saxen) == ()


async def test_preview_counts_and_prices_what_the_caller_would_get(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    text = GOOD + " å" * 40
    shown = await figures(house, admin, text)
    sample = shown[: shown.index(" Tecken ")]
    size = count(sample)
    assert sample.startswith("Hej från Salong saxen. En automatisk assistent svarar.")
    assert "Inga fler sms: STOPP. http://portal.test/i/" in sample
    assert (size.encoding, size.parts) == ("gsm7", 2)
    assert f"Tecken {size.units} Delar 2 Pris 0,128 kr" in shown
    assert OUTSOURCING_TARIFF.part_e4 == 640
    assert "vanliga tecken (GSM-7)" in shown


async def test_preview_uses_the_price_of_the_account_that_is_taken_first(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        for rank, name in enumerate(("dear", "cheap")):
            session.add(SmsNumberRow(provider=name, e164=OUR_NUMBER, rank=rank))
    yesterday = house.now.date() - timedelta(days=1)
    async with house.db.begin_across() as session:
        await add_price(session, Price("dear", "SE", yesterday, 5_000))
        await add_price(session, Price("cheap", "SE", yesterday, 100))
        await add_price(session, Price("dear", "SE", date(2090, 1, 1), 9_000))
    assert "Pris 0,50 kr ( 0,50 kr per del)" in (await figures(house, admin, "Hej")).replace(
        "(0", "( 0"
    )


async def test_emoji_is_named_as_what_makes_the_text_dear(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    shown = await figures(house, admin, "Hej 😀 på dig")
    assert "alla tecken (Unicode)" in shown
    assert "Bara 70 tecken ryms i en del i stället för 160, på grund av: 😀" in shown


async def test_typographic_signs_are_named_and_made_plain_only_when_asked(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    typed = "Öppet 9–17 \N{NO-BREAK SPACE}”vardagar”"
    shown = await figures(house, admin, typed)
    assert "vanliga tecken (GSM-7)" in shown  # as it is sent
    assert "– no-break space ”" in shown
    page = (await post(house, admin, typed, act="plain")).text
    assert "Öppet 9-17  &#34;vardagar&#34;</textarea>" in page
    page = (await post(house, admin, typed, act="preview")).text
    assert f"{typed}</textarea>" in page
    assert await own(house, saxen) == ()


async def test_signs_that_can_be_made_plain_are_so_also_beside_an_emoji(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    page = (await post(house, admin, "9–17 😀", act="plain")).text
    assert "9-17 😀</textarea>" in page


async def test_text_with_more_parts_than_the_rules_allow_is_told(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        await save_texting(session, {"limits": {"most_parts": 1}})
    assert "fler delar än era regler tillåter" in await figures(house, admin, "a" * 161)
    assert "fler delar än era regler tillåter" not in await figures(house, admin, "a" * 160)


async def test_reminder_and_english_are_previewed_with_made_up_words(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    shown = await figures(
        house, admin, "Your {what}: {when}. {stop}", situation="reminder", language="en"
    )
    assert "damklippning: Sunday 22 November at 10:00. No more texts: STOP" in shown


async def test_what_is_typed_is_never_markup(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    attack = GOOD + "<script>alert(1)</script>"
    for path in (EDIT, f"{TEXTS}/preview"):
        answer = await post(house, admin, attack, path)
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;alert(1)" in answer.text


async def test_what_no_browser_would_send_is_refused(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    for wrong in (
        {"situation": "reply"},
        {"situation": "birthday"},
        {"language": "no"},
        {"queue": "a\x00b"},
        {"act": "drop"},
    ):
        assert (await post(house, admin, GOOD, **{"act": "save", **wrong})).status_code == 400
    assert (await admin.get(f"{EDIT}?situation=missed")).status_code == 400
    assert (await admin.get(f"{EDIT}?situation=reply&language=sv")).status_code == 400
    assert await own(house, saxen) == ()


async def test_nobody_but_an_administrator_comes_in(
    house: House, saxen: Home, luggen: Home, admin: httpx.AsyncClient
) -> None:
    for role in ("supervisor", "auditor", "operator"):
        await house.add_person(saxen.company_id, f"{role}@saxen.example", role)
    for role in ("handler", "supervisor", "auditor", "operator"):
        async with house.visit(f"{role}@saxen.example") as client:
            assert (await client.get(TEXTS)).status_code == 403
            assert (await post(house, client, GOOD, act="save")).status_code == 403
            if role == "handler":
                assert 'href="/settings"' not in (await client.get("/missed")).text
    assert await own(house, saxen) == ()
    assert 'href="/settings"' in (await admin.get("/missed")).text
    first = await admin.get("/settings")
    assert (first.status_code, first.headers["location"]) == (303, TEXTS)
    await post(house, admin, GOOD, act="save")
    async with house.visit("admin@luggen.example") as client:
        assert GOOD not in (await client.get(TEXTS)).text
        await post(house, client, "", act="reset")
    assert len(await own(house, saxen)) == 1
    assert await own(house, luggen) == ()


async def test_form_of_another_site_changes_nothing(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    assert (await post(house, admin, GOOD, act="save", csrf="0" * 64)).status_code == 403
    assert await own(house, saxen) == ()


async def test_who_changed_a_text_last_is_told_also_when_two_did(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        await save_template(session, Template(Situation.MISSED, "sv", GOOD), house.now)
    assert "Karin" not in words_of((await admin.get(TEXTS)).text).partition("Ändrad")[2][:40]
    await post(house, admin, GOOD + " Hej", act="save")
    assert "Karin admin" in words_of((await admin.get(TEXTS)).text).partition("Ändrad")[2][:40]
