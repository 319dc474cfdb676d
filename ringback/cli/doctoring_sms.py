"""What `ringback doctor --sms` finds: is each account with an SMS provider fit to send and to be heard?

In: the settings, the accounts file, the companies' numbers. Out: findings, one after the other as they
come. Nothing is sent; each provider is asked for its account at most.
"""

from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from http import HTTPStatus
from ipaddress import ip_network
from itertools import groupby
from urllib.parse import urlsplit

from pbx_adapter.doctor.findings import Finding, fault, note, ok, warning
from ringback.cli.rows import Holding, all_numbers, another_sim
from ringback.clock import system_clock
from ringback.db import Database
from ringback.folder import read_by_others
from ringback.settings import Settings
from ringback.sms_account import AccountState
from ringback.store.sms_accounts import sms_accounts
from ringback.store.sms_numbers import numbers_elsewhere
from ringback.tables import SmsAccountRow
from sms_gateway.account_kinds import AccountSettings, Here
from sms_gateway.accounts import open_account, read_accounts
from sms_gateway.inbox import Inbox
from sms_gateway.providers.http import Answer, Http, open_client
from sms_gateway.providers.phones import StoredPhones

_HERE = ("127.0.0.1", "::1", "localhost")
_ADDRESS_S = 5.0


async def examine_accounts(db: Database, settings: Settings) -> AsyncGenerator[Finding, None]:
    """All that can be found out about the accounts.

    Raises:
        BadInput: The accounts file can't be used; every fault in a line.
    """
    accounts = read_accounts(settings.sms_accounts)
    for finding in _file(settings):
        yield finding
    async with open_client() as client:
        here = Here(
            settings.address, client, system_clock, StoredPhones(db), Inbox(db, system_clock).settle
        )
        if any(account.is_called_from_afar for account in accounts):
            yield await _address(settings, Http(client, read_timeout_s=_ADDRESS_S))
        for account in accounts:
            provider = open_account(account, here).provider
            trouble = await provider.check()
            works = ok(account.name, "The account works.")
            yield fault(account.name, trouble) if trouble else works
            if inbound_url := getattr(provider, "inbound_url", ""):
                text = f"Callers' texts are to be posted to {inbound_url}"
                yield note(account.name, text, _fallback(account))
            for finding in _sources(settings, account):
                yield finding
    for finding in await _numbers(db, accounts):
        yield finding


def _file(settings: Settings) -> Iterator[Finding]:
    path = settings.sms_accounts
    if path is None:
        text = "RINGBACK_SMS_ACCOUNTS is not set: texts go to simulated phones only."
        yield note("accounts", text, "Write the accounts into a file: docs/sms.md tells how.")
    elif read_by_others(path):
        text = f"{path} holds secrets and can be read by other users of this machine."
        yield warning("accounts", text, f"chmod 600 {path}")


async def _address(settings: Settings, http: Http) -> Finding:
    """Whether providers can reach the portal, as far as it can be told from here."""
    where = settings.address
    if urlsplit(where).hostname in _HERE:
        return fault(
            "address",
            f"Providers can't reach {where}: receipts and callers' texts never come in.",
            "Set RINGBACK_PUBLIC_URL to the portal's public address.",
        )
    answer = await http.ask("GET", f"{where}/health")
    if isinstance(answer, Answer) and answer.status == HTTPStatus.OK:
        return ok("address", f"The portal answers at {where}.")
    why = f"status {answer.status}" if isinstance(answer, Answer) else answer.fault
    return warning(
        "address",
        f"The portal does not answer at {where} from here ({why}).",
        "Start Ringback, and see that the proxy passes /health and /webhooks on.",
    )


def _fallback(account: AccountSettings) -> str:
    if account.kind != "twilio":
        return ""
    return "Enter it whole, with what follows the #, and as the fallback URL (Primary handler fails) too."


def _sources(settings: Settings, account: AccountSettings) -> Iterator[Finding]:
    """Whether the addresses that may call are those that calls seem to come from."""
    sources: Sequence[str] = getattr(account, "allowed_sources", ())
    if not sources or urlsplit(settings.address).scheme != "https":
        return  # uvicorn speaks plain http, so behind https there is a proxy
    proxies = ", ".join(settings.proxies) or "nobody"
    yield note(
        account.name,
        f"allowed_sources is compared with what the proxy tells in X-Forwarded-For; {proxies} is "
        "believed.",
        "If the proxy is somewhere else, set RINGBACK_TRUSTED_PROXIES to its address.",
    )
    if not account.is_called_from_afar and all(map(_is_loopback, sources)):
        yield warning(
            account.name,
            f"It calls {settings.address} from this machine's own address, not from "
            f"{', '.join(sources)}: its texts and receipts are refused.",
            "Add the machine's own address to allowed_sources.",
        )


def _is_loopback(source: str) -> bool:
    return ip_network(source).is_loopback


async def _numbers(db: Database, accounts: Sequence[AccountSettings]) -> list[Finding]:
    names = [account.name for account in accounts]
    numbers = await all_numbers(db)
    async with db.read_across() as session:
        lost = await numbers_elsewhere(session, names)
        rows = await sms_accounts(session, names)
    findings = [
        fault(
            "numbers",
            f"{number.e164} is registered at the account {number.account!r}, which is not there: "
            "no text goes out from it.",
            f"Write the account into the file, or: ringback remove number {number.e164}",
        )
        for number in lost
    ]
    findings += _of_several(numbers)
    findings += [
        fault(
            account.name,
            f"{wrong} Every text from that number is refused.",
            f"ringback remove number {number.e164} --account {account.name}",
        )
        for account in accounts
        for number in numbers
        if number.account == account.name and (wrong := another_sim(account, number.e164))
    ]
    findings += _unclaimed(rows.values(), numbers)
    used = {number.account for number in numbers}
    findings += [
        note(
            account.name,
            "No number is registered at this account, so nothing goes through it.",
            f"ringback add number +46… --account {account.name}",
        )
        for account in accounts
        if account.name not in used
    ]
    return findings


def _of_several(numbers: Iterable[Holding]) -> Iterator[Finding]:
    """Numbers that more than one company has, by different accounts."""
    for e164, holdings in groupby(numbers, key=lambda number: number.e164):
        by_company = {one.company_id: one for one in holdings}
        if len(by_company) > 1:
            have = " and ".join(f"{one.company} (at {one.account})" for one in by_company.values())
            last = [*by_company][-1]
            yield fault(
                "numbers",
                f"{e164} is registered for {have}: callers' texts go to the one at whose account they "
                "come in, whomever they are meant for.",
                f"Leave it to one company: ringback remove number {e164} --company {last}",
            )


def _unclaimed(rows: Iterable[SmsAccountRow], numbers: Iterable[Holding]) -> Iterator[Finding]:
    """Texts that came in to a number which nobody has still (`sms_gateway.unclaimed`)."""
    known = {number.e164 for number in numbers}
    for row in rows:
        if row.state == AccountState.UP and row.text and not any(e in row.text for e in known):
            yield warning(
                row.name,
                row.text,
                f"ringback add number +46… --account {row.name}, or correct at the provider which of "
                "its numbers post their texts here.",
            )
