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


def company_ids() -> dict[str, str]:
    """The ids of the companies that are listed, by name."""
    lines = command(listing).output.splitlines()
    pairs = (line.rsplit("  ", 1) for line in lines if line and not line.startswith((" ", "price")))
    return {name: company_id for name, company_id in pairs}


@pytest.fixture
def another(two_accounts: Path) -> tuple[str, str]:
    """The ids of the sample salon and of another company beside it."""
    path = two_accounts.parent / "other.yaml"
    text = SAMPLE.read_text().replace("id: salong-saxen", "id: luggen")
    path.write_text(text.replace("name: Salong Saxen", "name: Frisör Luggen", 1))
    assert command(add, "company", str(path)).exit_code == 0
    ids = company_ids()
    return ids["Salong Saxen"], ids["Frisör Luggen"]


@pytest.mark.parametrize("account", ["kannel", "simulator"])
def test_number_that_another_company_has_at_any_account_is_refused_with_how_to_free_it(
    another: tuple[str, str], account: str
) -> None:
    saxen, luggen = another
    assert command(add, "number", OURS, "--account", "kannel", "--company", saxen).exit_code == 0
    taken = ("number", OURS, "--account", account, "--company", luggen)
    refused = command(add, *taken)
    assert refused.exit_code == 2
    assert f"Salong Saxen has the number {OURS}, at the account kannel" in refused.output
    mend = f"ringback remove number {OURS} --company {saxen}"
    assert refused.output.endswith(f"{mend}\n")
    assert command(remove, *mend.split()[2:]).exit_code == 0
    assert command(add, *taken).exit_code == 0


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


def test_day_long_ago_is_told_as_it_was_written(company: Path) -> None:
    assert "from 0001-01-01" in command(add, "price", "SE", "1", "--from", "0001-01-01").output
    command(add, "price", "SE", "2", "--from", "0002-02-02")
    assert "0001-01-01, 0002-02-02." in command(remove, "price", "SE").output


def test_key_is_asked_for_where_no_company_is_and_the_demo_s_folder_is_told(
    installed: Path,
) -> None:
    asked = command(add, "key", "cash-register")
    assert asked.exit_code == 2
    assert "There is no company yet." in asked.output
    assert "RINGBACK_VAR=var/demo" in asked.output


def test_only_price_of_its_kind_is_removed_without_its_day(company: Path) -> None:
    command(add, "price", "SE", "0,39", "--from", "2026-01-01")
    command(add, "price", "SE", "0,41", "--from", "2027-01-01")
    several = command(remove, "price", "SE")
    assert several.exit_code == 2
    assert several.output == (
        "There are several; say with --from which day's: 2026-01-01, 2027-01-01.\n"
    )
    assert command(remove, "price", "SE", "--from", "2027-01-01").exit_code == 0
    assert command(remove, "price", "SE").output == "Removed the price.\n"
    assert "price" not in command(listing).output


def test_number_of_another_sim_is_not_registered_at_a_modem(
    company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = company / "sms.toml"
    path.write_text(
        f'[[account]]\nname = "modem"\nkind = "gammu"\nnumber = "{OURS}"\nspool = "{company}"\n'
    )
    monkeypatch.setenv("RINGBACK_SMS_ACCOUNTS", str(path))
    asked = command(add, "number", "070-174 06 91")
    assert asked.exit_code == 2
    assert f"has the number {OURS}, not +46701740691. Register that number" in asked.output
    assert command(add, "number", OURS).exit_code == 0


def test_key_with_a_name_that_spoils_the_list_is_not_made(company: Path) -> None:
    for name in ("a\nb", "x" * 300, " "):
        assert command(add, "key", name).exit_code == 2
    assert "API key" not in command(listing).output
    assert command(add, "key", "cash-register").output.startswith("rb_")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("SE", "cheap"), "'cheap' is no price"),
        (("SE", "0,00001"), "four decimals"),
        (("SE", "nan"), "is no price"),
        (("SE", "inf"), "is no price"),
        (("SE", "1_0"), "'1_0' is no price; write it like 0,39"),
        (("SE", "1e1"), "is no price"),
        (("SE", "١"), "is no price"),
        (("SE", " 1"), "is no price"),
        (("SE", "200"), "between 0 and 100 kronor"),
        (("Sverige", "0,39"), "'Sverige' is no country; write two letters, like SE, or any"),
        (("SWEDEN", "1"), "'SWEDEN' is no country"),
        (("XX", "1"), "'XX' is no country"),
        (("ZZ", "1"), "'ZZ' is no country"),
        (("", "1"), "'' is no country"),
        (("SE", "0,39", "--account", "twilio"), "There is no account 'twilio'"),
    ],
)
def test_price_that_cannot_be_one_is_told(company: Path, words: tuple[str, ...], told: str) -> None:
    asked = command(add, "price", *words)
    assert asked.exit_code == 2
    assert told in asked.output
    assert "price" not in command(listing).output
