"""The editor of a text shows how it looks while somebody types, with and without scripts."""

from playwright.sync_api import expect

EDIT = "/settings/texts/edit"


def test_preview_follows_what_is_typed_and_leaves_the_cursor_where_it_is(
    open_page, portal, complaints
):
    page = open_page(EDIT)
    field = page.locator("#text")
    field.fill("Hej {company}")
    field.press("End")
    field.press_sequentially("! Välkommen")
    expect(page.locator(".preview-text")).to_have_text("Hej {company}! Välkommen")
    expect(field).to_be_focused()
    field.press_sequentially(".")
    expect(page.locator(".preview-text")).to_have_text("Hej {company}! Välkommen.")
    form = portal.next_post("/settings/texts/preview")
    assert (form["situation"], form["language"]) == (["missed"], ["sv"])
    assert complaints == []


def test_button_of_the_preview_posts_the_whole_form(open_page, portal):
    page = open_page(EDIT)
    page.locator("#text").fill("9–17")
    page.get_by_role("button", name="Byt till vanliga tecken").click()
    page.wait_for_url("**/missed")  # where the stand-in leads
    form = portal.next_post(EDIT)
    assert (form["act"], form["text"]) == (["plain"], ["9–17"])


def test_without_scripts_there_is_a_button_for_the_preview(chromium, portal):
    window = chromium.new_context(java_script_enabled=False)
    page = window.new_page()
    page.goto(portal.address + EDIT)
    page.get_by_role("button", name="Visa hur det ser ut").click()
    assert portal.next_post(EDIT)["act"] == ["preview"]
    window.close()


def test_with_scripts_that_button_is_not_there(open_page):
    page = open_page(EDIT)
    assert page.get_by_role("button", name="Visa hur det ser ut").count() == 0


def test_enter_in_the_form_for_a_number_saves_it(open_page, portal):
    page = open_page("/settings/texts/new")
    page.locator("#queue").fill("kundtjanst")
    page.locator("#queue").press("Enter")
    assert portal.next_post("/settings/texts/edit")["act"] == ["save"]


def test_form_that_was_refused_begins_with_what_is_wrong(open_page):
    page = open_page("/settings/sending-wrong")
    expect(page.locator("#form-fault")).to_be_focused()
    field = page.locator("#company_day_kr")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("Skriv ett belopp.")


def test_call_without_a_conversation_is_handled_from_the_list(open_page, portal):
    page = open_page("/missed")
    page.locator("#call-c21").get_by_role("button", name="Markera som hanterad").click()
    assert portal.next_post("/calls/c21/handled")["callback"] == ["w4"]


def test_address_of_a_feed_is_copied_by_its_button(chromium, portal):
    window = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = window.new_page()
    page.goto(f"{portal.address}/settings/calendars/edit")
    page.get_by_role("button", name="Kopiera adressen").click()
    expect(page.get_by_role("button", name="Kopierad")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#feed").inner_text()
    window.close()
