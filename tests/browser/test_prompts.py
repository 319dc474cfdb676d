"""A prompt of the company's own is uploaded and listened to, in a real browser and the real portal."""

import re

from playwright.sync_api import Browser, expect

from ringback.store.queues import add_queue
from tests.browser.live_house import ADMIN, LiveHouse, signed_in
from tests.ringback.test_recordings import file_of


def test_sound_is_uploaded_and_plays_and_a_wrong_one_is_told_of(
    chromium: Browser, office: LiveHouse
) -> None:
    async def a_queue() -> None:
        async with office.house.db.begin(office.home.company_id) as session:
            await add_queue(session, office.home.pbx_id, "support", "", office.house.now)

    office.do(a_queue())
    page = signed_in(chromium, office, ADMIN)
    page.goto(f"{office.address}/settings/prompts?voice=en")
    line = page.locator(".prompt-list li").filter(has_text="We can call you back")
    line.locator("summary").click()
    sound = {"name": "x.wav", "mimeType": "audio/wav", "buffer": file_of(rate=44_100)}
    line.locator("input[type=file]").set_input_files(sound)  # type: ignore[arg-type]
    line.locator(".prompt-upload button").click()
    page.wait_for_url("**done=prompt_saved")
    audio = line.locator("audio")
    expect(audio).to_have_count(1)
    expect(page.locator("[role=status] code")).to_have_text("ringback asterisk install")
    audio.evaluate("one => one.play()")
    page.wait_for_function("document.querySelector('.prompt-list audio').duration > 0.2")
    line.locator("summary").click()
    wrong = {"name": "x.wav", "mimeType": "audio/wav", "buffer": b"ID3"}
    line.locator("input[type=file]").set_input_files(wrong)  # type: ignore[arg-type]
    line.locator(".prompt-upload button").click()
    page.wait_for_url("**fault=wav**")
    expect(page.locator("#form-fault")).to_be_focused()
    page.locator("#form-fault a").click()
    expect(line.locator("input[type=file]")).to_be_focused()
    expect(line.locator("input[type=file]")).to_have_accessible_description(
        re.compile("no WAV|ingen WAV")
    )
    expect(audio).to_have_count(1)
