"""Signing in, staying signed in, and being told apart from whoever tries."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from portal_api.passwords import needs_rehash
from ringback.tables import UserRow
from tests.portal_api.house import PASSWORD, Home, House

EMAIL = "handler@saxen.example"


@asynccontextmanager
async def by_the_form(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.visit() as client:
        answer = await client.post("/login", data={"email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        yield client


async def test_password_opens_and_signing_out_closes(house: House, saxen: Home) -> None:
    async with by_the_form(house) as client:
        assert (await client.get("/missed")).status_code == 200
        cookie = client.cookies["session"]
        answer = await client.post("/logout", data={"csrf": house.token(client)})
        assert answer.headers["location"] == "/login"
        client.cookies.set("session", cookie)
        assert (await client.get("/missed")).status_code == 303


async def test_cookie_is_kept_from_scripts_and_other_sites(house: House, saxen: Home) -> None:
    async with house.visit() as client:
        answer = await client.post("/login", data={"email": EMAIL, "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_token_in_the_database_is_not_the_one_in_the_cookie(
    house: House, saxen: Home
) -> None:
    async with by_the_form(house) as client:
        token = client.cookies["session"].encode()
    files = [path.read_bytes() for path in house.db_files()]
    assert files
    assert not any(token in content for content in files)


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, "wrong horse battery"), ("nobody@saxen.example", PASSWORD)]
)
async def test_wrong_password_and_unknown_address_hear_the_same(
    house: House, saxen: Home, email: str, password: str
) -> None:
    async with house.visit() as client:
        answer = await client.post("/login", data={"email": email, "password": password})
    assert answer.status_code == 400
    assert "E-postadressen eller lösenordet stämmer inte." in answer.text


async def test_guessing_is_slowed_down_but_never_locks_for_good(house: House, saxen: Home) -> None:
    async with house.visit() as client:
        for _ in range(8):
            await client.post("/login", data={"email": EMAIL, "password": "a wrong guess"})
        right = {"email": EMAIL, "password": PASSWORD}
        assert (await client.post("/login", data=right)).status_code == 400
        house.now += timedelta(minutes=6)
        assert (await client.post("/login", data=right)).status_code == 303


@pytest.mark.parametrize("away", [timedelta(hours=8, minutes=1), timedelta(hours=13)])
async def test_sign_in_ends_after_a_shift(house: House, saxen: Home, away: timedelta) -> None:
    async with by_the_form(house) as client:
        house.now += away
        assert (await client.get("/missed")).status_code == 303


async def test_work_keeps_the_sign_in_alive_for_twelve_hours_at_most(
    house: House, saxen: Home
) -> None:
    async with by_the_form(house) as client:
        for _ in range(5):
            house.now += timedelta(hours=2)
            assert (await client.get("/missed")).status_code == 200
        house.now += timedelta(hours=2, minutes=1)
        assert (await client.get("/missed")).status_code == 303


async def test_signing_in_leads_to_the_very_page_that_was_asked_for(
    house: House, saxen: Home
) -> None:
    wanted = "/bookings?week=2026-11-24&resource=Mira"
    async with house.visit() as client:
        to_sign_in = (await client.get(wanted)).headers["location"]
        page = (await client.get(to_sign_in)).text
        assert f'name="onward" value="{wanted.replace("&", "&amp;")}"' in page
        (other_language,) = re.findall(r'href="(/login[^"]+)"', page)
        assert (
            f'value="{wanted.replace("&", "&amp;")}"'
            in (await client.get(html.unescape(other_language))).text
        )
        onward = parse_qs(urlsplit(to_sign_in).query)["onward"][0]
        form = {"email": EMAIL, "password": PASSWORD, "onward": onward}
        assert (await client.post("/login", data=form)).headers["location"] == wanted


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "/\\evil.example"])
async def test_signing_in_never_leads_to_another_site(
    house: House, saxen: Home, onward: str
) -> None:
    form = {"email": EMAIL, "password": PASSWORD, "onward": onward}
    async with house.visit() as client:
        assert (await client.post("/login", data=form)).headers["location"] == "/"


async def test_form_from_another_site_changes_nothing(house: House, saxen: Home) -> None:
    async with by_the_form(house) as client:
        forged = {"Sec-Fetch-Site": "cross-site"}
        form = {"csrf": house.token(client)}
        assert (await client.post("/logout", data=form, headers=forged)).status_code == 403
        assert (await client.post("/logout", data={"csrf": "0" * 64})).status_code == 403
        assert (await client.get("/missed")).status_code == 200


async def test_chosen_language_is_kept(house: House, saxen: Home) -> None:
    async with by_the_form(house) as client:
        assert 'lang="sv"' in (await client.get("/missed")).text
        form = {"csrf": house.token(client), "language": "en", "onward": "/bookings"}
        answer = await client.post("/preferences", data=form)
        assert answer.headers["location"] == "/bookings"
        assert 'lang="en"' in (await client.get("/missed")).text


async def test_hash_of_weaker_settings_is_renewed_at_the_next_good_sign_in(
    house: House, saxen: Home
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with house.db.begin(saxen.company_id) as session:
        (await session.scalars(select(UserRow))).one().password_hash = weak
    for _ in range(2):
        async with by_the_form(house) as client:
            assert (await client.get("/missed")).status_code == 200
    async with house.db.read(saxen.company_id) as session:
        renewed = (await session.scalars(select(UserRow))).one().password_hash
    assert renewed != weak
    assert not needs_rehash(renewed)
