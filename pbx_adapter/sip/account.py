"""The settings of a PBX that is reached by SIP: one frozen value.

In: what an administrator entered. Out: a checked `SipAccount`, also as JSON for the process that
does the SIP; BadInput names what is wrong.
"""

import json
import re
import tomllib
from dataclasses import asdict, dataclass
from ipaddress import IPv4Address
from pathlib import Path

from ringback.errors import BadInput

LANGUAGES = ("sv", "en")
_OPTIONS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("login", "language", "country", "local_ip", "prompts"), str),
    **dict.fromkeys(("expires_s", "local_port", "rtp_first", "rtp_last", "max_calls"), int),
    "peers": list,
    "max_call_s": (int, float),
}


@dataclass(frozen=True, slots=True)
class SipAccount:
    """One extension of a foreign PBX.

    Attributes:
        host: The PBX or its proxy, by name or IPv4 address; all requests and replies go there.
        username: The extension that we register as.
        secret: Its password; may be empty where the PBX asks for none.
        port: Of the PBX, UDP.
        login: The name to prove with the secret, where it differs from the extension.
        language: Of the prompts: sv or en.
        country: ISO 3166 code that national numbers belong to.
        expires_s: How long a registration is asked to last; renewed at half of it.
        local_ip: Our IPv4 address that the PBX can reach; empty: found out from the route.
        local_port: For SIP; 0: any free one.
        rtp_first, rtp_last: Ports for sound, four for each call: one rests while the next is used.
        peers: More IPv4 addresses that calls may come from, besides those of the host.
        prompts: A folder with the company's own `offer.wav`, `thanks.wav`, `goodbye.wav`,
            `no_number.wav`; what is missing there is ours. None: all are ours.
        max_calls: At once; whoever calls beyond that hears busy, and is recorded all the same.
        max_call_s: A longer call is hung up.
    """

    host: str
    username: str
    secret: str
    port: int = 5060
    login: str = ""
    language: str = "sv"
    country: str = "SE"
    expires_s: int = 120
    local_ip: str = ""
    local_port: int = 0
    rtp_first: int = 16000
    rtp_last: int = 16399
    peers: tuple[str, ...] = ()
    prompts: Path | None = None
    max_calls: int = 30
    max_call_s: float = 120.0

    def __post_init__(self) -> None:
        # Host and user name become part of SIP headers: a line break would begin another one.
        for field in ("host", "username", "login", "local_ip"):
            if re.search(r'[\s<>"@;\x00-\x1f\x7f]', getattr(self, field)):
                raise BadInput(f"{field} holds a character that SIP addresses can't have.", field)
        if not self.host or not self.username:
            raise BadInput("A SIP PBX needs a host and a user name (the extension).", "host")
        if self.language not in LANGUAGES:
            raise BadInput(f"The language must be one of {', '.join(LANGUAGES)}.", "language")
        if re.search(r"[:/]", self.host):
            raise BadInput(
                "host must be a name or an IPv4 address alone, without sip: and port; "
                "the port is a setting of its own.",
                "host",
            )
        if self.local_ip and not _is_ipv4(self.local_ip):
            raise BadInput(f"local_ip must be an IPv4 address, not {self.local_ip!r}.", "local_ip")
        if wrong := [each for each in self.peers if not _is_ipv4(each)]:
            raise BadInput(f"peers must be IPv4 addresses; {wrong[0]!r} is none.", "peers")
        self._check_numbers()

    def _check_numbers(self) -> None:
        if not 30 <= self.expires_s <= 7200:
            raise BadInput("expires_s must be from 30 to 7200 seconds.", "expires_s")
        for field in ("port", "rtp_first", "rtp_last"):
            if not 1 <= getattr(self, field) <= 65535:
                raise BadInput(f"{field} must be a port from 1 to 65535.", field)
        if not 0 <= self.local_port <= 65535:
            raise BadInput("local_port must be a port up to 65535, or 0 for any.", "local_port")
        if self.rtp_last - self.rtp_first < 4 * self.max_calls or self.max_calls < 1:
            raise BadInput(
                f"{self.max_calls} calls at once need {4 * self.max_calls} ports for sound; "
                "widen rtp_first to rtp_last, or lower max_calls.",
                "rtp_last",
            )
        if not 10 <= self.max_call_s <= 600:
            raise BadInput("max_call_s must be from 10 to 600 seconds.", "max_call_s")

    def __str__(self) -> str:
        return f"{self.username} at {self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"SipAccount({self})"  # without the secret

    @classmethod
    def from_toml(cls, host: str, port: int, username: str, secret: str, text: str) -> "SipAccount":
        """The account with the options that the text sets (`language = "en"`); it may be empty.

        Raises:
            BadInput: It is not TOML, or an option is unknown or wrong; the text names it.
        """
        try:
            options = tomllib.loads(text)
        except tomllib.TOMLDecodeError as fault:
            raise BadInput(f"The file of SIP options is not TOML: {fault}.") from fault
        unknown = options.keys() - _OPTIONS.keys()
        if unknown:
            raise BadInput(
                f"There is no SIP option {min(unknown)!r}; the options are {', '.join(_OPTIONS)}.",
                min(unknown),
            )
        for name, value in options.items():
            if isinstance(value, bool) or not isinstance(value, _OPTIONS[name]):
                raise BadInput(f"The SIP option {name!r} can't be {value!r}.", name)
        if "prompts" in options:
            options["prompts"] = Path(options["prompts"])
        if "peers" in options:
            options["peers"] = tuple(map(str, options["peers"]))
        return cls(host=host, port=port, username=username, secret=secret, **options)

    def to_json(self) -> str:
        """For the pipe to the SIP process; holds the secret."""
        return json.dumps({**asdict(self), "prompts": self.prompts and str(self.prompts)})

    @classmethod
    def from_json(cls, text: str) -> "SipAccount":
        """The account again."""
        fields = json.loads(text)
        prompts = fields.pop("prompts")
        peers = tuple(fields.pop("peers"))
        return cls(**fields, peers=peers, prompts=Path(prompts) if prompts else None)


def _is_ipv4(text: str) -> bool:
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True
