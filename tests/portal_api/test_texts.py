"""Texts that programs ask for: kept once, in the caller's conversation, and told about afterwards."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select

from ringback.messages import MessageState
from ringback.tables import ConversationRow, JobRow, MessageRow, SmsNumberRow
from ringback.tenancy import number_index
from tests.portal_api.house import OUR_NUMBER, Home, House
from tests.portal_api.program import ANNA, BIRGER, PATH, Program, rows
from tests.portal_api.test_api_keys import key_of

REFUSALS = ("400", "401", "408", "409", "413", "422", "500", "503")


async def talk(house: House, home: Home, number: str) -> ConversationRow:
    async with house.db.read(home.company_id) as session:
        query = select(ConversationRow).where(ConversationRow.number_index == number_index(number))
        return (await session.scalars(query)).one()


async def test_text_is_in_line_in_a_conversation_that_the_assistant_answers(
    house: House, saxen: Home, program: Program
) -> None:
    answer = await program.send("070-174 06 11", "Hej på dig €")
    assert answer.status_code == 202
    told = answer.json()
    assert {name: told[name] for name in ("state", "encoding", "units", "parts", "price_kr")} == {
        "state": "queued",
        "encoding": "gsm7",
        "units": 13,
        "parts": 1,
        "price_kr": 0.064,
    }
    (row,) = await rows(house, saxen)
    conversation = await talk(house, saxen, ANNA)
    assert (str(row.id), row.text, row.state) == (told["id"], "Hej på dig €", MessageState.QUEUED)
    assert row.author.startswith("api:")
    assert row.token
    assert row.conversation_id == conversation.id
    assert (conversation.owner, conversation.our_number) == ("assistant", OUR_NUMBER)
    async with house.db.read_across() as session:
        subjects = (row.id, conversation.id)
        jobs = await session.scalars(select(JobRow.kind).where(JobRow.subject.in_(subjects)))
        assert sorted(jobs) == ["close", "send"]


async def test_text_to_somebody_in_a_conversation_goes_on_with_it(
    house: House, saxen: Home, program: Program
) -> None:
    before = await talk(house, saxen, saxen.caller)
    assert (await program.send(saxen.caller)).status_code == 202
    (row,) = await rows(house, saxen)
    assert (row.conversation_id, row.number) == (before.id, 3)


async def test_conversation_is_opened_in_the_language_asked_for(
    house: House, saxen: Home, program: Program
) -> None:
    await program.send(ANNA, language="en")
    await program.send(BIRGER)
    assert (await talk(house, saxen, ANNA)).language == "en"
    assert (await talk(house, saxen, BIRGER)).language == "sv"


async def test_same_request_again_is_the_same_text(
    house: House, saxen: Home, program: Program
) -> None:
    first = await program.send(key="order-1")
    again = await program.send("0701740611", key="order-1")
    other = await program.send(key="order-2")
    assert [first.status_code, again.status_code, other.status_code] == [202, 200, 202]
    assert again.json() == first.json()
    assert other.json()["id"] != first.json()["id"]
    kept = await rows(house, saxen)
    assert len(kept) == 2
    assert not any("order" in row.key for row in kept)


@pytest.mark.parametrize("body", [{"text": "Hej då"}, {"to": BIRGER}])
async def test_key_of_another_request_is_a_conflict(
    house: House, saxen: Home, program: Program, body: dict[str, str]
) -> None:
    await program.send(key="order-1")
    answer = await program.send(**body, key="order-1")
    assert answer.status_code == 409
    assert "new key" in answer.json()["detail"]
    assert len(await rows(house, saxen)) == 1


async def test_same_requests_at_the_same_moment_are_one_text(
    house: House, saxen: Home, program: Program
) -> None:
    answers = await asyncio.gather(
        *(program.send(key="order-1") for _ in range(4)), program.send(BIRGER, key="order-1")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 202, 409]
    assert len({answer.json().get("id") for answer in answers[:4]}) == 1
    assert len(await rows(house, saxen)) == 1


async def test_two_companies_may_use_the_same_key(
    house: House, saxen: Home, luggen: Home, program: Program
) -> None:
    async with house.db.begin(luggen.company_id) as session:
        session.add(SmsNumberRow(id=uuid4(), provider="46elks", e164="+46701740691"))
    other = Program(house, program.client, await key_of(house, luggen))
    assert (await program.send(key="1")).status_code == 202
    assert (await other.send(key="1", text="Annat")).status_code == 202
    assert [row.text for row in await rows(house, luggen)] == ["Annat"]


async def test_many_at_the_same_moment_share_transactions_and_keep_their_order(
    house: House, saxen: Home, program: Program
) -> None:
    commits: list[object] = []

    def note(connection: object) -> None:
        commits.append(connection)

    event.listen(house.db.engine.sync_engine, "commit", note)
    numbers = [f"+467017406{20 + number % 5}" for number in range(40)]
    answers = await asyncio.gather(*(program.send(to, f"nr {at}") for at, to in enumerate(numbers)))
    event.remove(house.db.engine.sync_engine, "commit", note)
    assert {answer.status_code for answer in answers} == {202}
    assert len(commits) < 20
    kept = {str(row.id): row for row in await rows(house, saxen)}
    assert [kept[answer.json()["id"]].text for answer in answers] == [f"nr {n}" for n in range(40)]
    async with house.db.read(saxen.company_id) as session:
        places = await session.execute(
            select(func.count(MessageRow.id), func.max(MessageRow.number))
            .where(MessageRow.situation == "program")
            .group_by(MessageRow.conversation_id)
        )
        assert {tuple(place) for place in places} == {(8, 8)}


async def test_states_are_told_without_number_and_words(
    house: House, saxen: Home, program: Program
) -> None:
    text_id = (await program.send(text="Hemliga ord")).json()["id"]
    async with house.db.begin(saxen.company_id) as session:
        row = await session.get_one(MessageRow, UUID(text_id))
        row.state, row.why, row.parts, row.cost_e4 = MessageState.FAILED, "not reached", 1, 640
        row.submitted_at = row.settled_at = house.now
    answer = await program.get(f"/{text_id}")
    moment = "2026-11-20T12:00:00Z"
    assert answer.json() == {
        "id": text_id,
        "state": "failed",
        "why": "not reached",
        "parts": 1,
        "cost_kr": 0.064,
        "created_at": moment,
        "held_until": None,
        "submitted_at": moment,
        "settled_at": moment,
    }
    assert (await program.get()).json()["items"] == [answer.json()]


async def test_list_has_pages_also_of_texts_of_one_moment(
    house: House, saxen: Home, program: Program
) -> None:
    for _ in range(2):
        await asyncio.gather(*(program.send(text=f"nr {n}") for n in range(5)))
        house.now += timedelta(seconds=1)
    seen: list[str] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        before = f"&before={page['next']}" if page["next"] else ""
        page = (await program.get(f"?limit=3{before}")).json()
        seen += [item["id"] for item in page["items"]]
        assert len(page["items"]) <= 3
    assert len(seen) == len(set(seen)) == 10
    newest_first = [row.created_at for row in await rows(house, saxen)][::-1]
    by_id = {str(row.id): row.created_at for row in await rows(house, saxen)}
    assert [by_id[text_id] for text_id in seen] == newest_first


async def test_texts_of_others_do_not_exist(
    house: House, saxen: Home, luggen: Home, program: Program
) -> None:
    text_id = (await program.send()).json()["id"]
    other = Program(house, program.client, await key_of(house, luggen))
    for path in (f"/{text_id}", f"?before={text_id}", f"/{uuid4()}"):
        assert (await other.get(path)).status_code == 404
    assert (await other.get()).json()["items"] == []
    async with house.db.read(saxen.company_id) as session:  # the assistant's own
        first = await session.scalar(select(MessageRow.id).where(MessageRow.situation == "reply"))
    assert (await program.get(f"/{first}")).status_code == 404


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts", "price_kr"),
    [
        ("Hej", "gsm7", 3, 1, 0.064),
        ("Hej – hej", "ucs2", 9, 1, 0.064),
        ("€" * 81, "gsm7", 162, 2, 0.128),
        ("🙂" * 36, "ucs2", 72, 2, 0.128),
    ],
)
async def test_preview_counts_and_keeps_nothing(
    house: House,
    saxen: Home,
    program: Program,
    text: str,
    encoding: str,
    units: int,
    parts: int,
    price_kr: float,
) -> None:
    answer = await program.client.post(
        f"{PATH}/preview", json={"text": text}, headers=program.header
    )
    assert answer.json() == {
        "encoding": encoding,
        "units": units,
        "parts": parts,
        "price_kr": price_kr,
    }
    assert await rows(house, saxen) == []


async def test_description_names_every_answer_with_an_example(house: House) -> None:
    async with house.visit() as client:
        described = (await client.get("/api/v1/openapi.json")).json()
    send = described["paths"][PATH]["post"]
    assert set(send["responses"]) == {"200", "202", *REFUSALS}
    for status in REFUSALS:
        assert list(send["responses"][status]["content"]) == ["application/problem+json"]
    assert send["security"] == [{"API key": []}]
    assert described["components"]["securitySchemes"]["API key"]["scheme"] == "bearer"
    assert described["components"]["schemas"]["TextToSend"]["properties"]["to"]["examples"]
