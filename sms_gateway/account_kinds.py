"""What the operator writes about each kind of account, and the provider that it makes.

In: one table of the accounts file, as TOML has it. Out: a model without faults, and from it the
provider. Read by `accounts`; docs/sms.md tells the keys.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from ringback.clock import Clock
from ringback.errors import BadInput
from sms_gateway.account_values import (
    CaFile,
    Filled,
    HookSecret,
    Line,
    Pace,
    Secret,
    Sources,
    Whole,
    YesNo,
    checked,
)
from sms_gateway.provider import Provider, Settle
from sms_gateway.providers.elks import Elks, ElksAccount
from sms_gateway.providers.gammu import Gammu, GammuAccount
from sms_gateway.providers.hooks import check_url
from sms_gateway.providers.hosts import is_near
from sms_gateway.providers.http import Client
from sms_gateway.providers.kannel import Kannel, KannelAccount
from sms_gateway.providers.simulator import SimulatedPhones, Simulator
from sms_gateway.providers.smpp.account import Later, Long, MessageIds, SmppAccount
from sms_gateway.providers.smpp.alphabets import Alphabet
from sms_gateway.providers.smpp.provider import Smpp
from sms_gateway.providers.twilio import Twilio, TwilioAccount, check_account_sid

Made = TypeVar("Made")
_OF_EVERY_ACCOUNT = {"kind", "per_second", "sender_per_second", "at_once"}


@dataclass(frozen=True, slots=True)
class Here:
    """What accounts are opened with.

    Attributes:
        address: Of the portal, as providers reach it, without a slash at the end.
        client: For HTTP.
        clock: Ours.
        phones: Where the simulator shows its texts.
        settle: Takes the simulator's receipts.
    """

    address: str
    client: Client
    clock: Clock
    phones: SimulatedPhones
    settle: Settle

    def hooks_of(self, name: str) -> str:
        """Below which address an account's webhooks are."""
        return f"{self.address}/webhooks/{name}"


class AccountSettings(BaseModel, ABC):
    """What every account has; see `Account` for the pace."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str
    kind: str
    per_second: Pace = 0.0
    sender_per_second: Pace = 0.0
    at_once: Whole = Field(default=32, ge=1, le=1000)

    @property
    def is_called_from_afar(self) -> bool:
        """Whether its provider must be able to reach the portal over the internet."""
        return False

    @abstractmethod
    def provider(self, here: Here) -> Provider:
        """The account's provider."""

    def _told(self) -> dict[str, Any]:
        """What the provider itself is told: all keys but those about every account, secrets too."""
        values = {name: value for name, value in self if name not in _OF_EVERY_ACCOUNT}
        return {name: _opened(value) for name, value in values.items()}


class _Hooked(AccountSettings):
    """An account whose provider calls us."""

    hook_secret: HookSecret
    allowed_sources: Sources = ()
    base_url: str

    @property
    def is_called_from_afar(self) -> bool:
        """Whether the provider's API is not here or on a network of our own."""
        return not is_near(urlsplit(self.base_url).hostname or "")


class SimulatorSettings(AccountSettings):
    """The simulated phones."""

    kind: Literal["simulator"] = "simulator"
    name: Literal["simulator"] = "simulator"  # which its phones look for

    def provider(self, here: Here) -> Provider:
        """The simulator; nobody calls its webhooks, so their secret is new at each start."""
        return Simulator(here.phones, here.settle, token_urlsafe(24), here.clock)


class ElksSettings(_Hooked):
    """An account with 46elks."""

    kind: Literal["46elks"]
    username: Filled
    password: Secret
    base_url: Annotated[str, checked(lambda url: check_url(url, "46elks"))] = (
        "https://api.46elks.com/a1"
    )

    def provider(self, here: Here) -> Provider:
        """46elks."""
        account = ElksAccount(hook_url=here.hooks_of(self.name), **self._told())
        return Elks(account, here.client, here.clock)


class TwilioSettings(_Hooked):
    """An account with Twilio."""

    kind: Literal["twilio"]
    account_sid: Annotated[str, checked(check_account_sid)]
    auth_token: Secret
    old_auth_token: SecretStr = SecretStr("")
    base_url: Annotated[str, checked(lambda url: check_url(url, "Twilio"))] = (
        "https://api.twilio.com"
    )

    def provider(self, here: Here) -> Provider:
        """Twilio."""
        account = TwilioAccount(hook_url=here.hooks_of(self.name), **self._told())
        return Twilio(account, here.client, here.clock)


class KannelSettings(_Hooked):
    """A Kannel, or a gateway in its form."""

    kind: Literal["kannel"]
    username: Filled
    password: Secret
    base_url: Annotated[str, checked(lambda url: check_url(url, "Kannel"))] = (
        "http://127.0.0.1:13013/cgi-bin/sendsms"
    )
    smsc: Line = ""

    def provider(self, here: Here) -> Provider:
        """Kannel."""
        account = KannelAccount(hook_url=here.hooks_of(self.name), **self._told())
        return Kannel(account, here.client, here.clock)


class SmppSettings(AccountSettings):
    """An SMSC that we connect to by SMPP; see `SmppAccount` for what the keys mean."""

    kind: Literal["smpp"]
    host: Filled
    port: Whole = 2775
    system_id: Filled
    password: SecretStr = SecretStr("")
    system_type: str = ""
    service_type: str = ""
    tls: YesNo = False
    ca_file: CaFile = ""
    window: Whole = 10
    alphabet: Alphabet = "gsm7"
    long: Long = "udh8"
    message_ids: MessageIds = "auto"
    zone: str = ""
    later: Later = "ESME_RX_T_APPN"
    account_statuses: tuple[Whole, ...] = ()

    @model_validator(mode="after")
    def _can_work(self) -> Self:
        return _made(self, self._account)

    def _account(self) -> SmppAccount:
        return SmppAccount(**self._told())

    def provider(self, here: Here) -> Provider:
        """The line to the SMSC."""
        return Smpp(self._account(), here.clock)


class GammuSettings(AccountSettings):
    """A modem that Gammu SMSD drives; see `GammuAccount` for what the keys mean."""

    kind: Literal["gammu"]
    number: Filled
    spool: Path = Path("/var/spool/gammu")

    @model_validator(mode="after")
    def _can_work(self) -> Self:
        return _made(self, self._account)

    def _account(self) -> GammuAccount:
        return GammuAccount(**self._told())

    def provider(self, here: Here) -> Provider:
        """The modem."""
        return Gammu(self._account(), here.clock)


def _opened(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _made(settings: Made, make: Callable[[], object]) -> Made:
    """The settings, if what they are for can be made of them."""
    try:
        make()
    except BadInput as wrong:
        raise ValueError(str(wrong)) from wrong
    return settings


KINDS: Mapping[str, type[AccountSettings]] = {
    "46elks": ElksSettings,
    "twilio": TwilioSettings,
    "kannel": KannelSettings,
    "smpp": SmppSettings,
    "gammu": GammuSettings,
    "simulator": SimulatorSettings,
}
