"""Live fragments reach the page without disturbing whoever works in it."""

from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from portal_api.thread_views import CallNote
from tests.browser.conftest import ON_THE_NETWORK
from tests.browser.sample_portal import SamplePortal
from tests.portal_api.samples import (
    bookings,
    conversation,
    entry,
    gap_line,
    message,
    missed,
    missed_row,
    phone,
    wanted,
)

COUNTS = missed().counts


def connected(page: Page, portal: SamplePortal) -> Page:
    assert portal.listened_to.wait(30)
    return page


def call(portal: SamplePortal, number: int, *, new: bool = False, **changes) -> None:
    portal.publish("live/missed.html", row=missed_row(number, **changes), counts=COUNTS, new=new)


def test_the_line_opens_also_when_the_extension_comes_late(chromium, portal):
    window = chromium.new_context()
    page = window.new_page()

    def late(route):
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/hx-sse.min.js*", late)
    page.goto(f"{portal.address}/missed")
    assert portal.listened_to.wait(30)
    window.close()


def test_a_changed_row_is_changed_in_place_and_keeps_the_focus(open_page, portal, complaints):
    page = connected(open_page("/missed"), portal)
    link = page.locator("#call-c1 a")
    link.focus()
    call(portal, 1, conversation_state="booked", last_text="Bokat!")
    expect(page.locator("#call-c1")).to_contain_text("Bokat!")
    expect(link).to_be_focused()
    assert complaints == []


def test_the_figures_come_with_the_row(open_page, portal):
    page = connected(open_page("/missed"), portal)
    portal.publish(
        "live/missed.html",
        row=missed_row(1),
        counts=COUNTS.__class__(today=77, needs_person=0, answered=1, booked=1),
        new=False,
    )
    expect(page.locator("#missed-figures")).to_contain_text("77")


def test_a_new_call_comes_on_top_when_nobody_works_in_the_list(open_page, portal):
    page = connected(open_page("/missed"), portal)
    call(portal, 99, new=True, name="Ny Kund")
    expect(page.locator("#missed-rows tr").first).to_contain_text("Ny Kund")


def test_the_first_call_replaces_the_empty_state(open_page, portal):
    page = connected(open_page("/missed-empty"), portal)
    expect(page.locator(".nothing")).to_be_visible()
    call(portal, 1, new=True)
    expect(page.locator(".nothing")).to_be_hidden()


def test_new_calls_wait_while_somebody_works_in_the_list(open_page, portal):
    page = connected(open_page("/missed"), portal)
    page.keyboard.press("j")
    before = page.locator("#missed-rows tr").first.get_attribute("id")
    call(portal, 98, new=True)
    call(portal, 99, new=True)
    call(portal, 98, last_text="Hej igen")  # changes while it waits
    button = page.locator("#arrivals")
    expect(button).to_have_text("2 nya samtal")
    assert page.locator("#missed-rows tr").first.get_attribute("id") == before
    button.click()
    expect(button).to_be_hidden()
    expect(page.locator("#missed-rows tr").nth(0)).to_be_focused()
    expect(page.locator("#missed-rows tr").nth(0)).to_have_attribute("id", "call-c99")
    expect(page.locator("#missed-rows tr").nth(1)).to_contain_text("Hej igen")


def test_a_replayed_call_is_not_shown_twice(open_page, portal):
    page = connected(open_page("/missed"), portal)
    call(portal, 99, new=True)
    call(portal, 99, new=True, name="Efter avbrott")
    expect(page.locator("#call-c99")).to_contain_text("Efter avbrott")
    assert page.locator("#call-c99").count() == 1


def test_what_concerns_no_row_of_the_page_changes_nothing(open_page, portal, complaints):
    page = connected(open_page("/missed"), portal)
    call(portal, 500)
    call(portal, 1, last_text="efteråt")
    expect(page.locator("#call-c1")).to_contain_text("efteråt")
    assert page.locator("#call-c500").count() == 0
    assert complaints == []


def test_a_cut_line_is_shown_and_resumed_where_it_was(open_page, portal):
    page = connected(open_page("/missed"), portal)
    call(portal, 1, last_text="före")
    expect(page.locator("#call-c1")).to_contain_text("före")
    portal.live_status = 503
    portal.cut()
    expect(page.locator("#connection")).to_have_text("Återansluter…", use_inner_text=True)
    expect(page.locator(".stale")).to_be_visible()
    portal.live_status = 200
    expect(page.locator("#connection")).to_have_text(
        "Sidan uppdateras live", use_inner_text=True, timeout=30_000
    )
    expect(page.locator(".stale")).to_be_hidden()
    assert portal.last_ids[0] is None
    assert portal.last_ids[-1] == "8"
    call(portal, 1, last_text="efter")
    expect(page.locator("#call-c1")).to_contain_text("efter")


def test_a_line_that_fails_at_first_is_tried_again(open_page, portal):
    portal.live_status = 503
    page = open_page("/missed")
    expect(page.locator("#connection")).to_have_text("Återansluter…", use_inner_text=True)
    portal.live_status = 200
    expect(page.locator("#connection")).to_have_text("Sidan uppdateras live", use_inner_text=True)


def test_a_line_that_went_silent_is_opened_again(open_page, portal, chromium):
    window = chromium.new_context()
    page = window.new_page()
    page.clock.install()
    page.goto(f"{portal.address}/missed")
    connected(page, portal)  # the sample portal sends one beat, then nothing
    call(portal, 1, last_text="efter takten")
    expect(page.locator("#call-c1")).to_contain_text("efter takten")
    portal.listened_to.clear()
    page.clock.run_for(60_000)
    assert portal.listened_to.wait(30)
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    window.close()


def test_a_sign_in_that_ended_shows_at_once(open_page, portal):
    page = connected(open_page("/missed"), portal)
    portal.live_status = 401
    with page.expect_navigation():  # loaded again, the real portal asks to sign in
        portal.cut()


def test_too_much_missed_to_replay_fetches_the_page_anew(open_page, portal):
    page = connected(open_page("/missed"), portal)
    page.evaluate("document.querySelector('#call-c1').remove()")
    portal.send(b"event: reload\ndata: 0\n\n")
    expect(page.locator("#call-c1")).to_have_count(1)


def test_a_new_text_comes_last_and_the_thread_follows(open_page, portal):
    page = connected(open_page("/conversations/t1"), portal)
    new = message(40, text="Sista raden")
    portal.publish(
        "live/conversation.html",
        conversation=conversation(owner="nobody", state="needs_person"),
        message=new,
        new=True,
        settle="",
    )
    last = page.locator("#thread > li").last
    expect(last).to_contain_text("Sista raden")
    expect(last).to_be_in_viewport()
    expect(page.locator("#owner")).to_contain_text("Ingen svarar")
    expect(page.locator("#conversation-state")).to_contain_text("Behöver en människa")


def test_how_a_text_was_understood_stays_open_when_it_changes(open_page, portal):
    page = connected(open_page("/conversations/t1"), portal)
    page.locator("#message-m2 summary").click()
    changed = conversation().messages[1]
    portal.publish(
        "live/conversation.html",
        conversation=conversation(),
        message=changed,
        new=False,
        settle="",
    )
    portal.publish(
        "live/conversation.html",
        conversation=conversation(),
        message=message(50),
        new=True,
        settle="",
    )
    expect(page.locator("#message-m50")).to_be_visible()
    expect(page.locator("#message-m2 details")).to_have_attribute("open", "")


def test_a_day_of_bookings_is_changed_in_place(open_page, portal):
    page = connected(open_page("/bookings"), portal)
    day = bookings().days[5]
    portal.publish("live/bookings.html", day=day.__class__(day.date, day.bookings[:1]))
    expect(page.locator("#day-2026-11-21 [data-row]")).to_have_count(1)


def test_an_answer_on_the_phone_is_sent_and_the_field_emptied(open_page, portal, complaints):
    page = connected(open_page("/phone"), portal)
    field = page.locator("#phone-text")
    field.fill("2 tack")
    field.press("Enter")
    expect(field).to_have_value("")
    assert portal.next_post("/phone/texts")["text"] == ["2 tack"]
    portal.publish("live/phone.html", phone=phone(), entry=entry(60, "received", "Bokat!"))
    expect(page.locator("#phone-entries > li").last).to_contain_text("Bokat!")
    assert complaints == []


def test_a_call_from_the_phone_carries_the_form_token(open_page, portal):
    page = connected(open_page("/phone"), portal)
    with page.expect_response("**/phone/calls") as answer:
        page.get_by_role("button", name="Ring Salong Saxofon").click()
    assert answer.value.status == 204
    portal.publish("live/phone.html", phone=phone(ringing=True), entry=None)
    expect(page.locator("#phone-call")).to_contain_text("Ringer hos Salong Saxofon")


def test_a_refused_answer_stays_in_the_field_and_is_told_until_one_is_accepted(open_page, portal):
    page = connected(open_page("/phone"), portal)
    field, error = page.locator("#phone-text"), page.locator("#phone-error")
    headers = page.evaluate("document.body.getAttribute('hx-headers:inherited')")
    page.evaluate("document.body.setAttribute('hx-headers:inherited', '{}')")
    page.evaluate("document.querySelector('.phone-write [name=csrf]').value = 'stale'")
    field.fill("2 tack")
    with page.expect_response("**/phone/texts") as answer:
        field.press("Enter")
    assert answer.value.status == 403
    expect(error).to_have_text("Det gick inte igenom. Ladda om sidan och gör om det du gjorde.")
    expect(field).to_have_value("2 tack")
    page.evaluate("(h) => document.body.setAttribute('hx-headers:inherited', h)", headers)
    field.press("Enter")
    expect(error).to_be_empty()


def test_an_answer_that_nobody_takes_is_told(open_page, portal):
    page = connected(open_page("/phone"), portal)
    field, error = page.locator("#phone-text"), page.locator("#phone-error")
    page.context.set_offline(True)
    field.fill("2 tack")
    field.press("Enter")
    expect(error).to_contain_text("Ringback svarar inte")
    expect(field).to_have_value("2 tack")
    page.context.set_offline(False)
    page.get_by_role("button", name="Ring Salong Saxofon").click()
    expect(error).to_be_empty()


def test_all_that_surrounds_a_thread_changes_with_it(open_page, portal, complaints):
    page = connected(open_page("/conversations/person"), portal)  # without a text so far
    expect(page.locator(".thread-empty")).to_be_visible()

    def publish(text=None, **changes):
        portal.publish(
            "live/conversation.html",
            conversation=conversation(**changes),
            message=text,
            new=text is not None,
            settle="t0ken",
        )

    again = CallNote(datetime(2026, 11, 20, 14, tzinfo=UTC), "busy")
    publish(message(60), opted_out=True, wanted=(wanted(),), calls=(again,))
    expect(page.locator(".thread-empty")).to_be_hidden()
    expect(page.locator("#opted-out")).to_contain_text("vill inte ha sms")
    expect(page.locator("#caller-calls")).to_contain_text("Upptaget")
    expect(page.locator("#owner")).to_contain_text("Vill bli uppringd")
    expect(page.get_by_role("button", name="Markera som hanterad")).to_be_visible()
    publish()
    expect(page.locator("#opted-out")).to_be_empty()
    expect(page.get_by_role("button", name="Markera som hanterad")).to_have_count(0)
    assert complaints == []


def test_what_is_wanted_is_marked_as_handled_without_script(chromium, portal):
    window = chromium.new_context(java_script_enabled=False)
    page = window.new_page()
    page.goto(f"{portal.address}/conversations/wanted")
    page.get_by_role("button", name="Markera som hanterad").click()
    assert portal.next_post("/conversations/t1/handled")["callback"] == ["w2", "w3", "w1"]
    window.close()


def test_a_form_works_over_plain_http_on_a_network(chromium, portal):
    """There browsers send no Sec-Fetch-Site: our own page is told by its Origin."""
    window = chromium.new_context()
    page = window.new_page()
    page.goto(portal.address.replace("127.0.0.1", ON_THE_NETWORK) + "/missed")
    assert not page.evaluate("isSecureContext")
    page.get_by_role("button", name="English").click()
    assert portal.next_post("/preferences")["language"] == ["en"]
    window.close()


def test_a_gap_comes_by_itself_and_is_changed_in_place(open_page, portal, complaints):
    page = connected(open_page("/missed"), portal)
    page.locator("#call-c1 a").focus()
    portal.publish("live/gap.html", gap=gap_line(7, to_at=None, found=0, sources=()))
    expect(page.locator("#gap-g7")).to_contain_text("sedan dess")
    expect(page.locator("#arrivals")).to_be_hidden()
    portal.publish("live/gap.html", gap=gap_line(7))
    expect(page.locator("#gap-g7")).to_contain_text("3 samtal hittades efteråt")
    expect(page.locator("#gap-g7")).to_have_count(1)
    portal.publish("live/gap.html", gap=gap_line(7, over=True))
    expect(page.locator("#gap-g7")).to_be_hidden()
    assert complaints == []
