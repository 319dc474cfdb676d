"""`ringback add …`: the first company, its people, its PBX and its number for texts.

In: options and files. Out: rows. What is added here can later be changed in the portal.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer
import yaml
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from ringback.business import Business
from ringback.clock import system_clock
from ringback.db import Database, open_database
from ringback.errors import BadInput, RingbackError
from ringback.phone import to_e164
from ringback.schema import upgrade
from ringback.settings import Settings, read_settings
from ringback.store.companies import add_company, company_ids
from ringback.store.people import add_user
from ringback.tables import PbxRow, SmsNumberRow

app = typer.Typer(help="Add a company, a user, a PBX or a number for texts.", no_args_is_help=True)

ROLES = ("handler", "supervisor", "admin", "auditor", "operator")
CompanyId = Annotated[str, typer.Option(help="The company's id; not needed while there is one.")]


@app.command()
def company(
    document: Annotated[Path, typer.Argument(help="The company's information, YAML.")],
) -> None:
    """Add a company from its document (hours, services, answers)."""

    async def work(db: Database, settings: Settings) -> str:
        added = await add_company(db, _business(document), system_clock())
        return f"Added the company {added}."

    _do(work)


@app.command()
def user(
    email: str,
    name: Annotated[str, typer.Option(prompt=True)],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    role: Annotated[str, typer.Option(help=", ".join(ROLES))] = "admin",
    company: CompanyId = "",
) -> None:
    """Add someone who may sign in."""
    from portal_api.passwords import hash_password  # the portal's rules for passwords

    async def work(db: Database, settings: Settings) -> str:
        if role not in ROLES:
            raise BadInput(f"There is no role {role!r}; choose of {', '.join(ROLES)}.")
        company_id = await _company(db, company)
        async with db.begin(company_id) as session:
            await add_user(
                session,
                db.master,
                email=email,
                name=name,
                role=role,
                password_hash=hash_password(password),
                language=settings.language,
                now=system_clock(),
            )
        return f"Added {email}."

    _do(work)


@app.command()
def pbx(
    host: str,
    username: Annotated[str, typer.Option(help="The user in manager.conf.")],
    secret: Annotated[str, typer.Option(prompt=True, hide_input=True)],
    port: int = 5038,
    tls: bool = False,
    name: str = "PBX",
    site: Annotated[Path | None, typer.Option(help="The PBX's site.toml.")] = None,
    company: CompanyId = "",
) -> None:
    """Add a PBX; a running Ringback connects to it within seconds."""

    async def work(db: Database, settings: Settings) -> str:
        text = _read(site) if site else ""
        async with db.begin(await _company(db, company)) as session:
            session.add(
                PbxRow(
                    id=uuid4(),
                    name=name,
                    host=host,
                    port=port,
                    username=username,
                    secret=secret,
                    tls=tls,
                    site=text,
                )
            )
        return f"Added the PBX at {host}:{port}."

    _do(work)


@app.command()
def number(e164: str, company: CompanyId = "") -> None:
    """Add the number that the company's texts go out from."""

    async def work(db: Database, settings: Settings) -> str:
        ours = to_e164(e164)
        if ours is None:
            raise BadInput(f"{e164!r} is no telephone number; write it like +46…")
        async with db.begin(await _company(db, company)) as session:
            session.add(SmsNumberRow(id=uuid4(), provider=settings.sms_provider, e164=ours))
        return f"Added {ours} at {settings.sms_provider}."

    _do(work)


def _do(work: Callable[[Database, Settings], Awaitable[str]]) -> None:
    async def with_database() -> str:
        settings = read_settings()
        db = open_database(settings)
        try:
            await asyncio.to_thread(upgrade, settings)
            return await work(db, settings)
        except IntegrityError as twice:
            raise BadInput("That has been added before.") from twice
        finally:
            await db.close()

    try:
        typer.echo(asyncio.run(with_database()))
    except RingbackError as fault:
        typer.echo(str(fault), err=True)
        raise SystemExit(2) from fault


async def _company(db: Database, given: str) -> UUID:
    async with db.read_across() as session:
        known = await company_ids(session)
    if not given and len(known) == 1:
        return known[0]
    if not known:
        raise BadInput("There is no company yet. Add one first: ringback add company FILE.yaml")
    for company_id in known:
        if str(company_id) == given:
            return company_id
    raise BadInput(f"Say which company with --company: {', '.join(map(str, known))}.")


def _business(path: Path) -> Business:
    try:
        return Business.model_validate(yaml.safe_load(_read(path)))
    except (ValidationError, yaml.YAMLError) as wrong:
        raise BadInput(f"{path} can't be used:\n{wrong}") from wrong


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as refused:
        raise BadInput(f"{path} can't be read: {refused.strerror}.") from refused
