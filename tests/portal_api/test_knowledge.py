"""What the assistant answers from: seen, added, tried; and questions that it could not answer."""

from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from dialogue.answers.trying import Trying
from ringback.audit import first_break
from ringback.sample import salon
from ringback.store.conversations import add_received
from ringback.store.passages import add_text, open_questions, texts
from ringback.tables import AuditRow, ConversationRow, TurnRow
from tests.portal_api.house import Home, House

PAGE = "/knowledge"
ASKED = "Får man ta med hunden in?"


async def post(house: House, client: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    return await client.post(PAGE + path, data={"csrf": house.token(client), **form})


async def ask_in_vain(house: House, home: Home, text: str = ASKED) -> UUID:
    async with house.db.begin(home.company_id) as session:
        talk = await session.get_one(ConversationRow, home.conversation_id)
        message = await add_received(session, talk, "46elks", f"asked-{text}", text, house.now)
        turn = TurnRow(
            message_id=message.id, engine="builtin", understood="{}", decided="[]",
            unanswered=True, took_ms=1, created_at=house.now,
        )  # fmt: skip
        session.add(turn)
        await session.flush()
        return turn.id


async def kept(house: House, home: Home) -> list[tuple[str, str, str]]:
    async with house.db.read(home.company_id) as session:
        found = await texts(session)
    return [(one.name, part.title, part.text) for one in found for part in one.parts]


async def audited(house: House, home: Home) -> list[tuple[str, str]]:
    async with house.db.read(home.company_id) as session:
        assert await first_break(session) is None
        query = select(AuditRow).where(AuditRow.object_kind.in_(("passage", "turn")))
        rows = await session.scalars(query.order_by(AuditRow.number))
        return [(row.action, row.object_kind) for row in rows]


async def test_document_is_shown_and_handlers_are_kept_out(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    page = (await admin.get(PAGE)).text
    for answer in salon().faq:
        assert answer.question in page
    async with house.visit("handler@saxen.example") as handler:
        assert (await handler.get(PAGE)).status_code == 403
        assert "/knowledge" not in (await handler.get("/missed")).text


async def test_split_is_shown_before_anything_is_kept(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    form = {"name": "Hårvård", "text": "# Efter\nVila.\n\n# Före\nTvätta."}
    page = (await post(house, admin, "/text", act="split", **form)).text
    assert "<strong>Före</strong>" in page
    assert await kept(house, saxen) == []
    saved = await post(house, admin, "/text", act="save", **form)
    assert saved.headers["location"] == "/knowledge?done=saved"
    assert await kept(house, saxen) == [
        ("Hårvård", "Efter", "Vila."),
        ("Hårvård", "Före", "Tvätta."),
    ]
    assert await audited(house, saxen) == [("change", "passage")]


async def test_text_is_changed_in_its_place_and_removed(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        source = str(await add_text(session, "Hårvård", "# Efter\nVila.", house.now))
    assert "# Efter\nVila." in (await admin.get(f"{PAGE}/text?source={source}")).text
    await post(house, admin, "/text", act="save", source=source, name="Ny", text="# A\nB.")
    assert await kept(house, saxen) == [("Ny", "A", "B.")]
    await post(house, admin, f"/texts/{source}/remove")
    assert await kept(house, saxen) == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [("", "Text.", "Ge texten ett namn"), ("Namn", " ", "Texten är tom")],
)
async def test_text_that_cant_be_kept_is_said_so_and_stays_typed(
    house: House, saxen: Home, admin: httpx.AsyncClient, name: str, text: str, said: str
) -> None:
    answer = await post(house, admin, "/text", act="save", name=name, text=text)
    assert answer.status_code == 400
    assert said in answer.text
    assert (name or text) in answer.text
    assert await kept(house, saxen) == []


async def test_question_is_answered_once_and_off_the_list(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    turn = await ask_in_vain(house, saxen)
    assert ASKED in (await admin.get(PAGE)).text
    path = f"/questions/{turn}/answer"
    refused = await post(house, admin, path, question=ASKED, answer="")
    assert refused.status_code == 400
    assert "Skriv svaret" in refused.text
    await post(house, admin, path, question=ASKED, answer="Ja, i koppel.")
    assert await kept(house, saxen) == [("", ASKED, "Ja, i koppel.")]
    async with house.db.read(saxen.company_id) as session:
        assert await open_questions(session) == []
    assert ("read", "turn") in await audited(house, saxen)


async def test_dismissed_question_is_off_the_list_and_nothing_is_kept(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    turn = await ask_in_vain(house, saxen)
    await post(house, admin, f"/questions/{turn}/dismiss")
    assert ASKED not in (await admin.get(PAGE)).text
    assert await kept(house, saxen) == []


async def test_another_companys_questions_and_texts_do_not_exist(
    house: House, saxen: Home, luggen: Home, admin: httpx.AsyncClient
) -> None:
    turn = await ask_in_vain(house, luggen, "Klipper ni peruker?")
    async with house.db.begin(luggen.company_id) as session:
        source = await add_text(session, "Deras", "Hemlig text.", house.now)
    assert "peruker" not in (await admin.get(PAGE)).text
    assert "Hemlig" not in (await admin.get(f"{PAGE}/text?source={source}")).text
    await post(house, admin, f"/questions/{turn}/dismiss")
    await post(house, admin, f"/texts/{source}/remove")
    assert await kept(house, luggen) == [("Deras", "Deras", "Hemlig text.")]
    async with house.db.read(luggen.company_id) as session:
        assert len(await open_questions(session)) == 1


async def test_tried_question_shows_reply_and_what_it_rests_on(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    house.portal.ask = Trying(house.db, lambda: house.now).ask
    await post(
        house, admin, "/text", act="save", name="Djur", text="# Hundar\nHunden får vila i foajén."
    )
    page = (await post(house, admin, "/try", question="kan jag ha med mig min hund?")).text
    assert page.count("Hunden får vila i foajén.") >= 3  # listed, as the reply, as its source
    assert "Egen text" in page
    unknown = (await post(house, admin, "/try", question="har ni bastu och ångbad?")).text
    assert "Inget hittades" in unknown


async def test_without_a_dialogue_nothing_can_be_tried(
    house: House, saxen: Home, admin: httpx.AsyncClient
) -> None:
    page = await post(house, admin, "/try", question="har ni bastu?")
    assert page.status_code == 200
    assert "samma process" in page.text
