"""Queues that offer callbacks: added, switched with one click, their rules kept whole or not at all."""

import re
from datetime import time
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from portal_api.settings.queue_form import document_of, install_is_due, values_of
from ringback.offer import Offer, Why
from ringback.queues import Input, Rules
from ringback.store.queues import add_queue, note_offer, queues, save_rules
from ringback.tables import AuditRow, QueueRow
from tests.portal_api.house import Home, House

QUEUES = "/settings/queues"
PLAIN = values_of(Rules(), "en")


@pytest_asyncio.fixture
async def support(house: House, saxen: Home) -> UUID:
    async with house.db.begin(saxen.company_id) as session:
        return (await add_queue(session, saxen.pbx_id, "support", "Support", house.now)).id


@pytest_asyncio.fixture
async def english(admin: httpx.AsyncClient) -> httpx.AsyncClient:
    """An administrator who reads English."""
    admin.cookies.set("language", "en")
    return admin


async def post(house: House, client: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    return await client.post(QUEUES + path, data={"csrf": house.token(client), **form})


async def rules_of(house: House, home: Home, queue_id: UUID) -> Rules:
    async with house.db.read(home.company_id) as session:
        return Rules.kept((await session.get_one(QueueRow, queue_id)).rules)


async def audited(house: House, home: Home) -> list[str]:
    async with house.db.read(home.company_id) as session:
        query = select(AuditRow.action).where(AuditRow.object_kind == "queue")
        return list(await session.scalars(query.order_by(AuditRow.number)))


@pytest.mark.parametrize("language", ["sv", "en"])
def test_rules_that_nobody_changed_come_back_as_they_were(language: str) -> None:
    whole = Rules(
        offer="when_long",
        wait_over_min=2.5,
        mean_over_min=30,
        offer_from=time(8),
        offer_to=time(16, 30),
        soonest=False,
        intervals=((time(9), time(11)), (time(13), time(15, 30))),
        next_day=False,
        most_each=4,
        needs_staff=False,
        asks=Input.CUSTOMER_NUMBER,
        digit="5",
        announce_every_s=60,
        when_silent="last",
        most_tries=5,
        retry_min=20,
        alert_min=0,
        automatic=True,
        language="en",
        countries=("SE", "NO"),
        shown_number="+46846500410",
    )
    document, wrong = document_of(values_of(whole, language), "when_long")
    assert wrong == {}
    assert Rules.from_document(document) == whole


def test_intervals_are_put_in_order_and_empty_rows_passed_over() -> None:
    typed = PLAIN | {f"{end}_{n}": "" for end in ("from", "to") for n in range(4)}
    typed |= {"from_1": "13:00", "to_1": "15:00", "from_5": "08:00", "to_5": "10:00"}
    document, wrong = document_of(typed, "off")
    assert (document["intervals"], wrong) == ([("08:00", "10:00"), ("13:00", "15:00")], {})


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("from_0", "25:00"),
        ("from_0", ""),
        ("from_0", "10:00"),  # it ends at 10:00
        ("from_1", "08:00"),  # with to_1, the first once more
        ("wait_over_min", "241"),
        ("wait_over_min", "soon"),
        ("mean_over_min", "0"),
        ("most_each", "-1"),
        ("announce_every_s", "14"),
        ("most_tries", "21"),
        ("retry_min", "1.5"),
        ("alert_min", ""),
        ("offer_from", "8"),
        ("digit", "#"),
        ("asks", "secrets"),
        ("language", "no"),
        ("when_silent", ""),
        ("countries", "Sverige"),
        ("shown_number", "12"),
    ],
)
def test_what_can_not_be_meant_is_marked_at_its_field(field: str, typed: str) -> None:
    more = {"to_1": "10:00"} if field == "from_1" else {}
    _, wrong = document_of(PLAIN | {field: typed} | more, "always")
    assert list(wrong) == [field]


def test_offer_without_anything_to_choose_is_marked() -> None:
    typed = {name: text for name, text in PLAIN.items() if not name.startswith(("from_", "to_"))}
    typed["soonest"] = ""
    assert list(document_of(typed, "always")[1]) == ["soonest"]
    assert document_of(typed, "off")[1] == {}


@pytest.mark.parametrize(
    ("changed", "due"),
    [
        ({"digit": "5"}, True),
        ({"intervals": ()}, True),
        ({"asks": Input.CUSTOMER_NUMBER}, True),
        ({"language": "en"}, True),
        ({"offer": "always", "most_tries": 9, "soonest": False, "automatic": True}, False),
    ],
)
def test_install_is_due_when_the_menu_changes(changed: dict[str, object], due: bool) -> None:
    assert install_is_due(Rules(), Rules().model_copy(update=changed)) is due


async def test_queue_is_added_and_leads_to_its_rules(
    house: House, saxen: Home, english: httpx.AsyncClient
) -> None:
    assert "No queues yet" in (await english.get(QUEUES)).text
    answer = await post(house, english, "", pbx=str(saxen.pbx_id), name="401", label="Kundtjänst")
    assert answer.status_code == 303
    page = await english.get(answer.headers["location"])
    assert "Kundtjänst" in page.text
    assert "It is switched off." in page.text
    assert await audited(house, saxen) == ["change"]
    twice = await post(house, english, "", pbx=str(saxen.pbx_id), name="401")
    assert twice.status_code == 400
    assert "That queue is there already." in twice.text
    assert 'id="form-fault"' in twice.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": "?? !"}, "Ett könamn behöver en bokstav eller en siffra"),
        ({"name": "401", "label": "?? !"}, "Namnet för människor behöver en bokstav"),
    ],
)
async def test_name_that_nobody_can_read_is_refused_and_shown_again(
    house: House, saxen: Home, admin: httpx.AsyncClient, typed: dict[str, str], words: str
) -> None:
    answer = await post(house, admin, "", pbx=str(saxen.pbx_id), **typed)
    assert answer.status_code == 400
    assert words in answer.text
    assert 'value="?? !"' in answer.text
    async with house.db.read(saxen.company_id) as session:
        assert await queues(session) == []


@pytest.mark.parametrize("pbx", ["", "x", "00000000-0000-4000-8000-000000000000"])
async def test_queue_needs_a_switchboard_of_the_company(
    house: House, saxen: Home, admin: httpx.AsyncClient, pbx: str
) -> None:
    assert (await post(house, admin, "", pbx=pbx, name="401")).status_code in (400, 404)
    async with house.db.read(saxen.company_id) as session:
        assert await queues(session) == []


async def test_queue_that_callers_waited_in_is_offered_until_it_is_added(
    house: House, saxen: Home, english: httpx.AsyncClient
) -> None:
    title = "Queues that callers waited in lately"
    before = (await english.get(QUEUES)).text
    assert title in before
    assert 'value="kundtjanst"' in before
    await post(house, english, "", pbx=str(saxen.pbx_id), name="kundtjanst")
    assert title not in (await english.get(QUEUES)).text


async def test_offer_is_switched_with_one_click_and_the_other_rules_stay(
    house: House, saxen: Home, admin: httpx.AsyncClient, support: UUID
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        await save_rules(session, support, "Support", Rules(digit="5"), house.now)
    answer = await post(house, admin, f"/{support}/offer", mode="when_long", shown="list")
    assert answer.headers["location"].startswith(f"{QUEUES}?done=")
    assert await rules_of(house, saxen, support) == Rules(offer="when_long", digit="5")
    pressed = re.findall(
        r'name="mode" value="(\w+)" aria-pressed="true"', (await admin.get(QUEUES)).text
    )
    assert pressed == ["when_long"]
    await post(house, admin, f"/{support}/offer", mode="off")
    assert (await rules_of(house, saxen, support)).offer == "off"


async def test_offer_of_nothing_can_not_be_switched_on(
    house: House, saxen: Home, english: httpx.AsyncClient, support: UUID
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        rules = Rules(soonest=False, intervals=())
        await save_rules(session, support, "Support", rules, house.now)
    answer = await post(house, english, f"/{support}/offer", mode="always")
    assert answer.status_code == 400
    assert "Give callers something to choose first" in answer.text
    assert (await rules_of(house, saxen, support)).offer == "off"


async def test_page_tells_what_is_offered_now_and_why(
    house: House, saxen: Home, english: httpx.AsyncClient, support: UUID
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        await save_rules(session, support, "Support", Rules(offer="when_long"), house.now)
        await note_offer(session, support, Offer(True, Why.LONG_WAIT, ("s",)), 3, house.now)
    page = (await english.get(f"{QUEUES}/{support}")).text
    for words in ("Offered now", "Callers wait long.", "3 callers wait", "as soon as possible"):
        assert words in page
    assert f"ringback-menu-{support.hex[:12]}" in page
    await post(house, english, f"/{support}/offer", mode="off")
    assert "It was switched just now" in (await english.get(f"{QUEUES}/{support}")).text


async def test_rules_are_kept_and_say_when_an_install_is_due(
    house: House, saxen: Home, english: httpx.AsyncClient, support: UUID
) -> None:
    form = PLAIN | {"label": "Växel", "most_tries": "7", "shown_number": "08-465 004 10"}
    answer = await post(house, english, f"/{support}", **form)
    assert answer.headers["location"].endswith("done=queue_saved")
    kept = await rules_of(house, saxen, support)
    assert (kept.most_tries, kept.shown_number) == (7, "+46846500410")
    answer = await post(house, english, f"/{support}", **(form | {"digit": "5"}))
    page = (await english.get(answer.headers["location"])).text
    assert "ringback asterisk install" in page
    assert "Karin admin" in page  # who changed it last


async def test_wrong_form_keeps_nothing_and_shows_what_was_typed(
    house: House, saxen: Home, english: httpx.AsyncClient, support: UUID
) -> None:
    answer = await post(house, english, f"/{support}", **(PLAIN | {"retry_min": "ofta"}))
    assert answer.status_code == 400
    assert 'value="ofta"' in answer.text
    assert "Write a whole number, 1–1440." in answer.text
    assert 'id="form-fault"' in answer.text
    long = await post(house, english, f"/{support}", **(PLAIN | {"label": "x" * 81}))
    assert "at most 80 plain signs" in long.text
    assert await rules_of(house, saxen, support) == Rules()
    assert await audited(house, saxen) == []


async def test_removed_queue_is_gone_and_comes_back_with_its_rules(
    house: House, saxen: Home, admin: httpx.AsyncClient, support: UUID
) -> None:
    await post(house, admin, f"/{support}", **(PLAIN | {"digit": "5"}))
    assert (await post(house, admin, f"/{support}/remove")).status_code == 303
    for answer in (
        await admin.get(f"{QUEUES}/{support}"),
        await post(house, admin, f"/{support}", **PLAIN),
        await post(house, admin, f"/{support}/offer", mode="always"),
    ):
        assert answer.status_code == 404
    await post(house, admin, "", pbx=str(saxen.pbx_id), name="support")
    assert (await rules_of(house, saxen, support)).digit == "5"


async def test_other_company_s_queue_and_other_roles_are_kept_out(
    house: House, saxen: Home, luggen: Home, admin: httpx.AsyncClient, support: UUID
) -> None:
    async with house.visit("admin@luggen.example") as stranger:
        assert (await stranger.get(f"{QUEUES}/{support}")).status_code == 404
        assert (await post(house, stranger, f"/{support}/offer", mode="always")).status_code == 404
        answer = await post(house, stranger, "", pbx=str(saxen.pbx_id), name="401")
        assert answer.status_code == 404
    async with house.visit("handler@saxen.example") as handler:
        assert (await handler.get(QUEUES)).status_code == 403
        assert (await post(house, handler, f"/{support}/offer", mode="always")).status_code == 403
    assert (await rules_of(house, saxen, support)).offer == "off"
