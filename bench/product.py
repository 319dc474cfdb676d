"""Ringback as the integrator meets it: a company with an API key, and `ringback run` as processes.

In: a database and the port of an SMSC. Out: addresses that take texts. Limits on texts and money are
raised out of the way, for the peer has none; everything else is as it is delivered.
"""

import asyncio
import contextlib
import os
import sys
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from bench.ports import free_ports, listens
from ringback.clock import system_clock
from ringback.db import open_database
from ringback.sample import salon
from ringback.schema import upgrade
from ringback.settings import Settings
from ringback.store.api_keys import add_api_key
from ringback.store.companies import add_company
from ringback.store.texting import save_texting
from ringback.tables import SmsNumberRow

_START_S, _STOP_S = 40.0, 15.0
_PLENTY = 1_000_000_000
_ACCOUNT = "bench"


@dataclass(frozen=True, slots=True)
class Product:
    """Where it takes texts, and the key to it."""

    urls: tuple[str, ...]
    key: str


@contextlib.asynccontextmanager
async def running(
    folder: Path, only: str, processes: int, smsc_port: int, database_url: str = ""
) -> AsyncIterator[Product]:
    """Set a company up and start so many processes of the product on one database.

    Args:
        folder: Of their files; is made.
        only: Which parts each of them runs.
        processes: One on SQLite.
        smsc_port: Of the SMSC that they send to.
        database_url: Empty for SQLite.
    """
    accounts = _accounts(folder, smsc_port)
    key = await _set_up(Settings(var=folder, database_url=database_url))
    ports = free_ports(processes)
    async with contextlib.AsyncExitStack() as stack:
        for port in ports:
            ours = {
                "RINGBACK_VAR": str(folder),
                "RINGBACK_DATABASE_URL": database_url,
                "RINGBACK_PORT": str(port),
                "RINGBACK_SMS_ACCOUNTS": str(accounts),
            }
            await stack.enter_async_context(_process(only, ours, folder / f"{port}.log"))
        for port in ports:
            await listens(port, _START_S)
            await asyncio.to_thread(_ask_once, port, key)
        yield Product(tuple(f"http://127.0.0.1:{port}" for port in ports), key)


def _accounts(folder: Path, smsc_port: int) -> Path:
    folder.mkdir()
    accounts = folder / "sms.toml"
    accounts.write_text(
        f'[[account]]\nname = "{_ACCOUNT}"\nkind = "smpp"\nhost = "127.0.0.1"\n'
        f'port = {smsc_port}\nsystem_id = "bench"\npassword = "bench"\n'
    )
    accounts.chmod(0o600)
    return accounts


async def _set_up(settings: Settings) -> str:
    """A company with a number and no limits; the key of its program."""
    await asyncio.to_thread(upgrade, settings)
    db, now = open_database(settings), system_clock()
    try:
        company_id = await add_company(db, salon(), now)
        bounds = ("number_hour_texts", "number_day_texts", "number_day_ore")
        limits = dict.fromkeys((*bounds, "company_day_ore", "company_month_ore"), _PLENTY)
        async with db.begin(company_id) as session:
            await save_texting(session, {"limits": limits})
            session.add(SmsNumberRow(id=uuid4(), provider=_ACCOUNT, e164="+46701740600"))
            return await add_api_key(session, "benchmark", now)
    finally:
        await db.close()


def _ask_once(port: int, key: str) -> None:
    """The first request makes ready what later ones find; nothing is sent by this one."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{port}/api/v1/texts/preview"
    asked = urllib.request.Request(url, b'{"text": "Hej"}', headers)
    with urllib.request.urlopen(asked, timeout=_START_S) as answer:  # noqa: S310 - on loopback
        answer.read()


@contextlib.asynccontextmanager
async def _process(only: str, settings: dict[str, str], log: Path) -> AsyncIterator[None]:
    others = {name: value for name, value in os.environ.items() if "RINGBACK_" not in name}  # noqa: TID251
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ringback", "run", "--only", only),
            env=others | settings,
            stdout=written,
            stderr=written,
        )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
