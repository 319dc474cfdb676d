"""Numbers at accounts and prices of parts, as an installer enters them."""

from pathlib import Path

import pytest
import typer

from ringback.cli.adding import add
from ringback.cli.removing import remove, show
from tests.ringback.cli.conftest import SAMPLE, command

OURS = "+46701740690"
TWO = """
[[account]]
name = "kannel"
kind = "kannel"
username = "tester"
password = "made-up"
hook_secret = "made-up-secret-0123456789"

[[account]]
name = "simulator"
kind = "simulator"
"""
listing = typer.Typer()
listing.command()(show)


@pytest.fixture
def company(installed: Path) -> Path:
    assert command(add, "company", str(SAMPLE)).exit_code == 0
    return installed


@pytest.fixture
def two_accounts(company: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = company / "sms.toml"
    path.write_text(TWO)
    monkeypatch.setenv("RINGBACK_SMS_ACCOUNTS", str(path))
    return path


def test_number_is_registered_at_the_only_account(company: Path) -> None:
    assert command(add, "number", "070-174 06 90").output == f"Added {OURS} at simulator.\n"
    assert f"number {OURS}  simulator  rank 0" in command(listing).output


def test_of_two_accounts_one_must_be_named(two_accounts: Path) -> None:
    asked = command(add, "number", OURS)
    assert asked.exit_code == 2
    assert asked.output == "Say which account with --account: kannel, simulator.\n"
    wrong = command(add, "number", OURS, "--account", "twilio")
    assert wrong.output.startswith("There is no account 'twilio'. Say which")


def test_number_at_two_accounts_is_listed_by_rank_and_removed_from_one(two_accounts: Path) -> None:
    command(add, "number", OURS, "--account", "simulator", "--rank", "1")
    command(add, "number", OURS, "--account", "kannel")
    lines = [line for line in command(listing).output.splitlines() if OURS in line]
    assert lines == [f"  number {OURS}  kannel  rank 0", f"  number {OURS}  simulator  rank 1"]
    assert command(remove, "number", OURS, "--account", "kannel").exit_code == 0
    again = command(remove, "number", OURS, "--account", "kannel")
    assert again.output == f"There is no number {OURS} at kannel; see `ringback list`.\n"
    assert f"number {OURS}  simulator" in command(listing).output


def test_same_number_at_the_same_account_twice_is_told(company: Path) -> None:
    command(add, "number", OURS)
    assert (
        command(add, "number", OURS).output == "That has been added before; see `ringback list`.\n"
    )


def test_faulty_accounts_file_is_told_and_nothing_is_added(two_accounts: Path) -> None:
    two_accounts.write_text(TWO.replace('"made-up"', '""'))
    asked = command(add, "number", OURS, "--account", "kannel")
    assert asked.exit_code == 2
    assert 'account "kannel": password: is empty.' in asked.output


def test_price_is_added_replaced_listed_and_removed(two_accounts: Path) -> None:
    day = ("--from", "2027-01-01")
    command(add, "price", "se", "0,39", *day)
    command(add, "price", "SE", "0.41", *day)
    command(add, "price", "any", "0,0645", "--account", "kannel", *day)
    lines = [line for line in command(listing).output.splitlines() if line.startswith("price")]
    assert lines == [
        "price 0,41 kr a part in SE, at any account, from 2027-01-01",
        "price 0,0645 kr a part in any country, at kannel, from 2027-01-01",
    ]
    assert command(remove, "price", "SE", *day).exit_code == 0
    assert command(remove, "price", "SE", *day).output == (
        "There is no such price; see `ringback list`.\n"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("SE", "cheap"), "'cheap' is no price"),
        (("SE", "0,00001"), "four decimals"),
        (("SE", "nan"), "is no price"),
        (("SE", "inf"), "is no price"),
        (("SE", "200"), "between 0 and 100 kronor"),
        (("Sverige", "0,39"), "two capital letters"),
        (("SE", "0,39", "--account", "twilio"), "There is no account 'twilio'"),
    ],
)
def test_price_that_cannot_be_one_is_told(company: Path, words: tuple[str, ...], told: str) -> None:
    asked = command(add, "price", *words)
    assert asked.exit_code == 2
    assert told in asked.output
    assert "price" not in command(listing).output
