"""What the commands that add, list and remove share: the database opened, and the company found."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ringback.cli.finishing import finish
from ringback.db import Database, open_database
from ringback.errors import BadInput
from ringback.phone import to_e164
from ringback.schema import upgrade
from ringback.settings import Settings, read_settings
from ringback.store.companies import company_ids
from ringback.tables import CompanyRow, SmsNumberRow
from sms_gateway.account_kinds import AccountSettings, GammuSettings
from sms_gateway.accounts import read_accounts

CompanyId = Annotated[str, typer.Option(help="The company's id; not needed while there is one.")]
Work = Callable[[Database, Settings], Awaitable[str]]


def do(work: Work) -> None:
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

    async def said() -> None:
        typer.echo(await with_database())

    finish(said())


async def all_companies(db: Database) -> list[CompanyRow]:
    """The companies of this installation, oldest first."""
    async with db.read_across() as session:
        return list(await session.scalars(select(CompanyRow).order_by(CompanyRow.created_at)))


async def company_of(db: Database, given: str) -> UUID:
    """The company that is meant: the given one, or the only one; BadInput when that is not clear."""
    async with db.read_across() as session:
        known = await company_ids(session)
    if not given and len(known) == 1:
        return known[0]
    if not known:
        raise BadInput(
            "There is no company yet. Add one first: ringback add company FILE.yaml. "
            "If you mean the demo's, set RINGBACK_VAR=var/demo."
        )
    for company_id in known:
        if str(company_id) == given:
            return company_id
    raise BadInput(f"Say which company with --company: {', '.join(map(str, known))}.")


@dataclass(frozen=True, slots=True)
class Holding:
    """A number that a company has at an account."""

    e164: str
    account: str
    company_id: UUID
    company: str


async def all_numbers(db: Database) -> list[Holding]:
    """The numbers of all companies, at all accounts."""
    query = (
        select(SmsNumberRow.e164, SmsNumberRow.provider, CompanyRow.id, CompanyRow.name)
        .join(CompanyRow, CompanyRow.id == SmsNumberRow.company_id)
        .order_by(SmsNumberRow.e164, CompanyRow.created_at, SmsNumberRow.provider)
    )
    async with db.read_across() as session:
        return [Holding(*row) for row in await session.execute(query)]


def number_of(written: str) -> str:
    """The number in E.164; BadInput when it is none."""
    ours = to_e164(written)
    if ours is None:
        raise BadInput(f"{written!r} is no telephone number; write it like +46…")
    return ours


def account_of(settings: Settings, given: str) -> AccountSettings:
    """The account that is meant: the given one, or the only one; BadInput when that is not clear."""
    known = {account.name: account for account in read_accounts(settings.sms_accounts)}
    if not given and len(known) == 1:
        return next(iter(known.values()))
    if given not in known:
        asked = f"There is no account {given!r}. " if given else ""
        raise BadInput(f"{asked}Say which account with --account: {', '.join(known)}.")
    return known[given]


def another_sim(account: AccountSettings, e164: str) -> str:
    """What is wrong when texts from a number would go to a modem with another number's SIM; or ""."""
    if not isinstance(account, GammuSettings) or account.number == e164:
        return ""
    return f"The SIM of the modem {account.name!r} has the number {account.number}, not {e164}."
