"""The commands `ringback remove` and `ringback list`."""

from secrets import token_bytes
from typing import Annotated

import typer
from sqlalchemy import delete, select

from ringback.cli.adding_key import lines_of_keys, remove_a_key
from ringback.cli.pricing import remove_a_price, shown
from ringback.cli.rows import CompanyId, all_companies, company_of, do, number_of
from ringback.clock import system_clock
from ringback.db import Database
from ringback.errors import BadInput
from ringback.pbx import PbxKind
from ringback.settings import Settings
from ringback.store.companies import pbxs, sms_numbers
from ringback.store.ownership import hand_back_all
from ringback.store.prices import prices
from ringback.tables import SmsNumberRow, UserRow

remove = typer.Typer(
    help="Remove a PBX, a number or a price; shut a user or a program out.", no_args_is_help=True
)
remove.command("key")(remove_a_key)
remove.command("price")(remove_a_price)


@remove.command("pbx")
def remove_a_pbx(name: str, company: CompanyId = "") -> None:
    """Follow a PBX no more; its calls stay."""

    async def work(db: Database, settings: Settings) -> str:
        async with db.begin(await company_of(db, company)) as session:
            found = [row for row in await pbxs(session) if row.name == name]
            if not found:
                raise BadInput(f"There is no PBX {name!r}; see `ringback list`.")
            found[0].removed_at = now = system_clock()
            found[0].name = f"{name} ({now:%Y-%m-%d %H:%M:%S})"  # free for another
        return f"Removed the PBX {name}; a running Ringback leaves it within seconds."

    do(work)


@remove.command("number")
def remove_a_number(
    e164: str,
    account: Annotated[str, typer.Option(help="Only at this account.")] = "",
    company: CompanyId = "",
) -> None:
    """Text from this number no more."""

    async def work(db: Database, settings: Settings) -> str:
        ours = number_of(e164)
        async with db.begin(await company_of(db, company)) as session:
            gone = delete(SmsNumberRow).where(SmsNumberRow.e164 == ours)
            if account:
                gone = gone.where(SmsNumberRow.provider == account)
            if not (await session.scalars(gone.returning(SmsNumberRow.id))).all():
                where = f" at {account}" if account else ""
                raise BadInput(f"There is no number {ours}{where}; see `ringback list`.")
        return f"Removed {ours}."

    do(work)


@remove.command("user")
def remove_a_user(email: str, company: CompanyId = "") -> None:
    """Let someone in no more; what they did stays in the audit trail.

    The assistant answers from now on in the conversations that they had taken over.
    """

    async def work(db: Database, settings: Settings) -> str:
        async with db.begin(await company_of(db, company)) as session:
            users = await session.scalars(select(UserRow).where(UserRow.disabled_at.is_(None)))
            found = [user for user in users if user.email.casefold() == email.casefold()]
            if not found:
                raise BadInput(f"There is no user {email}; see `ringback list`.")
            found[0].disabled_at = now = system_clock()
            found[0].email_index = token_bytes(16)  # the address is free for a new account
            back = await hand_back_all(session, found[0].id, now, "system")
        talks = f" The assistant goes on with {back} of their conversations." if back else ""
        return f"{email} is shut out.{talks}"

    do(work)


def show() -> None:
    """List companies with their PBXs, numbers and users."""

    async def work(db: Database, settings: Settings) -> str:
        lines = []
        for company in await all_companies(db):
            lines.append(f"{company.name}  {company.id}")
            async with db.read(company.id) as session:
                for pbx in await pbxs(session):
                    by_edge = pbx.kind == PbxKind.EDGE
                    where = f"edge {pbx.username}" if by_edge else f"{pbx.host}:{pbx.port}"
                    lines.append(f"  PBX {pbx.name}  {where}  {pbx.link_text}")
                for number in await sms_numbers(session):
                    lines.append(f"  number {number.e164}  {number.provider}  rank {number.rank}")
                for user in await session.scalars(
                    select(UserRow).where(UserRow.disabled_at.is_(None))
                ):
                    lines.append(f"  user {user.email}  {user.role}  {user.name}")
                lines += await lines_of_keys(session)
        async with db.read_across() as session:
            lines += [f"price {shown(price)}" for price in await prices(session)]
        return (
            "\n".join(lines) or "There is no company yet. Add one: ringback add company FILE.yaml"
        )

    do(work)
