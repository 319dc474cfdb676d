"""The commands `ringback add …`, `list` and `remove …`: companies, their people, PBXs and numbers for texts.

In: options and files. Out: rows. Everything is checked before anything is asked for or written.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from secrets import token_bytes
from typing import Annotated
from uuid import UUID, uuid4

import typer
import yaml
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from pbx_adapter.site import Site
from portal_api.passwords import hash_password
from ringback.business import Business
from ringback.clock import system_clock
from ringback.db import Database, open_database
from ringback.errors import BadInput, RingbackError
from ringback.phone import to_e164
from ringback.schema import upgrade
from ringback.settings import Settings, read_settings
from ringback.store.companies import add_company, company_ids, pbxs
from ringback.store.companies import company as own_company
from ringback.store.people import add_user
from ringback.tables import CompanyRow, PbxRow, SmsNumberRow, UserRow

add = typer.Typer(help="Add a company, a user, a PBX or a number.", no_args_is_help=True)
remove = typer.Typer(help="Remove a PBX or a number; shut a user out.", no_args_is_help=True)

ROLES = ("handler", "supervisor", "admin", "auditor", "operator")
CompanyId = Annotated[str, typer.Option(help="The company's id; not needed while there is one.")]
Work = Callable[[Database, Settings], Awaitable[str]]


@add.command("company")
def add_a_company(
    document: Annotated[Path, typer.Argument(help="The company's information, YAML.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Renew the information of the company there is.")
    ] = False,
    company: CompanyId = "",
) -> None:
    """Add a company from its document (hours, services, answers)."""

    async def work(db: Database, settings: Settings) -> str:
        business = _business(document)
        if replace:
            async with db.begin(await _company(db, company)) as session:
                row = await own_company(session)
                if row.business["id"] != business.id:
                    raise BadInput(
                        f"The document is about {business.id!r}, the company here is "
                        f"{row.business['id']!r}. Correct the id, or say which with --company."
                    )
                row.name, row.zone = business.name, business.timezone
                row.business = business.model_dump(mode="json")
            return f"Renewed {business.name}."
        if any(known.business["id"] == business.id for known in await _companies(db)):
            raise BadInput(f"There is a company {business.id!r} already; renew it with --replace.")
        return f"Added the company {await add_company(db, business, system_clock())}."

    _do(work)


@add.command("user")
def add_a_user(
    email: str,
    name: Annotated[str, typer.Option(prompt=True)],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    role: Annotated[str, typer.Option(help=", ".join(ROLES))] = "admin",
    company: CompanyId = "",
) -> None:
    """Add someone who may sign in."""

    async def work(db: Database, settings: Settings) -> str:
        if "@" not in email or not name.strip():
            raise BadInput("A user needs an e-mail address, like ellen@example.com, and a name.")
        if role not in ROLES:
            raise BadInput(f"There is no role {role!r}; choose of {', '.join(ROLES)}.")
        async with db.begin(await _company(db, company)) as session:
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


@add.command("pbx")
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
        text = _read(site) if site else ""
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
        async with db.begin(await _company(db, company)) as session:
            session.add(row)
        return f"Added the PBX {row.name}."

    _do(work)


@add.command("number")
def add_a_number(e164: str, company: CompanyId = "") -> None:
    """Add the number that the company's texts go out from."""

    async def work(db: Database, settings: Settings) -> str:
        ours = _number(e164)
        async with db.begin(await _company(db, company)) as session:
            session.add(SmsNumberRow(id=uuid4(), provider=settings.sms_provider, e164=ours))
        return f"Added {ours} at {settings.sms_provider}."

    _do(work)


@remove.command("pbx")
def remove_a_pbx(name: str, company: CompanyId = "") -> None:
    """Follow a PBX no more, from the next start; its calls stay."""

    async def work(db: Database, settings: Settings) -> str:
        async with db.begin(await _company(db, company)) as session:
            found = [row for row in await pbxs(session) if row.name == name]
            if not found:
                raise BadInput(f"There is no PBX {name!r}; see `ringback list`.")
            found[0].removed_at = now = system_clock()
            found[0].name = f"{name} ({now:%Y-%m-%d %H:%M:%S})"  # free for another
        return f"Removed the PBX {name}; restart Ringback."

    _do(work)


@remove.command("number")
def remove_a_number(e164: str, company: CompanyId = "") -> None:
    """Text from this number no more."""

    async def work(db: Database, settings: Settings) -> str:
        ours = _number(e164)
        async with db.begin(await _company(db, company)) as session:
            gone = delete(SmsNumberRow).where(SmsNumberRow.e164 == ours).returning(SmsNumberRow.id)
            if not (await session.scalars(gone)).all():
                raise BadInput(f"There is no number {ours}; see `ringback list`.")
        return f"Removed {ours}."

    _do(work)


@remove.command("user")
def remove_a_user(email: str, company: CompanyId = "") -> None:
    """Let someone in no more; what they did stays in the audit trail."""

    async def work(db: Database, settings: Settings) -> str:
        async with db.begin(await _company(db, company)) as session:
            users = await session.scalars(select(UserRow).where(UserRow.disabled_at.is_(None)))
            found = [user for user in users if user.email.casefold() == email.casefold()]
            if not found:
                raise BadInput(f"There is no user {email}; see `ringback list`.")
            found[0].disabled_at = system_clock()
            found[0].email_index = token_bytes(16)  # the address is free for a new account
        return f"{email} is shut out."

    _do(work)


def show() -> None:
    """List companies with their PBXs, numbers and users."""

    async def work(db: Database, settings: Settings) -> str:
        lines = []
        for company in await _companies(db):
            lines.append(f"{company.name}  {company.id}")
            async with db.read(company.id) as session:
                for pbx in await pbxs(session):
                    lines.append(f"  PBX {pbx.name}  {pbx.host}:{pbx.port}  {pbx.link_text}")
                for number in await session.scalars(select(SmsNumberRow)):
                    lines.append(f"  number {number.e164}  {number.provider}")
                for user in await session.scalars(
                    select(UserRow).where(UserRow.disabled_at.is_(None))
                ):
                    lines.append(f"  user {user.email}  {user.role}  {user.name}")
        return (
            "\n".join(lines) or "There is no company yet. Add one: ringback add company FILE.yaml"
        )

    _do(work)


def _do(work: Work) -> None:
    """Run a command's work on the database; our own errors become lines."""

    async def with_database() -> str:
        settings = read_settings()
        db = open_database(settings)
        try:
            await asyncio.to_thread(upgrade, settings)
            return await work(db, settings)
        except IntegrityError as twice:
            raise BadInput("That has been added before; see `ringback list`.") from twice
        finally:
            await db.close()

    try:
        typer.echo(asyncio.run(with_database()))
    except RingbackError as fault:
        typer.echo(str(fault), err=True)
        raise SystemExit(2) from fault


async def _companies(db: Database) -> list[CompanyRow]:
    async with db.read_across() as session:
        return list(await session.scalars(select(CompanyRow).order_by(CompanyRow.created_at)))


async def _company(db: Database, given: str) -> UUID:
    """The company that is meant: the given one, or the only one."""
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


def _number(written: str) -> str:
    ours = to_e164(written)
    if ours is None:
        raise BadInput(f"{written!r} is no telephone number; write it like +46…")
    return ours


def _business(path: Path) -> Business:
    try:
        return Business.from_document(yaml.safe_load(_read(path)))
    except yaml.YAMLError as wrong:
        raise BadInput(f"{path} is no YAML: {wrong}") from wrong
    except BadInput as wrong:
        raise BadInput(f"{path} can't be used.\n{wrong}") from wrong


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as refused:
        raise BadInput(f"{path} can't be read as text: {refused}.") from refused
