"""The operator's file of accounts: every fault in a plain line, and what can be opened of it."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest

from ringback.clock import system_clock
from ringback.errors import BadInput
from ringback.folder import read_by_others
from ringback.messages import Outbound, Receipt
from sms_gateway.account_kinds import KINDS, Here
from sms_gateway.accounts import open_account, read_accounts
from sms_gateway.providers.elks import ElksAccount
from sms_gateway.providers.gammu import GammuAccount
from sms_gateway.providers.kannel import KannelAccount
from sms_gateway.providers.smpp.account import SmppAccount
from sms_gateway.providers.twilio import TwilioAccount

ELKS = """
[[account]]
name = "46elks"
kind = "46elks"
username = "made-up"
password = "hunter2-nobody-may-read-this"
hook_secret = "made-up-secret-0123456789"
"""
TWILIO = """
[[account]]
name = "twilio"
kind = "twilio"
account_sid = "AC00000000000000000000000000000000"
auth_token = "made-up"
hook_secret = "made-up-secret-0123456789"
per_second = 10
sender_per_second = 1
at_once = 4
"""
KANNEL = """
[[account]]
name = "kannel-2"
kind = "kannel"
username = "tester"
password = "made-up"
hook_secret = "made-up-secret-0123456789"
base_url = "http://10.0.0.7:13013/cgi-bin/sendsms"
allowed_sources = ["10.0.0.0/24"]
"""
SMPP = """
[[account]]
name = "smsc"
kind = "smpp"
host = "smsc.example"
system_id = "ringback"
password = "made-up"
"""
GAMMU = """
[[account]]
name = "modem"
kind = "gammu"
number = "+46701740690"
"""
SIMULATOR = """
[[account]]
name = "simulator"
kind = "simulator"
"""


class Phones:
    async def show(self, outbound: Outbound, at: object) -> None: ...

    async def shows(self, token: str) -> bool:
        return False


async def settle(receipt: Receipt) -> None: ...


def written(folder: Path, text: str) -> Path:
    path = folder / "sms.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def faults(folder: Path, text: str) -> list[str]:
    path = written(folder, text)
    with pytest.raises(BadInput) as refused:
        read_accounts(path)
    lines = str(refused.value).splitlines()
    assert all(line.startswith(f"{path}: ") and line.endswith((".", ")")) for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_without_a_file_there_is_the_simulator_alone() -> None:
    (account,) = read_accounts(None)
    assert (account.name, account.kind) == ("simulator", "simulator")


async def test_every_kind_of_account_is_read_and_opened(tmp_path: Path) -> None:
    text = ELKS + TWILIO + KANNEL + SMPP + GAMMU + SIMULATOR
    accounts = read_accounts(written(tmp_path, text))
    assert [account.kind for account in accounts] == list(KINDS)
    async with httpx.AsyncClient() as client:
        here = Here("https://ringback.example", client, system_clock, Phones(), settle)
        opened = [open_account(account, here) for account in accounts]
    names = [account.provider.name for account in opened]
    assert names == ["46elks", "twilio", "kannel-2", "smsc", "modem", "simulator"]
    urls = [getattr(account.provider, "inbound_url", "") for account in opened]
    hooks = "https://ringback.example/webhooks"
    plain = [url.partition("#")[0] for url in urls[:2]]
    assert plain == [f"{hooks}/{n}/made-up-secret-0123456789/inbound" for n in names[:2]]
    assert urls[2].startswith(f"{hooks}/kannel-2/made-up-secret-0123456789/inbound?")
    paced = opened[1]
    assert (paced.per_second, paced.sender_per_second, paced.at_once) == (10, 1, 4)
    assert (opened[0].per_second, opened[0].sender_per_second, opened[0].at_once) == (0, 0, 32)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "There is no account; write one below a line [[account]]."),
        ("[account]\nname = 'x'", "Write each account below a line [[account]]."),
        ("[[accounts]]\nname = 'x'", "accounts: there is no such key; write [[account]]."),
        (
            ELKS + ELKS,
            'account "46elks": the name stands there 2 times.',
        ),
        (
            ELKS.replace('password = "hunter2-nobody-may-read-this"', ""),
            'account "46elks": password is missing.',
        ),
        (
            ELKS.replace("hunter2-nobody-may-read-this", " "),
            'account "46elks": password: is empty.',
        ),
        (
            TWILIO.replace("at_once = 4", "at_once = 0"),
            'account "twilio": at_once: write 1 or more.',
        ),
        (
            TWILIO.replace("AC0", "SK0"),
            'account "twilio": account_sid: The account SID is AC and 32 hexadecimal digits; '
            "Twilio's console shows it.",
        ),
        (
            KANNEL.replace('"kannel-2"', '"Kannel"'),
            'account "Kannel": name must be 2 to 24 of a-z, 0-9 and -.',
        ),
        (
            KANNEL.replace("10.0.0.7", "sms.example"),
            'account "kannel-2": base_url: The address of Kannel must begin with https://, unless '
            "it is on this machine or a network of your own.",
        ),
        (
            KANNEL.replace("10.0.0.0/24", "10.0.0.1/24"),
            "account \"kannel-2\": allowed_sources: '10.0.0.1/24' is an address within a network; "
            "write '10.0.0.0/24' for the network or '10.0.0.1' for the address alone.",
        ),
        (
            KANNEL.replace('["10.0.0.0/24"]', '"10.0.0.1"'),
            'account "kannel-2": allowed_sources: write a list, such as ["192.0.2.1"] or [1042].',
        ),
        (
            KANNEL.replace('"made-up"', '"made\\nup"'),
            'account "kannel-2": password: It has a line end or another control character in it; '
            "take it away.",
        ),
        (
            KANNEL + 'smsc = "a\\nb"',
            'account "kannel-2": smsc: It has a line end or another control character in it; '
            "take it away.",
        ),
        (
            KANNEL.replace(":13013", ":99999"),
            "account \"kannel-2\": base_url: 'http://10.0.0.7:99999/cgi-bin/sendsms' is no address; "
            "write https://….",
        ),
        (
            KANNEL.replace("http://", "https://u:p@"),
            'account "kannel-2": base_url: The address of Kannel must be without a password, ? and '
            "#; username and password have keys of their own.",
        ),
        (
            TWILIO.replace("= 10", "= inf"),
            'account "twilio": per_second: write a number that is not infinite.',
        ),
        (
            TWILIO.replace("at_once = 4", "at_once = 2.0"),
            'account "twilio": at_once: write a whole number, without quotation marks.',
        ),
        (
            TWILIO.replace("at_once = 4", "at_once = 1001"),
            'account "twilio": at_once: write 1000 or less.',
        ),
        (
            TWILIO.replace("= 10", "= 1e-12"),
            'account "twilio": per_second: write 0.001 or more, or 0 for no bound.',
        ),
        (
            TWILIO.replace("sender_per_second = 1", "sender_per_second = -1"),
            'account "twilio": sender_per_second: write 0.001 or more, or 0 for no bound.',
        ),
        (
            ELKS.replace('"made-up"', "5"),
            'account "46elks": username: write it in quotation marks.',
        ),
        (
            ELKS.replace('"hunter2-nobody-may-read-this"', "5"),
            'account "46elks": password: write it in quotation marks.',
        ),
        (
            GAMMU + "spool = 5",
            'account "modem": spool: write the path in quotation marks.',
        ),
        (
            SMPP + 'alphabet = "GSM"',
            "account \"smsc\": alphabet: write 'gsm7' or 'latin1'.",
        ),
        (
            SMPP + "port = true",
            'account "smsc": port: write a whole number, without quotation marks.',
        ),
        (
            SMPP + 'tls = "ja"',
            'account "smsc": tls: write true or false, without quotation marks.',
        ),
        (
            SMPP + 'ca_file = "/nope.pem"',
            "account \"smsc\": ca_file: '/nope.pem' can't be read as a file of certificates "
            "([Errno 2] No such file or directory).",
        ),
        (
            SMPP + 'zone = "Europe"',
            "account \"smsc\": 'Europe' is no time zone; write one like Europe/Stockholm.",
        ),
        (
            SMPP.replace("smsc.example", "smsc..example"),
            "account \"smsc\": host 'smsc..example' is no name and no address.",
        ),
        (
            GAMMU.replace("gammu", "pigeon"),
            "account \"modem\": there is no kind 'pigeon'; choose of "
            "46elks, twilio, kannel, smpp, gammu, simulator.",
        ),
        (
            GAMMU.replace('kind = "gammu"', ""),
            'account "modem": kind is missing; choose of '
            "46elks, twilio, kannel, smpp, gammu, simulator.",
        ),
        (GAMMU.replace("+46", "0"), 'account "modem": Write the SIM\'s number like +46701740605.'),
        (
            SIMULATOR.replace('"simulator"', '"phones"', 1),
            "account \"phones\": its kind wants the name 'simulator'.",
        ),
        (
            SIMULATOR + 'colour = "red"',
            "account \"simulator\": there is no key 'colour'; there are "
            "name, kind, per_second, sender_per_second, at_once.",
        ),
    ],
)
def test_fault_is_told_in_one_plain_line(tmp_path: Path, text: str, expected: str) -> None:
    assert faults(tmp_path, text) == [expected]


def test_all_faults_of_all_accounts_are_listed_together(tmp_path: Path) -> None:
    wrong = ELKS.replace("made-up-secret-0123456789", "short").replace("username", "user")
    lines = faults(tmp_path, wrong + "[[account]]\n" + SMPP.replace("ringback", "x" * 16))
    assert len(lines) == 6
    assert [line.split(":")[0] for line in lines] == ['account "46elks"'] * 3 + [
        "account without a name"
    ] * 2 + ['account "smsc"']


def test_fault_never_shows_a_secret(tmp_path: Path) -> None:
    text = ELKS.replace('"hunter2-nobody-may-read-this"', '["hunter2-nobody-may-read-this"]')
    assert "hunter2" not in "\n".join(faults(tmp_path, text))


def test_secrets_are_not_in_repr(tmp_path: Path) -> None:
    shown = repr(read_accounts(written(tmp_path, ELKS + TWILIO)))
    assert "hunter2" not in shown
    assert "made-up-secret" not in shown


def test_file_that_is_no_toml_is_told_with_where(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"is no TOML: .*line 1"):
        read_accounts(written(tmp_path, "[[account]"))


@pytest.mark.parametrize("name", ["absent.toml", ".", "nul\0"])
def test_file_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"RINGBACK_SMS_ACCOUNTS: .* can't be read"):
        read_accounts(tmp_path / name)


def test_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "sms.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="no UTF-8"):
        read_accounts(tmp_path / "sms.toml")


@pytest.mark.parametrize(("mode", "told"), [(0o600, False), (0o640, True), (0o604, True)])
def test_file_that_others_may_read_is_noticed(tmp_path: Path, mode: int, told: bool) -> None:
    path = written(tmp_path, ELKS)
    path.chmod(mode)
    assert read_by_others(path) is told


@pytest.mark.parametrize(
    ("kind", "account"),
    [
        ("46elks", ElksAccount),
        ("twilio", TwilioAccount),
        ("kannel", KannelAccount),
        ("smpp", SmppAccount),
        ("gammu", GammuAccount),
    ],
)
def test_everything_that_an_account_can_be_told_is_a_key_of_the_file(
    kind: str, account: type[Any]
) -> None:
    ours = {"kind", "per_second", "sender_per_second", "at_once"}
    keys = set(KINDS[kind].model_fields) - ours
    assert keys == {field.name for field in fields(account)} - {"hook_url"}


def test_only_providers_on_the_internet_must_reach_us(tmp_path: Path) -> None:
    text = ELKS + KANNEL + SMPP + GAMMU + SIMULATOR
    far = [account.is_called_from_afar for account in read_accounts(written(tmp_path, text))]
    assert far == [True, False, False, False, False]
