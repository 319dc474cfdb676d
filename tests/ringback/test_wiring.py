"""What the start says of the accounts that texts go through, and what runs for them."""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

from ringback.clock import system_clock
from ringback.db import open_database
from ringback.errors import BadInput
from ringback.sample import salon
from ringback.schema import upgrade
from ringback.settings import Settings
from ringback.store.companies import add_company
from ringback.tables import SmsNumberRow
from ringback.wiring import open_parts, run
from sms_gateway.provider import Account, Provider, Receive, Settle

OURS = "+46701740690"
ACCOUNTS = """
[[account]]
name = "kannel"
kind = "kannel"
username = "tester"
password = "made-up"
hook_secret = "made-up-secret-0123456789"

[[account]]
name = "smsc"
kind = "smpp"
host = "127.0.0.1"
port = 9
system_id = "ringback"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "sms.toml"
    path.write_text(ACCOUNTS)
    path.chmod(0o600)
    return Settings(var=tmp_path / "var", sms_accounts=path)


async def test_every_account_has_its_webhooks_and_takes_texts(settings: Settings) -> None:
    async with open_parts(settings) as parts:
        assert list(parts.accounts) == ["kannel", "smsc"]
        assert list(parts.portal().webhooks) == ["kannel", "smsc"]
        assert set(parts.steps(("sms",))) == {"sending", "reconciling"}
        assert set(parts.steps(("portal", "dialogue"))) == {"dialogue", "calendars"}


async def test_without_a_file_texts_go_to_simulated_phones(tmp_path: Path) -> None:
    async with open_parts(Settings(var=tmp_path / "var")) as parts:
        assert list(parts.accounts) == ["simulator"]


async def test_faulty_file_stops_the_start_before_the_database_is_touched(
    settings: Settings,
) -> None:
    assert settings.sms_accounts
    settings.sms_accounts.write_text(ACCOUNTS.replace("kannel", "pigeon"))
    with pytest.raises(BadInput, match="there is no kind 'pigeon'"):
        async with open_parts(settings):
            pass
    assert not (settings.var / "ringback.sqlite").exists()


async def test_number_at_an_account_that_is_not_there_is_told_at_the_start(
    settings: Settings,
) -> None:
    settings.var.mkdir()
    upgrade(settings)
    db = open_database(settings)
    company = await add_company(db, salon(), system_clock())
    async with db.begin(company) as session:
        session.add(SmsNumberRow(provider="46elks", e164=OURS))
    await db.close()
    with capture_logs() as logs:
        async with open_parts(settings):
            pass
    (told,) = [line for line in logs if line["event"] == "number_without_account"]
    assert (told["number"], told["account"]) == (OURS, "46elks")


@pytest.mark.parametrize(("mode", "told"), [(0o600, 0), (0o644, 1)])
async def test_file_that_others_may_read_is_told_at_the_start(
    settings: Settings, mode: int, told: int
) -> None:
    assert settings.sms_accounts
    settings.sms_accounts.chmod(mode)
    with capture_logs() as logs:
        async with open_parts(settings):
            pass
    warnings = [line for line in logs if line["event"] == "sms_accounts_read_by_others"]
    assert len(warnings) == told


class Broken:
    """A line that raises what nobody foresaw; the rest of a provider is never asked for."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def run(self, receive: Receive, settle: Settle) -> None:
        self.begun.set()
        raise UnicodeEncodeError("utf-8", "Malm\udcf6", 4, 5, "surrogates not allowed")


async def test_line_that_raises_what_nobody_foresaw_ends_no_process(tmp_path: Path) -> None:
    broken = Broken()
    async with open_parts(Settings(var=tmp_path / "var")) as opened:
        account = Account(cast(Provider, broken))
        parts = replace(opened, accounts={**opened.accounts, "modem": account})
        with capture_logs() as logs:
            running = asyncio.create_task(run(parts, ("sms",)))
            async with asyncio.timeout(30):
                await broken.begun.wait()
                while not logs:
                    await asyncio.sleep(0)
            assert not running.done()
            os.kill(os.getpid(), signal.SIGTERM)
            async with asyncio.timeout(30):
                await running
    assert [(line["event"], line["account"]) for line in logs] == [("sms_line_failed", "modem")]
