"""What the staff see of texts that wait, were stopped or went out, and of the accounts they take."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select

from ringback.audit import first_break
from ringback.messages import MessageState
from ringback.store.callbacks import want_callback
from ringback.store.calls import record_call
from ringback.store.conversations import queue_text
from ringback.tables import (
    ApiKeyRow,
    AuditRow,
    CallbackRow,
    CallRow,
    ConversationRow,
    MessageRow,
    OptOutRow,
    SmsAccountRow,
    SmsNumberRow,
)
from ringback.tenancy import number_index
from tests.portal_api.house import OUR_NUMBER, Home, House

EMAIL = "handler@saxen.example"
SHOP = "+46846500411"


def told(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\N{NO-BREAK SPACE}", " ").split())


async def change_text(house: House, home: Home, **changed: object) -> None:
    """The conversation's first text as the outbox leaves it."""
    async with house.db.begin(home.company_id) as session:
        query = select(MessageRow).where(MessageRow.conversation_id == home.conversation_id)
        text = (await session.scalars(query.where(MessageRow.number == 1))).one()
        for name, value in changed.items():
            setattr(text, name, value)


async def pages(house: House, home: Home) -> list[str]:
    """The list and the conversation, in plain words."""
    async with house.visit(EMAIL) as client:
        paths = ("/missed", f"/conversations/{home.conversation_id}")
        return [told((await client.get(path)).text) for path in paths]


async def ring(house: House, home: Home, caller: str, why: str, *, withheld: bool = False) -> UUID:
    """A missed call that leads to no conversation but asks for a person."""
    async with house.db.begin(home.company_id) as session:
        told_call = house.missed_call(caller, f"{caller}.{uuid4()}")
        row = await record_call(session, home.pbx_id, told_call, house.now)
        assert row is not None
        row.text_withheld, row.withheld = why, withheld
        assert await want_callback(session, row, why, house.now)
        return row.id


async def press(
    house: House, client: httpx.AsyncClient, call_id: UUID, *ids: str
) -> httpx.Response:
    form = {"csrf": house.token(client), "callback": list(ids)}
    return await client.post(f"/calls/{call_id}/handled", data=form)


async def callbacks_of(house: House, home: Home, call_id: UUID) -> dict[str, str]:
    async with house.db.read(home.company_id) as session:
        rows = await session.scalars(select(CallbackRow).where(CallbackRow.call_id == call_id))
        return {str(row.id): row.state for row in rows}


async def test_held_text_tells_when_it_is_sent_and_why_it_waits(house: House, saxen: Home) -> None:
    until = house.now + timedelta(hours=19)
    await change_text(house, saxen, held_until=until, why="quiet_hours")
    for page in await pages(house, saxen):
        assert "Skickas kl 08:00" in page
        assert "Väntar tills de tysta timmarna är över" in page
        assert "Väntar på att skickas" not in page
    house.now = until
    for page in await pages(house, saxen):
        assert "Skickas kl" not in page
        assert "Väntar på att skickas" in page


async def test_text_that_our_rules_stopped_is_blamed_on_no_operator(
    house: House, saxen: Home
) -> None:
    await change_text(house, saxen, state=MessageState.REJECTED, why="company_month")
    for page in await pages(house, saxen):
        assert "Inte skickat Er budget för månaden är slut" in page
        assert "operatören" not in page
    await change_text(house, saxen, why="Blocked by Telia, off")
    for page in await pages(house, saxen):
        assert "operatören Blocked by Telia, off" in page
    await change_text(house, saxen, state=MessageState.FAILED, why="too_late")
    for page in await pages(house, saxen):
        assert "Inte skickat Väntade så länge" in page


async def test_sentence_of_our_own_gateway_is_told_in_the_readers_language(
    house: House, saxen: Home
) -> None:
    await change_text(house, saxen, why="No SMS account here has the number it is sent from.")
    for page in await pages(house, saxen):
        assert "Väntar på att skickas Inget sms-konto här har numret" in page


async def test_cost_author_and_account_stand_at_each_text(house: House, saxen: Home) -> None:
    async with house.db.begin(saxen.company_id) as session:
        for name in ("46elks", "modem"):
            session.add(SmsNumberRow(provider=name, e164=OUR_NUMBER))
        key = ApiKeyRow(id=uuid4(), name="Kassan", key_hash=b"k" * 32, created_at=house.now)
        session.add(key)
        talk = await session.get_one(ConversationRow, saxen.conversation_id)
        for author in (f"api:{key.id}", f"api:{uuid4()}", "api:?"):
            row = await queue_text(session, talk, author, "Er beställning", house.now)
            assert row is not None
            row.author = author
    await change_text(
        house, saxen, state=MessageState.DELIVERED, cost_e4=5_000, parts=2, provider="modem"
    )
    _, page = await pages(house, saxen)
    assert "Levererat 2 delar 0,50 kr via modem" in page
    assert page.count("Kassan") == 1
    assert page.count("Ett program hos er") == 2
    async with house.visit(EMAIL) as client:
        api = (await client.get(f"/api/v1/conversations/{saxen.conversation_id}")).json()
    assert [one["author"] for one in api["messages"]] == [
        "assistant",
        "caller",
        *["program"] * 3,
    ]
    assert (api["messages"][0]["cost_e4"], api["messages"][0]["account"]) == (5_000, "modem")


async def test_account_is_not_named_when_there_is_but_one(house: House, saxen: Home) -> None:
    await change_text(house, saxen, state=MessageState.DELIVERED, provider="46elks")
    assert "via 46elks" not in (await pages(house, saxen))[1]


async def test_second_call_and_who_said_stop_are_told_in_the_conversation(
    house: House, saxen: Home
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        again = house.missed_call(saxen.caller, "again.1")
        call = await record_call(session, saxen.pbx_id, again, house.now)
        assert call is not None
        call.conversation_id, call.text_withheld = saxen.conversation_id, "ongoing"
        session.add(
            OptOutRow(
                number_index=number_index(saxen.caller), told_by="provider", created_at=house.now
            )
        )
    _, page = await pages(house, saxen)
    assert "Inget sms skickat: En konversation pågår redan" in page
    assert "Kunden har bett operatören stoppa våra sms." in page


async def test_second_text_of_a_call_is_the_one_in_its_row(house: House, saxen: Home) -> None:
    await change_text(house, saxen, state=MessageState.DELIVERED)
    async with house.db.begin(saxen.company_id) as session:
        again = house.missed_call(saxen.caller, "again.2")
        call = await record_call(session, saxen.pbx_id, again, house.now)
        assert call is not None
        call.conversation_id = saxen.conversation_id
        talk = await session.get_one(ConversationRow, saxen.conversation_id)
        text = await queue_text(session, talk, f"first:{call.id}", "Hej igen", house.now)
        assert text is not None
        text.state = MessageState.FAILED
        second = str(call.id)
    async with house.visit(EMAIL) as client:
        items = (await client.get("/api/v1/missed-calls")).json()["items"]
    states = {item["id"] == second: item["text_state"] for item in items}
    assert states == {True: "failed", False: "delivered"}


async def test_call_without_a_conversation_asks_for_a_person_until_it_is_handled(
    house: House, saxen: Home
) -> None:
    call_id = await ring(house, saxen, SHOP, "not_mobile")
    async with house.visit(EMAIL) as client:
        page = (await client.get("/missed")).text
        (shown,) = re.findall(rf'action="/calls/{call_id}/handled".*?value="([^"]+)"', page, re.S)
        assert "Ringde från ett nummer som inte tar emot sms" in page
        assert "<dt>behöver en människa</dt><dd>1</dd>" in page
        (wish,) = await callbacks_of(house, saxen, call_id)
        assert shown == house.token(client)
        answer = await press(house, client, call_id, wish)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/missed#call-{call_id}")
        await press(house, client, call_id, wish)  # twice changes nothing more
        page = (await client.get("/missed")).text
    assert "<dt>behöver en människa</dt><dd>0</dd>" in page
    assert "Hanterad av personalen" in page
    assert f"/calls/{call_id}/handled" not in page
    async with house.db.read(saxen.company_id) as session:
        assert await first_break(session) is None
        query = select(AuditRow).where(AuditRow.action == "handle")
        (entry,) = (await session.scalars(query)).all()
    assert (entry.object_kind, entry.object_id) == ("call", str(call_id))


async def test_withheld_number_that_a_person_is_asked_about_shows_no_number(
    house: House, saxen: Home
) -> None:
    await ring(house, saxen, "+46701740622", "withheld", withheld=True)
    async with house.visit(EMAIL) as client:
        page = (await client.get("/missed")).text
        (item,) = [
            item
            for item in (await client.get("/api/v1/missed-calls")).json()["items"]
            if item["caller"] is None
        ]
    assert "Ringde från hemligt nummer" in page
    assert "070-174 06 22" not in page
    assert [wish["why"] for wish in item["wanted"]] == ["withheld"]
    assert item["conversation_state"] == "needs_person"


async def test_wish_in_a_conversation_is_not_handled_by_way_of_its_call(
    house: House, saxen: Home
) -> None:
    call_id = await ring(house, saxen, SHOP, "not_mobile")
    async with house.db.begin(saxen.company_id) as session:
        (row,) = await session.scalars(select(CallbackRow))
        row.conversation_id = saxen.conversation_id
        (await session.get_one(CallRow, call_id)).conversation_id = saxen.conversation_id
    async with house.visit(EMAIL) as client:
        assert f"/calls/{call_id}/handled" not in (await client.get("/missed")).text
        await press(house, client, call_id, str(row.id))
    assert list((await callbacks_of(house, saxen, call_id)).values()) == ["open"]


async def test_nothing_of_another_company_is_handled_nor_by_who_may_not(
    house: House, saxen: Home, luggen: Home
) -> None:
    call_id = await ring(house, luggen, SHOP, "not_mobile")
    own_id = await ring(house, saxen, "+46846500412", "not_mobile")
    (foreign,) = await callbacks_of(house, luggen, call_id)
    (own,) = await callbacks_of(house, saxen, own_id)
    await house.add_person(saxen.company_id, "auditor@saxen.example", "auditor")
    async with house.visit("auditor@saxen.example") as client:
        assert (await press(house, client, own_id, own)).status_code == 403
    async with house.visit(EMAIL) as client:
        assert (await press(house, client, call_id, foreign)).status_code == 404
        assert (await press(house, client, own_id, foreign)).status_code == 303
        assert (await press(house, client, own_id)).status_code == 400
        forged = {"callback": own, "csrf": "0" * 64}
        assert (await client.post(f"/calls/{own_id}/handled", data=forged)).status_code == 403
    assert await callbacks_of(house, luggen, call_id) == {foreign: "open"}
    assert await callbacks_of(house, saxen, own_id) == {own: "open"}


async def test_account_that_is_not_well_is_told_to_who_texts_through_it(
    house: House, saxen: Home, luggen: Home
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        session.add(SmsNumberRow(provider="46elks", e164=OUR_NUMBER))
    said = {"46elks": "The account has no credit left.", "other": "Somebody else's trouble."}
    async with house.db.begin_across() as session:
        for name, text in said.items():
            since = house.now - timedelta(hours=2)
            session.add(SmsAccountRow(name=name, state="down", text=text, since=since))
    page = (await pages(house, saxen))[0]
    assert "46elks : Tar inte emot våra sms. Sedan 20 nov. 11:00 ." in page
    assert said["46elks"] in page
    assert said["other"] not in page
    assert "Sms som väntar är inte förlorade" in page
    async with house.visit("admin@luggen.example") as client:
        assert "46elks" not in (await client.get("/missed")).text
    async with house.db.begin_across() as session:
        (await session.get_one(SmsAccountRow, "46elks")).state = "up"
    assert "Sms som väntar" not in (await pages(house, saxen))[0]
