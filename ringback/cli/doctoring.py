"""The command `ringback doctor`: says what is wrong with a PBX or an SMS account, and how to mend it.

In: the name of a PBX that has been added, or an address; what may be done to it; or `--sms`. Out: one line for
each finding as it comes, or one JSON object per line. Exit code 0 without faults, 1 with, 2 for wrong
use. A secret comes from the database, a file or standard input, never from the command line,
which every user of the machine can read.
"""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.doctor import Finding, Kind, Wishes, examine
from pbx_adapter.doctor.listening import RING_S
from pbx_adapter.site import Site
from ringback.cli.doctoring_sms import examine_accounts
from ringback.db import Database, open_database
from ringback.errors import BadInput, RingbackError
from ringback.logs import set_up_logs
from ringback.pbx import PbxKind
from ringback.schema import upgrade
from ringback.settings import read_settings
from ringback.store.companies import company_ids, pbxs
from ringback.tables import PbxRow

_CHECK_WIDTH = 12
_WORTH_SAYING_S = 10


def doctor(
    name: Annotated[
        str, typer.Argument(help="A PBX of `ringback list`; the only one if empty.")
    ] = "",
    host: Annotated[str, typer.Option(help="Instead of a name: where the PBX is.")] = "",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 5038,
    user: Annotated[str, typer.Option(help="The user in manager.conf.")] = "",
    secret_file: Annotated[
        Path | None, typer.Option(help="Holds the user's secret; else it is asked for.")
    ] = None,
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="Read the secret from standard input.")
    ] = False,
    tls: Annotated[bool, typer.Option("--tls", help="The port speaks TLS.")] = False,
    ca_file: Annotated[Path | None, typer.Option(help="The certificate to trust, PEM.")] = None,
    site: Annotated[Path | None, typer.Option(help="The PBX's site.toml.")] = None,
    call: Annotated[
        str, typer.Option(metavar="PHONE", help="Ring this phone as a test: 101.")
    ] = "",
    test_call: Annotated[
        bool, typer.Option("--test-call", help="Make a test call that rings nobody.")
    ] = False,
    listen: Annotated[float, typer.Option(min=0, max=600, help="Seconds to wait for calls.")] = 3.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    sms: Annotated[
        bool, typer.Option("--sms", help="Instead of a PBX: the accounts with SMS providers.")
    ] = False,
) -> None:
    """Examine a PBX or the SMS accounts: what is wrong, and how to mend it."""
    set_up_logs(logging.WARNING)
    try:
        if sms:
            if name or host:
                raise BadInput("--sms examines the accounts instead of a PBX; name no PBX.")
            raise SystemExit(1 if asyncio.run(_accounts(as_json)) else 0)
        if host:
            pbx, written = _addressed(name, host, port, user, secret_file, secret_stdin, tls), ""
        else:
            pbx, written = _added(name)
        pbx = _trusting(pbx, ca_file)
        known = Site.from_toml(_read(site) if site else written)
        wishes = Wishes(listen_s=listen, test_call=test_call, phone=call)
        if listen >= _WORTH_SAYING_S:
            typer.echo(f"Listens for up to {listen:g} s: ring the company now.", err=True)
        if call:
            typer.echo(f"Rings {call} for up to {RING_S} s; nobody needs to answer.", err=True)
        faults = asyncio.run(_tell(examine(pbx, known, wishes), as_json))
    except RingbackError as wrong:
        typer.echo(str(wrong), err=True)
        raise SystemExit(2) from wrong
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    if faults:
        raise SystemExit(1)


async def _accounts(as_json: bool) -> int:
    settings = read_settings()
    db = open_database(settings)
    try:
        await asyncio.to_thread(upgrade, settings)
        return await _tell(examine_accounts(db, settings), as_json)
    finally:
        await db.close()


async def _tell(found: AsyncGenerator[Finding, None], as_json: bool) -> int:
    """Prints the findings as they come; returns how many are faults."""
    faults = 0
    async with aclosing(found) as findings:
        async for finding in findings:
            faults += finding.kind is Kind.FAULT
            text = json.dumps(asdict(finding), ensure_ascii=False) if as_json else _line(finding)
            typer.echo(text)
    return faults


def _line(finding: Finding) -> str:
    line = f"{finding.kind:8} {finding.check:{_CHECK_WIDTH}} {finding.text}"
    return f"{line}\n{'':9}{'':{_CHECK_WIDTH}} → {finding.mend}" if finding.mend else line


def _addressed(
    name: str,
    host: str,
    port: int,
    user: str,
    secret_file: Path | None,
    secret_stdin: bool,
    tls: bool,
) -> PbxAddress:
    if name:
        raise BadInput("Name a PBX that has been added, or give --host; not both.")
    if not user:
        raise BadInput("Say with --user which user of manager.conf logs in.")
    return PbxAddress(host, port, user, _secret(secret_file, secret_stdin), tls=tls)


def _secret(file: Path | None, from_stdin: bool) -> str:
    if file and from_stdin:
        raise BadInput("Give the secret once: --secret-file or --secret-stdin.")
    if file:
        secret = _read(file)
    elif from_stdin:
        secret = sys.stdin.readline()
    elif sys.stdin.isatty():
        secret = str(typer.prompt("Secret", hide_input=True))
    else:
        raise BadInput("Give the user's secret with --secret-file or --secret-stdin.")
    if not (secret := secret.strip()):
        raise BadInput("The secret is empty.")
    return secret


def _trusting(pbx: PbxAddress, ca_file: Path | None) -> PbxAddress:
    if ca_file and not pbx.tls:
        raise BadInput("--ca-file is for a port that speaks TLS; add --tls.")
    return PbxAddress(pbx.host, pbx.port, pbx.username, pbx.secret, tls=pbx.tls, ca_file=ca_file)


def _added(name: str) -> tuple[PbxAddress, str]:
    """A PBX from the database, with the text of its site file."""

    async def work() -> PbxRow:
        settings = read_settings()
        db = open_database(settings)
        try:
            await asyncio.to_thread(upgrade, settings)
            return _meant(await _pbxs(db), name)
        finally:
            await db.close()

    row = asyncio.run(work())
    if row.kind == PbxKind.EDGE:
        raise BadInput(
            f"The PBX {row.name} is behind an edge: run `ringback doctor --host` on its machine."
        )
    if row.kind != PbxKind.AMI:
        raise BadInput(
            f"The PBX {row.name} is not connected to by AMI: there is nothing to ask it."
        )
    return PbxAddress(row.host, row.port, row.username, row.secret, tls=row.tls), row.site


async def _pbxs(db: Database) -> list[PbxRow]:
    async with db.read_across() as session:
        companies = await company_ids(session)
    found = list[PbxRow]()
    for company in companies:
        async with db.read(company) as session:
            found += await pbxs(session)
    return found


def _meant(known: list[PbxRow], name: str) -> PbxRow:
    found = [row for row in known if (row.name == name if name else row.kind == PbxKind.AMI)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(row.name for row in known)
    if not known:
        raise BadInput("There is no PBX yet. Give --host, or add one: ringback add pbx HOST")
    if name and not found:
        raise BadInput(f"There is no PBX {name!r}; there are {names}.")
    raise BadInput(f"Say which PBX: {names}. Of two with one name, give one by --host.")


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as refused:
        raise BadInput(f"{path} can't be read as text: {refused}.") from refused
