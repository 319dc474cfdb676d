"""The commands `ringback add key` and `ringback remove key`: what programs sign their requests with.

In: a name. Out: the key in full on standard output, once; only its hash is kept.
"""

from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from ringback.cli.rows import CompanyId, company_of, do
from ringback.clock import system_clock
from ringback.db import Database
from ringback.settings import Settings
from ringback.store.api_keys import add_api_key, api_keys, end_api_key

Name = Annotated[str, typer.Argument(help="Where it is used, like cash-register.")]


def add_a_key(name: Name, company: CompanyId = "") -> None:
    """Add an API key for a program of the company's; it is shown this once."""

    async def work(db: Database, settings: Settings) -> str:
        async with db.begin(await company_of(db, company)) as session:
            return await add_api_key(session, name, system_clock())

    do(work)


def remove_a_key(name: Name, company: CompanyId = "") -> None:
    """Let the programs with this API key in no more; the texts they sent stay."""

    async def work(db: Database, settings: Settings) -> str:
        async with db.begin(await company_of(db, company)) as session:
            await end_api_key(session, name, system_clock())
        return f"Ended the API key {name}; a running Ringback refuses it within ten seconds."

    do(work)


async def lines_of_keys(session: AsyncSession) -> list[str]:
    """A line for each key in use, for `ringback list`."""
    lines = []
    for key in await api_keys(session):
        used = f"last used {key.used_at:%Y-%m-%d %H:%M} UTC" if key.used_at else "never used"
        lines.append(f"  API key {key.name}  {used}")
    return lines
