"""API keys in the portal: shown once, listed by name, ended; by an administrator of the company alone."""

import re
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from ringback.audit import first_break
from ringback.store.api_keys import add_api_key, api_keys
from ringback.tables import ApiKeyRow, AuditRow
from tests.portal_api.house import Home, House

KEYS = "/settings/api-keys"


async def post(
    house: House, client: httpx.AsyncClient, path: str = "", **form: str
) -> httpx.Response:
    return await client.post(KEYS + path, data={"csrf": house.token(client), **form})


async def in_use(house: House, home: Home) -> dict[str, UUID]:
    async with house.db.read(home.company_id) as session:
        return {row.name: row.id for row in await api_keys(session)}


async def make(house: House, home: Home, name: str = "kassan") -> UUID:
    async with house.db.begin(home.company_id) as session:
        await add_api_key(session, name, house.now)
    return (await in_use(house, home))[name]


async def audited(house: House, home: Home) -> list[tuple[str, str, str]]:
    async with house.db.read(home.company_id) as session:
        assert await first_break(session) is None
        query = select(AuditRow).where(AuditRow.object_kind == "api_key").order_by(AuditRow.number)
        rows = (await session.scalars(query)).all()
        return [(row.action, row.actor.partition(":")[0], row.object_id) for row in rows]


async def may_send(house: House, key: str) -> bool:
    async with house.visit() as client:
        answer = await client.get("/api/v1/texts", headers={"Authorization": f"Bearer {key}"})
    return answer.status_code == 200


async def test_key_is_made_shown_once_used_and_ended(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    assert "Inga API-nycklar än" in (await admin.get(KEYS)).text
    answer = await post(house, admin, name=" kassan ")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    (key,) = re.findall(r"rb_[0-9a-f]{32}_[\w-]{43}", answer.text)
    assert await may_send(house, key)
    page = (await admin.get(KEYS)).text
    assert key not in page
    assert "kassan" in page
    assert "Senast använd" in page
    key_id = (await in_use(house, saxen))["kassan"]
    for _ in range(2):  # the second time it is gone
        answer = await post(house, admin, f"/{key_id}/end")
        assert answer.headers["location"] == f"{KEYS}?done=ended"
    assert await in_use(house, saxen) == {}
    assert "Nyckeln är avslutad" in (await admin.get(answer.headers["location"])).text
    assert await audited(house, saxen) == [
        ("add", "user", str(key_id)),
        ("end", "user", str(key_id)),
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "behöver ett namn"),
        ("  ", "behöver ett namn"),
        ("x" * 61, "högst 60 tecken"),
        ("a\nb", "en rad"),
        ("a\u202eb", "en rad"),
        ("kassan", "Det finns redan"),
        (" kassan", "Det finns redan"),
    ],
)
async def test_name_that_cannot_be_one_is_told_at_its_field_and_no_key_is_made(
    house: House, saxen: Home, admin: httpx.AsyncClient, name: str, words: str
) -> None:
    await make(house, saxen)
    answer = await post(house, admin, name=name)
    assert answer.status_code == 400
    assert re.findall(r'id="(\w+)-fault"', answer.text) == ["name"]
    assert words in answer.text
    assert "rb_" not in answer.text
    assert list(await in_use(house, saxen)) == ["kassan"]


async def test_name_is_never_markup(house: House, saxen: Home, admin: httpx.AsyncClient) -> None:
    answer = await post(house, admin, name="<b>Å & Ö</b>")
    assert "<b>Å" not in answer.text
    assert "&lt;b&gt;Å &amp; Ö&lt;/b&gt;" in answer.text


async def test_nobody_else_sees_makes_or_ends_keys(house: House, saxen: Home, luggen: Home) -> None:
    key_id = await make(house, saxen, "vågen")
    async with house.visit("handler@saxen.example") as client:
        assert (await client.get(KEYS)).status_code == 403
        for path in ("", f"/{key_id}/end"):
            assert (await post(house, client, path, name="x")).status_code == 403
    async with house.visit("admin@luggen.example") as client:
        assert "vågen" not in (await client.get(KEYS)).text
        await post(house, client, f"/{key_id}/end")
        assert (await post(house, client, f"/{uuid4()}/end")).status_code == 303
        assert (await post(house, client, "/no-id/end")).status_code == 400
    assert await in_use(house, saxen) == {"vågen": key_id}


async def test_form_of_another_site_makes_and_ends_nothing(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    key_id = await make(house, saxen)
    for path in ("", f"/{key_id}/end"):
        form = {"name": "x", "csrf": "0" * 64}
        assert (await admin.post(KEYS + path, data=form)).status_code == 403
    assert await in_use(house, saxen) == {"kassan": key_id}


async def test_secret_is_in_no_row(house: House, saxen: Home, admin: httpx.AsyncClient) -> None:
    answer = await post(house, admin, name="kassan")
    (key,) = re.findall(r"rb_[0-9a-f]{32}_[\w-]{43}", answer.text)
    async with house.db.read(saxen.company_id) as session:
        row = (await session.scalars(select(ApiKeyRow))).one()
    assert not any(key[-43:] in str(value) for value in vars(row).values())
