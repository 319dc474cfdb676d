"""An administrator sees who has which phone, and gives them."""

from uuid import UUID

import httpx
from sqlalchemy import select

from ringback.tables import AuditRow, UserRow
from tests.portal_api.house import Home, House

PHONES = "/settings/phones"


async def people(house: House, home: Home) -> dict[str, tuple[UUID, str]]:
    async with house.db.read(home.company_id) as session:
        rows = await session.scalars(select(UserRow))
        return {row.role: (row.id, row.phone) for row in rows}


async def post(
    house: House, client: httpx.AsyncClient, user_id: UUID, phone: str
) -> httpx.Response:
    form = {"csrf": house.token(client), "phone": phone}
    return await client.post(f"{PHONES}/{user_id}", data=form)


async def test_phone_is_given_shown_and_taken_away(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    karin, _ = (await people(house, saxen))["handler"]
    assert (await post(house, admin, karin, " 101 ")).status_code == 303
    assert (await people(house, saxen))["handler"][1] == "PJSIP/101"
    assert 'value="PJSIP/101"' in (await admin.get(PHONES)).text
    await post(house, admin, karin, "")
    assert (await people(house, saxen))["handler"][1] == ""
    async with house.db.read(saxen.company_id) as session:
        query = select(AuditRow.object_id).where(AuditRow.object_kind == "user_account")
        assert (
            list(await session.scalars(query.where(AuditRow.action == "change")))
            == [str(karin)] * 2
        )


async def test_what_would_dial_out_is_refused_at_its_field(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    karin, _ = (await people(house, saxen))["handler"]
    answer = await post(house, admin, karin, "Local/0701740605@from-internal")
    assert answer.status_code == 400
    assert f'id="phone-{karin}-fault"' in answer.text
    assert "Local/0701740605@from-internal" in answer.text
    assert (await people(house, saxen))["handler"][1] == ""


async def test_two_with_one_phone_are_told_of(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    admin.cookies.set("language", "en")
    for user_id, _ in (await people(house, saxen)).values():
        await post(house, admin, user_id, "101")
    assert "The same phone as Karin handler" in (await admin.get(PHONES)).text


async def test_another_company_s_people_and_other_roles_are_kept_out(
    house: House, saxen: Home, luggen: Home, admin: httpx.AsyncClient
) -> None:
    stranger, _ = (await people(house, luggen))["admin"]
    assert (await post(house, admin, stranger, "101")).status_code == 404
    karin, _ = (await people(house, saxen))["handler"]
    async with house.visit("handler@saxen.example") as handler:
        assert (await handler.get(PHONES)).status_code == 403
        assert (await post(house, handler, karin, "101")).status_code == 403
    assert {phone for _, phone in (await people(house, saxen)).values()} == {""}
