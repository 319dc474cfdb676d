"""Programs are let in by a key alone, for as long as it is in use."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from portal_api.api_keys import BELIEVED_S
from ringback.store.api_keys import USED_EVERY, add_api_key, end_api_key
from ringback.tables import ApiKeyRow
from tests.portal_api.house import Home, House

PATH = "/api/v1/texts"


async def key_of(house: House, home: Home) -> dict[str, str]:
    """The header of a program of the company's."""
    async with house.db.begin(home.company_id) as session:
        written = await add_api_key(session, "cash-register", house.now)
    return {"Authorization": f"Bearer {written}"}


async def status(house: House, headers: dict[str, str]) -> int:
    async with house.visit() as client:
        return (await client.get(PATH, headers=headers)).status_code


async def test_program_comes_in_with_its_key(house: House, saxen: Home) -> None:
    header = await key_of(house, saxen)
    assert await status(house, header) == 200
    lower = {"authorization": header["Authorization"].replace("Bearer", "bearer")}
    assert await status(house, lower) == 200


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Bearer rb_1_2", "Basic cmI6eA==", "Bearer \xff"]
)
async def test_without_a_key_nobody_comes_in_and_is_told_what_to_send(
    house: House, saxen: Home, value: str
) -> None:
    async with house.visit() as client:
        for method in ("GET", "POST"):
            header = {"Authorization": value.encode("latin-1")} if value else {}
            answer = await client.request(method, PATH, headers=header)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "Authorization: Bearer" in answer.json()["detail"]


async def test_somebody_who_is_signed_in_needs_a_key_all_the_same(
    house: House, saxen: Home
) -> None:
    async with house.visit("handler@saxen.example") as client:
        assert (await client.get(PATH)).status_code == 401
        body = {"to": saxen.caller, "text": "Hej"}
        token = {"X-CSRF-Token": house.token(client)}
        assert (await client.post(PATH, json=body, headers=token)).status_code == 401


async def test_key_that_was_ended_stops_within_ten_seconds(house: House, saxen: Home) -> None:
    header = await key_of(house, saxen)
    assert await status(house, header) == 200
    async with house.db.begin(saxen.company_id) as session:
        await end_api_key(session, "cash-register", house.now)
    assert BELIEVED_S < 10
    house.now += timedelta(seconds=BELIEVED_S)
    assert await status(house, header) == 401


async def test_key_that_was_not_known_works_as_soon_as_it_is(house: House, saxen: Home) -> None:
    header = await key_of(house, saxen)
    async with house.db.begin(saxen.company_id) as session:
        row = (await session.scalars(select(ApiKeyRow))).one()
        row.ended_at = house.now
    assert await status(house, header) == 401
    async with house.db.begin(saxen.company_id) as session:
        (await session.scalars(select(ApiKeyRow))).one().ended_at = None
    assert await status(house, header) == 200


async def test_key_costs_no_statement_for_some_seconds_and_one_write_a_minute(
    house: House, saxen: Home
) -> None:
    header = await key_of(house, saxen)
    said: list[str] = []

    def hear(*told: object) -> None:
        said.append(str(told[2]))

    event.listen(house.db.engine.sync_engine, "before_cursor_execute", hear)
    for seconds in (0, 1, BELIEVED_S, USED_EVERY.total_seconds()):
        house.now += timedelta(seconds=seconds)
        assert await status(house, header) == 200
    event.remove(house.db.engine.sync_engine, "before_cursor_execute", hear)
    assert sum(" api_key" in words and words.startswith("SELECT") for words in said) == 3
    assert sum(words.startswith("UPDATE api_key") for words in said) == 2


async def test_key_opens_no_page_and_no_other_part_of_the_api(house: House, saxen: Home) -> None:
    header = await key_of(house, saxen)
    async with house.visit() as client:
        assert (await client.get("/api/v1/missed-calls", headers=header)).status_code == 401
        assert (await client.get("/missed", headers=header)).status_code == 303
