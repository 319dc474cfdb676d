"""The real portal on a real SQLite database: two companies, their people, one conversation each.

In: a folder. Out: a `House` whose `visit` gives a browser-like client of the application.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from portal_api.app import application, routes
from portal_api.csrf import form_token
from portal_api.passwords import hash_password
from portal_api.visitors import Portal
from ringback.bookings import Slot
from ringback.calls import Call, Direction, EndedBy, Outcome, Reason
from ringback.db import Database
from ringback.messages import Inbound, Receipt, WebhookAnswer, WebhookRequest
from ringback.sample import salon
from ringback.schema import upgrade
from ringback.settings import read_settings
from ringback.store.bookings import book
from ringback.store.calls import record_call
from ringback.store.companies import add_company
from ringback.store.conversations import add_received, open_conversation, queue_text
from ringback.store.people import account, add_user, email_index, sign_in
from ringback.tables import PbxRow
from tests.engines import Engines

DOMAIN = "portal.test"
URL = f"http://{DOMAIN}"
PASSWORD = "correct horse battery"
HASHED = hash_password(PASSWORD)
OUR_NUMBER = "+46701740690"
FILE = "ringback.sqlite"


@dataclass
class Home:
    """One company's things."""

    company_id: UUID
    pbx_id: UUID
    conversation_id: UUID
    caller: str
    secret_words: str


class Provider:
    """Takes every webhook whose secret is right."""

    webhook_answer = WebhookAnswer()

    def verify(self, request: WebhookRequest) -> bool:
        return request.path.split("/")[-2] == "right-secret"

    def parse_inbound(self, request: WebhookRequest) -> list[Inbound]:
        form = request.form
        now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        return [Inbound("46elks", form["id"], form["from"], form["to"], form["message"], now)]

    def parse_status(self, request: WebhookRequest) -> list[Receipt]:
        return []


class House:
    """The application and what lives in it."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db = db
        self._folder = folder
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.received: list[Inbound] = []
        self.portal = Portal(
            db=db,
            clock=lambda: self.now,
            csrf_key=b"k" * 32,
            secure=False,
            language="sv",
            webhooks={"46elks": Provider()},
            receive=self._receive,
            settle=self._settle,
        )
        self.routes: FastAPI = routes(self.portal)
        self.app = application(self.portal)

    async def move_in(self, name: str, role: str, caller: str) -> Home:
        """A company with a user `<role>@<name>.example`, a missed call, a thread and a booking."""
        document = salon().model_copy(update={"id": name, "name": f"Salong {name}"})
        company_id = await add_company(self.db, document, self.now)
        pbx_id, words = uuid4(), f"hemligt om {name}"
        async with self.db.begin(company_id) as session:
            session.add(
                PbxRow(id=pbx_id, name="x", host="h", port=1, username="u", secret="s", site="")
            )
            await session.flush()
            call = await record_call(session, pbx_id, self.missed_call(caller), self.now)
            conversation = await open_conversation(session, caller, OUR_NUMBER, "sv", self.now)
            assert call is not None
            call.conversation_id = conversation.id
            await queue_text(session, conversation, f"first:{name}", "Hej från oss", self.now)
            await add_received(session, conversation, "46elks", f"in-{name}", words, self.now)
            starts = datetime(2026, 11, 24, 9, tzinfo=UTC)
            slot = Slot("herr", "Jonas", starts, starts + timedelta(minutes=30))
            zone = document.timezone
            await book(session, slot, caller, f"b:{name}", zone, self.now, conversation.id)
        await self.add_person(company_id, f"{role}@{name}.example", role)
        return Home(company_id, pbx_id, conversation.id, caller, words)

    async def add_person(self, company_id: UUID, email: str, role: str) -> None:
        async with self.db.begin(company_id) as session:
            await add_user(
                session,
                self.db.master,
                email=email,
                name=f"Karin {role}",
                role=role,
                password_hash=HASHED,
                language="sv",
                now=self.now,
            )

    def missed_call(self, caller: str, uniqueid: str = "") -> Call:
        start = self.now.timestamp() - 60
        return Call(
            uniqueid=uniqueid or f"{caller}.1",
            direction=Direction.INBOUND,
            caller=caller,
            caller_e164=caller,
            withheld=False,
            did="0846500410",
            did_e164="+46846500410",
            callee=None,
            outcome=Outcome.MISSED,
            reason=Reason.ABANDONED_IN_QUEUE,
            queues=("kundtjanst",),
            rang=(),
            answered_by=None,
            ended_by=EndedBy.CALLER,
            wait_s=42.0,
            talk_s=0.0,
            start=start,
            end=start + 42,
        )

    @asynccontextmanager
    async def visit(self, email: str = "") -> AsyncIterator[httpx.AsyncClient]:
        """A client with the browser's headers, signed in when an address is given.

        Without the password, whose check takes long by design: `test_signing_in` is about that.
        """
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        headers = {"Sec-Fetch-Site": "same-origin"}
        async with httpx.AsyncClient(transport=transport, base_url=URL, headers=headers) as client:
            if email:
                token = await self.sign_in(email)
                client.cookies.set(self.portal.cookie, token, DOMAIN)
            yield client

    async def sign_in(self, email: str) -> str:
        """A new sign-in of this person; the token for the cookie."""
        async with self.db.read_across() as session:
            found = await account(session, email_index(self.db.master, email))
        assert found, email
        async with self.db.begin(found.company_id) as session:
            return await sign_in(session, found.user_id, self.now)

    def token(self, client: httpx.AsyncClient) -> str:
        """The form token that this client's pages carry."""
        return form_token(self.portal.csrf_key, client.cookies["session"])

    def db_files(self) -> list[Path]:
        """All files of the database."""
        return list(self._folder.glob("ringback.sqlite*"))

    async def _receive(self, inbound: Inbound) -> None:
        self.received.append(inbound)

    async def _settle(self, receipt: Receipt) -> None:
        raise AssertionError("no receipt was posted")


@asynccontextmanager
async def open_house(folder: Path, engines: Engines) -> AsyncIterator[House]:
    """A house on a new database."""
    (folder / FILE).write_bytes(_upgraded())
    async with engines.opened(read_settings(var=folder, _env_file=None)) as db:
        yield House(db, folder)


@cache
def _upgraded() -> bytes:
    """A database with all tables, to be copied: faster than the migrations."""
    with TemporaryDirectory() as folder:
        settings = read_settings(var=Path(folder), _env_file=None)
        upgrade(settings)
        return (settings.var / FILE).read_bytes()
