"""What staff write to a caller is sent in their name, counted while typed, and never lost."""

import httpx
import pytest
from sqlalchemy import select

from ringback.store.opt_outs import stop_texts
from ringback.store.texting import save_texting
from ringback.tables import ConversationRow, MessageRow
from tests.portal_api.house import Home, House
from tests.portal_api.test_taking_over import ERIK, KARIN, erik_moves_in, page, post, post_json

SCRIPTED = {"HX-Request": "true"}


async def write(
    house: House,
    client: httpx.AsyncClient,
    home: Home,
    text: str,
    key: str = "k1",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    form = {"csrf": house.token(client), "key": key, "text": text}
    path = f"/conversations/{home.conversation_id}/messages"
    return await client.post(path, data=form, headers=headers)


async def written(house: House, home: Home) -> list[str]:
    async with house.db.read(home.company_id) as session:
        query = select(MessageRow).where(MessageRow.author.startswith("user:"))
        return [row.text for row in await session.scalars(query)]


async def test_text_stands_in_the_thread_in_the_writers_name_once(
    house: House, saxen: Home
) -> None:
    async with house.visit(KARIN) as client:
        await post(house, client, saxen, "take")
        for _ in range(2):
            answer = await write(house, client, saxen, "Jag ringer\r\nom en stund.")
            assert answer.status_code == 303
        shown = await page(client, saxen)
    assert await written(house, saxen) == ["Jag ringer\nom en stund."]
    assert "from-person" in shown
    assert "Karin handler" in shown
    assert "Väntar på att skickas" in shown


async def test_page_with_scripts_gets_a_new_key_and_keeps_its_box(
    house: House, saxen: Home
) -> None:
    async with house.visit(KARIN) as client:
        await post(house, client, saxen, "take")
        answer = await write(house, client, saxen, "Hej", headers=SCRIPTED)
        other = await write(house, client, saxen, "Något annat", headers=SCRIPTED)
    assert answer.status_code == 200
    assert 'hx-target="#reply-key"' in answer.text
    assert "textarea" not in answer.text
    assert (other.status_code, await written(house, saxen)) == (409, ["Hej"])
    assert "Ditt förra sms skickades" in other.text


@pytest.mark.parametrize("headers", [None, SCRIPTED])
async def test_refused_text_is_told_why_and_still_there(
    house: House, saxen: Home, headers: dict[str, str] | None
) -> None:
    await erik_moves_in(house, saxen)
    async with house.visit(KARIN) as karin, house.visit(ERIK) as erik:
        early = await write(house, erik, saxen, "Hej <Anna>", headers=headers)
        await post(house, karin, saxen, "take")
        late = await write(house, erik, saxen, "Hej <Anna>", headers=headers)
        async with house.db.begin(saxen.company_id) as session:
            row = await session.get_one(ConversationRow, saxen.conversation_id)
            await stop_texts(session, row, house.now)
        stopped = await write(house, karin, saxen, "Hej <Anna>", headers=headers)
    assert [answer.status_code for answer in (early, late, stopped)] == [409, 409, 422]
    assert "Ta över konversationen först" in early.text
    assert "Karin handler har konversationen" in late.text
    assert "Den som ringde vill inte ha sms. Ring i stället." in stopped.text
    if headers is None:
        assert stopped.text.count("Hej &lt;Anna&gt;</textarea>") == 1
        assert f'value="/conversations/{saxen.conversation_id}"' in stopped.text  # way back
    assert await written(house, saxen) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hej på dig", ["1 del", "10 tecken", "vanliga tecken"]),
        ("å" * 161, ["2 delar", "161 tecken"]),
        ("Hej 🌷", ["1 del", "6 tecken", "alla tecken", "🌷"]),
        ("å" * 500, ["4 delar", "fler delar än era regler"]),
        (" ", []),
    ],
)
async def test_what_is_typed_is_counted_as_it_would_be_billed(
    house: House, saxen: Home, text: str, words: list[str]
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        await save_texting(session, {"limits": {"most_parts": 3}})
    async with house.visit(KARIN) as client:
        path = f"/conversations/{saxen.conversation_id}/messages/size"
        answer = await client.post(path, data={"csrf": house.token(client), "text": text})
    assert [word for word in words if word not in answer.text] == []
    assert bool(words) == bool(answer.text.strip())


async def test_text_as_json_is_answered_with_its_parts_and_once_per_key(
    house: House, saxen: Home
) -> None:
    async with house.visit(KARIN) as client:
        await post(house, client, saxen, "take")
        answer = await post_json(house, client, saxen, "messages", text="Hej")
        empty = await post_json(house, client, saxen, "messages", text=" ")
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
    assert answer.json()["parts"] == 1
    assert (empty.status_code, empty.json()["detail"]) == (422, "Write something to send.")
