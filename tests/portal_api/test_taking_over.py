"""A conversation is taken over and handed back in the portal; who is later is told who was faster."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from ringback.tables import AuditRow, ConversationRow
from tests.portal_api.house import Home, House

KARIN, ERIK = "handler@saxen.example", "erik@saxen.example"
TAKE = 'data-key="t"'


async def post(house: House, client: httpx.AsyncClient, home: Home, act: str) -> httpx.Response:
    form = {"csrf": house.token(client)}
    return await client.post(f"/conversations/{home.conversation_id}/{act}", data=form)


async def post_json(
    house: House, client: httpx.AsyncClient, home: Home, act: str, **json: str
) -> httpx.Response:
    return await client.post(
        f"/api/v1/conversations/{home.conversation_id}/{act}",
        json=json or None,
        headers={"X-CSRF-Token": house.token(client)},
    )


async def page(client: httpx.AsyncClient, home: Home) -> str:
    return (await client.get(f"/conversations/{home.conversation_id}")).text


async def owner(house: House, home: Home) -> tuple[str, UUID | None]:
    async with house.db.read(home.company_id) as session:
        row = await session.get_one(ConversationRow, home.conversation_id)
    return row.owner, row.owner_id


async def erik_moves_in(house: House, home: Home, role: str = "handler") -> None:
    await house.add_person(home.company_id, ERIK, role)


async def test_who_takes_over_may_write_and_hand_back(house: House, saxen: Home) -> None:
    async with house.visit(KARIN) as client:
        before = await page(client, saxen)
        taken = await post(house, client, saxen, "take")
        mine = await page(client, saxen)
        await post(house, client, saxen, "hand-back")
        after = await page(client, saxen)
    assert TAKE in before
    assert "data-writes" not in before
    assert (taken.status_code, taken.headers["location"]) == (
        303,
        f"/conversations/{saxen.conversation_id}#reply-text",
    )
    assert "Du har konversationen sedan" in mine
    assert 'datetime="2026-11-20T12:00:00+00:00">20 nov. 13:00</time>' in mine
    assert "data-writes" in mine
    assert "Lämna tillbaka till assistenten" in mine
    assert "data-writes" not in after
    assert await owner(house, saxen) == ("assistant", None)
    async with house.db.read(saxen.company_id) as session:
        query = select(AuditRow.action).where(AuditRow.object_kind == "conversation")
        done = [one for one in await session.scalars(query) if one != "read"]
    assert done == ["take_over", "hand_back"]


async def test_of_two_at_once_one_gets_it_and_the_other_is_told_who(
    house: House, saxen: Home
) -> None:
    await erik_moves_in(house, saxen)
    async with house.visit(KARIN) as karin, house.visit(ERIK) as erik:
        answers = await asyncio.gather(
            *(post(house, client, saxen, "take") for client in (karin, erik))
        )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    (late,) = [answer for answer in answers if answer.status_code == 409]
    assert "Karin handler har konversationen" in late.text  # so are both of them called
    assert "data-writes" not in late.text
    assert TAKE not in late.text


async def test_program_in_the_browser_is_told_who_has_it(house: House, saxen: Home) -> None:
    await erik_moves_in(house, saxen)
    async with house.visit(KARIN) as karin, house.visit(ERIK) as erik:
        taken = await post_json(house, karin, saxen, "take")
        late = await post_json(house, erik, saxen, "take")
        written = await post_json(house, erik, saxen, "messages", text="Hej")
        back = await post_json(house, erik, saxen, "hand-back")
        shown = (await erik.get(f"/api/v1/conversations/{saxen.conversation_id}")).json()
    assert taken.json() == {
        "owner": "person",
        "name": "Karin handler",
        "since": "2026-11-20T12:00:00Z",
    }
    assert [answer.status_code for answer in (late, written, back)] == [409] * 3
    assert "Karin handler has this conversation" in late.json()["detail"]
    assert (shown["owner"], shown["owner_name"], shown["acts"]) == ("person", "Karin handler", [])


async def test_supervisor_hands_back_what_somebody_left_behind(house: House, saxen: Home) -> None:
    await erik_moves_in(house, saxen, "supervisor")
    async with house.visit(KARIN) as karin, house.visit(ERIK) as erik:
        await post(house, karin, saxen, "take")
        assert "Lämna tillbaka" in await page(erik, saxen)
        assert (await post(house, erik, saxen, "hand-back")).status_code == 303
    assert await owner(house, saxen) == ("assistant", None)


async def test_closed_conversation_can_t_be_taken_over(house: House, saxen: Home) -> None:
    async with house.db.begin(saxen.company_id) as session:
        row = await session.get_one(ConversationRow, saxen.conversation_id)
        row.closed_at = house.now + timedelta(days=3)
    async with house.visit(KARIN) as client:
        assert TAKE not in await page(client, saxen)
        late = await post(house, client, saxen, "take")
    assert late.status_code == 409
    assert "Konversationen är avslutad. Ring i stället" in late.text


@pytest.mark.parametrize("act", ["take", "hand-back", "messages", "messages/size"])
async def test_others_and_other_companies_can_do_nothing(
    house: House, saxen: Home, luggen: Home, act: str
) -> None:
    await house.add_person(saxen.company_id, "a@saxen.example", "auditor")
    async with house.visit("a@saxen.example") as auditor, house.visit(KARIN) as karin:
        assert (await post(house, auditor, saxen, act)).status_code == 403
        path = f"/conversations/{luggen.conversation_id}/{act}"
        form = {"csrf": house.token(karin), "key": "1", "text": "Hej"}
        foreign = await karin.post(path, data=form)
        assert foreign.status_code == (200 if act == "messages/size" else 404)
        unproven = await karin.post(f"/conversations/{saxen.conversation_id}/{act}")
        assert unproven.status_code == 403
    assert await owner(house, saxen) == await owner(house, luggen) == ("assistant", None)
