"""`ringback assistant`: an operator chooses the engine of a company."""

from pathlib import Path

import pytest
import typer

from ringback.cli.adding import add
from ringback.cli.choosing import assistant
from tests.ringback.cli.conftest import SAMPLE, command

ENDPOINT = """
[[endpoint]]
name = "sweden"
base_url = "https://models.exempel.se/v1"
api_key = "made-up-key"
model = "some-model"
region = "Sweden"
retention = "none"
price_in = 25
price_out = 100
"""
app = typer.Typer()
app.command()(assistant)


@pytest.fixture
def company(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = installed / "models.toml"
    path.write_text(ENDPOINT)
    monkeypatch.setenv("RINGBACK_MODELS", str(path))
    assert command(add, "company", str(SAMPLE)).exit_code == 0
    return path


def test_model_is_chosen_and_shown_with_its_region_and_retention(company: Path) -> None:
    assert "built-in engine answers" in command(app).output
    chosen = command(app, "--engine", "model", "--month-budget", "250").output
    assert "some-model at sweden answers; 0.00 of 250.00 kronor" in chosen
    assert "runs in Sweden and keeps what it is sent: none" in chosen
    assert command(app).output == chosen
    assert "built-in engine answers" in command(app, "--engine", "builtin").output


def test_endpoint_that_is_not_there_changes_nothing(company: Path) -> None:
    refused = command(app, "--engine", "model", "--endpoint", "norway")
    assert (refused.exit_code, "There are: sweden." in refused.output) == (2, True)
    assert "built-in engine answers" in command(app).output


def test_endpoint_that_goes_away_is_told(company: Path) -> None:
    command(app, "--engine", "model")
    company.write_text(ENDPOINT.replace("sweden", "norway"))
    assert "'sweden' is not there" in command(app).output
