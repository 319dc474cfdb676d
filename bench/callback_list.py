"""The callback list with 5,000 open rows, as handlers meet it: a click on a heading, a change seen by all.

In: the product as a process on SQLite, Chromium, a hundred open live lines. Out: two rows: from the
click until the new order is painted (median over all seven headings), and from a change until every
handler's page was told of it. Promised: 250 ms, and a second.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import httpx
from playwright.async_api import Page, async_playwright

from bench.ports import free_ports
from bench.product import running
from bench.table import Options, Row, at_most
from portal_api.csrf import FIELD
from portal_api.passwords import hash_password
from ringback.clock import system_clock
from ringback.db import Database, open_database
from ringback.queues import Input, Rules
from ringback.settings import Settings
from ringback.store.companies import company_ids
from ringback.store.people import add_user
from ringback.store.queues import add_queue, save_rules
from ringback.tables import CallbackRow, PbxRow, UserRow
from ringback.tenancy import number_index

_ROWS, _HANDLERS, _CHANGES = 5_000, 100, 20
_CLICK_MS, _SEEN_S = 250.0, 1.0
_EMAIL, _PASSWORD = "bench@example.com", "a benchmark's password"
_WAIT_S = 60.0
_CHROMIUM = "/usr/bin/chromium"
_COLUMNS = ("interval", "queue", "input", "handler", "status", "note", "arrived")
_CLICK = """(key) => new Promise((done) => {
  const heading = document.getElementById(`sort-${key}`);
  const list = document.querySelector(".callback-main");
  const began = performance.now();
  new MutationObserver((_, observer) => {
    if (!document.querySelector(`th[aria-sort] #sort-${key}`)) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  }).observe(list, { subtree: true, childList: true, attributes: true });
  heading.click();
})"""


async def measure(options: Options) -> list[Row]:
    """Two rows: the click, and the change."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / "product"
        async with running(place, "portal", 1, free_ports(1)[0]) as product:
            db = open_database(Settings(var=place))
            try:
                wish = await _fill(db)
            finally:
                await db.close()
            (url,) = product.urls
            click_ms = await _clicks(url, options.rounds)
            seen_s = await _changes(url, wish)
    return [
        Row(
            "callbacks",
            f"click on a heading to painted, {_ROWS:,} open rows",
            f"{median(click_ms):.0f} ms (slowest {max(click_ms):.0f})",
            f"{_CLICK_MS:.0f} ms",
            median(click_ms) / _CLICK_MS,
            at_most(1),
        ),
        Row(
            "callbacks",
            f"change to told on {_HANDLERS} open pages, the last of them",
            f"{1000 * median(seen_s):.0f} ms (slowest {1000 * max(seen_s):.0f})",
            f"{_SEEN_S:g} s",
            median(seen_s) / _SEEN_S,
            at_most(1),
        ),
    ]


async def _fill(db: Database) -> UUID:
    """Wishes of two queues with all that is sealed; the id of the oldest."""
    now = system_clock()
    async with db.read_across() as session:
        (company_id,) = await company_ids(session)
    async with db.begin(company_id) as session:
        pbx = PbxRow(id=uuid4(), name="x", host="h", port=1, username="u", secret="", site="")
        session.add(pbx)
        user = await add_user(
            session,
            db.master,
            email=_EMAIL,
            name="Karin",
            role="handler",
            password_hash=hash_password(_PASSWORD),
            language="sv",
            now=now,
        )
        user.phone = "PJSIP/101"
        queues = [await add_queue(session, pbx.id, name, name.title(), now) for name in "ab"]
        for queue in queues:
            rules = Rules(asks=Input.CUSTOMER_NUMBER)
            await save_rules(session, queue.id, queue.label, rules, now)
        rows = [_wish(number, user, queues[number % 2].id) for number in range(_ROWS)]
        session.add_all(rows)
    return rows[0].id


def _wish(number: int, user: UserRow, queue_id: UUID) -> CallbackRow:
    caller = f"+4670174{number % 95 + 605:04d}"
    arrived = system_clock() - timedelta(minutes=_ROWS - number)
    return CallbackRow(
        id=uuid4(),
        key=f"bench:{number}",
        number=caller,
        number_index=number_index(f"{caller}:{number}"),
        queue_id=queue_id,
        why="menu",
        customer_input=str(number * 7919 % 100_000),
        input_kind=Input.CUSTOMER_NUMBER,
        from_at=arrived + timedelta(hours=1) if number % 3 else None,
        to_at=arrived + timedelta(days=9) if number % 3 else None,
        arrived_at=arrived,
        tries=number % 2,
        handler_id=user.id if number % 2 else None,
        note=f"Ingen svarade {number * 31 % 997}." if number % 2 else None,
        created_at=arrived,
    )


async def _clicks(url: str, rounds: int) -> list[float]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        try:
            await _sign_in(page, url)
            await page.goto(f"{url}/callbacks?scope=all")
            await page.wait_for_selector("#callback-rows > [data-row]")
            return [
                float(await page.evaluate(_CLICK, key)) for _ in range(rounds) for key in _COLUMNS
            ]
        finally:
            await browser.close()


async def _sign_in(page: Page, url: str) -> None:
    await page.goto(f"{url}/login")
    await page.fill("[name=email]", _EMAIL)
    await page.fill("[name=password]", _PASSWORD)
    await page.press("[name=password]", "Enter")
    await page.wait_for_url("**/callbacks")


async def _changes(url: str, wish: UUID) -> list[float]:
    """Seconds until the last page was told, for each of some changes made through the API."""
    headers = {"Sec-Fetch-Site": "same-origin"}
    limits = httpx.Limits(max_connections=_HANDLERS + 5)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=url, headers=headers, timeout=_WAIT_S, limits=limits)
        )
        await client.post("/login", data={"email": _EMAIL, "password": _PASSWORD})
        page = (await client.get("/callbacks?scope=all")).text
        found = re.search(rf'name="{FIELD}" value="(\w+)"', page)
        position = re.search(r"after=(\d+)", page)
        if found is None or position is None:
            raise RuntimeError("The list's page has no form token; was the sign-in refused?")
        client.headers["X-CSRF-Token"] = found[1]
        query = f"/events?topic=callbacks&after={position[1]}"
        lines = [await stack.enter_async_context(_line(client, query)) for _ in range(_HANDLERS)]
        return [await _change(client, wish, lines) for _ in range(_CHANGES)]


@asynccontextmanager
async def _line(client: httpx.AsyncClient, query: str) -> AsyncIterator[AsyncIterator[str]]:
    async with client.stream("GET", query) as response:
        yield response.aiter_lines()


async def _change(
    client: httpx.AsyncClient, wish: UUID, lines: Sequence[AsyncIterator[str]]
) -> float:
    """Somebody takes the wish and lets it go; both are told. The first is timed."""
    began = time.perf_counter()
    told = asyncio.gather(*(_told(line) for line in lines))
    why = {"outside_why": "The benchmark rings at night, too."}
    answer = await client.post(f"/api/v1/callbacks/{wish}/ring", json=why)
    answer.raise_for_status()
    async with asyncio.timeout(_WAIT_S):
        seconds = max(await told) - began
    told = asyncio.gather(*(_told(line) for line in lines))
    attempt = {"attempt_id": answer.json()["attempt_id"]}
    (await client.post(f"/api/v1/callbacks/{wish}/release", json=attempt)).raise_for_status()
    async with asyncio.timeout(_WAIT_S):
        await told
    return seconds


async def _told(line: AsyncIterator[str]) -> float:
    """When this page's line said something that is drawn."""
    async for text in line:
        if text.startswith("id: "):
            return time.perf_counter()
    raise RuntimeError("A live line ended before the change was told.")
