"""The real portal for a browser: on a port of 127.0.0.1, in a thread with a loop of its own.

In: a folder. Out: a `LiveHouse` with one company; `at` opens a page as one of its people.
"""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Browser, Page
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.serving import server
from ringback.store.conversations import add_received
from ringback.tables import ConversationRow, MessageRow
from tests.engines import Engines
from tests.portal_api.house import PASSWORD, Home, House, open_house

Result = TypeVar("Result")
KARIN, ERIK, ADMIN = "handler@saxen.example", "erik@saxen.example", "admin@saxen.example"


class LiveHouse:
    """The portal on a port, in a thread with a loop of its own."""

    def __init__(self, folder: Path, engines: Engines) -> None:
        self._folder, self._engines = folder, engines
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._open = AsyncExitStack()
        self.address = ""

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(100)

    def start(self) -> None:
        self._thread.start()
        self.do(self._start())

    async def _start(self) -> None:
        self.house: House = await self._open.enter_async_context(
            open_house(self._folder, self._engines)
        )
        self.home: Home = await self.house.move_in("saxen", "handler", "+46701740605")
        await self.house.add_person(self.home.company_id, ERIK, "supervisor")
        await self.house.add_person(self.home.company_id, ADMIN, "admin")
        listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._server = server(self.house.app, ())
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))

    async def caller_writes(self, text: str) -> None:
        async with self.house.db.begin(self.home.company_id) as session:
            talk = await session.get_one(ConversationRow, self.home.conversation_id)
            await add_received(session, talk, "46elks", text, text, datetime.now(UTC))

    async def text_of_caller(self, session: AsyncSession) -> MessageRow:
        query = select(MessageRow).where(MessageRow.direction == "in")
        return (await session.scalars(query)).one()

    async def written(self) -> list[str]:
        async with self.house.db.read(self.home.company_id) as session:
            query = select(MessageRow).where(MessageRow.author.startswith("user:"))
            query = query.order_by(MessageRow.number)
            return [row.text for row in await session.scalars(query)]

    def stop(self) -> None:
        async def end() -> None:
            self._server.should_exit = self._server.force_exit = True
            await self._serving
            await self._server.lifespan.shutdown()  # left out when an exit is forced
            streams = asyncio.all_tasks() - {asyncio.current_task()}
            for stream in streams:  # a page that is open still would hold it
                stream.cancel()
            if streams:  # cut off, they still close their sessions
                await asyncio.wait(streams, timeout=30)
            await self._open.aclose()

        self.do(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()


def signed_in(chromium: Browser, office: LiveHouse, email: str, **window: Any) -> Page:
    page = chromium.new_context(reduced_motion="reduce", locale="sv-SE", **window).new_page()
    page.goto(f"{office.address}/login")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    with page.expect_response("**/events*"):
        page.locator("[name=password]").press("Enter")
        page.wait_for_url("**/callbacks")
    return page


def at_the_conversation(chromium: Browser, office: LiveHouse, email: str) -> Page:
    page = signed_in(chromium, office, email)
    with page.expect_response("**/events*"):
        page.goto(f"{office.address}/conversations/{office.home.conversation_id}")
    return page
