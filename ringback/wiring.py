"""All wiring: which part gets what, and the loops of one process in the order of the flow.

In: the settings. Out: a running product, until it is told to stop. Imported by the command line
alone; the one place that knows all parts.
"""

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from urllib.parse import unquote, urlsplit

import structlog

from dialogue.answers.trying import Trying
from dialogue.calendars.blocking import Blocking
from dialogue.calendars.http import Http
from dialogue.calendars.http import open_client as open_calendar_client
from dialogue.calendars.writing import Writing
from dialogue.handing_over import HANDOVER, HandingOver
from dialogue.holding import Holding
from dialogue.model.endpoints import read_endpoints
from dialogue.model.engine import Asks
from dialogue.promises.steps import Promises
from dialogue.reminding import Reminders
from dialogue.start import Start
from dialogue.turn import Turns
from pbx_adapter.edge.bus_faults import Broker
from pbx_adapter.edge.centre import Centre
from pbx_adapter.queues.at_edges import OffersAtEdges
from pbx_adapter.ringing.asking import Ringing
from pbx_adapter.ringing.automatic import Automatic
from pbx_adapter.ringing.hanging_up import HangingUp
from pbx_adapter.ringing.sweep import Sweep
from portal_api.app import application
from portal_api.assets import check_assets
from portal_api.visitors import Portal
from ringback import jobs
from ringback.clock import Clock, system_clock
from ringback.db import Database, check_reachable, open_database
from ringback.folder import one_process, read_by_others
from ringback.following import Following
from ringback.lines import keep_up
from ringback.schema import upgrade
from ringback.serving import server
from ringback.settings import Part, Settings
from ringback.store import wishes
from ringback.store.attempts import HANG_UP
from ringback.store.claims import RING
from ringback.store.companies import company_ids
from ringback.store.sms_numbers import numbers_elsewhere
from ringback.store.unanswered import UNANSWERED
from ringback.worker import Batch, Step, Worker, side_by_side
from sms_gateway.account_kinds import AccountSettings, Here
from sms_gateway.accounts import open_account, read_accounts
from sms_gateway.inbox import Inbox
from sms_gateway.outbox import Outbox
from sms_gateway.provider import Account, Connected
from sms_gateway.providers.http import Client, open_client
from sms_gateway.providers.phones import StoredPhones

ALL: tuple[Part, ...] = ("pbx", "sms", "dialogue", "portal")
_WORKERS = 2
_GOODBYE_S = 5.0  # for the last answers, and at most as long again to write them down
_STOPPED_WITHIN_S = 2 * _GOODBYE_S + 1
_SENDS = 64  # texts that one claim takes
_SENDS_REST_S = 0.02  # a person notices nothing, and a busy hour needs less work
_SENDS_PATIENCE_S = 0.05  # answers and their recording are waited for beside the next sends
_MODELS_PATIENCE_S = 1.0  # most models take less
_CALENDARS = 8  # at once; each bounds itself well within the lease
_TURNS = 16  # at once
_LOOKUPS = 16  # at once, for the provider has time-outs of its own
_RINGS = 16  # at once; each waits for the PBX to say that it has begun
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parts:
    """What the loops are made of."""

    settings: Settings
    db: Database
    clock: Clock
    accounts: Mapping[str, Account]
    inbox: Inbox
    calendars: Http | None = None
    models: Mapping[str, Asks] = field(default_factory=dict)  # endpoints, by name

    async def has_company(self) -> bool:
        """Whether anybody uses this installation yet."""
        async with self.db.read_across() as session:
            return bool(await company_ids(session))

    def steps(self, only: tuple[Part, ...]) -> dict[str, dict[str, Step | Batch]]:
        """Which step takes which kind of job, by team of workers: a slow provider holds up its own.

        Texts through others wait a moment at most (`Batch.patience_s`), for as the provider's texts
        come in, each claim of them keeps a worker so long.
        """
        settings = self.settings
        late = timedelta(minutes=settings.late_text_min)
        start = Start(self.db, self.clock, tuple(self.accounts), late, settings.address)
        outbox = Outbox(self.db, self.clock, self.accounts, settings.reconcile_after_s, _GOODBYE_S)
        teams: dict[str, dict[str, Step | Batch]] = {}
        if "dialogue" in only:
            steps = {"first_text": start.first_text, "close": start.close}
            teams["dialogue"] = {**steps, **self._dialogue()}
            teams["calendars"] = self._calendars()
        if "sms" in only:
            sends = Batch(
                outbox.send,
                _SENDS,
                _SENDS_REST_S,
                outbox.give_up,
                _SENDS_PATIENCE_S,
                lambda: outbox.is_full,
            )
            teams["sending"] = {"send": sends}
            looks_up = side_by_side(outbox.reconcile, _LOOKUPS, outbox.give_up_reconciling)
            teams["reconciling"] = {"reconcile": looks_up}
        return {team: steps for team, steps in teams.items() if steps}

    def _dialogue(self) -> dict[str, Step | Batch]:
        db, clock, address = self.db, self.clock, self.settings.address
        turns, handing_over = Turns(db, clock, models=self.models), HandingOver(db, clock, address)
        # Models may be slow, and hold up no others.
        patience_s = _MODELS_PATIENCE_S if self.models else None
        answers = side_by_side(turns.turn, _TURNS, turns.give_up)
        return {
            "turn": replace(answers, patience_s=patience_s),
            "release_hold": Holding(db, clock).release_hold,
            "remind": Reminders(db, clock, tuple(self.accounts), address).remind,
            HANDOVER: handing_over.escalate,
            UNANSWERED: handing_over.unanswered,
            **self._promises(),
        }

    def _promises(self) -> dict[str, Step | Batch]:
        """What callers who are to be rung are told."""
        promises = Promises(self.db, self.clock, tuple(self.accounts), self.settings.address)
        return {
            wishes.TEXT: promises.confirm,
            wishes.ALERT: promises.alert,
            wishes.EXPIRE: promises.expire,
            wishes.UNREACHED: promises.unreached,
        }

    def _calendars(self) -> dict[str, Step | Batch]:
        """Of a team of their own, for calendar servers may be slow."""
        if self.calendars is None:
            return {}
        writing = Writing(self.db, self.clock, self.calendars, self.settings.address)
        blocking = Blocking(self.db, self.clock, self.calendars)
        return {
            "calendar": side_by_side(writing.write, _CALENDARS, writing.give_up),
            "calendar_read": side_by_side(blocking.read, _CALENDARS, blocking.give_up),
        }

    def portal(self) -> Portal:
        """What the routes work with."""
        return Portal(
            db=self.db,
            clock=self.clock,
            csrf_key=sha256(self.db.master.index("key", "csrf")).digest(),
            secure=self.settings.address.startswith("https://"),
            language=self.settings.language,
            address=self.settings.address,
            webhooks={name: account.provider for name, account in self.accounts.items()},
            receive=self.inbox.receive,
            settle=self.inbox.settle,
            ask=Trying(self.db, self.clock).ask,
            try_calendar=Blocking(self.db, self.clock, self.calendars).try_it
            if self.calendars
            else None,
        )


@asynccontextmanager
async def open_parts(settings: Settings, clock: Clock = system_clock) -> AsyncIterator[Parts]:
    """Open the database, at its newest version, and the accounts with SMS providers.

    Raises:
        BadInput: The database or the file of accounts can't be used, or another process works in
            the folder.
        SealBroken: The master key is not the one that the companies' keys were wrapped with.
    """
    accounts = read_accounts(settings.sms_accounts)
    db = open_database(settings)
    try:
        with one_process(settings.var) if db.is_sqlite else nullcontext():
            await asyncio.to_thread(upgrade, settings)
            await check_reachable(db)
            await db.look_at_rows()
            await _try_the_master_key(db)
            await _say_what_is_odd(settings, db, accounts)
            async with (
                open_client() as client,
                open_calendar_client() as calendar_client,
                _open_models(settings) as models,
            ):
                inbox = Inbox(db, clock)
                opened = _open(accounts, settings, db, clock, inbox, client)
                calendars = Http(calendar_client, settings.near_calendars)
                yield Parts(settings, db, clock, opened, inbox, calendars, models)
    finally:
        await db.close()


@asynccontextmanager
async def _open_models(settings: Settings) -> AsyncIterator[Mapping[str, Asks]]:
    """The endpoints of models that companies may choose."""
    known = read_endpoints(settings.models)
    if not known:
        yield {}
        return
    from dialogue.model.endpoint import Endpoint  # half a second, which few installations need

    models = {name: Endpoint(one) for name, one in known.items()}
    try:
        yield models
    finally:
        for endpoint in models.values():
            await endpoint.aclose()


async def _try_the_master_key(db: Database) -> None:
    async with db.read_across() as session:
        companies = await company_ids(session)
    for company_id in companies[:1]:
        await db.keys(company_id)


async def _say_what_is_odd(
    settings: Settings, db: Database, accounts: Sequence[AccountSettings]
) -> None:
    """What does not stop the start, but would puzzle somebody later."""
    if settings.sms_accounts and read_by_others(settings.sms_accounts):
        log.warning(
            "sms_accounts_read_by_others", file=str(settings.sms_accounts), mend="chmod 600"
        )
    if settings.models and read_by_others(settings.models):
        log.warning("models_read_by_others", file=str(settings.models), mend="chmod 600")
    known = {account.name for account in accounts}
    async with db.read_across() as session:
        numbers = await numbers_elsewhere(session, known)
    for number in numbers:
        log.error("number_without_account", number=number.e164, account=number.account)


def _open(
    accounts: Sequence[AccountSettings],
    settings: Settings,
    db: Database,
    clock: Clock,
    inbox: Inbox,
    client: Client,
) -> dict[str, Account]:
    here = Here(settings.address, client, clock, StoredPhones(db), inbox.settle)
    return {account.name: open_account(account, here) for account in accounts}


async def run(
    parts: Parts,
    only: tuple[Part, ...] = ALL,
    *,
    listening: socket.socket | None = None,
    adjust: Callable[[Portal], Portal] | None = None,
) -> None:
    """Run the chosen parts until the process is told to stop (SIGINT, SIGTERM).

    Args:
        parts: From `open_parts`.
        only: Which parts this process runs.
        listening: The portal's port, from `listen`; needed for the part `portal`.
        adjust: What the demo adds to the portal.

    Raises:
        BadInput: The portal's assets are missing.
    """
    if listening and "portal" in only:
        check_assets()
    if parts.db.is_sqlite:
        async with parts.db.begin_across() as session:
            await jobs.release_all(session, parts.clock())
    gc.collect()
    gc.freeze()  # what stays for ever is not looked through again while calls are waiting
    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    async with asyncio.TaskGroup() as loops:
        pbxs = _Pbxs(parts) if "pbx" in only else None
        lines = [loops.create_task(work, name=name) for name, work in _lines(parts, only, pbxs)]
        teams = parts.steps(only) | (pbxs.steps() if pbxs else {})
        workers = [loops.create_task(work, name=name) for name, work in _workers(parts, teams)]
        if listening and "portal" in only:
            portal = parts.portal()
            app = application(adjust(portal) if adjust else portal)
            serves = server(app, parts.settings.proxies)
            serving = loops.create_task(serves.serve(sockets=[listening]), name="portal")
            await told_to_stop.wait()
            serves.should_exit = True
            await serving
        await told_to_stop.wait()
        for team in (workers, lines):  # the answers to texts under way come over the lines
            for task in team:
                task.cancel()
            if team:
                await asyncio.wait(team, timeout=_STOPPED_WITHIN_S)


_Loop = tuple[str, Coroutine[None, None, None]]


class _Pbxs:
    """The PBXs that this process hears and tells what to do."""

    def __init__(self, parts: Parts) -> None:
        db, clock, settings = parts.db, parts.clock, parts.settings
        self._db, self._clock = db, clock
        self._centre = Centre(db, _broker(settings), clock) if settings.mqtt_url else None
        self._following = Following(db, clock, settings.var, centre=self._centre)

    def lines(self) -> Iterator[_Loop]:
        """Calls heard, offers told, customers rung back."""
        db, clock, following = self._db, self._clock, self._following
        yield "pbx", following.run()
        if self._centre:
            yield "centre", self._centre.run()
            yield "edges' offers", OffersAtEdges(db, clock, following.execute, self._centre).run()
        yield "tries", Sweep(db, clock, following).run()
        yield "automatic", Automatic(db, clock, following).run()

    def steps(self) -> dict[str, dict[str, Step | Batch]]:
        """The team that rings."""
        ring = Ringing(self._db, self._clock, self._following).ring
        hang_up = HangingUp(self._db, self._clock, self._following).hang_up
        steps = {RING: ring, HANG_UP: hang_up}
        return {"ringing": {kind: side_by_side(step, _RINGS) for kind, step in steps.items()}}


def _lines(parts: Parts, only: tuple[Part, ...], pbxs: _Pbxs | None) -> Iterator[_Loop]:
    """What listens: to PBXs, to edges, to SMS providers that are connected."""
    if pbxs:
        yield from pbxs.lines()
    if "sms" in only:
        for name, account in parts.accounts.items():
            if isinstance(account.provider, Connected):
                line = partial(account.provider.run, parts.inbox.receive, parts.inbox.settle)
                yield f"sms-{name}", keep_up(name, line)


def _workers(parts: Parts, teams: Mapping[str, dict[str, Step | Batch]]) -> Iterator[_Loop]:
    """What takes jobs."""
    for team, steps in teams.items():
        for number in range(_WORKERS):
            worker = Worker(parts.db, parts.clock, steps, parts.settings.lease_s)
            yield f"{team}-{number}", worker.run()


def _broker(settings: Settings) -> Broker:
    url = urlsplit(settings.mqtt_url)
    tls = url.scheme == "mqtts"
    return Broker(
        url.hostname or "",
        url.port or (8883 if tls else 1883),
        unquote(url.username or ""),
        settings.mqtt_password.get_secret_value(),
        tls=tls,
        ca_file=settings.mqtt_ca,
    )
