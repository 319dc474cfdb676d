"""Two people at the real portal: one takes over, the other sees it; what is typed is not lost."""

from playwright.sync_api import Browser, expect

from tests.browser.live_house import ERIK, KARIN, LiveHouse, at_the_conversation


def test_two_take_over_at_once_and_what_is_typed_outlives_updates_errors_and_a_new_page(
    chromium: Browser, office: LiveHouse
) -> None:
    karin, erik = (at_the_conversation(chromium, office, one) for one in (KARIN, ERIK))
    # Karin is faster; Erik presses before his page has drawn it.
    erik.evaluate("document.querySelector('#live').remove()")
    karin.keyboard.press("t")
    field = karin.locator("#reply-text")
    expect(field).to_be_focused()
    with erik.expect_response("**/take") as answer:
        erik.keyboard.press("t")
    assert answer.value.status == 409
    expect(erik.locator("#reply-fault")).to_contain_text("Karin handler har konversationen")
    expect(erik.locator("#owner")).to_contain_text("Karin handler har konversationen sedan")
    expect(erik.locator("#reply-text")).to_be_hidden()

    karin.keyboard.type("Jag ringer dig ")
    expect(karin.locator("#reply-size")).to_contain_text("1 del")
    office.do(office.caller_writes("Hallå?"))
    expect(karin.locator("#thread")).to_contain_text("Hallå?")
    expect(field).to_be_focused()
    karin.keyboard.type("strax")
    expect(field).to_have_value("Jag ringer dig strax")

    karin.context.set_offline(True)
    karin.keyboard.press("Control+Enter")
    expect(karin.locator("#reply-fault")).to_contain_text("Ringback svarar inte")
    expect(field).to_have_value("Jag ringer dig strax")
    karin.context.set_offline(False)
    karin.reload()
    expect(field).to_have_value("Jag ringer dig strax")

    erik.get_by_role("button", name="Lämna tillbaka").click()  # he is a supervisor
    expect(karin.locator("#owner")).to_contain_text("Assistenten svarar")
    expect(field).to_be_hidden()
    with karin.expect_navigation():
        karin.keyboard.press("t")
    field.press("Control+Enter")
    expect(karin.locator("#thread .from-person")).to_contain_text("Jag ringer dig strax")
    expect(field).to_have_value("")
    expect(karin.locator("#reply-fault")).to_be_empty()
    field.fill("Hej igen")
    field.press("Control+Enter")
    expect(karin.locator("#thread .from-person").last).to_contain_text("Hej igen")
    assert office.do(office.written()) == ["Jag ringer dig strax", "Hej igen"]
    expect(erik.locator("#thread .from-person").last).to_contain_text("Hej igen")


def test_a_text_that_is_refused_is_told_beside_the_box_and_stays_in_it(
    chromium: Browser, office: LiveHouse
) -> None:
    page = at_the_conversation(chromium, office, KARIN)
    page.keyboard.press("t")
    office.do(office.caller_writes("STOPP"))
    expect(page.locator("#opted-out")).to_contain_text("vill inte ha sms")
    field = page.locator("#reply-text")
    field.fill("Hej!")
    field.press("Control+Enter")
    expect(page.locator("#reply-fault")).to_contain_text("vill inte ha sms. Ring i stället")
    expect(page.locator("#reply-fault")).to_be_in_viewport()
    expect(field).to_have_value("Hej!")
    assert office.do(office.written()) == []
