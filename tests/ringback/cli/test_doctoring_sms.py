"""The command `ringback doctor --sms`: which account does not work, and how to mend it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import typer

from ringback.cli.doctoring import doctor
from ringback.cli.doctoring_sms import examine_accounts
from ringback.cli.rows import all_numbers
from ringback.clock import system_clock
from ringback.db import Database, open_database
from ringback.messages import Inbound
from ringback.sample import salon
from ringback.settings import Settings
from ringback.store.companies import add_company
from ringback.tables import SmsNumberRow
from sms_gateway.inbox import Inbox
from tests.fakes.elks import PASSWORD, USERNAME, FakeElks, Fault
from tests.fakes.elks_http import Answer, receiving
from tests.ringback.cli.conftest import command

SECRET = "made-up-secret-0123456789"
OURS = "+46701740690"


@pytest.fixture
async def server() -> AsyncIterator[FakeElks]:
    async with FakeElks() as fake:
        yield fake


@pytest.fixture
async def db(installed: Path) -> AsyncIterator[Database]:
    database = open_database(Settings(var=installed / "var"))
    yield database
    await database.close()


def settings(folder: Path, server: FakeElks, **changed: str) -> Settings:
    path = folder / "sms.toml"
    path.write_text(
        f"""
        [[account]]
        name = "46elks"
        kind = "46elks"
        username = "{USERNAME}"
        password = "{PASSWORD}"
        hook_secret = "{SECRET}"
        base_url = "{server.base_url}"
        """
    )
    path.chmod(0o600)
    given = {"var": folder / "var", "sms_accounts": path, **changed}
    return Settings(**given)  # type: ignore[arg-type]


async def found(db: Database, settings: Settings) -> list[tuple[str, str, str]]:
    return [(f.kind.value, f.check, f.text) async for f in examine_accounts(db, settings)]


async def register(db: Database, account: str) -> None:
    company = await add_company(db, salon(), system_clock())
    async with db.begin(company) as session:
        session.add(SmsNumberRow(provider=account, e164=OURS))


async def test_account_that_works_is_told_with_the_address_to_enter(
    installed: Path, db: Database, server: FakeElks
) -> None:
    await register(db, "46elks")
    url = f"http://127.0.0.1:8025/webhooks/46elks/{SECRET}/inbound"
    assert await found(db, settings(installed, server)) == [
        ("ok", "46elks", "The account works."),
        ("note", "46elks", f"Callers' texts are to be posted to {url}"),
    ]
    assert server.accepted == []


async def test_refused_account_and_file_that_others_may_read_are_told(
    installed: Path, db: Database, server: FakeElks
) -> None:
    await register(db, "46elks")
    server.misbehave(Fault.UNAUTHORIZED, on="me")
    given = settings(installed, server)
    assert given.sms_accounts
    given.sms_accounts.chmod(0o644)
    (readable, refused, _) = await found(db, given)
    assert readable[:2] == ("warning", "accounts")
    assert refused[:2] == ("fault", "46elks")
    assert "enter them again" in refused[2]


async def test_number_at_an_account_that_is_not_there_is_a_fault(
    installed: Path, db: Database, server: FakeElks
) -> None:
    await register(db, "twilio")
    findings = await found(db, settings(installed, server))
    assert findings[2][:2] == ("fault", "numbers")
    assert OURS in findings[2][2]
    assert "'twilio'" in findings[2][2]
    assert findings[3][:2] == ("note", "46elks")  # nothing goes through it


async def test_without_a_file_the_simulated_phones_are_noted(installed: Path, db: Database) -> None:
    await register(db, "simulator")
    kinds = [kind for kind, _, _ in await found(db, Settings(var=installed / "var"))]
    assert kinds == ["note", "ok"]


FAR = "127.1"  # this machine too, but nobody takes it for one on a network of our own


@pytest.mark.parametrize(
    ("host", "status", "expected"),
    [("127.0.0.1", 200, "fault"), (FAR, 200, "ok"), (FAR, 502, "warning"), (FAR, 0, "warning")],
)
async def test_address_that_a_provider_cannot_use_is_told(
    installed: Path, db: Database, server: FakeElks, host: str, status: int, expected: str
) -> None:
    async with receiving() as (receiver, url):
        receiver.usual = Answer(status) if status else Answer(drop=True)
        public_url = url.replace("127.0.0.1", host).removesuffix("/hooks/elks")
        given = settings(installed, server, public_url=public_url)
        assert given.sms_accounts
        text = given.sms_accounts.read_text()
        given.sms_accounts.write_text(text.replace(server.base_url, f"https://{FAR}:9/a1"))
        findings = await found(db, given)
    assert [kind for kind, check, _ in findings if check == "address"] == [expected]


def test_examination_is_printed_and_a_fault_is_exit_code_1(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = typer.Typer()
    app.command()(doctor)
    monkeypatch.setenv("RINGBACK_VAR", str(installed / "var"))
    asked = command(app, "--sms", "--json")
    assert (asked.exit_code, json.loads(asked.output.splitlines()[1])["kind"]) == (0, "ok")
    (installed / "sms.toml").write_text(
        """
        [[account]]
        name = "46elks"
        kind = "46elks"
        username = "u"
        password = "p"
        hook_secret = "0123456789abcdef"
        base_url = "http://127.0.0.1:9/a1"
        """
    )
    monkeypatch.setenv("RINGBACK_SMS_ACCOUNTS", str(installed / "sms.toml"))
    asked = command(app, "--sms")
    assert asked.exit_code == 1
    assert "fault    46elks       46elks could not be reached" in asked.output
    assert command(app, "--sms", "office").exit_code == 2


async def test_number_of_another_sim_at_a_modem_is_a_fault(installed: Path, db: Database) -> None:
    await register(db, "modem")
    path = installed / "sms.toml"
    path.write_text(
        '[[account]]\nname = "modem"\nkind = "gammu"\nnumber = "+46701740691"\n'
        f'spool = "{installed}"\n'
    )
    path.chmod(0o600)
    given = Settings(var=installed / "var", sms_accounts=path)
    findings = [f async for f in examine_accounts(db, given)]
    (wrong,) = [f for f in findings if "SIM" in f.text]
    assert wrong.kind.value == "fault"
    assert OURS in wrong.text
    assert wrong.mend == f"ringback remove number {OURS} --account modem"


@pytest.mark.parametrize(
    ("public_url", "sources", "told"),
    [
        ("http://127.0.0.1:8025", '["127.0.0.1"]', []),
        ("https://127.1", "[]", []),
        ("https://127.1", '["127.0.0.1"]', ["note", "warning"]),
        ("https://127.1", '["127.0.0.1", "192.0.2.10"]', ["note"]),
    ],
)
async def test_sources_that_calls_by_a_proxy_never_come_from_are_told(
    installed: Path, db: Database, public_url: str, sources: str, told: list[str]
) -> None:
    await register(db, "kannel")
    path = installed / "sms.toml"
    path.write_text(
        f'''
        [[account]]
        name = "kannel"
        kind = "kannel"
        username = "u"
        password = "p"
        hook_secret = "{SECRET}"
        base_url = "http://127.0.0.1:9/cgi-bin/sendsms"
        allowed_sources = {sources}
        '''
    )
    path.chmod(0o600)
    given = Settings(var=installed / "var", sms_accounts=path, public_url=public_url)
    findings = [f async for f in examine_accounts(db, given)]
    about = [f for f in findings if "allowed_sources" in f.text + f.mend]
    assert [f.kind.value for f in about] == told
    assert all("127.0.0.1, ::1 is" in f.text for f in about[:1])


async def test_number_that_two_companies_have_is_a_fault_with_how_to_leave_it_to_one(
    installed: Path, db: Database, server: FakeElks
) -> None:
    await register(db, "46elks")
    second = await add_company(db, salon(), system_clock())
    async with db.begin(second) as session:
        session.add(SmsNumberRow(provider="46elks", e164="+46701740691"))
        session.add(SmsNumberRow(provider="kannel", e164=OURS))
    findings = [f async for f in examine_accounts(db, settings(installed, server))]
    (double,) = [f for f in findings if "is registered for" in f.text]
    assert double.kind.value == "fault"
    assert OURS in double.text
    assert "(at 46elks)" in double.text
    assert "(at kannel)" in double.text
    assert double.mend.endswith(f"ringback remove number {OURS} --company {second}")


async def test_texts_to_a_number_that_nobody_has_are_told_until_somebody_has_it(
    installed: Path, db: Database, server: FakeElks
) -> None:
    await register(db, "46elks")
    given, now = settings(installed, server), system_clock()
    text = Inbound("46elks", "s1", "+46701740605", "+46701740691", "Hej", now)
    await Inbox(db, system_clock).receive(text)
    (*_, lost) = await found(db, given)
    assert lost[:2] == ("warning", "46elks")
    assert "+46701740691 and was dropped: no company has that number" in lost[2]
    (company,) = {one.company_id for one in await all_numbers(db)}
    async with db.begin(company) as session:
        session.add(SmsNumberRow(provider="46elks", e164="+46701740691"))
    assert "warning" not in [kind for kind, _, _ in await found(db, given)]


async def test_twilio_is_to_be_given_the_address_twice_and_with_its_end(
    installed: Path, db: Database
) -> None:
    await register(db, "twilio")
    path = installed / "sms.toml"
    path.write_text(
        f"""
        [[account]]
        name = "twilio"
        kind = "twilio"
        account_sid = "AC{"0" * 32}"
        auth_token = "made up"
        hook_secret = "{SECRET}"
        base_url = "http://127.0.0.1:9"
        """
    )
    path.chmod(0o600)
    given = Settings(var=installed / "var", sms_accounts=path)
    findings = [f async for f in examine_accounts(db, given)]
    (told,) = [f for f in findings if "posted to" in f.text]
    assert told.text.endswith("/inbound#rc=5&rp=all")
    assert "fallback" in told.mend
