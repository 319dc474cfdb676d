"""The live events over real HTTP: nothing is missed, nothing comes twice, nothing leaks."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest_asyncio
import uvicorn
from sqlalchemy import delete

from portal_api.app import application
from ringback.calls import Reason
from ringback.store.bookings import bookings_between, cancel
from ringback.store.calls import record_call
from ringback.store.changes import MOST_BEHIND, Kind, note_change
from ringback.store.conversations import (
    add_received,
    conversation_changed,
    open_conversation_with,
)
from ringback.store.gaps import note_link
from ringback.store.sms_accounts import tell_of_account
from ringback.tables import OptOutRow, PbxRow, SmsAccountRow, SmsNumberRow
from tests.portal_api.house import OUR_NUMBER, PASSWORD, Home, House
from tests.portal_api.test_texting_shown import callbacks_of, press, ring
from tests.portal_api.test_wanted import want

EMAIL = "handler@saxen.example"


@pytest_asyncio.fixture
async def url(house: House) -> AsyncIterator[str]:
    """The portal behind a real server, with a quick heart."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        app = application(replace(house.portal, beat_s=0.1))
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1, lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


@asynccontextmanager
async def browser(url: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        await client.post("/login", data={"email": EMAIL, "password": PASSWORD})
        yield client


class Stream:
    """Server-sent events as a browser reads them."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()
        self.last_id = ""

    async def next(self, within_s: float = 30.0) -> str:
        """What the next event that pages draw says."""
        async with asyncio.timeout(within_s):
            while True:
                name, said = await self._event()
                if not name:
                    return said

    async def next_named(self, within_s: float = 30.0) -> str:
        """The name of the next event that pages do not draw."""
        async with asyncio.timeout(within_s):
            while True:
                name, _ = await self._event()
                if name:
                    return name

    async def _event(self) -> tuple[str, str]:
        name, said = "", []
        async for line in self._lines:
            field, _, value = line.partition(": ")
            if field == "id":
                self.last_id = value
            elif field == "event":
                name = value
            elif field == "data":
                said.append(value)
            elif not line and said:
                return name, "\n".join(said)
        raise EOFError("the stream ended")

    async def end(self, within_s: float = 30.0) -> None:
        """Wait until the server ends it."""
        async with asyncio.timeout(within_s):
            async for _ in self._lines:
                pass


@asynccontextmanager
async def stream(client: httpx.AsyncClient, query: str, last_id: str = "") -> AsyncIterator[Stream]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with client.stream("GET", f"/events?{query}", headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = Stream(response)
        assert await events.next_named() == "beat"  # from here on it misses nothing
        yield events


async def miss_a_call(house: House, home: Home, caller: str) -> None:
    async with house.db.begin(home.company_id) as session:
        await record_call(session, home.pbx_id, house.missed_call(caller), house.now)


async def test_missed_call_arrives_as_a_new_row(house: House, saxen: Home, url: str) -> None:
    async with browser(url) as client, stream(client, "topic=missed&after=99") as events:
        await miss_a_call(house, saxen, "+46701740631")
        html = await events.next()
    assert "070-174 06 31" in html
    assert 'hx-target="#missed-rows"' in html


async def test_account_that_fails_is_told_at_once_and_so_is_its_mending(
    house: House, saxen: Home, url: str
) -> None:
    async with house.db.begin(saxen.company_id) as session:
        session.add(SmsNumberRow(provider="46elks", e164=OUR_NUMBER))
    async with browser(url) as client, stream(client, "topic=missed&after=99") as events:
        for state, told in (("down", True), ("up", False)):
            async with house.db.begin_across() as session:
                row = SmsAccountRow(name="46elks", state=state, text="no credit", since=house.now)
                await session.merge(row)
                await tell_of_account(session, "46elks", house.now)
            html = await events.next()
            assert 'hx-target="#sms-faults"' in html
            assert ("Tar inte emot våra sms." in html) == told


async def test_handled_call_changes_its_row_and_the_figures(
    house: House, saxen: Home, url: str
) -> None:
    call_id = await ring(house, saxen, "+46846500411", "not_mobile")
    (wish,) = await callbacks_of(house, saxen, call_id)
    async with browser(url) as client, stream(client, "topic=missed&after=99") as events:
        await press(house, client, call_id, wish)
        html = await events.next()
    assert f'hx-target="#call-{call_id}"' in html
    assert "Hanterad av personalen" in html
    assert "<dt>behöver en människa</dt><dd>0</dd>" in html


async def test_gap_arrives_when_it_begins_and_when_it_ends(
    house: House, saxen: Home, url: str
) -> None:
    async with browser(url) as client, stream(client, "topic=missed&after=99") as events:
        for state, minutes, said in (("up", 60, ""), ("lost", 20, "sedan dess"), ("up", 15, "–")):
            since = house.now - timedelta(minutes=minutes)
            async with house.db.begin(saxen.company_id) as session:
                await note_link(session, saxen.pbx_id, state, since, house.now)
                pbx = await session.get_one(PbxRow, saxen.pbx_id)
                pbx.link_state = state
            if said:
                assert said in await events.next()


async def test_what_happened_while_the_line_was_cut_comes_afterwards_and_once(
    house: House, saxen: Home, url: str
) -> None:
    async with browser(url) as client:
        async with stream(client, "topic=missed&after=99") as events:
            await miss_a_call(house, saxen, "+46701740631")
            await events.next()
            seen = events.last_id
        await miss_a_call(house, saxen, "+46701740632")
        async with stream(client, "topic=missed&after=99", seen) as events:
            html = await events.next()
            assert "070-174 06 32" in html
            await miss_a_call(house, saxen, "+46701740633")
            assert "070-174 06 33" in await events.next()


async def test_nothing_of_another_company_comes(
    house: House, saxen: Home, luggen: Home, url: str
) -> None:
    async with browser(url) as client, stream(client, "topic=missed&after=99") as events:
        await miss_a_call(house, luggen, "+46701740641")
        await miss_a_call(house, saxen, "+46701740631")
        html = await events.next()
    assert "070-174 06 31" in html
    assert "070-174 06 41" not in html


async def test_text_arrives_in_the_open_conversation_alone(
    house: House, saxen: Home, url: str
) -> None:
    query = f"topic=conversation&subject={saxen.conversation_id}&after=99"
    async with browser(url) as client, stream(client, query) as events:
        await miss_a_call(house, saxen, "+46701740631")
        async with house.db.begin(saxen.company_id) as session:
            conversation = await open_conversation_with(session, saxen.caller)
            assert conversation is not None
            await add_received(session, conversation, "46elks", "x2", "en till", house.now)
        html = await events.next()
    assert "en till" in html
    assert "06 31" not in html


async def test_handled_wish_leaves_everybodys_pages(house: House, saxen: Home, url: str) -> None:
    callback = await want(house, saxen, "complaint")
    thread = f"topic=conversation&subject={saxen.conversation_id}&after=99"
    async with (
        browser(url) as client,
        stream(client, thread) as conversation,
        stream(client, "topic=missed&after=99") as missed,
    ):
        form = {"csrf": house.token(client), "callback": callback}
        answer = await client.post(f"/conversations/{saxen.conversation_id}/handled", data=form)
        assert answer.status_code == 303
        for html in (await conversation.next(), await missed.next()):
            assert "Är missnöjd" not in html
            assert "Bokad" in html


async def test_stop_and_start_change_the_open_page(house: House, saxen: Home, url: str) -> None:
    query = f"topic=conversation&subject={saxen.conversation_id}&after=99"
    async with browser(url) as client, stream(client, query) as events:
        for stop in (True, False):
            async with house.db.begin(saxen.company_id) as session:
                talk = await open_conversation_with(session, saxen.caller)
                assert talk is not None
                if stop:
                    session.add(OptOutRow(number_index=talk.number_index, created_at=house.now))
                else:
                    await session.execute(delete(OptOutRow))
                await conversation_changed(session, talk, house.now)
            html = await events.next()
            assert 'hx-target="#opted-out"' in html
            assert ("Den som ringde vill inte ha sms" in html) is stop


async def test_new_call_and_moved_booking_of_the_caller_change_the_open_page(
    house: House, saxen: Home, url: str
) -> None:
    query = f"topic=conversation&subject={saxen.conversation_id}&after=99"
    async with browser(url) as client, stream(client, query) as events:
        await miss_a_call(house, saxen, "+46701740631")  # somebody else
        async with house.db.begin(saxen.company_id) as session:
            busy = replace(house.missed_call(saxen.caller, "again.1"), reason=Reason.BUSY)
            call = await record_call(session, saxen.pbx_id, busy, house.now)
            assert call is not None
            call.conversation_id = saxen.conversation_id
        html = await events.next()
        assert 'hx-target="#caller-calls"' in html
        assert "Upptaget" in html
        assert "Bokad" in html
        async with house.db.begin(saxen.company_id) as session:
            (row,) = await bookings_between(session, house.now, house.now + timedelta(days=7))
            await cancel(session, row, house.now)
        assert "Inga bokningar än" in await events.next()


async def test_position_of_a_database_that_was_restored_is_told_to_load_anew(
    house: House, saxen: Home, url: str
) -> None:
    async with browser(url) as client, stream(client, "topic=missed", "123456789") as events:
        assert await events.next_named() == "reload"
        await miss_a_call(house, saxen, "+46701740631")
        assert "070-174 06 31" in await events.next()


async def test_head_leaves_the_connection_fit_for_more(house: House, saxen: Home, url: str) -> None:
    async with browser(url) as client:
        assert (await client.head("/missed")).status_code == 200
        assert "Missade samtal" in (await client.get("/missed")).text


async def test_cancelled_booking_changes_its_day(house: House, saxen: Home, url: str) -> None:
    query = "topic=bookings&week=2026-11-23&after=99"
    async with browser(url) as client, stream(client, query) as events:
        async with house.db.begin(saxen.company_id) as session:
            week = (house.now, house.now + timedelta(days=7))
            (row,) = await bookings_between(session, *week)
            await cancel(session, row, house.now)
        drawn = [await events.next() for _ in range(7)]
    assert sum("Avbokad" in html for html in drawn) == 1


async def test_stream_ends_when_the_sign_in_does(house: House, saxen: Home, url: str) -> None:
    async with browser(url) as client, stream(client, "topic=missed&after=99") as events:
        await client.post("/logout", data={"csrf": house.token(client)})
        await events.end()


async def test_silent_line_still_beats(house: House, saxen: Home, url: str) -> None:
    async with browser(url) as client, stream(client, "topic=missed&after=99") as events:
        for _ in range(3):
            assert await events.next_named() == "beat"


async def test_page_that_is_too_far_behind_is_told_to_load_anew(
    house: House, saxen: Home, url: str
) -> None:
    for _ in range(MOST_BEHIND // 10 + 1):
        async with house.db.begin(saxen.company_id) as session:
            for _ in range(10):
                await note_change(session, Kind.BOOKING, saxen.conversation_id, house.now)
    async with browser(url) as client, stream(client, "topic=missed&after=1") as events:
        assert await events.next_named() == "reload"
        await miss_a_call(house, saxen, "+46701740631")
        assert "070-174 06 31" in await events.next()
