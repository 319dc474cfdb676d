"""The commands `ringback add pbx`, `add sip` and `add edge`: the three ways in which calls reach us."""

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from pbx_adapter.edge.settings import edge_toml
from pbx_adapter.edge.topics import check_site
from pbx_adapter.sip.account import SipAccount
from pbx_adapter.sip.prompts import load
from pbx_adapter.site import Site
from ringback.cli.finishing import text_of
from ringback.cli.rows import CompanyId, company_of, do
from ringback.db import Database
from ringback.errors import BadInput
from ringback.pbx import PbxKind
from ringback.settings import Settings
from ringback.store.edges import site_is_taken
from ringback.tables import PbxRow


def add_a_pbx(
    host: str,
    username: Annotated[str, typer.Option(help="The user in manager.conf.")],
    secret: Annotated[str, typer.Option(prompt=True, hide_input=True)],
    port: int = 5038,
    tls: bool = False,
    name: Annotated[str, typer.Option(help="How staff call it; host:port when empty.")] = "",
    site: Annotated[Path | None, typer.Option(help="The PBX's site.toml.")] = None,
    company: CompanyId = "",
) -> None:
    """Add a PBX; a running Ringback connects to it within seconds."""

    async def work(db: Database, settings: Settings) -> str:
        text = text_of(site) if site else ""
        if text:
            Site.from_toml(text)  # a fault is told now, not at the next start
        row = PbxRow(
            id=uuid4(),
            name=name or f"{host}:{port}",
            host=host,
            port=port,
            username=username,
            secret=secret,
            tls=tls,
            site=text,
        )
        async with db.begin(await company_of(db, company)) as session:
            session.add(row)
        return f"Added the PBX {row.name}."

    do(work)


def add_a_sip_pbx(
    host: str,
    username: Annotated[str, typer.Option(help="The extension that Ringback registers as.")],
    secret: Annotated[str, typer.Option(prompt=True, hide_input=True)],
    port: int = 5060,
    name: Annotated[str, typer.Option(help="How staff call it; user@host when empty.")] = "",
    options: Annotated[Path | None, typer.Option(help="TOML; see docs/sip.md.")] = None,
    company: CompanyId = "",
) -> None:
    """Add a PBX without AMI, which forwards to us the calls that nobody answered."""

    async def work(db: Database, settings: Settings) -> str:
        text = text_of(options) if options else ""
        load(SipAccount.from_toml(host, port, username, secret, text))  # a fault is told now
        row = PbxRow(
            id=uuid4(),
            name=name or f"{username}@{host}",
            kind=PbxKind.SIP,
            host=host,
            port=port,
            username=username,
            secret=secret,
            site=text,
        )
        async with db.begin(await company_of(db, company)) as session:
            session.add(row)
        return f"Added the PBX {row.name}."

    do(work)


def add_an_edge(
    name: Annotated[str, typer.Argument(help="How staff call the PBX.")],
    site: Annotated[str, typer.Option(help="The edge's name at the broker, like salon-mainst.")],
    company: CompanyId = "",
) -> None:
    """Add a PBX that `ringback edge` tells of; prints the settings file for it."""

    async def work(db: Database, settings: Settings) -> str:
        check_site(site)
        async with db.read_across() as session:
            if await site_is_taken(session, site):
                raise BadInput(f"There is a site {site!r} already. Choose another --site.")
        row = PbxRow(
            id=uuid4(), name=name, kind=PbxKind.EDGE, host="", port=0, username=site, secret=""
        )
        async with db.begin(await company_of(db, company)) as session:
            session.add(row)
        return edge_toml(name, site, settings.mqtt_url)

    do(work)
