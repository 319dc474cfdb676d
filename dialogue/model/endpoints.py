"""The operator's model endpoints: read from one TOML file.

In: the file that `RINGBACK_MODELS` names, with an `[[endpoint]]` table each (docs/model.md). Out:
settings without faults, or all faults in plain lines. Without a file there is no model, and the
built-in engine answers everybody.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from ringback.errors import BadInput

_TABLES = TypeAdapter(list[dict[str, Any]])
_PER_MILLION = 1_000_000
_E4 = 10_000
_LONGEST_S = 20.0  # twice that, for a turn begun anew, is still inside a job's lease
Price = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


class EndpointSettings(BaseModel):
    """One endpoint, and what it costs.

    Attributes:
        name: What companies choose it by.
        base_url: With `/v1`, as its documentation gives it.
        api_key: Sent as a bearer token; local servers want none.
        model: As the endpoint calls it.
        region: Where it runs, for the company's record of processing: `eu-north-1, Sweden`.
        retention: How long the endpoint keeps what it is sent, in its own words: `none`, `30 days`.
        price_in: Per million tokens sent, in the companies' currency.
        price_out: Per million tokens received.
        timeout_s: For a whole turn, all rounds and retries together.
        strict: Whether it takes strict JSON schemas; some local servers don't.
        temperature: Left out where empty: some models take none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z0-9-]{2,24}$")
    base_url: str
    api_key: SecretStr = SecretStr("")
    model: str = Field(min_length=1, max_length=60)
    region: str = Field(min_length=1)
    retention: str = Field(min_length=1)
    price_in: Price
    price_out: Price
    timeout_s: float = Field(default=12.0, ge=1, le=_LONGEST_S)
    strict: bool = True
    temperature: float | None = Field(default=None, ge=0, le=2)

    @field_validator("base_url")
    @classmethod
    def _sealed_on_the_way(cls, value: str) -> str:
        """Plain HTTP reaches machines of our own alone."""
        url = urlsplit(value)
        if url.scheme == "https" and url.hostname:
            return value
        if url.scheme == "http" and _is_near(url.hostname or ""):
            return value
        raise ValueError(
            "write an address that begins with https:// (http:// for one's own network)"
        )

    def cost_e4(self, tokens_in: int, tokens_out: int) -> int:
        """What so many tokens cost, in 1/10000 of the currency, rounded up."""
        whole = tokens_in * self.price_in + tokens_out * self.price_out
        return -int(-whole * _E4 // _PER_MILLION)


def read_endpoints(path: Path | None) -> Mapping[str, EndpointSettings]:
    """The endpoints in the file, by name; none without a file.

    Raises:
        BadInput: The file can't be read, or a line for every fault in it.
    """
    if path is None:
        return {}
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as refused:
        raise BadInput(
            f"RINGBACK_MODELS: {str(path)!r} can't be read ({refused.strerror})."
        ) from refused
    except ValueError as wrong:  # no UTF-8, no TOML, or U+0000 in the path
        raise BadInput(f"RINGBACK_MODELS: {str(path)!r} is no TOML: {wrong}.") from wrong
    return endpoints_in(document, str(path))


def endpoints_in(document: Mapping[str, object], where: str) -> Mapping[str, EndpointSettings]:
    """The endpoints of a document; see `read_endpoints`."""
    faults = [
        f"{key}: there is no such key; write [[endpoint]]." for key in document if key != "endpoint"
    ]
    try:
        tables = _TABLES.validate_python(document.get("endpoint", []))
    except ValidationError:
        tables, faults = [], [*faults, "Write each endpoint below a line [[endpoint]]."]
    names = Counter(str(table.get("name")) for table in tables)
    faults += [f"endpoint {name!r} stands there {n} times." for name, n in names.items() if n > 1]
    found = dict[str, EndpointSettings]()
    for table in tables:
        try:
            endpoint = EndpointSettings.model_validate(table)
        except ValidationError as wrong:
            faults += [_plain(table.get("name"), fault) for fault in wrong.errors()]
        else:
            found[endpoint.name] = endpoint
    if faults:
        raise BadInput("\n".join(f"{where}: {fault}" for fault in faults))
    return found


def _plain(name: object, fault: Mapping[str, Any]) -> str:
    """A line for a fault; never the value, which may be a secret."""
    key = ".".join(str(step) for step in fault["loc"])
    match fault["type"]:
        case "missing":
            told = f"{key} is missing."
        case "extra_forbidden":
            told = f"there is no key {key!r}; there are {', '.join(EndpointSettings.model_fields)}."
        case "string_pattern_mismatch":
            told = f"{key} must be 2 to 24 of a-z, 0-9 and -."
        case _:
            told = f"{key}: {str(fault['msg']).removeprefix('Value error, ')}."
    return f"endpoint {name!r}: {told}"


def _is_near(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_private or address.is_loopback
