"""The whole of the AI log unfolds beside its text, for who may read it."""

from playwright.sync_api import Browser, expect

from ringback.tables import TurnRow
from tests.browser.live_house import ADMIN, KARIN, LiveHouse, at_the_conversation


async def understood(office: LiveHouse) -> None:
    async with office.house.db.begin(office.home.company_id) as session:
        text = await office.text_of_caller(session)
        session.add(
            TurnRow(
                message_id=text.id,
                engine="model",
                version="small-7b",
                understood='{"intent": "price"}',
                decided="[]",
                took_ms=900,
                created_at=office.house.now,
            )
        )


def test_whole_log_is_fetched_when_it_is_asked_for(chromium: Browser, office: LiveHouse) -> None:
    office.do(understood(office))
    page = at_the_conversation(chromium, office, ADMIN)
    log = page.locator("details.turn")
    expect(log).not_to_contain_text("small-7b")
    log.locator("summary").click()
    log.get_by_role("link", name="Visa hela loggen").click()
    expect(log).to_contain_text("small-7b")
    expect(page).to_have_url(f"{office.address}/conversations/{office.home.conversation_id}")
    handler = at_the_conversation(chromium, office, KARIN)
    handler.locator("details.turn summary").click()
    expect(handler.locator("details.turn")).to_contain_text("pris")
    expect(handler.get_by_role("link", name="Visa hela loggen")).to_have_count(0)
