"""Handlers who ring and write their notes over HTTP, while the product lives and dies.

In: a running `Product`. Out: a `Switchboard` whose clicks are requests to it; the rows are read beside it.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx

from portal_api.csrf import FIELD
from ringback.attempts import Outcome, Taken
from ringback.errors import Refused, TryAgain
from ringback.store.attempts import mine
from ringback.store.people import sign_in
from ringback.tables import CallbackRow
from tests.callback_story import add_company, rows_of
from tests.pbx_adapter.ringing.switchboard import Switchboard
from tests.product import Product

_PATIENCE_S = 60.0  # for a loaded machine
# Given up before the server does it, at five seconds: a click must not meet a line that is being closed.
_LIMITS = httpx.Limits(keepalive_expiry=1.0)
_COOKIE = "session"


@dataclass
class WebBoard(Switchboard):
    """Like its parent, with the product's own process at work.

    Attributes:
        product: Which.
        hands: Who is signed in, by the person's id.
    """

    product: Product = field(kw_only=True)
    hands: dict[UUID, httpx.AsyncClient] = field(default_factory=dict)

    def goes_ahead(self, more: timedelta) -> None:
        """Later, for the product too; it reads the file again and again."""
        self.clock.ahead += more
        new = self.folder / "ahead.new"
        new.write_text(f"{self.clock.ahead.total_seconds()}")
        new.replace(self.folder / "ahead")

    async def signs_in(self, user: UUID) -> None:
        """A browser of this handler's, at the list."""
        async with self.db.begin(self.company) as session:
            token = await sign_in(session, user, self.clock())
        client = httpx.AsyncClient(
            base_url=self.product.url,
            cookies={_COOKIE: token},
            headers={"Sec-Fetch-Site": "same-origin"},
            timeout=_PATIENCE_S,
            limits=_LIMITS,
        )
        self.hands[user] = client
        found = re.search(rf'name="{FIELD}" value="(\w+)"', (await client.get("/callbacks")).text)
        assert found, "The list's page has no form token."
        client.headers["X-CSRF-Token"] = found[1]

    async def ring(self, wish: UUID, handler: UUID) -> UUID:
        """The handler clicks; what became of a click that got no answer, the reloaded page tells."""
        try:
            answer = await self.asks(handler, wish, "ring", {"outside_why": "A test."})
        except httpx.TransportError:
            async with self.db.read(self.company) as session:
                own = await mine(session, handler)
            if own is None:
                raise TryAgain("Ringback does not answer.") from None
            return own.id
        if answer.status_code != 202:
            raise Refused(answer.text)
        return UUID(answer.json()["attempt_id"])

    async def note(self, attempt_id: UUID, handler: UUID, outcome: Outcome) -> CallbackRow:
        """The note, sent again until the product takes it."""
        wish = (await self.attempt(attempt_id)).callback_id
        written = {"attempt_id": str(attempt_id), "outcome": outcome, "note": "Talade om tiden."}
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                try:
                    answer = await self.asks(handler, wish, "note", written)
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                else:
                    break
        if answer.status_code != 200:
            raise Taken("", self.clock())
        return await self.callback(wish)

    async def asks(
        self, handler: UUID, wish: UUID, act: str, told: Mapping[str, object]
    ) -> httpx.Response:
        return await self.hands[handler].post(f"/api/v1/callbacks/{wish}/{act}", json=told)


@asynccontextmanager
async def web_board(folder: Path, ami_port: int) -> AsyncIterator[WebBoard]:
    """The product, running, with a PBX, and nobody at work yet; its clock is `board.set_ahead`'s."""
    product = Product(folder, None)
    ahead = folder / "ahead"
    ahead.write_text("0")
    product.runs = (str(Path(__file__).with_name("callback_story_process.py")), str(ahead))
    await add_company(product)
    async with rows_of(product) as (db, company):
        board = WebBoard(db, company, ami_port, folder, product=product)
        await board.open()
        async with product:
            try:
                yield board
            finally:
                for client in board.hands.values():
                    await client.aclose()
