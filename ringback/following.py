"""Every PBX of every company followed, each on its own, and told what to do.

In: the database and where this process may keep files; commands. Out: calls, recorded; what became of
a command. A PBX that is added, changed or removed is noticed within seconds; what goes wrong with one
harms no other. A PBX behind an edge is followed there, and commands to it go through the centre's line.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.commands import Answer, Command, execute, untimely
from pbx_adapter.edge.centre import Centre
from pbx_adapter.link import LinkKind, LinkState
from pbx_adapter.queues.offering import Offering
from pbx_adapter.recorder import Recorder
from pbx_adapter.ringing.phones import Lines, Phones
from pbx_adapter.sink import DatabaseSink
from pbx_adapter.sip.account import SipAccount
from pbx_adapter.sip.listener import listen
from pbx_adapter.site import Site
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import BadInput, RingbackError
from ringback.pbx import PbxKind
from ringback.store.companies import company_ids, pbxs
from ringback.tables import PbxRow

LOOK_EVERY_S = 10.0
_AGAIN_AFTER_S = 60.0
_LINK_WITHIN_S = 5.0  # after a start a command may come before the login
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Pbx:
    """What of a row decides how the PBX is followed."""

    company_id: UUID
    name: str
    kind: str
    host: str
    port: int
    username: str
    secret: str
    tls: bool
    site: str

    @classmethod
    def of(cls, row: PbxRow) -> "_Pbx":
        return cls(**{name: getattr(row, name) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class _ByAmi:
    """A PBX that is followed by AMI, with what hears it."""

    recorder: Recorder
    site: Site
    offering: Offering
    begun_s: float


@dataclass(frozen=True, slots=True)
class _Edge:
    """A PBX that is followed by the edge at its site."""

    company_id: UUID
    site: str


class Following:
    """The links of one process; `run` until cancelled."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        folder: Path,
        look_every_s: float = LOOK_EVERY_S,
        centre: Centre | None = None,
    ) -> None:
        self._look_every_s = look_every_s
        self._centre = centre
        self._by_ami: dict[UUID, _ByAmi] = {}
        self._edges: dict[UUID, _Edge] = {}  # by PBX
        self._begun_s = -_LINK_WITHIN_S
        self._db = db
        self._clock = clock
        self._folder = folder
        self._links: dict[UUID, tuple[_Pbx, asyncio.Task[None]]] = {}

    async def run(self) -> NoReturn:
        """Look for PBXs every few seconds, and follow them."""
        self._begun_s = _now_s()
        async with asyncio.TaskGroup() as tasks:
            while True:
                wanted = await self._wanted()
                if wanted is not None:
                    await self._leave(wanted)
                    for pbx_id in wanted.keys() - self._links.keys():
                        pbx = wanted[pbx_id]
                        task = tasks.create_task(self._follow(pbx_id, pbx), name=f"pbx {pbx.name}")
                        self._links[pbx_id] = pbx, task
                await asyncio.sleep(self._look_every_s)

    def phones(self, pbx_id: UUID) -> Lines | None:
        """Who waits and who is free there; None while that is not known."""
        if self._centre is not None and pbx_id in self._edges:
            return self._centre.sight(self._edges[pbx_id].site)
        link = self._by_ami.get(pbx_id)
        if link is None or link.recorder.connection is None:
            return None
        return Phones(link.offering.queues, link.recorder.channels)

    async def execute(self, pbx_id: UUID, command: Command) -> Answer:
        """Have a PBX do something; whatever goes wrong is told in the answer.

        Only behind an edge an id is remembered: who asks sees to it that it asks once.
        """
        await self._while_starting(pbx_id)
        link = self._by_ami.get(pbx_id)
        if link is not None:
            late = untimely(command, self._clock())
            return late or await execute(command, link.recorder.connection, link.site)
        if self._centre is None or pbx_id not in self._edges:
            return Answer(command.id, False, "There is no connection to the PBX.")
        try:
            return await self._centre.send_command(self._edges[pbx_id].site, command)
        except RingbackError as fault:
            return Answer(command.id, False, str(fault), known=False)

    async def _while_starting(self, pbx_id: UUID) -> None:
        """Wait for the first login, as long as one takes."""
        while pbx_id not in self._edges:
            link = self._by_ami.get(pbx_id)
            begun_s = link.begun_s if link else self._begun_s
            if (link and link.recorder.connection) or _now_s() - begun_s > _LINK_WITHIN_S:
                return
            await asyncio.sleep(_LINK_WITHIN_S / 50)

    async def _wanted(self) -> dict[UUID, _Pbx] | None:
        """All PBXs that we connect to; None when the database does not tell."""
        found = dict[UUID, _Pbx]()
        try:
            async with self._db.read_across() as session:
                companies = await company_ids(session)
            for company_id in companies:
                found |= await self._of_company(company_id)
        except (SQLAlchemyError, RingbackError, OSError) as fault:
            log.error("pbxs_not_read", fault=str(fault))
            return None
        return found

    async def _of_company(self, company_id: UUID) -> Mapping[UUID, _Pbx]:
        """A company whose rows can't be opened harms no other: it keeps the links that it has."""
        try:
            async with self._db.read(company_id) as session:
                rows = await pbxs(session)
                self._note_edges(company_id, rows)
                return {row.id: _Pbx.of(row) for row in rows if row.kind != PbxKind.EDGE}
        except RingbackError as fault:
            log.error("pbxs_not_read", company=str(company_id), fault=str(fault))
            links = self._links.items()
            return {id_: pbx for id_, (pbx, _) in links if pbx.company_id == company_id}

    def _note_edges(self, company_id: UUID, rows: Sequence[PbxRow]) -> None:
        """A site may go to another PBX, or another company; whose it was gets nothing of it."""
        others = {id_: edge for id_, edge in self._edges.items() if edge.company_id != company_id}
        own = {row.id: row.username for row in rows if row.kind == PbxKind.EDGE}
        self._edges = others | {id_: _Edge(company_id, site) for id_, site in own.items()}

    async def _leave(self, wanted: Mapping[UUID, _Pbx]) -> None:
        """End the links of PBXs that are gone, and of those that were changed."""
        ending = []
        for pbx_id, (pbx, task) in list(self._links.items()):
            if wanted.get(pbx_id) != pbx:
                del self._links[pbx_id]
                self._by_ami.pop(pbx_id, None)
                task.cancel()
                ending.append(task)
        await asyncio.gather(*ending, return_exceptions=True)

    async def _follow(self, pbx_id: UUID, pbx: _Pbx) -> None:
        """Wrong settings are told in the portal; after a fault of ours it begins anew."""
        sink = DatabaseSink(self._db, self._clock, pbx.company_id, pbx_id)
        while True:
            try:
                link = self._link(pbx_id, pbx, sink)
            except BadInput as wrong:
                await self._say(sink, LinkKind.REFUSED, str(wrong))
                return
            try:
                await link
            except Exception:
                log.exception("pbx_link_failed", pbx=pbx.name)
                text = (
                    f"Ringback failed here and tries again in {_AGAIN_AFTER_S:.0f} s; see its log."
                )
                await self._say(sink, LinkKind.LOST, text)
                await asyncio.sleep(_AGAIN_AFTER_S)

    async def _say(self, sink: DatabaseSink, kind: LinkKind, text: str) -> None:
        try:
            await sink.keep_link(LinkState(kind, text, self._clock()))
        except RingbackError as fault:
            log.error("link_state_not_kept", fault=str(fault))

    def _link(self, pbx_id: UUID, pbx: _Pbx, sink: DatabaseSink) -> Awaitable[NoReturn]:
        """BadInput when what was written down about the PBX can't be used."""
        if pbx.kind == PbxKind.SIP:
            account = SipAccount.from_toml(pbx.host, pbx.port, pbx.username, pbx.secret, pbx.site)
            return listen(account, sink, self._folder / "sip" / str(pbx_id), clock=self._clock)
        site = Site.from_toml(pbx.site) if pbx.site else Site(name=pbx.name)
        address = PbxAddress(pbx.host, pbx.port, pbx.username, pbx.secret, pbx.tls)
        if site.ca_file:
            address = replace(address, ca_file=Path(site.ca_file))
        offering = Offering(self._db, self._clock, pbx.company_id, pbx_id)
        recorder = Recorder(address, site, sink, self._clock, listeners=[offering])
        self._by_ami[pbx_id] = _ByAmi(recorder, site, offering, _now_s())
        return recorder.run()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
