"""The whole story: a missed call, a text, an answer, a booking, and the staff who see it happen."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from tests.asterisk.office import AMI_SECRET
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Phone
from tests.browser.conftest import CHROMIUM, QUIET
from tests.fakes.elks import FakeElks
from tests.product import EMAIL, OUR_NUMBER, USER_PASSWORD, Product

pytestmark = pytest.mark.asyncio(loop_scope="session")

SITE = Path(__file__).parent / "asterisk/site.toml"
CALLER = "+46701740605"
expect.set_options(timeout=30_000)  # the machine may be busy


@pytest_asyncio.fixture(loop_scope="session")
async def elks(tmp_path: Path) -> AsyncIterator[FakeElks]:
    async with FakeElks(journal=tmp_path / "journal") as fake:
        yield fake


@pytest_asyncio.fixture(loop_scope="session")
async def product(tmp_path: Path, elks: FakeElks, asterisk: Asterisk) -> AsyncIterator[Product]:
    installed = Product(tmp_path, elks.base_url)
    await installed.installed(asterisk.ami_port, AMI_SECRET, SITE)
    elks.deliver_to = installed.inbound_url
    async with installed:
        yield installed


@pytest_asyncio.fixture(loop_scope="session")
async def page(product: Product) -> AsyncIterator[Page]:
    """A real browser in which Ellen of the salon has signed in."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        window = await browser.new_context(locale="sv-SE")
        page = await window.new_page()
        await page.goto(product.url)
        await page.get_by_label("E-postadress").fill(EMAIL)
        await page.get_by_label("Lösenord").fill(USER_PASSWORD)
        await page.get_by_role("button", name="Logga in").click()
        yield page
        await browser.close()


async def test_missed_call_becomes_a_booking_before_the_eyes_of_the_staff(
    asterisk: Asterisk, elks: FakeElks, product: Product, page: Page
) -> None:
    await expect(page.get_by_text("Inga missade samtal")).to_be_visible()
    today = datetime.now(ZoneInfo("Europe/Stockholm")).date()
    thursday = today + timedelta(days=10 - today.weekday())
    week = await page.context.new_page()
    await week.goto(f"{product.url}/bookings?week={thursday}")
    await week.evaluate("window.loadedOnce = true")
    await page.evaluate("window.loadedOnce = true")

    async with Phone(asterisk, "101") as phone, Caller(asterisk) as caller:
        call = await caller.call("0846500401", CALLER)
        await phone.rung()  # and nobody answers
        await call.cancel()

    row = page.get_by_role("row").filter(has_text="070-174 06 05")
    await expect(row).to_contain_text("Ingen svarade")
    await expect(row).to_contain_text("Levererat")
    assert [(sms["to"], sms["from"]) for sms in elks.accepted] == [(CALLER, OUR_NUMBER)]
    assert "Salong Saxen" in elks.accepted[0]["message"]
    assert await page.evaluate("window.loadedOnce")

    await row.get_by_role("link").click()
    thread, bookings = page.locator("#thread"), page.locator("#caller-bookings")
    await expect(thread).to_contain_text("Salong Saxen")
    await page.evaluate("window.loadedOnce = true")
    elks.text_in(CALLER, OUR_NUMBER, "Hej! Har ni en tid för herrklippning torsdag nästa vecka?")
    await expect(thread).to_contain_text("Har ni en tid för herrklippning")
    await expect(thread.get_by_role("listitem").nth(2)).to_contain_text("10:00")
    elks.text_in(CALLER, OUR_NUMBER, "Den första blir bra, tack")
    await expect(bookings).to_contain_text("herrklippning", ignore_case=True)
    await expect(bookings).to_contain_text("10:00")
    await expect(page.locator("#conversation-state")).to_contain_text("Bokad")
    assert await page.evaluate("window.loadedOnce")

    await expect(week.locator(f"#day-{thursday}")).to_contain_text("070-174 06 05")
    assert await week.evaluate("window.loadedOnce")
