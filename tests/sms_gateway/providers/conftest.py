"""Clients of providers, who are fakes on this machine."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def quick_clients(monkeypatch: pytest.MonkeyPatch, one_authority: Path) -> None:
    """The providers' client speaks to this machine alone, without TLS."""
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))
