"""The commands `ringback add pbx`, `add sip` and `add edge`: the three ways in which calls reach us."""

import re
from ipaddress import ip_address
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

Port = Annotated[int, typer.Option(min=1, max=65535)]
Secret = Annotated[
    str, typer.Option(help="Every user of the machine can read it; else it is asked for.")
]
SecretFile = Annotated[Path | None, typer.Option(help="Holds the secret, instead of --secret.")]


def check_host(host: str) -> None:
    """Refuses what is no name or address of a machine.

    Raises:
        BadInput: It is empty, or holds a port, a user or more.
    """
    if not host.strip():
        raise BadInput("Give the PBX's name or address; it is empty.")
    if _is_address(host):
        return
    if re.fullmatch(r"[^:]+:\d+", host):
        name, _, port = host.partition(":")
        raise BadInput(f"Give the port by itself: {name} --port {port}")
    if not re.fullmatch(r"[\w.-]+", host):
        raise BadInput(
            f"{host!r} is no name or address of a machine, like pbx.example or 192.0.2.10."
        )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _secret(given: str, file: Path | None) -> str:
    if given and file:
        raise BadInput("Give the secret once: --secret or --secret-file.")
    secret = text_of(file).strip() if file else given
    secret = secret or ("" if file else str(typer.prompt("Secret", hide_input=True)))
    if not secret:
        raise BadInput("The secret is empty.")
    return secret


def add_a_pbx(
    host: str,
    username: Annotated[str, typer.Option(help="The user in manager.conf.")],
    secret: Secret = "",
    secret_file: SecretFile = None,
    port: Port = 5038,
    tls: bool = False,
    name: Annotated[str, typer.Option(help="How staff call it; host:port when empty.")] = "",
    site: Annotated[Path | None, typer.Option(help="The PBX's site.toml.")] = None,
    company: CompanyId = "",
) -> None:
    """Add a PBX; a running Ringback connects to it within seconds."""

    async def work(db: Database, settings: Settings) -> str:
        check_host(host)
        word = _secret(secret, secret_file)
        text = text_of(site) if site else ""
        if text:
            Site.from_toml(text)  # a fault is told now, not at the next start
        row = PbxRow(
            id=uuid4(),
            name=name or f"{host}:{port}",
            host=host,
            port=port,
            username=username,
            secret=word,
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
    secret: Secret = "",
    secret_file: SecretFile = None,
    port: Port = 5060,
    name: Annotated[str, typer.Option(help="How staff call it; user@host when empty.")] = "",
    options: Annotated[Path | None, typer.Option(help="TOML; see docs/sip.md.")] = None,
    company: CompanyId = "",
) -> None:
    """Add a PBX without AMI, which forwards to us the calls that nobody answered."""

    async def work(db: Database, settings: Settings) -> str:
        check_host(host)
        word = _secret(secret, secret_file)
        text = text_of(options) if options else ""
        load(SipAccount.from_toml(host, port, username, word, text))  # a fault is told now
        row = PbxRow(
            id=uuid4(),
            name=name or f"{username}@{host}",
            kind=PbxKind.SIP,
            host=host,
            port=port,
            username=username,
            secret=word,
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
