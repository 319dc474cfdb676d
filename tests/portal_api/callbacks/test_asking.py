"""Callbacks that programs ask for: kept once, at numbers that may be rung, moved and cancelled."""

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from ringback.queues import Rules
from ringback.store.callback_requests import set_number
from ringback.store.queues import add_queue, save_rules
from ringback.tables import CallbackRow, JobRow, PbxRow
from tests.portal_api.callbacks.desk import AFTERNOON, LATER, Desk
from tests.portal_api.house import Home
from tests.portal_api.program import Program
from tests.portal_api.test_api_keys import key_of

PATH = "/api/v1/callbacks"
ANNA = "+46701740611"
DOCS = Path(__file__).parents[3] / "docs/api.md"


@dataclass
class Asking:
    """A program of the company's that asks for callbacks."""

    desk: Desk
    client: httpx.AsyncClient
    header: dict[str, str]

    async def ask(self, number: str = ANNA, *, key: str = "", **more: Any) -> httpx.Response:
        extra = {"Idempotency-Key": key} if key else {}
        body = {"number": number, "queue": "support", **more}
        return await self.client.post(PATH, json=body, headers=self.header | extra)

    async def on(self, method: str, callback_id: str, **body: Any) -> httpx.Response:
        path = f"{PATH}/{callback_id}"
        sent = {"json": body} if body or method == "PATCH" else {}
        return await self.client.request(method, path, headers=self.header, **sent)

    async def rows(self) -> list[CallbackRow]:
        async with self.desk.house.db.read(self.desk.home.company_id) as session:
            return list(await session.scalars(select(CallbackRow).order_by(CallbackRow.created_at)))


@pytest_asyncio.fixture
async def asking(desk: Desk, program: Program) -> Asking:
    return Asking(desk, program.client, program.header)


async def test_wish_stands_in_the_list_with_its_interval_and_is_confirmed(asking: Asking) -> None:
    answer = await asking.ask(
        "070-174 06 11", choice=AFTERNOON, customer_input="55012", language="en", why="Order 4711"
    )
    assert answer.status_code == 201
    told = answer.json()
    (row,) = await asking.rows()
    assert (told["id"], told["state"], told["tries"]) == (str(row.id), "open", 0)
    assert (told["from_at"], told["to_at"]) == ("2026-11-20T12:00:00Z", "2026-11-20T14:00:00Z")
    assert (row.number, row.queue_id, row.why) == (ANNA, asking.desk.support, "Order 4711")
    assert (row.customer_input, row.language) == ("55012", "en")
    assert ANNA not in answer.text
    async with asking.desk.house.db.read_across() as session:
        jobs = await session.scalars(select(JobRow.kind).where(JobRow.subject == row.id))
        assert sorted(jobs) == ["callback_alert", "callback_expire", "callback_text"]


@pytest.mark.parametrize(
    "when",
    [{}, {"choice": "s"}, {"from_at": None}],
)
async def test_without_an_interval_it_is_as_soon_as_possible(
    asking: Asking, when: dict[str, Any]
) -> None:
    told = (await asking.ask(**when)).json()
    assert (told["from_at"], told["to_at"]) == (None, None)


async def test_interval_may_be_given_by_its_ends_in_any_zone(asking: Asking) -> None:
    ends = {"from_at": "2026-11-20T15:00:00+01:00", "to_at": "2026-11-20T16:00:00+01:00"}
    told = (await asking.ask(**ends)).json()
    assert (told["from_at"], told["to_at"]) == ("2026-11-20T14:00:00Z", "2026-11-20T15:00:00Z")


@pytest.mark.parametrize("name", ["support", "Support", "id", ""])
async def test_queue_is_known_by_its_id_and_names(asking: Asking, name: str) -> None:
    queue = str(asking.desk.support) if name == "id" else name
    assert (await asking.ask(queue=queue)).status_code == 201
    (row,) = await asking.rows()
    assert row.queue_id == (asking.desk.support if name else None)


async def test_name_that_two_switchboards_have_needs_the_id(asking: Asking) -> None:
    desk = asking.desk
    async with desk.house.db.begin(desk.home.company_id) as session:
        second = PbxRow(name="y", host="h", port=1, username="u", secret="s", site="")
        session.add(second)
        await session.flush()
        await add_queue(session, second.id, "support", "", desk.house.now)
    answer = await asking.ask()
    assert answer.status_code == 422
    assert str(desk.support) in answer.json()["detail"]


REFUSED = [
    ("0939-1234567", "cost extra"),
    ("0900 123 45 67", "cost extra"),
    ("+46 944 123 4567", "cost extra"),
    ("+4721234567", "that country"),
    ("+88216123456", "not rung back"),
    ("+442079460018", "that country"),
    ("0740 123 456", "not rung back"),
    ("0046 8 465 004 10", "own numbers"),
    ("112", "no telephone number"),
    ("401", "no telephone number"),
    ("+4670", "no telephone number"),
    ("", "no telephone number"),
    ("ring mig", "no telephone number"),
    ("sip:4711@example.com", "no telephone number"),
]


@pytest.mark.parametrize(("number", "why"), REFUSED)
async def test_number_that_must_not_be_rung_is_refused_with_the_reason(
    asking: Asking, number: str, why: str
) -> None:
    answer = await asking.ask(number)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith("number: ")
    assert why in answer.json()["detail"]
    assert await asking.rows() == []


async def test_country_that_the_queue_allows_is_rung(asking: Asking) -> None:
    desk = asking.desk
    async with desk.house.db.begin(desk.home.company_id) as session:
        rules = Rules(countries=("SE", "NO"))
        await save_rules(session, desk.support, "Support", rules, desk.house.now)
    assert (await asking.ask("+4721234567")).status_code == 201
    assert (await asking.ask("+4721234567", queue="sales")).status_code == 422


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ({"choice": "0800-1000@261120"}, "over"),
        ({"choice": "0200-0300@261121"}, "closed"),
        ({"choice": "1300-1500"}, "no interval"),
        ({"from_at": "2027-06-01T10:00:00Z", "to_at": "2027-06-01T11:00:00Z"}, "too far away"),
        ({"from_at": "2026-11-20T15:00:00Z", "to_at": "2026-11-20T14:00:00Z"}, "over"),
        ({"queue": "suport"}, "There are: Försäljning, Support"),
    ],
)
async def test_what_can_not_be_kept_is_refused(
    asking: Asking, when: dict[str, str], why: str
) -> None:
    answer = await asking.ask(**when)
    assert (answer.status_code, why in answer.json()["detail"]) == (422, True), answer.text
    assert await asking.rows() == []


@pytest.mark.parametrize(
    "body",
    [
        {"from_at": "2026-11-20T14:00:00Z"},
        {"choice": "s", "from_at": "2026-11-20T14:00:00Z", "to_at": "2026-11-20T15:00:00Z"},
        {"from_at": "2026-11-20T14:00", "to_at": "2026-11-20T15:00"},
        {"from_at": "2026-11-20T14:00:00Z", "to_at": "9999-12-31T23:59:59Z"},
        {"from_at": "0001-01-01T00:00:00+10:00", "to_at": "2026-11-20T15:00:00Z"},
        {"language": "no"},
        {"priority": 1},
        {"customer_input": "1\n2"},
        {"customer_input": "9" * 41},
        {"why": "\x00"},
    ],
)
async def test_request_of_another_form_is_refused(asking: Asking, body: dict[str, Any]) -> None:
    answer = await asking.ask(**body)
    assert answer.status_code == 400, answer.text
    assert await asking.rows() == []


async def test_half_a_character_is_refused(asking: Asking) -> None:
    header = asking.header | {"Content-Type": "application/json"}
    raw = b'{"number": "+46701740611", "why": "\\ud800"}'
    assert (await asking.client.post(PATH, content=raw, headers=header)).status_code == 400


async def test_same_request_again_is_the_same_callback(asking: Asking) -> None:
    first = await asking.ask(key="order-1")
    again = await asking.ask("070-174 06 11", key="order-1")
    other = await asking.ask("+46701740612", key="order-1")
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json() == first.json()
    (row,) = await asking.rows()
    assert "order" not in row.key


@pytest.mark.parametrize(
    "other",
    [
        {"choice": LATER},
        {"queue": ""},
        {"why": "Order 4712"},
        {"customer_input": "4712"},
        {"language": "en"},
        {"from_at": "2026-11-20T14:00:00Z", "to_at": "2026-11-20T15:00:00Z", "choice": ""},
    ],
)
async def test_key_that_came_with_another_request_is_refused(
    asking: Asking, other: dict[str, str]
) -> None:
    first = await asking.ask(key="order-1", choice=AFTERNOON)
    again = await asking.ask(key="order-1", **{"choice": AFTERNOON, **other})
    assert (first.status_code, again.status_code) == (201, 409)
    assert "another request" in again.json()["detail"]
    (row,) = await asking.rows()
    told = (await asking.on("GET", str(row.id) + "/state")).json()
    assert told["from_at"] == first.json()["from_at"]


async def test_same_request_is_known_when_staff_have_changed_the_number(asking: Asking) -> None:
    first = await asking.ask(key="order-1")
    house = asking.desk.house
    async with house.db.begin(asking.desk.home.company_id) as session:
        await set_number(session, UUID(first.json()["id"]), "+46701740633", house.now)
    again = await asking.ask(key="order-1")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


async def test_same_requests_at_the_same_moment_are_one_callback(asking: Asking) -> None:
    answers = await asyncio.gather(*(asking.ask(key="order-1") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len(await asking.rows()) == 1


async def test_customer_who_waits_in_the_list_already_is_there_once(asking: Asking) -> None:
    waits = await asking.desk.wish(ANNA, choice=AFTERNOON)
    answer = await asking.ask(choice=LATER, key="order-1")
    assert (answer.status_code, answer.json()["id"]) == (200, str(waits))
    (row,) = await asking.rows()
    assert row.from_at is not None
    assert row.from_at.isoformat() == "2026-11-20T14:00:00+00:00"


async def test_full_interval_is_refused(asking: Asking) -> None:
    desk = asking.desk
    async with desk.house.db.begin(desk.home.company_id) as session:
        await save_rules(session, desk.support, "Support", Rules(most_each=1), desk.house.now)
    assert (await asking.ask(choice=LATER)).status_code == 201
    full = await asking.ask("+46701740612", choice=LATER)
    assert (full.status_code, "full" in full.json()["detail"]) == (422, True)


async def test_callback_is_moved_and_cancelled(asking: Asking) -> None:
    callback_id = (await asking.ask(choice=AFTERNOON)).json()["id"]
    moved = await asking.on("PATCH", callback_id, choice=LATER)
    assert (moved.status_code, moved.json()["from_at"]) == (200, "2026-11-20T14:00:00Z")
    late = await asking.on("PATCH", callback_id, choice="0800-1000@261120")
    assert late.status_code == 422
    soonest = await asking.on("PATCH", callback_id)
    assert soonest.json()["from_at"] is None
    for _ in range(2):
        gone = await asking.on("DELETE", callback_id)
        assert (gone.status_code, gone.json()["ended_as"]) == (200, "cancelled")
    told = await asking.on("GET", f"{callback_id}/state")
    assert told.json() == gone.json()
    assert (await asking.on("PATCH", callback_id, choice=LATER)).status_code == 409


async def test_program_reaches_no_wish_of_a_caller_s_own_or_of_another_company(
    asking: Asking, luggen: Home
) -> None:
    own = str(await asking.desk.wish("+46701740612"))
    asked = (await asking.ask()).json()["id"]
    for callback_id in (own, "00000000-0000-4000-8000-000000000000"):
        assert (await asking.on("GET", f"{callback_id}/state")).status_code == 404
        assert (await asking.on("PATCH", callback_id, choice=LATER)).status_code == 404
        assert (await asking.on("DELETE", callback_id)).status_code == 404
    stranger = Asking(asking.desk, asking.client, await key_of(asking.desk.house, luggen))
    assert (await stranger.on("DELETE", asked)).status_code == 404
    assert [row.state for row in await asking.rows()] == ["open", "open"]


async def test_without_a_key_nothing_is_kept(asking: Asking) -> None:
    for header in ({"Authorization": "Bearer rb_1_2"}, {"Authorization": "Bearer x"}):
        asking.header = header
        assert (await asking.ask()).status_code == 401
    assert await asking.rows() == []


async def test_requests_of_the_documentation_are_answered_as_it_says(asking: Asking) -> None:
    part = DOCS.read_text().split("\n# The API for callbacks\n")[1]
    asked, told = (
        re.findall(r"-d '(\{.*?\})'", part, re.DOTALL),
        re.findall(r"```json\n(.*?)```", part, re.DOTALL),
    )
    first = await asking.client.post(PATH, json=json.loads(asked[0]), headers=asking.header)
    example = json.loads(told[0])
    assert first.status_code == 201, first.text
    assert set(first.json()) == set(example)
    assert [first.json()[name] for name in ("from_at", "to_at")] == [
        example[name] for name in ("from_at", "to_at")
    ]
    moved = await asking.on("PATCH", first.json()["id"], **json.loads(asked[1]))
    assert moved.status_code == 200, moved.text
