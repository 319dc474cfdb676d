"""Texts that programs ask for and that are not kept: told at once, in plain words, with the right status."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from ringback.policy import NumberRule
from ringback.store.companies import company
from ringback.store.numbers import set_number_rule
from tests.portal_api.house import OUR_NUMBER, Home, House
from tests.portal_api.program import ANNA, BIRGER, PATH, Program, rows
from tests.portal_api.test_api_keys import key_of

FIXED, HOUSE_LINE, ABROAD = "+46846500499", "+46846500410", "+4740612345"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"to": "12"}, 422, "+46701740605"),
        ({"to": "inget nummer"}, 422, "E.164"),
        ({"text": ""}, 422, "empty"),
        ({"text": " \n"}, 422, "empty"),
        ({"text": "\r\n\u00a0"}, 422, "empty"),
        ({"text": "\u200b\ufeff\u202e"}, 422, "empty"),
        ({"text": "\0"}, 422, "control characters"),
        ({"text": "Hej\x1b"}, 422, "control characters"),
        ({"text": "Hej\tdu"}, 422, "control characters"),
        ({"to": OUR_NUMBER}, 422, "own number"),
        ({"to": HOUSE_LINE}, 422, "own number"),
        ({"to": FIXED}, 422, "list of fixed lines"),
        ({"to": ABROAD}, 422, "no texts to NO. Allow"),
        ({"to": "+881612345678"}, 422, "no texts to such numbers"),
        ({"text": "ö" * 1000}, 422, "7 parts (gsm7); the company's limit is 6"),
        ({"text": "ы" * 500}, 422, "8 parts (ucs2)"),
        ({"text": "x" * 5000}, 400, "text"),
        ({"text": None}, 400, "text"),
        ({"subject": "x"}, 400, "subject"),
        ({"language": "de"}, 400, "language"),
    ],
)
async def test_what_cannot_be_sent_is_refused_in_plain_words(
    house: House, saxen: Home, program: Program, body: dict[str, str], status: int, words: str
) -> None:
    answer = await program.send(**body)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert words in answer.json()["detail"]
    assert await rows(house, saxen) == []


@pytest.mark.parametrize(("rule", "status"), [("textable", 202), ("excluded", 422), ("own", 422)])
async def test_fixed_line_is_texted_when_the_company_lists_it_as_one_that_can_be(
    house: House, saxen: Home, program: Program, rule: str, status: int
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        await set_number_rule(session, FIXED, NumberRule(rule), "", house.now)
    assert (await program.send(FIXED)).status_code == status


async def test_country_that_the_company_allows_is_texted_and_a_mobile_of_its_own_is_not(
    house: House, saxen: Home, program: Program
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        (await company(session)).texting = {"countries": ["SE", "NO"], "of a newer version": 1}
        await set_number_rule(session, BIRGER, NumberRule.OWN, "", house.now)
    assert (await program.send(ABROAD)).status_code == 202
    assert (await program.send(BIRGER)).status_code == 422


async def test_text_that_was_kept_is_told_again_also_when_the_rules_have_changed(
    house: House, saxen: Home, program: Program
) -> None:
    first = await program.send(key="order-1")
    async with house.db.begin(saxen.company_id) as session:
        await set_number_rule(session, ANNA, NumberRule.OWN, "", house.now)
    again = await program.send(key="order-1")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert (await program.send(key="order-2")).status_code == 422


@pytest.mark.parametrize("text", ["Hej\r\ndu", "\u202eHej", "Hej\u200bdu", "🙂", "-"])
async def test_text_in_which_anything_can_be_seen_is_sent_as_it_is(
    house: House, saxen: Home, program: Program, text: str
) -> None:
    assert (await program.send(text=text)).status_code == 202
    assert [row.text for row in await rows(house, saxen)] == [text]


@pytest.fixture
async def locked(house: House, program: Program) -> AsyncIterator[sqlite3.Connection]:
    """Another process holds the database's write lock; ours waits for it a tenth of a second."""
    await program.send(text="före")  # so that the key is known and its use noted
    await house.db.engine.dispose()

    def wait_little(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA busy_timeout = 100")

    event.listen(house.db.engine.sync_engine, "connect", wait_little)
    (file,) = (path for path in house.db_files() if path.suffix == ".sqlite")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
    event.remove(house.db.engine.sync_engine, "connect", wait_little)


async def test_locked_database_is_told_to_all_at_once_and_nothing_is_kept(
    house: House, saxen: Home, program: Program, locked: sqlite3.Connection
) -> None:
    with capture_logs() as logs:
        answers = await asyncio.gather(*(program.send(text=f"nr {n}") for n in range(6)))
    assert {answer.status_code for answer in answers} == {503}
    assert "again in a moment" in answers[0].json()["detail"]
    assert {line["event"] for line in logs} == {"request_put_off"}
    locked.execute("ROLLBACK")
    assert (await program.send(text="efter")).status_code == 202
    assert [row.text for row in await rows(house, saxen)] == ["före", "efter"]


async def test_locked_database_keeps_nobody_from_reading(
    house: House, program: Program, locked: sqlite3.Connection
) -> None:
    house.now += timedelta(hours=1)  # the key is asked for again, and its use to be noted
    with capture_logs() as logs:
        answer = await program.get()
    assert answer.status_code == 200
    assert "key_use_not_noted" in [line["event"] for line in logs]


async def test_database_that_is_away_is_no_fault_of_ours(house: House, program: Program) -> None:
    house.now += timedelta(minutes=1)
    for path in house.db_files():
        path.unlink()
    await house.db.engine.dispose()
    for answer in (await program.send(), await program.get()):
        assert answer.status_code == 503


JSON = "application/json"


@pytest.mark.parametrize(
    ("kind", "raw", "told"),
    [
        (JSON, b"", "The body is no JSON object"),
        (JSON, b'{"to":', "The body is no JSON: Expecting value, at character 7."),
        (
            JSON,
            b'{"to": "+46701740611", "text": "\\ud83d"}',
            "text: Input should be a valid string",
        ),
        (JSON, b'"text"', "The body is no JSON object"),
        (JSON, b'{"to": "hej \xe5"}', "write it in UTF-8"),
        (JSON, b"[" * 60_000, "do not nest it deeply"),
        ("application/x-www-form-urlencoded", b"{}", "send Content-Type: application/json"),
        ("text/plain", b"{}", "send Content-Type: application/json"),
    ],
)
async def test_body_that_is_no_such_json_is_refused_in_plain_words(
    house: House, saxen: Home, program: Program, kind: str, raw: bytes, told: str
) -> None:
    headers = program.header | {"Content-Type": kind}
    answer = await program.client.post(PATH, content=raw, headers=headers)
    assert answer.status_code in (400, 422)
    assert told in answer.json()["detail"]
    assert await rows(house, saxen) == []


async def test_body_without_a_content_type_is_told_which(house: House, program: Program) -> None:
    answer = await program.client.post(PATH, content=b"{}", headers=program.header)
    assert answer.status_code == 400
    assert "send Content-Type: application/json" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("key", "told"),
    [("", "Idempotency-Key is empty"), ("é" * 128, "Idempotency-Key is longer than 255 bytes")],
)
async def test_idempotency_key_that_is_none_is_refused(
    house: House, saxen: Home, program: Program, key: str, told: str
) -> None:
    headers = [*program.header.items(), ("Idempotency-Key", key)]
    raw = [(name.encode(), value.encode()) for name, value in headers]
    answer = await program.client.post(PATH, json={"to": ANNA, "text": "Hej"}, headers=raw)
    assert answer.status_code == 400
    assert told in answer.json()["detail"]
    assert await rows(house, saxen) == []


async def test_address_and_method_that_are_not_there_are_told_in_words(
    house: House, program: Program
) -> None:
    nowhere = await program.client.get("/api/v1/text", headers=program.header)
    nothing = await program.get("/8bf464db-6f0b-493c-b774-69b3b2b5623d")
    deleted = await program.client.delete(PATH, headers=program.header)
    assert (nowhere.status_code, nothing.status_code, deleted.status_code) == (404, 404, 405)
    assert "/api/v1/openapi.json" in nowhere.json()["detail"]
    assert "nothing of this id" in nothing.json()["detail"]
    assert "does not take such a request" in deleted.json()["detail"]
    assert "POST" in deleted.headers["allow"]


async def test_one_bad_request_among_many_harms_none_of_them(
    house: House, saxen: Home, program: Program
) -> None:
    answers = await asyncio.gather(
        program.send(text="ett"), program.send(text="ö" * 1000), program.send(text="två")
    )
    assert [answer.status_code for answer in answers] == [202, 422, 202]
    assert sorted(row.text for row in await rows(house, saxen)) == ["ett", "två"]


async def test_company_without_a_number_is_told_to_add_one(house: House, luggen: Home) -> None:
    header = await key_of(house, luggen)
    async with house.visit() as client:
        answer = await Program(house, client, header).send()
    assert answer.status_code == 422
    assert "ringback add number" in answer.json()["detail"]
