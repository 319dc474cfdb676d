"""The installation's settings: one frozen object, read once from `RINGBACK_…` and `.env`.

What belongs to a company (hours, texts, PBXs) lives in the database and is changed in the portal.
All faults are listed together, each in a line, and stop the start.
"""

import os
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from ringback.errors import BadInput

Part = Literal["pbx", "sms", "dialogue", "portal"]


class Settings(BaseSettings):
    """Everything the operator decides before the start. What is secret has `repr=False`."""

    model_config = SettingsConfigDict(
        env_prefix="RINGBACK_",
        env_file=".env",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    var: Path = Field(
        default=Path("var"), description="Folder for the database and the master key."
    )
    database_url: str = Field(
        default="",
        repr=False,
        description="postgresql://user:password@host/name; empty: SQLite in the folder `var`.",
    )
    master_key: SecretStr | None = Field(
        default=None,
        repr=False,
        description="64 hexadecimal digits that wrap the companies' keys; empty: kept in `var`.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the portal listens on.")
    port: int = Field(default=8025, ge=1, le=65535, description="Port of the portal.")
    public_url: str = Field(
        default="",
        description="How browsers and SMS providers reach the portal; empty: http://host:port.",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1, ::1",
        description="Addresses or networks of proxies whose X-Forwarded-For and -Proto are believed.",
    )
    language: Literal["sv", "en"] = Field(default="sv", description="Language before sign-in.")
    sms_accounts: Path | None = Field(
        default=None,
        description="TOML file of the accounts that texts go through, see sms.md; empty: simulated phones.",
    )
    models: Path | None = Field(
        default=None,
        description="TOML file of the model endpoints that companies may choose, see model.md; empty: none.",
    )
    calendar_networks: str = Field(
        default="127.0.0.0/8, ::1",
        description="Networks beside the public ones where companies' calendar servers may be.",
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

    mqtt_url: str = Field(
        default="",
        repr=False,  # a password may stand in it by mistake
        description="Broker of the edges, mqtts://user@host:8883; empty: there are none.",
    )
    mqtt_password: SecretStr = Field(
        default=SecretStr(""), repr=False, description="Our password at the broker."
    )
    mqtt_ca: Path | None = Field(
        default=None,
        description="Certificate (PEM) that signed the broker's; empty: well-known ones.",
    )

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("write an address that begins with https:// or http://")
        return value

    @field_validator("trusted_proxies", "calendar_networks")
    @classmethod
    def _known_networks(cls, value: str) -> str:
        for proxy in _listed(value):
            try:
                ip_network(proxy)
            except ValueError:
                raise ValueError(
                    "write addresses or networks with commas between: 10.0.0.2, 172.18.0.0/16"
                ) from None
        return value

    @field_validator("mqtt_url")
    @classmethod
    def _known_broker(cls, value: str) -> str:
        try:
            url = urlsplit(value)
            known = url.scheme in ("mqtts", "mqtt") and url.hostname and url.port != 0
        except ValueError:  # the port is no number
            known = False
        if value and not (known and url.username and not url.password):
            raise ValueError("write mqtts://user@host:8883; the password is a setting of its own")
        return value

    @field_validator("mqtt_ca", "sms_accounts", "models", mode="before")
    @classmethod
    def _no_file(cls, value: object) -> object:
        return value or None

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        known = ("postgresql://", "postgresql+psycopg://", "sqlite:///")
        try:
            readable = not value or (value.startswith(known) and urlsplit(value).port != 0)
        except ValueError:  # the port is no number
            readable = False
        if not readable:
            raise ValueError("write postgresql://user:password@host:port/name, or leave it empty")
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
    def proxies(self) -> list[str]:
        """The proxies that are believed, one by one."""
        return _listed(self.trusted_proxies)

    @property
    def near_calendars(self) -> list[IPv4Network | IPv6Network]:
        """The networks of `calendar_networks`, one by one."""
        return [ip_network(network) for network in _listed(self.calendar_networks)]

    @property
    def address(self) -> str:
        """The portal's address without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def _listed(value: str) -> list[str]:
    return [item for item in map(str.strip, value.split(",")) if item]


def read_settings(**given: Any) -> Settings:
    """The settings from the environment, or BadInput that lists every fault.

    Args:
        given: Settings that win over the environment (command line options).
    """
    in_file = (name.upper() for name in DotEnvSettingsSource(Settings).env_vars)
    faults = _unknown({*in_file, *os.environ})
    try:
        settings = Settings(**given)
    except ValidationError as wrong:
        faults += [_plain(fault) for fault in wrong.errors()]
    else:
        if not faults:
            return settings
    raise BadInput("\n".join(faults))


def _plain(fault: Mapping[str, Any]) -> str:
    name = str((*fault["loc"], "?")[0])
    text = str(fault["msg"]).removeprefix("Value error, ")
    shown = Settings.model_fields[name].repr if name in Settings.model_fields else False
    return f"RINGBACK_{name.upper()}: {text}" + (f" (it was {fault['input']!r})." if shown else ".")


def _unknown(variables: Iterable[str]) -> list[str]:
    known = {f"RINGBACK_{name.upper()}" for name in Settings.model_fields}
    return [
        f"{name}: there is no such setting. See docs/operate.md for the settings, or unset it."
        for name in sorted(variables)
        if name.startswith("RINGBACK_") and not name.startswith("RINGBACK_TEST_")
        if name not in known
    ]
