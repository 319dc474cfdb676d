"""The edge's one settings file: the centre's broker, the PBX beside it, its site, the spool.

In: the path of an `edge.toml`. Out: one frozen `EdgeSettings`, or an error with a line for every
fault. Files that it names are looked for beside it, so that systemd can hand over all of them
together (`LoadCredential=`).
"""

import json
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.edge.bus_faults import Broker, MqttVersion
from pbx_adapter.edge.spool import MOST
from pbx_adapter.edge.topics import check_site
from pbx_adapter.site import Site
from ringback.errors import BadInput

_SECRETS = (("centre", "password"), ("pbx", "secret"))
_TEMPLATE = """\
# /etc/ringback/edge.toml on the machine beside the PBX; see docs/edge.md
[centre]
host = "{host}"
port = {port}
tls = {tls}
username = "{site}"                    # at the broker: mosquitto_passwd FILE {site}
password_file = "broker-password"
ca_file = "ca.crt"                      # leave out when a well-known CA signed the broker's

[pbx]
host = "127.0.0.1"
port = 5038
username = "ringback"
secret_file = "pbx-secret"

[site]
name = {name}
country = "SE"
"""


def _site_name(name: str) -> str:
    try:
        return check_site(name)
    except BadInput as wrong:
        raise ValueError(str(wrong)) from wrong


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class CentrePart(_Part):
    """The broker; the username is the site's name."""

    host: str = Field(min_length=1)
    port: int = Field(default=8883, ge=1, le=65535)
    username: Annotated[str, AfterValidator(_site_name)]
    password: str = Field(default="", repr=False)
    password_file: Path | None = None
    tls: bool = True
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    mqtt: MqttVersion = "auto"


class PbxPart(_Part):
    """Asterisk's manager."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=5038, ge=1, le=65535)
    username: str = Field(min_length=1)
    secret: str = Field(default="", repr=False)
    secret_file: Path | None = None
    tls: bool = False
    ca_file: Path | None = None


class SpoolPart(_Part):
    """Where calls wait for the centre, and how many may."""

    folder: Path = Path("/var/lib/ringback-edge")
    most: int = Field(default=MOST, ge=100)


class EdgeSettings(_Part):
    """Everything that `ringback edge` is told.

    Attributes:
        centre: See `CentrePart`; files are absolute and the password is read.
        pbx: See `PbxPart`; the same.
        site: What is what on the PBX, the fields of a site.toml.
        spool: See `SpoolPart`.
        warnings: What should be mended though it works.
    """

    centre: CentrePart
    pbx: PbxPart
    site: Site = Site()
    spool: SpoolPart = SpoolPart()
    warnings: tuple[str, ...] = ()

    @property
    def broker(self) -> Broker:
        """Where the line leads."""
        part = self.centre
        return Broker(
            part.host,
            part.port,
            part.username,
            part.password,
            tls=part.tls,
            ca_file=part.ca_file,
            cert_file=part.cert_file,
            key_file=part.key_file,
            version=part.mqtt,
        )

    @property
    def address(self) -> PbxAddress:
        """Where the PBX is."""
        part = self.pbx
        return PbxAddress(part.host, part.port, part.username, part.secret, part.tls, part.ca_file)


def read_edge_settings(path: Path) -> EdgeSettings:
    """The settings in a file.

    Raises:
        BadInput: A line for every fault: what is wrong where.
    """
    try:
        document = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError) as refused:
        raise BadInput(f"{path} can't be read: {refused}.") from refused
    except tomllib.TOMLDecodeError as fault:
        raise BadInput(f"{path} is not TOML: {fault}.") from fault
    holding = _holding_secrets(document, path)  # before the secrets are put in
    faults: list[str] = []
    _take_files(document, path.parent, faults)
    try:
        settings = EdgeSettings(**document)
    except ValidationError as wrong:
        faults += map(_plain, wrong.errors())
    if faults:
        raise BadInput("\n".join(f"{path}: {fault}" for fault in faults))
    warnings = tuple(
        f"Everybody on this machine can read {file}: chmod 600 {file}"
        for file in sorted(holding)
        if file.stat().st_mode & stat.S_IROTH
    )
    return settings.model_copy(update={"warnings": warnings})


def _holding_secrets(document: Mapping[str, Any], path: Path) -> set[Path]:
    """The files that secrets are written in: the settings file itself, or one that it names."""
    holding = set[Path]()
    for part, secret in _SECRETS:
        fields = document.get(part)
        if isinstance(fields, dict):
            file = fields.get(f"{secret}_file")
            holding |= {path.parent / file} if isinstance(file, str) else set()
            holding |= {path} if fields.get(secret) else set()
    return holding


def edge_toml(pbx_name: str, site: str, broker_url: str) -> str:
    """A settings file to begin from, for the machine beside the PBX."""
    url = urlsplit(broker_url)
    return _TEMPLATE.format(
        name=json.dumps(pbx_name, ensure_ascii=False),
        site=site,
        host=url.hostname or "mqtt.example",
        port=url.port or 8883,
        tls=str(url.scheme != "mqtt").lower(),
    )


def _take_files(document: dict[str, Any], folder: Path, faults: list[str]) -> None:
    """Make file names absolute, and put secrets where the files with them are named."""
    for part, secret in _SECRETS:
        fields = document.get(part)
        if not isinstance(fields, dict):
            continue
        for name in ("ca_file", "cert_file", "key_file", f"{secret}_file"):
            if isinstance(fields.get(name), str):
                fields[name] = str(folder / fields[name])
                if name != f"{secret}_file" and not Path(fields[name]).is_file():
                    faults.append(f"[{part}] {name}: there is no file {fields[name]}.")
        file = fields.get(f"{secret}_file")
        if isinstance(file, str) and fields.get(secret):
            faults.append(f"[{part}]: give {secret} or {secret}_file, not both.")
        elif isinstance(file, str):
            try:
                fields[secret] = Path(file).read_text().strip()
            except (OSError, UnicodeDecodeError) as refused:
                faults.append(f"[{part}] {secret}_file: {file} can't be read ({refused}).")
        elif not fields.get(secret):
            faults.append(f"[{part}]: {secret} or {secret}_file is missing.")


def _plain(fault: Mapping[str, Any]) -> str:
    """One line, with where it stands: `[centre] port: Input should be a valid integer.`."""
    part, *rest = map(str, fault["loc"])
    where = " ".join((f"[{part}]", ".".join(rest))).strip()
    match fault["type"]:
        case "missing":
            text = "this is missing"
        case "extra_forbidden":
            text = "there is no such setting"
        case _:
            text = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{where}: {text}."
