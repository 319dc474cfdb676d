"""A customer is put on the list by hand, and what an empty list tells; in a browser, with keys alone."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.live_house import ERIK, KARIN, LiveHouse
from tests.browser.test_callbacks import at_the_list, figure, row
from tests.browser.test_look import judge
from tests.portal_api.callbacks.desk import LATER, Desk


def panel_of(page: Page) -> str:
    return page.locator("#callback-panel").get_attribute("data-callback") or ""


def test_customer_is_put_on_the_list_with_keys_alone_and_everybody_sees_it(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    karin, erik = (at_the_list(chromium, office, one) for one in (KARIN, ERIK))
    karin.keyboard.press("n")
    number = karin.locator("#new-number")
    expect(number).to_be_focused()
    karin.keyboard.type("0900-100 00 00")
    karin.keyboard.press("Tab")
    expect(karin.locator("#new-queue")).to_be_focused()
    with karin.expect_response("**/new/times"):
        karin.keyboard.press("S")  # Support
    karin.keyboard.press("Tab")
    expect(karin.locator("#new-interval")).to_be_focused()
    karin.locator("#new-interval").select_option(LATER)
    karin.keyboard.press("Tab")
    karin.keyboard.type("55012")
    karin.keyboard.press("Tab")
    karin.keyboard.type("Mejlade om pris.")
    karin.keyboard.press("Tab")
    karin.keyboard.press("Enter")
    expect(number).to_be_focused()
    expect(number).to_have_value("0900-100 00 00")
    expect(number).to_have_accessible_description(re.compile("kostar extra"))
    expect(karin.locator("#new-why")).to_have_value("Mejlade om pris.")
    expect(karin.locator("#new-interval")).to_have_value(LATER)
    assert figure(karin, "waiting").inner_text() == "0"
    number.fill("070-174 06 21")
    karin.keyboard.press("Enter")
    expect(karin.locator("#panel-said")).to_have_text("Kunden står i listan.")
    expect(karin.locator("#panel-title")).to_be_focused()
    for page in (karin, erik):
        shown = page.locator(f"#callback-{panel_of(karin)}")
        for words in ("070-174 06 21", "Support", "15:00–17:00", "Mejlade om pris."):
            expect(shown).to_contain_text(words)
        expect(figure(page, "waiting")).to_have_text("1")


def test_form_is_left_only_when_that_is_meant_and_its_button_gets_the_focus_back(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    wish = office.do(desk.wish())
    page = at_the_list(chromium, office, KARIN)
    page.locator("#callback-add").click()
    expect(page.locator("#new-number")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#callback-panel")).to_have_count(0)
    expect(page.locator("#callback-add")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#new-why").fill("Halvskrivet")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.keyboard.press("Escape")
    row(page, wish).locator("a.number").click()
    page.locator("#callback-add").click()
    expect(page.locator("#new-why")).to_have_value("Halvskrivet")
    assert asked == ["Det du har skrivit är inte sparat. Lämna det?"] * 3


def test_what_is_typed_while_the_queue_s_intervals_are_on_their_way_stays(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    page = at_the_list(chromium, office, KARIN)
    page.locator("#callback-add").click()
    held: list[Route] = []
    page.route("**/new/times", lambda route: held.append(route))
    page.locator("#new-queue").select_option(label="Support")
    while not held:
        page.wait_for_timeout(20)
    page.locator("#new-why").fill("Mejlade om pris.")
    page.locator("#new-customer").fill("55012")
    held[0].continue_()
    expect(page.locator(f"#new-interval option[value='{LATER}']")).to_have_count(1)
    expect(page.locator("#new-why")).to_have_value("Mejlade om pris.")
    expect(page.locator("#new-customer")).to_have_value("55012")
    expect(page.locator("#new-why")).to_be_visible()


def test_what_is_written_outlives_a_lost_line(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    page = at_the_list(chromium, office, KARIN)
    page.locator("#callback-add").click()
    page.locator("#new-number").fill("070-174 06 21")
    page.context.set_offline(True)
    page.locator(".new-done").click()
    expect(page.locator("#new-fault")).to_contain_text("Ringback svarar inte")
    expect(page.locator("#new-number")).to_have_value("070-174 06 21")
    page.context.set_offline(False)
    page.route("**/callbacks/new", lambda route: route.fulfill(status=503, body="<p>Senare.</p>"))
    page.locator(".new-done").click()
    expect(page.locator("#new-fault")).to_contain_text("Ringback svarar inte")
    expect(page.locator("#new-number")).to_have_value("070-174 06 21")
    page.unroute("**/callbacks/new")
    page.locator(".new-done").click()
    expect(page.locator("#panel-said")).to_have_text("Kunden står i listan.")


def test_answer_that_failed_takes_no_note_and_no_reason_away(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    over = office.do(desk.wish(choice="1000-1200@261120"))
    page = at_the_list(chromium, office, KARIN)
    row(page, over).locator("a.number").click()
    for act, field, button in (
        ("ring", "#outside-why", "#ring-form button"),
        ("note", "#note", "#note-done"),
    ):
        page.locator(field).fill("Bad oss ringa.")
        failing = f"**/{act}"
        page.route(failing, lambda route: route.fulfill(status=503, body="<h1>Senare.</h1>"))
        page.locator(button).click()
        expect(page.locator(f"#{act}-fault")).to_contain_text("Ringback svarar inte")
        expect(page.locator(field)).to_have_value("Bad oss ringa.")
        page.unroute(failing)
        page.locator(button).click()
        expect(page.locator(button)).to_have_count(0)
    expect(page.locator("#callback-panel")).to_have_count(0)
    assert office.do(desk.row(over)).note == "Bad oss ringa."


def test_empty_list_counts_on_what_its_filter_hides(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    page = at_the_list(chromium, office, KARIN)
    page.get_by_role("link", name="Återköad").click()
    nothing = page.locator("#callback-nothing")
    expect(nothing).to_contain_text("Här visas: Återköad.")
    expect(page.locator("#callback-hidden")).to_be_hidden()
    office.do(desk.wish())
    expect(nothing).to_contain_text("1 väntande återuppringning döljs av filtret.")
    office.do(desk.wish("+46701740612"))
    expect(nothing).to_contain_text("2 väntande återuppringningar döljs av filtret.")
    nothing.get_by_role("link", name="Visa hela listan").click()
    expect(page.locator("#callback-rows > [data-row]")).to_have_count(2)
    expect(nothing).to_be_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light")])
def test_form_and_empty_list_are_accessible_and_fit(
    chromium: Browser, office: LiveHouse, desk: Desk, axe: str, width: int, scheme: str
) -> None:
    office.do(desk.wish())
    said: list[str] = []
    size = {"width": width, "height": 900}
    page = at_the_list(chromium, office, KARIN, viewport=size, color_scheme=scheme)
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.get_by_role("link", name="Återköad").click()
    expect(page.locator("#callback-hidden")).to_be_visible()
    found = judge(page, axe)
    page.locator("#callback-add").click()
    expect(page.locator("#new-number")).to_be_focused()
    found += judge(page, axe)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert said == []
    page.locator("#new-number").fill("12")
    page.locator(".new-done").click()
    expect(page.locator("#new-number-fault")).to_be_visible()
    found += judge(page, axe)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert found == []
