"""All wiring: which part gets what, and the loops of one process in the order of the flow.

In: the settings. Out: a running product, until it is told to stop. Imported by the command line
alone; the one place that knows all parts.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe

import httpx
import structlog
import uvicorn
from starlette.types import ASGIApp

from dialogue.start import Start
from dialogue.turn import Turns
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.recorder import Pbx, Recorder
from pbx_adapter.site import Site
from portal_api.app import application
from portal_api.visitors import Portal
from ringback import jobs
from ringback.clock import Clock, system_clock
from ringback.db import Database, check_reachable, open_database
from ringback.errors import BadInput
from ringback.schema import upgrade
from ringback.settings import Part, Settings
from ringback.store.companies import company_ids, pbxs
from ringback.worker import Step, Worker
from sms_gateway.elks import Elks, ElksAccount
from sms_gateway.inbox import Inbox
from sms_gateway.outbox import Outbox
from sms_gateway.phones import StoredPhones
from sms_gateway.provider import Provider
from sms_gateway.simulator import Simulator

ALL: tuple[Part, ...] = ("pbx", "sms", "dialogue", "portal")
_WORKERS = 2
_NEW_PBX_EVERY_S = 10.0
_GOODBYE_S = 3
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parts:
    """What the loops are made of."""

    settings: Settings
    db: Database
    clock: Clock
    provider: Provider
    inbox: Inbox

    def steps(self, only: tuple[Part, ...]) -> dict[str, Step]:
        """Which step takes which kind of job."""
        settings = self.settings
        late = timedelta(minutes=settings.late_text_min)
        start = Start(self.db, self.clock, self.provider.name, late)
        turns = Turns(self.db, self.clock)
        outbox = Outbox(self.db, self.clock, self.provider, settings.reconcile_after_s)
        steps: dict[str, Step] = {}
        if "dialogue" in only:
            steps |= {"first_text": start.first_text, "turn": turns.turn, "close": start.close}
        if "sms" in only:
            steps |= {"send": outbox.send, "reconcile": outbox.reconcile}
        return steps

    def portal(self) -> Portal:
        """What the routes work with."""
        return Portal(
            db=self.db,
            clock=self.clock,
            csrf_key=sha256(self.db.master.index("key", "csrf")).digest(),
            secure=self.settings.address.startswith("https://"),
            language=self.settings.language,
            provider=self.provider,
            receive=self.inbox.receive,
            settle=self.inbox.settle,
        )


@asynccontextmanager
async def open_parts(settings: Settings, clock: Clock = system_clock) -> AsyncIterator[Parts]:
    """Open the database, at its newest version, and the SMS provider."""
    db = open_database(settings)
    try:
        await asyncio.to_thread(upgrade, settings)
        await check_reachable(db)
        async with httpx.AsyncClient() as client:
            inbox = Inbox(db, clock, settings.sms_provider)
            yield Parts(settings, db, clock, _provider(settings, db, clock, inbox, client), inbox)
    finally:
        await db.close()


def _provider(
    settings: Settings, db: Database, clock: Clock, inbox: Inbox, client: httpx.AsyncClient
) -> Provider:
    secret = settings.webhook_token.get_secret_value() or token_urlsafe(24)
    if settings.sms_provider == "simulator":
        return Simulator(StoredPhones(db), inbox.settle, secret, clock)
    account = ElksAccount(
        username=settings.elks_username,
        password=settings.elks_password.get_secret_value(),
        hook_url=f"{settings.address}/webhooks/46elks",
        hook_secret=secret,
        allowed_sources=settings.webhook_sources,
        base_url=settings.elks_url,
    )
    return Elks(account, client, clock)


async def run(
    parts: Parts, only: tuple[Part, ...] = ALL, adjust: Callable[[Portal], Portal] | None = None
) -> None:
    """Run the chosen parts until the process is told to stop.

    Args:
        parts: From `open_parts`.
        only: Which parts this process runs.
        adjust: What the demo adds to the portal.
    """
    listening = _listen(parts.settings) if "portal" in only else None
    if parts.db.is_sqlite:
        async with parts.db.begin_across() as session:
            await jobs.release_all(session, parts.clock())
    portal = parts.portal()
    async with asyncio.TaskGroup() as loops:
        tasks = []
        if "pbx" in only:
            tasks.append(loops.create_task(_follow_pbxs(parts), name="pbx"))
        if steps := parts.steps(only):
            for number in range(_WORKERS):
                worker = Worker(parts.db, parts.clock, steps, parts.settings.lease_s)
                tasks.append(loops.create_task(worker.run(), name=f"worker-{number}"))
        if listening:
            app = application(adjust(portal) if adjust else portal)
            await _serve(app, listening)
            for task in tasks:
                task.cancel()


async def _follow_pbxs(parts: Parts) -> None:
    """A recorder for every PBX of every company; new ones are found within seconds."""
    followed = set()
    async with asyncio.TaskGroup() as links:
        while True:
            for pbx in await _known_pbxs(parts.db):
                if pbx.pbx_id not in followed:
                    followed.add(pbx.pbx_id)
                    recorder = Recorder(parts.db, parts.clock, pbx)
                    links.create_task(recorder.run(), name=f"pbx {pbx.address}")
            await asyncio.sleep(_NEW_PBX_EVERY_S)


async def _known_pbxs(db: Database) -> list[Pbx]:
    async with db.read_across() as session:
        companies = await company_ids(session)
    known = []
    for company_id in companies:
        async with db.read(company_id) as session:
            for row in await pbxs(session):
                address = PbxAddress(row.host, row.port, row.username, row.secret, row.tls)
                site = Site.from_toml(row.site) if row.site else Site(name=row.name)
                known.append(Pbx(company_id, row.id, address, site))
    return known


def _listen(settings: Settings) -> socket.socket:
    """The portal's port, taken before anything else starts."""
    listening = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as refused:
        listening.close()
        raise BadInput(
            f"Port {settings.port} on {settings.host} can't be used ({refused.strerror}). "
            "Stop the program that has it, or set RINGBACK_PORT to another."
        ) from refused
    return listening


async def _serve(app: ASGIApp, listening: socket.socket) -> None:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # addresses and paths stay out of the log
        timeout_graceful_shutdown=_GOODBYE_S,  # live streams never end by themselves
        proxy_headers=True,
        server_header=False,
    )
    await uvicorn.Server(config).serve(sockets=[listening])
