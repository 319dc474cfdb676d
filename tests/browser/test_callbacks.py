"""The callback list at work: rows come and go by themselves, one rings, the note is never lost."""

import re
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from ringback.attempts import Outcome, Phase
from tests.browser.live_house import ERIK, KARIN, LiveHouse, signed_in
from tests.browser.test_look import judge
from tests.portal_api.callbacks.desk import LATER, Desk

DRAWN_AGAIN = """() => {
  window.drawnAgain = new Promise((told) => document.addEventListener("htmx:finally:request", ({ detail }) => {
    if (detail.ctx.request.action.endsWith("/panel")) told(true);
  }));
}"""


def at_the_list(chromium: Browser, office: LiveHouse, email: str, **window: object) -> Page:
    page = signed_in(chromium, office, email, **window)
    page.goto(f"{office.address}/callbacks?scope=all")
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    return page


def row(page: Page, wish: UUID):
    return page.locator(f"#callback-{wish}")


def figure(page: Page, key: str):
    return page.locator(f"[data-figure={key}]")


def test_a_wish_is_rung_noted_and_done_and_everybody_sees_it(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    karin, erik = (at_the_list(chromium, office, one) for one in (KARIN, ERIK))
    wish = office.do(desk.wish())
    for page in (karin, erik):
        expect(row(page, wish)).to_contain_text("070-174 06 11")
        expect(figure(page, "waiting")).to_have_text("1")
    karin.keyboard.press("j")
    expect(row(karin, wish)).to_be_focused()
    karin.keyboard.press("c")
    expect(karin.locator("#note")).to_be_focused()
    expect(row(erik, wish)).to_contain_text("Karin handler sedan 13:00")
    expect(row(erik, wish).locator(".ring")).to_have_count(0)
    expect(figure(erik, "in_hand")).to_have_text("1")

    let_go = karin.get_by_role("button", name="Släpp, kunden har inte ringts")
    expect(let_go).to_be_visible()
    karin.keyboard.type("Ville boka ")
    for phase, words in (
        (Phase.RINGS_HANDLER, "Ringer dig"),
        (Phase.RINGS_CUSTOMER, "Ringer kunden"),
        (Phase.TALKING, "Samtal"),
    ):
        office.do(desk.goes_on(phase))
        expect(karin.locator(".call-now")).to_contain_text(words)
        expect(let_go).to_have_count(0)  # once the switchboard rings, that is no longer so
    karin.keyboard.type("om.")
    office.do(desk.goes_on(Phase.ENDED))
    expect(karin.locator(".call-now")).to_contain_text("avslutat")
    expect(karin.locator("#note")).to_have_value("Ville boka om.")
    expect(row(erik, wish)).to_contain_text("Väntar på anteckning")
    karin.locator("#note").press("Control+Enter")
    for page in (karin, erik):
        expect(row(page, wish)).to_have_count(0)
        expect(figure(page, "waiting")).to_have_text("0")
        expect(page.locator("#callback-nothing")).to_be_visible()
        expect(page.locator("#callback-total")).to_have_text("0 av 0 visas")
    assert office.do(desk.row(wish)).note == "Ville boka om."


def test_what_happens_before_the_panel_is_there_is_shown_in_it(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    wish = office.do(desk.wish())
    page = at_the_list(chromium, office, KARIN)
    held: list[Route] = []
    page.route("**/ring", lambda route: held.append(route))
    row(page, wish).locator(".ring").click()
    while not held:
        page.wait_for_timeout(20)
    answer = held[0].fetch()
    assert "Växeln tillfrågas" in answer.text()
    office.do(desk.goes_on(Phase.UNKNOWN))
    expect(row(page, wish)).to_contain_text("Ingen kontakt med växeln")
    held[0].fulfill(response=answer)
    expect(page.locator(".call-now")).to_contain_text("Ingen kontakt med växeln")


def test_a_panel_that_is_closed_while_it_is_drawn_again_stays_closed(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    wish = office.do(desk.wish())
    page = at_the_list(chromium, office, KARIN)
    row(page, wish).locator(".ring").click()
    expect(page.locator("#note")).to_be_visible()
    held: list[Route] = []
    page.route("**/panel", lambda route: held.append(route))
    office.do(desk.goes_on(Phase.RINGS_HANDLER))
    while not held:
        page.wait_for_timeout(20)
    page.keyboard.press("Escape")
    expect(page.locator("#callback-panel")).to_have_count(0)
    page.evaluate(DRAWN_AGAIN)
    held[0].continue_()
    page.evaluate("window.drawnAgain")
    assert page.locator("#callback-panel").count() == 0


def test_what_was_wrong_with_a_note_stays_told_while_its_call_goes_on(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    wish = office.do(desk.wish())
    page = at_the_list(chromium, office, KARIN)
    row(page, wish).locator(".ring").click()
    page.locator("#note").fill("  x  ")  # long enough for the browser, not for the product
    page.locator("#note-done").click()
    expect(page.locator("#note-fault")).to_contain_text("3 till 2000 tecken")
    page.evaluate(DRAWN_AGAIN)
    office.do(desk.goes_on(Phase.RINGS_CUSTOMER))
    expect(page.locator(".call-now")).to_contain_text("Ringer kunden")
    page.evaluate("window.drawnAgain")
    expect(page.locator("#note-fault")).to_contain_text("3 till 2000 tecken")
    expect(page.locator("#note")).to_have_attribute("aria-invalid", "true")
    page.locator("#note").fill("Bokade om.")
    page.locator("#note-done").click()
    expect(page.locator("#callback-panel")).to_have_count(0)


def test_the_slower_one_is_told_who_was_faster(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    wish = office.do(desk.wish())
    karin, erik = (at_the_list(chromium, office, one) for one in (KARIN, ERIK))
    erik.evaluate("document.querySelector('#live').remove()")
    row(karin, wish).locator(".ring").click()
    expect(karin.locator("#note")).to_be_visible()
    with erik.expect_response("**/ring") as answer:
        row(erik, wish).locator(".ring").click()
    assert answer.value.status == 409
    expect(erik.locator("#panel-said")).to_contain_text("Karin handler har den sedan 13:00")
    assert len(office.do(desk.attempts())) == 1


def test_what_is_typed_outlives_errors_a_lost_line_and_a_crash(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    wish = office.do(desk.wish())
    other = office.do(desk.wish("+46701740612"))
    page = at_the_list(chromium, office, KARIN)
    row(page, wish).locator(".ring").click()
    note = page.locator("#note")
    note.fill("Ring efter lunch")
    page.context.set_offline(True)
    page.get_by_role("button", name="Upptaget").click()
    expect(page.locator("#note-fault")).to_contain_text("Ringback svarar inte")
    page.context.set_offline(False)
    expect(note).to_have_value("Ring efter lunch")

    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    row(page, other).locator("a.number").click()
    expect(page.locator("#panel-title")).to_have_text("070-174 06 11")
    assert asked == ["Din anteckning är inte sparad. Lämna den?"]

    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{office.address}/callbacks")  # as after a crash: the note is the first thing
    expect(note).to_be_focused()
    expect(note).to_have_value("Ring efter lunch")
    page.get_by_role("button", name="Upptaget").click()
    expect(row(page, wish)).to_contain_text("Återköad")
    expect(row(page, wish)).to_contain_text("Ring efter lunch")
    expect(page.locator("#callback-panel")).to_have_count(0)


def test_requeue_by_key_and_a_note_that_is_too_short(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    wish = office.do(desk.wish())
    page = at_the_list(chromium, office, KARIN)
    row(page, wish).locator(".ring").click()
    expect(page.locator("#note")).to_be_visible()
    office.do(desk.goes_on(Phase.RINGS_CUSTOMER))
    office.do(desk.goes_on(Phase.ENDED, Outcome.NO_ANSWER))
    expect(page.locator(".is-guessed")).to_have_text("Ej svar")
    page.locator("#note").fill("   ok  ")  # long enough for the browser, not for the product
    page.locator("#panel-title").focus()
    page.keyboard.press("r")
    expect(page.locator("#panel-said")).to_contain_text("3 till 2000 tecken")
    expect(page.locator("#note")).to_have_value("   ok  ")
    page.locator("#note").fill("Inget svar.")
    page.locator("#panel-title").focus()
    page.keyboard.press("r")
    expect(row(page, wish)).to_contain_text("Nästa försök om 15 min")


def test_focus_goes_to_what_must_be_filled_in_and_is_never_lost(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    over = office.do(desk.wish("+46701740612", choice="1000-1200@261120"))
    wish = office.do(desk.wish(keyed="198001011234"))
    page = at_the_list(chromium, office, KARIN)
    row(page, over).locator(".ring").click()
    expect(page.locator("#outside-why")).to_be_focused()
    page.locator("#panel-number summary").click()
    page.locator("#new-number").fill("12")
    page.get_by_role("button", name="Spara").click()
    number = page.locator("#new-number")
    expect(number).to_be_focused()
    expect(number).to_have_value("12")
    expect(number).to_have_accessible_description(re.compile("inget telefonnummer"))
    row(page, wish).locator("a.number").click()
    expect(page.locator("#panel-title")).to_be_focused()
    page.get_by_role("button", name="Visa hela numret").click()
    expect(page.locator("#customer-input")).to_be_focused()
    page.locator("#ring-form button").click()
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("  x  ")  # long enough for the browser, not for the product
    page.locator("#note-done").click()
    expect(page.locator("#note")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#note")).to_be_focused()
    page.locator("#requeue-interval").focus()
    office.do(desk.goes_on(Phase.RINGS_CUSTOMER))
    expect(page.locator(".call-now")).to_contain_text("Ringer kunden")
    expect(page.locator("#requeue-interval")).to_be_focused()


def test_own_phone_is_set_from_the_panel_that_covers_the_list(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    wish = office.do(desk.wish())
    page = at_the_list(chromium, office, KARIN, viewport={"width": 390, "height": 844})
    page.get_by_text("Välj köer och telefon").click()
    page.locator("#own-phone").fill("")
    page.get_by_role("button", name="Spara").click()
    row(page, wish).locator(".ring").click()
    page.get_by_role("link", name="Ange din telefon").click()
    expect(page.locator("#own-phone")).to_be_focused()


def test_own_phone_unanswered_returns_the_row_and_says_so(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    wish = office.do(desk.wish())
    page = at_the_list(chromium, office, KARIN)
    row(page, wish).locator(".ring").click()
    expect(page.locator("#note")).to_be_visible()
    office.do(desk.goes_on(Phase.RINGS_HANDLER))
    office.do(desk.ends(Outcome.HANDLER_AWAY))
    expect(page.locator("#callback-panel")).to_contain_text("telefon svarade inte")
    expect(page.locator("#ring-form")).to_be_visible()
    expect(page.locator("#note")).to_have_count(0)
    expect(row(page, wish).locator(".ring")).to_be_visible()


def test_new_rows_do_not_push_the_row_under_the_pointer(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    old = office.do(desk.wish("+46701740612"))
    page = at_the_list(chromium, office, KARIN)
    row(page, old).hover()
    before = row(page, old).bounding_box()
    house = office.house
    older = office.do(desk.wish("+46701740613", arrived=house.now.replace(hour=8)))
    expect(page.locator("#callback-arrivals")).to_have_text("1 ny återuppringning")
    assert row(page, old).bounding_box() == before
    newer = office.do(desk.wish("+46701740614"))  # below: it pushes nothing
    expect(row(page, newer)).to_be_visible()
    expect(page.locator("#callback-total")).to_have_text("2 av 3 visas")
    page.locator("#callback-arrivals").click()
    expect(page.locator("#callback-total")).to_have_text("3 av 3 visas")
    expect(row(page, older)).to_be_focused()
    order = page.locator("#callback-rows > [data-row]")
    expect(order.first).to_have_attribute("id", f"callback-{older}")
    expect(order.last).to_have_attribute("id", f"callback-{newer}")


def test_row_keeps_the_focus_when_others_change_it(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    wish = office.do(desk.wish())
    karin, erik = (at_the_list(chromium, office, one) for one in (KARIN, ERIK))
    row(erik, wish).focus()
    row(karin, wish).locator(".ring").click()
    expect(row(erik, wish)).to_contain_text("Pågår")
    expect(row(erik, wish)).to_be_focused()


def test_sort_filter_search_and_keys(chromium: Browser, office: LiveHouse, desk: Desk) -> None:
    first = office.do(desk.wish("+46701740611", choice=LATER))
    second = office.do(desk.wish("+46701740612", queue="sales", choice="s"))
    page = at_the_list(chromium, office, KARIN)
    rows = page.locator("#callback-rows > [data-row]")
    expect(rows.first).to_have_attribute("id", f"callback-{first}")
    page.locator("#sort-interval").click()
    expect(rows.first).to_have_attribute("id", f"callback-{second}")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Önskat intervall")
    expect(page.locator("#sort-interval")).to_be_focused()
    page.locator("#sort-queue").click()  # Försäljning, Support
    third = office.do(desk.wish("+46701740613", queue="sales"))
    expect(rows.nth(1)).to_have_attribute("id", f"callback-{third}")
    expect(rows.nth(2)).to_have_attribute("id", f"callback-{first}")
    page.get_by_role("link", name="Inom intervall nu").click()
    expect(rows).to_have_count(2)
    page.keyboard.press("/")
    expect(page.locator("#callback-search")).to_be_focused()
    page.keyboard.type("06 11")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(rows).to_have_attribute("id", f"callback-{first}")
    assert "06" not in page.url
    page.get_by_role("link", name="Visa hela listan").click()
    expect(rows).to_have_count(2)  # the filter is remembered
    expect(rows.first).to_have_attribute("id", f"callback-{second}")


def test_lists_show_only_what_is_theirs(chromium: Browser, office: LiveHouse, desk: Desk) -> None:
    page = at_the_list(chromium, office, KARIN)
    page.get_by_role("link", name="Mina köer").click()
    page.get_by_role("link", name="Välj köer och telefon").click()
    expect(page.get_by_label("Försäljning")).to_be_focused()
    page.get_by_label("Support").check()
    page.get_by_role("button", name="Spara").click()
    expect(page.locator(".staffing")).to_contain_text("Du bemannar: Support")
    page.goto(f"{office.address}/callbacks?scope=mine")
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    office.do(desk.wish("+46701740612", queue="sales"))
    mine = office.do(desk.wish("+46701740611"))
    expect(row(page, mine)).to_be_visible()
    expect(page.locator("#callback-rows > [data-row]")).to_have_count(1)
    expect(figure(page, "waiting")).to_have_text("1")


def test_interval_that_is_about_to_end_is_counted_down_and_told(
    chromium: Browser, office: LiveHouse, desk: Desk
) -> None:
    wish = office.do(desk.wish(choice="1000-1316@261120"))  # the house's clock stands at 13:00
    page = signed_in(chromium, office, KARIN)
    page.clock.install()
    page.goto(f"{office.address}/callbacks?scope=all")
    expect(row(page, wish)).to_contain_text("Nu, 16 min kvar")
    expect(page.locator("#callback-alert")).to_be_hidden()
    page.clock.run_for(80_000)  # a minute of it, and half a minute to spare
    expect(row(page, wish)).to_contain_text("Går snart ut, 15 min kvar")
    expect(page.locator("#callback-alert")).to_have_text("070-174 06 11: Går snart ut, 15 min kvar")
    page.clock.run_for(15 * 60_000)
    expect(row(page, wish)).to_contain_text("Försenad")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light")])
def test_list_and_panel_are_accessible_and_fit(
    chromium: Browser, office: LiveHouse, desk: Desk, axe: str, width: int, scheme: str
) -> None:
    wish = office.do(desk.wish(office.home.caller, keyed="198001011234"))
    office.do(desk.wish("+46701740612", choice="1000-1200@261120"))
    said: list[str] = []
    size = {"width": width, "height": 900}
    page = at_the_list(chromium, office, KARIN, viewport=size, color_scheme=scheme)
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    found = [*judge(page, axe)]
    page.get_by_text("Välj köer och telefon").click()
    found += judge(page, axe)
    page.get_by_text("Välj köer och telefon").click()
    row(page, wish).locator(".ring").click()
    expect(page.locator("#note")).to_be_visible()
    found += judge(page, axe)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert found == []
    assert said == []
    assert re.search("callbacks$", page.url.partition("?")[0])
