"""The command `ringback add`: a company, a user, a number; more in `adding_pbx`, `adding_queue`, `pricing`.

In: options and files. Out: rows. Everything is checked before anything is asked for or written.
"""

from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer
import yaml

from portal_api.callbacks.own_phone import phone_of
from portal_api.passwords import hash_password
from ringback.business import Business
from ringback.cli.adding_key import add_a_key
from ringback.cli.adding_pbx import add_a_pbx, add_a_sip_pbx, add_an_edge
from ringback.cli.adding_queue import add_a_queue
from ringback.cli.finishing import text_of
from ringback.cli.pricing import add_a_price
from ringback.cli.rows import (
    CompanyId,
    account_of,
    all_companies,
    all_numbers,
    another_sim,
    company_of,
    do,
    number_of,
)
from ringback.clock import system_clock
from ringback.db import Database
from ringback.errors import BadInput
from ringback.settings import Settings
from ringback.store.companies import add_company
from ringback.store.companies import company as own_company
from ringback.store.people import add_user
from ringback.store.replacing import replace_business
from ringback.tables import SmsNumberRow

add = typer.Typer(
    help="Add a company, a user, a PBX, a queue, a number or a price.", no_args_is_help=True
)
add.command("pbx")(add_a_pbx)
add.command("sip")(add_a_sip_pbx)
add.command("edge")(add_an_edge)
add.command("queue")(add_a_queue)
add.command("price")(add_a_price)
add.command("key")(add_a_key)
ROLES = ("handler", "supervisor", "admin", "auditor", "operator")


@add.command("company")
def add_a_company(
    document: Annotated[Path, typer.Argument(help="The company's information, YAML.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Renew the information of the company there is.")
    ] = False,
    rename: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OLD=NEW", help="With --replace: who or what is called otherwise now."
        ),
    ] = None,
    left: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="With --replace: who is gone, absences and calendar too."
        ),
    ] = None,
    company: CompanyId = "",
) -> None:
    """Add a company from its document (hours, services, answers)."""

    async def work(db: Database, settings: Settings) -> str:
        business, renamed = _business(document), dict(map(_renaming, rename or ()))
        if replace:
            async with db.begin(await company_of(db, company)) as session:
                _refuse_another_company((await own_company(session)).business["id"], business.id)
                await replace_business(session, business, system_clock(), renamed, left or ())
            return f"Renewed {business.name}."
        if renamed or left:
            raise BadInput("--rename and --left belong to --replace; add it, or leave them out.")
        if any(known.business["id"] == business.id for known in await all_companies(db)):
            raise BadInput(f"There is a company {business.id!r} already; renew it with --replace.")
        return f"Added the company {await add_company(db, business, system_clock())}."

    do(work)


@add.command("user")
def add_a_user(
    email: str,
    name: Annotated[str, typer.Option(prompt=True)],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    role: Annotated[str, typer.Option(help=", ".join(ROLES))] = "admin",
    phone: Annotated[
        str, typer.Option(help="Rings first when they ring back: 101, or PJSIP/101.")
    ] = "",
    company: CompanyId = "",
) -> None:
    """Add someone who may sign in."""

    async def work(db: Database, settings: Settings) -> str:
        if "@" not in email or not name.strip():
            raise BadInput("A user needs an e-mail address, like ellen@example.com, and a name.")
        if role not in ROLES:
            raise BadInput(f"There is no role {role!r}; choose of {', '.join(ROLES)}.")
        rings = phone_of(phone)
        async with db.begin(await company_of(db, company)) as session:
            user = await add_user(
                session,
                db.master,
                email=email,
                name=name,
                role=role,
                password_hash=hash_password(password),
                language=settings.language,
                now=system_clock(),
            )
            user.phone = rings
        return f"Added {email}."

    do(work)


@add.command("number")
def add_a_number(
    e164: str,
    account: Annotated[
        str, typer.Option(help="Of RINGBACK_SMS_ACCOUNTS; not needed while there is one.")
    ] = "",
    rank: Annotated[
        int, typer.Option(help="Of several accounts for one number, the lowest is taken first.")
    ] = 0,
    company: CompanyId = "",
) -> None:
    """Add a number that the company's texts go out from."""

    async def work(db: Database, settings: Settings) -> str:
        ours, at = number_of(e164), account_of(settings, account)
        if wrong := another_sim(at, ours):
            raise BadInput(f"{wrong} Register that number, or correct the file.")
        meant = await company_of(db, company)
        await _refuse_another_s(db, ours, meant)
        async with db.begin(meant) as session:
            session.add(SmsNumberRow(id=uuid4(), provider=at.name, e164=ours, rank=rank))
        return f"Added {ours} at {at.name}."

    do(work)


async def _refuse_another_s(db: Database, e164: str, company_id: UUID) -> None:
    """A number is one company's, at however many accounts: callers' texts to it go to that one."""
    for known in await all_numbers(db):
        if known.e164 == e164 and known.company_id != company_id:
            raise BadInput(
                f"{known.company} has the number {e164}, at the account {known.account}, and gets the "
                "texts that callers send to it. Remove it there first: "
                f"ringback remove number {e164} --company {known.company_id}"
            )


def _refuse_another_company(here: str, written: str) -> None:
    if here != written:
        raise BadInput(
            f"The document is about {written!r}, the company here is {here!r}. Correct the id, or say "
            "which with --company."
        )


def _renaming(given: str) -> tuple[str, str]:
    old, equals, new = (part.strip() for part in given.partition("="))
    if not (old and equals and new):
        raise BadInput(f"{given!r} is no renaming; write it like --rename 'Ellen=Ellen Ek'.")
    return old, new


def _business(path: Path) -> Business:
    try:
        return Business.from_document(yaml.safe_load(text_of(path)))
    except yaml.YAMLError as wrong:
        raise BadInput(f"{path} is no YAML: {wrong}") from wrong
    except BadInput as wrong:
        raise BadInput(f"{path} can't be used.\n{wrong}") from wrong
