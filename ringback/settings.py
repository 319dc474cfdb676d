"""The installation's settings: one frozen object, read once from `RINGBACK_…` and `.env`.

What belongs to a company (hours, texts, PBXs) lives in the database and is changed in the portal.
All faults are listed together, each in a line, and stop the start.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ringback.errors import BadInput

Part = Literal["pbx", "sms", "dialogue", "portal"]


class Settings(BaseSettings):
    """Everything the operator decides before the start."""

    model_config = SettingsConfigDict(
        env_prefix="RINGBACK_", env_file=".env", frozen=True, extra="ignore"
    )

    var: Path = Field(
        default=Path("var"), description="Folder for the database and the master key."
    )
    database_url: str = Field(
        default="",
        description="postgresql://user:password@host/name; empty: SQLite in the folder `var`.",
    )
    master_key: SecretStr | None = Field(
        default=None,
        description="64 hexadecimal digits that wrap the companies' keys; empty: kept in `var`.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the portal listens on.")
    port: int = Field(default=8025, ge=1, le=65535, description="Port of the portal.")
    public_url: str = Field(
        default="",
        description="How browsers and SMS providers reach the portal; empty: http://host:port.",
    )
    language: Literal["sv", "en"] = Field(default="sv", description="Language before sign-in.")
    sms_provider: Literal["simulator", "46elks"] = Field(
        default="simulator", description="Where texts go."
    )
    elks_url: str = Field(
        default="https://api.46elks.com/a1", description="46elks' API; a test may point elsewhere."
    )
    elks_username: str = Field(default="", description="46elks' API username.")
    elks_password: SecretStr = Field(default=SecretStr(""), description="46elks' API password.")
    webhook_token: SecretStr = Field(
        default=SecretStr(""),
        description="Unguessable part of the webhook addresses that providers call.",
    )
    webhook_sources: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Addresses that may call the webhooks, by comma; empty: any."
    )
    late_text_min: int = Field(
        default=120, ge=1, description="A missed call found later than this is not texted."
    )
    lease_s: float = Field(default=60, gt=0, description="How long a step may hold its job.")
    reconcile_after_s: float = Field(
        default=120,
        gt=0,
        description="When a text of unknown outcome is looked up at the provider.",
    )

    @field_validator("webhook_sources", mode="before")
    @classmethod
    def _by_comma(cls, value: object) -> object:
        return tuple(filter(None, value.split(","))) if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("postgresql://", "postgresql+psycopg://", "sqlite:///")):
            raise ValueError("write postgresql://user:password@host/name, or leave it empty")
        return value

    @field_validator("master_key")
    @classmethod
    def _whole_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        try:
            whole = len(bytes.fromhex(value.get_secret_value())) == 32
        except ValueError:
            whole = False
        if not whole:
            raise ValueError("write 64 hexadecimal digits (openssl rand -hex 32)")
        return value

    @property
    def address(self) -> str:
        """The portal's address without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def read_settings(**given: Any) -> Settings:
    """The settings from the environment, or BadInput that lists every fault.

    Args:
        given: Settings that win over the environment (command line options).
    """
    _refuse_unknown(os.environ)
    try:
        settings = Settings(**given)
    except ValidationError as wrong:
        raise BadInput("\n".join(_plain(fault) for fault in wrong.errors())) from wrong
    if settings.sms_provider == "46elks":
        _need(settings)
    return settings


def _plain(fault: Mapping[str, object]) -> str:
    where = fault.get("loc") or ("?",)
    name = str(where[0]).upper() if isinstance(where, tuple) else "?"
    text = str(fault.get("msg", "")).removeprefix("Value error, ")
    return f"RINGBACK_{name}: {text} (it was {fault.get('input')!r})."


def _refuse_unknown(variables: Mapping[str, str]) -> None:
    known = {f"RINGBACK_{name.upper()}" for name in Settings.model_fields}
    strangers = sorted(
        name
        for name in variables
        if name.startswith("RINGBACK_") and not name.startswith("RINGBACK_TEST_")
        if name not in known
    )
    if strangers:
        raise BadInput(
            f"There is no setting {', '.join(strangers)}. "
            "See docs/operate.md for the settings, or unset it."
        )


def _need(settings: Settings) -> None:
    missing = [
        f"RINGBACK_{name.upper()}: needed when texts go through 46elks."
        for name in ("elks_username", "elks_password", "webhook_token")
        if not _revealed(getattr(settings, name))
    ]
    if missing:
        raise BadInput("\n".join(missing))


def _revealed(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
