"""The list is worked with single keys, which never take what somebody types."""

from playwright.sync_api import expect


def test_j_and_k_move_between_rows_and_stop_at_the_ends(open_page):
    page = open_page("/missed")
    page.keyboard.press("j")
    expect(page.locator("#call-c0")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#call-c1")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(page.locator("#call-c0")).to_be_focused()


def test_enter_opens_the_row(open_page):
    page = open_page("/missed")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/conversations/t1")


def test_a_row_that_gets_the_focus_is_not_hidden_under_the_bar(open_page):
    page = open_page("/missed", height=500)
    for _ in range(14):
        page.keyboard.press("j")
    for _ in range(9):
        page.keyboard.press("k")
    top = page.evaluate("document.activeElement.getBoundingClientRect().top")
    assert top >= page.locator(".bar").bounding_box()["height"]


def test_the_question_mark_shows_the_help_and_escape_closes_it(open_page):
    page = open_page("/missed")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("j")
    assert page.locator("[data-row]:focus").count() == 0
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()


def test_keys_in_a_field_are_text(open_page):
    page = open_page("/phone")
    page.locator("#phone-text").focus()
    page.keyboard.type("jk?")
    expect(page.locator("#phone-text")).to_have_value("jk?")
    expect(page.locator("#help")).to_be_hidden()


def test_a_key_with_a_modifier_is_left_to_the_browser(open_page):
    page = open_page("/missed")
    for key in ("Control+j", "Alt+j", "Meta+j"):
        page.keyboard.press(key)
    assert page.locator("[data-row]:focus").count() == 0


def test_keys_that_are_turned_off_do_nothing_but_the_button_still_helps(open_page):
    page = open_page("/missed-empty")  # the sample of somebody who turned them off
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_hidden()
    page.locator("#help-button").click()
    expect(page.locator("#help").get_by_role("button", name="Slå på")).to_be_visible()


def test_a_preference_is_posted_with_the_token_and_returns_to_the_page(open_page, portal):
    page = open_page("/missed")
    page.get_by_role("button", name="English").click()
    form = portal.next_post("/preferences")
    page.wait_for_url("**/missed")
    assert form["language"] == ["en"]
    assert form["onward"] == ["/missed"]


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(open_page):
    page = open_page("/missed")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
