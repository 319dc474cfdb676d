"""The callback in list, whole: a caller in the queue, the voice menu, the list, two tries, the note."""

from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.sip import Caller, Outside, Phone
from tests.asterisk.sip_leg import Leg
from tests.asterisk_conf.walking import HANG_UP
from tests.callback_story import (
    DID,
    ELLEN,
    FREEPBX_LIKE,
    JONAS,
    PLAIN,
    Office,
    Shape,
    office,
    signed_in,
    staffs,
)

CALLER, KEYED, SHOWN = "0701740605", "0701740611", "070-174 06 11"
MENU = (
    ("choose", "2"),  # 13-15, after as soon as possible
    ("number-keep", "2"),
    ("number-ask", f"{KEYED}#"),
    ("is-it-right", "1"),
    ("ask-customer_number", "4711#"),
    ("is-it-right", "1"),
    ("thanks", HANG_UP),
)
SHAPES = [(WANTED[0], PLAIN), (WANTED[1], PLAIN), (WANTED[0], FREEPBX_LIKE)]


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("major", "shape"), SHAPES, ids=["22", "16", "freepbx"])
async def test_caller_who_waits_is_rung_back_twice_and_reached_before_the_eyes_of_all(
    tmp_path: Path, major: int, shape: Shape
) -> None:
    async with (
        office(tmp_path, wanted(major), shape) as here,
        signed_in(here.product.url, (ELLEN, JONAS)) as (ellen, jonas),
        Phone(here.asterisk, "101") as phone,
        Outside(here.asterisk) as outside,
    ):
        await staffs(ellen, "101")
        await staffs(jonas, "102")
        await expect(ellen.locator(".staffing")).to_contain_text("återuppringning erbjuds")
        await asks_to_be_rung(here)
        rows = [page.get_by_role("row").filter(has_text=SHOWN) for page in (ellen, jonas)]
        for row in rows:
            for words in ("13:00–15:00", "Support", "4711", "Ej hanterad"):
                await expect(row).to_contain_text(words)

        await rings(ellen, phone, outside, rows)
        await outside.received[0].decline("480 Temporarily Unavailable")
        await expect(ellen.locator(".is-guessed")).to_have_text("Ej svar")
        await ellen.locator("#note").fill("Ingen svarade.")
        await ellen.get_by_role("button", name="Ej svar").click()
        for row in rows:
            for words in ("Återköad", "1 försök", "Ingen svarade.", "Ellen"):
                await expect(row).to_contain_text(words)

        await rings(ellen, phone, outside, rows)
        await outside.received[1].answer()
        await expect(ellen.locator(".call-now")).to_contain_text("Samtal")
        await outside.received[1].hang_up()
        await expect(rows[1]).to_contain_text("Väntar på anteckning")
        await describes(ellen, rows)

        assert [leg.callee for leg in outside.received] == [KEYED, KEYED]
        assert len(phone.received) == 2
        for page in (ellen, jonas):
            assert await page.evaluate("window.loadedOnce")
        await jonas.goto(f"{here.product.url}/callbacks?status=done")
        for words in ("Nådd", "Bokade om till torsdag.", "Ellen"):
            await expect(rows[1]).to_contain_text(words)


async def asks_to_be_rung(here: Office) -> None:
    """A caller waits, hears of the offer, presses the digit and walks through the menu."""
    async with Caller(here.asterisk) as caller:
        leg, channel = await here.hearing.joined(caller, DID)
        await here.hearing.offered(channel)
        leg.press("1")
        for prompt, act in MENU:
            await here.hearing.prompt(channel, prompt)
            await _does(leg, act)


async def _does(leg: Leg, act: str) -> None:
    if act == HANG_UP:
        await leg.hang_up()
    else:
        leg.press(act)


async def rings(page: Page, phone: Phone, outside: Outside, rows: list[Locator]) -> None:
    """She clicks; her own phone rings, and the customer's only when she has picked up."""
    before = len(outside.received)
    await rows[0].get_by_role("button", name="Ring").click()
    own = await phone.rung()
    await expect(page.locator(".call-now")).to_contain_text("Ringer dig")
    await expect(rows[1]).to_contain_text("Ellen sedan")
    assert len(outside.received) == before
    await own.answer()
    await outside.rung()
    await expect(page.locator(".call-now")).to_contain_text("Ringer kunden")


async def describes(page: Page, rows: list[Locator]) -> None:
    """Without a description it is not done."""
    note, done = page.locator("#note"), page.locator("#note-done")
    await done.click()
    assert await note.evaluate("field => field.matches(':invalid')")
    await note.fill("  ok  ")  # long enough for the browser
    await done.click()
    await expect(page.locator("#panel-said")).to_contain_text("3 till 2000 tecken")
    await note.fill("Bokade om till torsdag.")
    await done.click()
    for row in rows:
        await expect(row).to_have_count(0)
